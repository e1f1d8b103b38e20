//! What goes wrong at the start: one line, status 1, nothing half-written.

use std::fs;
use std::net::{TcpListener, UdpSocket};

use crate::world::{FREE_PORTS, World};

fn with_port(flag: &str, address: &str) -> Vec<String> {
    let mut arguments = vec!["serve".to_owned()];
    for pair in FREE_PORTS.chunks(2) {
        let address = if pair[0] == flag { address } else { pair[1] };
        arguments.extend([pair[0].to_owned(), address.to_owned()]);
    }
    arguments
}

#[test]
fn a_used_port_is_named_and_nothing_is_made() {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
    for (flag, key, address) in [
        ("--web", "web.listen", tcp.local_addr().unwrap()),
        ("--tracker-http", "tracker.http", tcp.local_addr().unwrap()),
        ("--tracker-udp", "tracker.udp", udp.local_addr().unwrap()),
    ] {
        let world = World::new();
        let arguments = with_port(flag, &address.to_string());
        let refusal = world.refusal(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert!(
            refusal.contains(&format!("{key}: {address} is in use")),
            "{refusal}"
        );
        assert!(!world.data().exists());
    }
}

#[test]
fn a_second_serve_on_the_folder_is_refused() {
    let world = World::new();
    let serve = world.serve();
    let arguments = [&["serve"], &FREE_PORTS[..]].concat();
    let refusal = world.refusal(&arguments);
    assert!(
        refusal.contains(&format!(
            "another `skep serve` (process {}) runs",
            serve.id()
        )),
        "{refusal}"
    );
    serve.stop();
}

#[test]
fn a_broken_database_is_left_as_it_is() {
    let world = World::new();
    fs::create_dir(world.data()).unwrap();
    let path = world.data().join("skep.db");
    let garbage = vec![0x5a; 8192];
    fs::write(&path, &garbage).unwrap();
    let arguments = [&["serve"], &FREE_PORTS[..]].concat();
    for command in [&arguments[..], &["user", "list"], &["migrate"]] {
        let refusal = world.refusal(command);
        assert!(
            refusal.contains("skep.db cannot be opened: it is not a SQLite database"),
            "{refusal}"
        );
        assert_eq!(fs::read(&path).unwrap(), garbage);
    }
}

#[test]
fn a_data_folder_that_cannot_be_made_is_named() {
    let world = World::new();
    fs::write(world.data(), "a file").unwrap();
    let arguments = [&["serve"], &FREE_PORTS[..]].concat();
    let refusal = world.refusal(&arguments);
    assert!(
        refusal.contains("is a file, not a folder: name another with --data"),
        "{refusal}"
    );
    assert_eq!(fs::read(world.data()).unwrap(), b"a file");
}

#[test]
fn a_database_that_does_not_answer_is_named_without_its_password() {
    let world = World::new();
    let mut command = world.skep(&["user", "list"]);
    command.env(
        "SKEP_STORE__URL",
        "postgres://skep:hunter2@127.0.0.1:1/skep",
    );
    let output = command.output().unwrap();
    let refusal = crate::world::one_line(&output);
    assert!(
        refusal.contains("PostgreSQL at 127.0.0.1:1, database skep cannot be opened"),
        "{refusal}"
    );
    assert!(!refusal.contains("hunter2"), "{refusal}");
    assert!(
        refusal.to_lowercase().contains("connection refused"),
        "{refusal}"
    );
}

#[test]
fn a_database_server_that_says_nothing_is_given_up_soon() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let world = World::new();
    let mut command = world.skep(&["user", "list"]);
    command.env("SKEP_STORE__URL", format!("postgres://skep@{address}/skep"));
    let started = std::time::Instant::now();
    let refusal = crate::world::one_line(&command.output().unwrap());
    assert!(started.elapsed().as_secs() < 8, "{:?}", started.elapsed());
    assert!(
        refusal.contains(&address.to_string()) && refusal.contains("no answer within 3 s"),
        "{refusal}"
    );
}

#[test]
fn a_database_that_was_lost_does_not_become_a_new_site() {
    let world = World::new();
    world.serve().stop();
    let path = world.data().join("skep.db");
    fs::write(&path, b"").unwrap();
    let arguments = [&["serve"], &FREE_PORTS[..]].concat();
    for command in [&arguments[..], &["user", "list"], &["migrate"]] {
        let refusal = world.refusal(command);
        assert!(
            refusal.contains("skep.db is empty, but a site was here"),
            "{refusal}"
        );
        assert_eq!(fs::metadata(&path).unwrap().len(), 0);
    }
    fs::remove_file(&path).unwrap();
    for command in [&arguments[..], &["user", "add", "mira"], &["migrate"]] {
        let refusal = world.refusal(command);
        assert!(
            refusal.contains("skep.db is gone, but a site was here"),
            "{refusal}"
        );
        assert!(!path.exists());
    }
}

#[test]
fn a_site_may_begin_where_an_open_tracker_ran() {
    let world = World::new();
    fs::write(
        world.folder().join("skep.toml"),
        "[tracker]\naccess = \"open\"",
    )
    .unwrap();
    world.serve_with(&["--roles", "tracker"]).stop();
    assert!(world.data().join("tracker").exists());
    assert!(!world.data().join("skep.db").exists());
    world.serve().stop();
    assert!(world.data().join("skep.db").exists());
}

#[test]
fn a_folder_in_the_place_of_the_database_is_named() {
    let world = World::new();
    fs::create_dir_all(world.data().join("skep.db")).unwrap();
    let arguments = [&["serve"], &FREE_PORTS[..]].concat();
    let refusal = world.refusal(&arguments);
    assert!(
        refusal.contains("skep.db cannot be opened: it is a folder"),
        "{refusal}"
    );
}

#[test]
fn an_endless_file_is_not_read_to_its_end() {
    let world = World::new();
    for command in ["show", "convert"] {
        let refusal = world.refusal(&[command, "/dev/zero"]);
        assert!(refusal.contains("/dev/zero has more than"), "{refusal}");
    }
}

#[test]
fn an_allow_list_that_is_not_there_is_named_before_anything_is_made() {
    let world = World::new();
    fs::write(
        world.folder().join("skep.toml"),
        "[tracker]\naccess = \"listed\"\nallow_list = \"no/such.txt\"",
    )
    .unwrap();
    let arguments = [&["serve"], &FREE_PORTS[..]].concat();
    for command in [&arguments[..], &["config", "check"]] {
        let refusal = world.refusal(command);
        assert!(
            refusal.contains("tracker.allow_list: cannot read no/such.txt"),
            "{refusal}"
        );
    }
    assert!(!world.data().exists());
}

#[test]
fn a_file_in_the_place_of_the_blobs_is_named() {
    let world = World::new();
    fs::create_dir(world.data()).unwrap();
    fs::write(world.data().join("blobs"), b"x").unwrap();
    let arguments = [&["serve"], &FREE_PORTS[..]].concat();
    let refusal = world.refusal(&arguments);
    assert!(
        refusal.contains("blobs is a file: move it away"),
        "{refusal}"
    );
}

#[test]
fn a_wrong_command_line_is_status_2() {
    let world = World::new();
    for arguments in [
        &["sevre"][..],
        &["serve", "--wep", "x"],
        &["--web", "127.0.0.1:0", "user", "list"],
        &["user"],
    ] {
        let output = world.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(output.stdout.is_empty());
    }
    assert!(!world.data().exists());
}
