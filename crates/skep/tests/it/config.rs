//! `skep config`, and what a wrong configuration does.

use std::fs;
use std::path::Path;

use crate::world::{World, one_line, said};

#[test]
fn init_writes_a_file_that_check_accepts_and_that_changes_nothing() {
    let world = World::new();
    let written = world.ok(&["config", "init"]);
    let path = world.data().join("skep.toml");
    assert_eq!(written, format!("wrote {}", path.display()));
    assert!(world.ok(&["config", "check"]).contains("is sound"));

    let with = world.ok(&["config", "print"]);
    fs::remove_file(&path).unwrap();
    let without = world.ok(&["config", "print"]);
    assert_eq!(
        with.split_once('\n').unwrap().1,
        without.split_once('\n').unwrap().1
    );
}

#[test]
fn a_tracker_of_a_site_lists_nothing_and_a_notice_is_one_line() {
    let world = World::new();
    let check = |key: &str, value: &str| {
        let mut command = world.skep(&["config", "check"]);
        command.env("SKEP_TRACKER__FULL_SCRAPE", "on");
        command.env(key, value).output().unwrap()
    };
    let refusal = one_line(&check("SKEP_TRACKER__ACCESS", "registered"));
    assert!(refusal.contains("tracker.full_scrape: "), "{refusal}");
    said(&check("SKEP_TRACKER__ACCESS", "open"));
    let notice = world
        .skep(&["config", "check"])
        .env("SKEP_TRACKER__NOTICE", "two\nlines")
        .output()
        .unwrap();
    assert!(one_line(&notice).contains("tracker.notice: one line"));
}

#[test]
fn init_keeps_a_file_that_is_there() {
    let world = World::new();
    let path = world.folder().join("mine.toml");
    fs::write(&path, "# mine").unwrap();
    let refusal = world.refusal(&["config", "init", "--config", path.to_str().unwrap()]);
    assert!(refusal.contains("mine.toml is there already"), "{refusal}");
    assert_eq!(fs::read_to_string(&path).unwrap(), "# mine");
}

#[test]
fn init_writes_no_file_beside_the_one_that_is_read() {
    let world = World::new();
    fs::write(world.folder().join("skep.toml"), "# mine").unwrap();
    let refusal = world.refusal(&["config", "init"]);
    assert!(refusal.contains("skep.toml is there already and is the one that is read"));
    assert!(!world.data().join("skep.toml").exists());
}

#[test]
fn print_tells_where_a_value_came_from_and_hides_passwords() {
    let world = World::new();
    let file = "[store]\nurl = \"postgres://skep:hunter2@db/skep\"\n[web]\nmax_torrent_kib = 100\n";
    fs::write(world.folder().join("skep.toml"), file).unwrap();
    let output = world
        .skep(&["config", "print"])
        .env("SKEP_WEB__LISTEN", "127.0.0.1:1")
        .output()
        .unwrap();
    let text = said(&output);
    assert!(
        text.contains("listen = \"127.0.0.1:1\"  # SKEP_WEB__LISTEN"),
        "{text}"
    );
    assert!(text.contains("max_torrent_kib = 100  # file"), "{text}");
    assert!(
        text.contains("url = \"postgres://skep:***@db/skep\"  # file"),
        "{text}"
    );
    assert!(!text.contains("hunter2"));
}

#[test]
fn a_wrong_file_is_one_line_and_nothing_is_made() {
    let world = World::new();
    let path = world.folder().join("skep.toml");
    for (text, message) in [
        (
            "[web]\nlisen = \"x\"",
            "skep.toml line 2: unknown key web.lisen; did you mean web.listen?",
        ),
        (
            "[web]\nlisten = \"nowhere\"",
            "web.listen: `nowhere` is not an address",
        ),
        (
            "[tracker]\naccess = \"all\"",
            "tracker.access: `all` is none of registered, open, listed",
        ),
        (
            "[log]\nformat = \"xml\"",
            "log.format: `xml` is neither human nor json",
        ),
        (
            "[log]\nlevel = \"info,loud\"",
            "log.level: `loud` is not a level such as info",
        ),
        (
            "[web]\nmax_torrent_kib = 0",
            "web.max_torrent_kib: 0 is not between 1 and 524288",
        ),
        (
            "[serve]\nroles = [\"crawler\"]",
            "the role `crawler` is not in this build",
        ),
        (
            "[store]\nurl = \"mysql://x\"",
            "store.url: write sqlite:PATH or postgres://",
        ),
        ("[web", "skep.toml line 1: "),
    ] {
        fs::write(&path, text).unwrap();
        for command in [&["serve"][..], &["config", "check"]] {
            let refusal = world.refusal(command);
            assert!(refusal.contains(message), "{text:?}: {refusal}");
        }
        assert!(!world.data().exists());
    }
    let refusal = world.refusal(&["serve", "--config", "nowhere.toml"]);
    assert!(
        refusal.contains("cannot read the configuration nowhere.toml"),
        "{refusal}"
    );
}

#[test]
fn check_says_everything_that_is_wrong() {
    let world = World::new();
    fs::create_dir(world.data()).unwrap();
    let file = "[web]\nlisten = 5\n[trakcer]\nudp_threads = 1\n[tracker]\nmin_interval = -1\n";
    fs::write(world.data().join("skep.toml"), file).unwrap();
    let mut command = world.skep(&["config", "check"]);
    command
        .env("SKEP_LOG__LEVEL", "loud")
        .env("SKEP_TRACKER__HTTP", "nowhere")
        .env("SKEP_TRACKER__UDP_THREADS", "many");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stdout).unwrap();
    for fault in [
        "SKEP_TRACKER__UDP_THREADS: `many`",
        "line 2: web.listen wants",
        "line 4: ",
        "line 6: tracker.min_interval wants",
        "log.level",
        "tracker.http: `nowhere`",
    ] {
        assert!(
            said.lines().any(|line| line.contains(fault)),
            "{fault} in\n{said}"
        );
    }
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    assert!(complaint.contains("6 faults"), "{complaint}");
}

#[test]
fn a_variable_that_is_not_text_is_named() {
    use std::os::unix::ffi::OsStrExt;
    let world = World::new();
    let mut command = world.skep(&["config", "check"]);
    command
        .env(
            "SKEP_WEB__LISTEN",
            std::ffi::OsStr::from_bytes(b"127.0.0.1:\xff"),
        )
        .env("OTHER", std::ffi::OsStr::from_bytes(b"\xff"));
    let complaint = one_line(&command.output().unwrap());
    assert!(
        complaint.contains("SKEP_WEB__LISTEN: it is not text in UTF-8"),
        "{complaint}"
    );
}

#[test]
fn variables_of_parts_to_come_are_accepted() {
    let world = World::new();
    let output = world
        .skep(&["config", "check"])
        .env("KAFKA_BOOTSTRAP_SERVERS", "x")
        .output()
        .unwrap();
    said(&output);
    let output = world
        .skep(&["config", "check"])
        .env("SKEP_WEB__LISEN", "x")
        .output()
        .unwrap();
    assert!(one_line(&output).contains("did you mean SKEP_WEB__LISTEN?"));
}

#[test]
fn the_reference_page_is_current() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/CONFIGURATION.md");
    let written = World::new().ok(&["config", "reference"]);
    let kept = fs::read_to_string(page).unwrap_or_default();
    assert!(
        kept.trim_end() == written,
        "write it anew: cargo run -- config reference > docs/CONFIGURATION.md"
    );
}

#[test]
fn the_reference_names_every_address() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/REFERENCE.md");
    let text = fs::read_to_string(page).unwrap();
    let missing: Vec<&str> = web::ROUTES
        .iter()
        .map(|route| route.path)
        .filter(|path| *path != "/" && !text.contains(path))
        .collect();
    assert_eq!(missing, Vec::<&str>::new());
}
