//! The site and the tracker in one process and in two, over SQLite and over PostgreSQL: what is done on
//! the site holds at the next announce, within a second.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::database::Database;
use crate::world::{FREE_PORTS, Serve, World};

#[test]
fn one_process_on_sqlite() {
    trial(Split::One, &Database::sqlite());
}

#[test]
fn two_processes_on_sqlite() {
    trial(Split::Two, &Database::sqlite());
}

#[test]
fn one_process_on_postgres() {
    if let Some(database) = Database::postgres() {
        trial(Split::One, &database);
    }
}

#[test]
fn two_processes_on_postgres() {
    if let Some(database) = Database::postgres() {
        trial(Split::Two, &database);
    }
}

/// How many processes there are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Split {
    One,
    Two,
}

/// A site that runs, and who is on it.
struct Site<'a> {
    world: World,
    database: &'a Database,
    web: Serve,
    /// Where it runs apart.
    tracker: Option<Serve>,
    /// Of an administrator.
    token: String,
}

/// A member with a client.
struct Member {
    user: i64,
    token: String,
    passkey: String,
}

fn trial(split: Split, database: &Database) {
    let site = Site::start(split, database);
    site.counters_and_files_are_those_of_the_tracker();
    let begun = Instant::now();
    for (what, deed) in DEEDS {
        let (member, topic, hash) = (site.member(what), site.post(what), site.hash_of(what));
        site.served(&member.passkey, &hash);
        deed(&site, &member, topic);
        let done = Instant::now();
        let reason = site.until_refused(&member.passkey, &hash);
        let took = done.elapsed();
        eprintln!(
            "{split:?} {} {what}: {} ms",
            database.name(),
            took.as_millis()
        );
        assert!(took < Duration::from_secs(1), "{what} took {took:?}");
        assert!(reason.contains(what), "{what}: {reason}");
    }
    assert!(begun.elapsed() < Duration::from_secs(60));
    site.stop();
}

type Deed = fn(&Site<'_>, &Member, i64);

/// What is done, by a word of the refusal that follows.
const DEEDS: [(&str, Deed); 4] = [
    ("banned", |site, member, _| {
        let path = format!("/api/v1/users/{}/ban", member.user);
        site.call("PUT", &path, Some(json!({"reason": "spam"})));
    }),
    ("reset", |site, member, _| {
        let path = format!("/api/v1/users/{}/passkey", member.user);
        site.call("POST", &path, None);
    }),
    ("frozen", |site, _, topic| site.freeze(topic)),
    ("was deleted", |site, _, topic| site.delete(topic)),
];

impl<'a> Site<'a> {
    fn start(split: Split, database: &'a Database) -> Self {
        let world = World::new();
        let serve = |data: PathBuf, roles: &str, tracker: Option<&Serve>| {
            let mut arguments = vec!["serve", "--roles", roles];
            arguments.extend(FREE_PORTS);
            let data = data.to_str().unwrap().to_owned();
            let mut command = world.skep_on(&arguments, &data);
            command.env("SKEP_STORE__URL", database.url());
            command.env("SKEP_TRACKER__FLUSH_MS", "500");
            if let Some(tracker) = tracker {
                let http = tracker.address("tracker-http");
                command.env(
                    "SKEP_TRACKER__PUBLIC_HTTP",
                    http.trim_end_matches("/announce"),
                );
                command.env("SKEP_TRACKER__PUBLIC_UDP", tracker.address("tracker-udp"));
            }
            Serve::start(command)
        };
        let (web, tracker) = match split {
            Split::One => (serve(world.data(), "web,tracker", None), None),
            Split::Two => {
                let tracker = serve(world.folder().join("tracker"), "tracker", None);
                (serve(world.data(), "web", Some(&tracker)), Some(tracker))
            }
        };
        let mut site = Self {
            world,
            database,
            web,
            tracker,
            token: String::new(),
        };
        site.run(&["user", "add", "keeper", "--admin"]);
        let scope = "read,post,download,account,admin,moderate";
        site.token = site.run(&["token", "create", "--user", "keeper", "--scope", scope]);
        let forum = json!({"title": "Shelf", "parent_id": null, "private": "force"});
        site.call("POST", "/api/v1/forums", Some(forum));
        site
    }

    /// A command beside the site, over its store.
    fn run(&self, arguments: &[&str]) -> String {
        let mut command = self.world.skep(arguments);
        command.env("SKEP_STORE__URL", self.database.url());
        crate::world::said(&command.output().unwrap())
    }

    fn member(&self, what: &str) -> Member {
        let name = what.replace(' ', "-");
        self.run(&["user", "add", &name]);
        let scope = "read,account,download";
        let token = self.run(&["token", "create", "--user", &name, "--scope", scope]);
        let me = self.call_as(&token, "GET", "/api/v1/me", None);
        Member {
            user: me["user_id"].as_i64().unwrap(),
            passkey: me["passkey"].as_str().unwrap().to_owned(),
            token,
        }
    }

    /// Posts a torrent of this name; its topic.
    fn post(&self, name: &str) -> i64 {
        let info = format!(
            "d6:lengthi16384e4:name{}:{name}12:piece lengthi16384e6:pieces20:{}7:privatei1ee",
            name.len(),
            "A".repeat(20)
        );
        let torrent = format!("d4:info{info}e");
        let part = |field: &str, value: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n")
        };
        let file = "--x\r\nContent-Disposition: form-data; name=\"torrent\"; filename=\"a.torrent\"\r\n\
             Content-Type: application/x-bittorrent\r\n\r\n";
        let body = part("forum_id", "1") + &part("title", name) + &part("body", "A film.") + file;
        let body = format!("{body}{torrent}\r\n--x--\r\n");
        let kind = "multipart/form-data; boundary=x";
        let (status, answer) = self.request(&self.token, "POST", "/api/v1/topics", kind, &body);
        assert_eq!(status, 201, "{answer}");
        let answer: Value = serde_json::from_str(&answer).unwrap();
        answer["topic_id"].as_i64().unwrap()
    }

    fn topic_of(&self, name: &str) -> Value {
        let found = (1..100).find_map(|id| {
            let topic = self.call("GET", &format!("/api/v1/topics/{id}"), None);
            (topic["title"] == name).then_some(topic)
        });
        found.unwrap()
    }

    fn hash_of(&self, name: &str) -> String {
        let topic = self.topic_of(name);
        topic["torrent"]["info_hash"].as_str().unwrap().to_owned()
    }

    /// Freezes the torrent of a topic.
    fn freeze(&self, topic: i64) {
        let found = self.call("GET", &format!("/api/v1/topics/{topic}"), None);
        let hash = found["torrent"]["info_hash"].as_str().unwrap();
        let closed = json!({"state": "closed"});
        self.call("PATCH", &format!("/api/v1/torrents/{hash}"), Some(closed));
    }

    /// Deletes a topic with its torrent.
    fn delete(&self, topic: i64) {
        self.call("DELETE", &format!("/api/v1/topics/{topic}"), None);
    }

    fn tracker(&self) -> &Serve {
        self.tracker.as_ref().unwrap_or(&self.web)
    }

    fn announce(&self, passkey: &str, hash: &str) -> String {
        let address = self.tracker().address("tracker-http");
        let host = address.strip_prefix("http://").unwrap();
        let host = host.strip_suffix("/announce").unwrap();
        let escaped: String = (0..20)
            .map(|at| format!("%{}", &hash[2 * at..2 * at + 2]))
            .collect();
        let path = format!(
            "/announce/{passkey}?info_hash={escaped}&peer_id=-TS0001-000000000000&port=6881\
             &uploaded=0&downloaded=0&left=0"
        );
        crate::world::get(host, &path).1
    }

    fn served(&self, passkey: &str, hash: &str) {
        // a torrent that has just been posted is known within a second, too
        let end = Instant::now() + Duration::from_secs(1);
        loop {
            let answer = self.announce(passkey, hash);
            if !answer.contains("failure reason") {
                return;
            }
            assert!(Instant::now() < end, "{answer}");
        }
    }

    fn until_refused(&self, passkey: &str, hash: &str) -> String {
        let end = Instant::now() + Duration::from_secs(5);
        loop {
            let answer = self.announce(passkey, hash);
            if answer.contains("failure reason") {
                return answer;
            }
            assert!(Instant::now() < end, "it is served still");
        }
    }

    /// What the site shows of a swarm follows the tracker, and its files name it.
    fn counters_and_files_are_those_of_the_tracker(&self) {
        let (member, topic) = (self.member("watcher"), self.post("watched"));
        self.served(&member.passkey, &self.hash_of("watched"));
        let begun = Instant::now();
        while self.topic_of("watched")["torrent"]["seeders"] != 1 {
            assert!(
                begun.elapsed() < Duration::from_secs(4),
                "the counters do not follow"
            );
        }
        eprintln!(
            "{} counters: {} ms",
            self.database.name(),
            begun.elapsed().as_millis()
        );
        let path = format!("/dl/{topic}");
        let (status, file) = self.request(&member.token, "GET", &path, "", "");
        assert_eq!(status, 200, "{file}");
        let announce = self.tracker().address("tracker-http");
        let announce = format!("{announce}/{}", member.passkey);
        let wanted = format!("8:announce{}:{announce}", announce.len());
        assert!(file.contains(&wanted), "{wanted}: {file}");
        assert_eq!(self.web.get("/readyz").0, 200);
    }

    fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        self.call_as(&self.token, method, path, body)
    }

    fn call_as(&self, token: &str, method: &str, path: &str, body: Option<Value>) -> Value {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let (status, answer) = self.request(token, method, path, "application/json", &body);
        assert!(
            matches!(status, 200..300 | 404),
            "{method} {path}: {status} {answer}"
        );
        serde_json::from_str(&answer).unwrap_or_default()
    }

    fn request(
        &self,
        token: &str,
        method: &str,
        path: &str,
        kind: &str,
        body: &str,
    ) -> (u16, String) {
        let host = self.web.address("web").strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\
             Authorization: Bearer {token}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        (status, body.to_owned())
    }

    fn stop(self) {
        self.web.stop();
        if let Some(tracker) = self.tracker {
            tracker.stop();
        }
    }
}
