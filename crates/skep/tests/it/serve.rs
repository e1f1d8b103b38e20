//! Starting, being ready, stopping, and what is left afterwards.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::world::{FREE_PORTS, Serve, World, get, said};

#[test]
fn it_says_where_it_listens_and_answers_there() {
    let world = World::new();
    let serve = world.serve();
    assert_eq!(serve.ready[0], "ready");
    assert!(serve.address("tracker-http").ends_with("/announce"));
    assert!(serve.address("tracker-udp").starts_with("udp://127.0.0.1:"));
    assert_eq!(serve.get("/healthz").0, 200);
    assert_eq!(serve.get("/readyz").0, 200);
    assert_eq!(serve.get("/").0, 200);
    let (status, metrics) = serve.get("/metrics");
    assert_eq!(status, 200, "{metrics}");
    for name in [
        "skep_web_request_seconds_bucket{",
        "skep_tracker_torrents 0",
    ] {
        assert!(metrics.contains(name), "{metrics}");
    }

    let tracker = serve
        .address("tracker-http")
        .strip_prefix("http://")
        .unwrap();
    let (host, _) = tracker.split_once('/').unwrap();
    let (status, body) = get(host, "/announce");
    assert_eq!(status, 200);
    assert!(body.contains("14:failure reason"), "{body}");
    serve.stop();
}

#[test]
fn without_a_command_it_serves() {
    let world = World::new();
    Serve::start(world.skep(&FREE_PORTS)).stop();
}

#[test]
fn flags_stand_before_and_behind_the_command() {
    let world = World::new();
    let arguments = [&FREE_PORTS[..2], &["serve"], &FREE_PORTS[2..]].concat();
    Serve::start(world.skep(&arguments)).stop();
}

#[test]
fn roles_are_chosen() {
    let world = World::new();
    let tracker = world.serve_with(&["--roles", "tracker"]);
    assert!(!tracker.ready.iter().any(|word| word.starts_with("web=")));
    tracker.stop();
    let web = world.serve_with(&["--roles", "web"]);
    assert!(!web.ready.iter().any(|word| word.starts_with("tracker")));
    web.stop();
}

#[test]
fn a_process_without_the_site_is_watched_too() {
    let world = World::new();
    let serve = |telemetry: &str| {
        let mut command =
            world.skep(&[&["serve", "--roles", "tracker"], &FREE_PORTS[2..]].concat());
        command.env("SKEP_TELEMETRY__LISTEN", telemetry);
        command
    };
    let plain = Serve::start(serve(""));
    assert!(!plain.ready.iter().any(|word| word.starts_with("telemetry")));
    plain.stop();

    let tracker = Serve::start(serve("127.0.0.1:0"));
    let host = tracker
        .address("telemetry")
        .strip_prefix("http://")
        .unwrap();
    assert_eq!(get(host, "/healthz"), (200, "ok\n".to_owned()));
    assert_eq!(get(host, "/readyz"), (200, "ready\n".to_owned()));
    let (status, metrics) = get(host, "/metrics");
    assert_eq!(status, 200);
    assert!(metrics.contains("skep_tracker_torrents 0"), "{metrics}");
    assert_eq!(get(host, "/").0, 404);
    // Whoever hangs on does not hold it.
    let idle = TcpStream::connect(host).unwrap();
    tracker.signal("TERM");
    let (status, log) = tracker.wait();
    assert!(status.success(), "{log}");
    drop(idle);
}

#[test]
fn an_open_tracker_needs_no_database() {
    let world = World::new();
    let mut command = world.skep(&[&["serve", "--roles", "tracker"], &FREE_PORTS[..]].concat());
    command
        .env("SKEP_TRACKER__ACCESS", "open")
        .env("SKEP_STORE__URL", "postgres://nobody@127.0.0.1:1/x");
    Serve::start(command).stop();
}

#[test]
fn the_set_up_link_stays_until_there_is_an_administrator() {
    let world = World::new();
    let first = world.serve();
    let token = first
        .setup_token()
        .expect("an empty store is set up")
        .to_owned();
    let (status, page) = first.get(&format!("/setup?token={token}"));
    assert_eq!(status, 200, "{page}");
    first.stop();

    let second = world.serve();
    assert_eq!(second.setup_token(), Some(token.as_str()));
    second.kill();

    world.ok(&["user", "add", "root", "--admin"]);
    let third = world.serve();
    assert_eq!(third.before, Vec::<String>::new());
    third.stop();
}

#[test]
fn accounts_survive_a_restart_and_a_kill() {
    let world = World::new();
    let serve = world.serve();
    world.ok(&["user", "add", "before"]);
    serve.stop();
    let serve = world.serve();
    world.ok(&["user", "add", "between"]);
    serve.kill();
    let serve = world.serve();
    let users = world.ok(&["user", "list"]);
    assert!(
        users.contains("\tbefore\t") && users.contains("\tbetween\t"),
        "{users}"
    );
    serve.stop();
    said(&world.run(&["doctor"]));
}

#[test]
fn it_stops_in_time_with_a_connection_open() {
    let world = World::new();
    let serve = world.serve();
    let host = serve.address("web").strip_prefix("http://").unwrap();
    let idle = TcpStream::connect(host).unwrap();
    let start = Instant::now();
    serve.signal("INT");
    let (status, log) = serve.wait();
    assert!(status.success(), "{log}");
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    drop(idle);
}

/// A request that says it has a body and never sends it all.
fn unfinished(serve: &Serve) -> TcpStream {
    let host = serve.address("web").strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!("POST /login HTTP/1.1\r\nHost: {host}\r\nContent-Length: 100\r\n");
    let kind = "Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n\r\n";
    write!(stream, "{head}{kind}").unwrap();
    // the answer to `Expect` proves that the request is in hand
    let mut interim = [0; 8];
    stream.read_exact(&mut interim).unwrap();
    stream
}

#[test]
fn a_request_that_never_ends_does_not_hold_it() {
    let world = World::new();
    let serve = world.serve();
    let request = unfinished(&serve);
    let start = Instant::now();
    serve.signal("TERM");
    let (status, log) = serve.wait();
    assert!(status.success(), "{log}");
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "{:?}",
        start.elapsed()
    );
    drop(request);
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let world = World::new();
    let serve = world.serve();
    let request = unfinished(&serve);
    let start = Instant::now();
    serve.signal("TERM");
    // the moment in which a second one counts as the same has to pass
    std::thread::sleep(Duration::from_millis(600));
    serve.signal("TERM");
    let (status, log) = serve.wait();
    assert_eq!(status.code(), Some(1), "{log}");
    assert!(log.contains("ending at once"), "{log}");
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
    drop(request);
}

#[test]
fn it_serves_on_when_nobody_reads_its_output() {
    let world = World::new();
    let mut command = world.skep(&[&["serve"], &FREE_PORTS[..]].concat());
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command.stdout(writer).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    drop(command);
    // the log says that it is up; it ends only when it is asked to
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(log.any(|line| line.is_ok_and(|line| line.contains("is up"))));
    assert!(child.try_wait().unwrap().is_none());
    let id = child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-s", "TERM", &id])
            .status()
            .unwrap()
            .success()
    );
    assert!(child.wait().unwrap().success());
}

#[test]
fn the_log_speaks_json_where_asked() {
    let world = World::new();
    let mut command = world.skep(&[&["serve"], &FREE_PORTS[..]].concat());
    command
        .env("SKEP_LOG__FORMAT", "json")
        .env("DHT_PORT", "1")
        .env("LOG_LEVEL", "DEBUG");
    let serve = Serve::start(command);
    serve.signal("TERM");
    let (status, log) = serve.wait();
    assert!(status.success());
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).expect(line))
        .collect();
    let unused = |line: &serde_json::Value| {
        line["message"] == "not used by this build's roles" && line["setting"] == "DHT_PORT"
    };
    assert!(lines.iter().any(unused), "{log}");
}

#[test]
fn the_data_folder_is_its_owners_alone() {
    let world = World::new();
    world.serve().stop();
    for (name, mode) in [
        ("", 0o700),
        ("secret.key", 0o600),
        ("setup-token", 0o600),
        ("skep.db", 0o600),
        ("blobs", 0o700),
        ("tracker", 0o700),
    ] {
        let data = std::fs::metadata(world.data().join(name)).unwrap();
        assert_eq!(data.permissions().mode() & 0o777, mode, "{name}");
    }
}

#[test]
fn the_lists_of_hashes_are_followed_while_it_runs() {
    let world = World::new();
    let (allow, deny) = (
        world.folder().join("allow.txt"),
        world.folder().join("deny.txt"),
    );
    std::fs::write(&allow, "# served\n").unwrap();
    std::fs::write(&deny, "").unwrap();
    let mut command = world.skep(&[&["serve", "--roles", "tracker"], &FREE_PORTS[2..]].concat());
    command
        .env("SKEP_TRACKER__ACCESS", "listed")
        .env("SKEP_TRACKER__ALLOW_LIST", &allow)
        .env("SKEP_TRACKER__DENY_LIST", &deny);
    let serve = Serve::start(command);
    let tracker = serve.address("tracker-http").to_owned();
    let host = tracker.strip_prefix("http://").unwrap();
    let host = host.strip_suffix("/announce").unwrap();
    let answer = || {
        let hash = "%AB".repeat(20);
        let target = format!(
            "/announce?info_hash={hash}&peer_id=-TS0001-000000000000&port=6881&uploaded=0&downloaded=0&left=1"
        );
        get(host, &target).1
    };
    let until = |words: &str| {
        let end = Instant::now() + Duration::from_secs(20);
        while !answer().contains(words) {
            assert!(Instant::now() < end, "{words}: {}", answer());
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    assert!(answer().contains("does not serve this torrent"));
    let listed = format!("{} # ours\n", "ab".repeat(20));
    std::fs::write(&allow, &listed).unwrap();
    until("8:interval");
    std::fs::write(&deny, &listed).unwrap();
    until("was removed from this tracker");
    serve.stop();
}
