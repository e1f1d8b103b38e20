//! What every command prints.

use std::fs;

use bittorrent::{Builder, Metainfo, MetainfoLimits};
use serde_json::Value;

use crate::world::{World, one_line, said};

const PASSWORD: &str = "correct horse battery staple\n";

#[test]
fn users_are_added_listed_banned_and_unbanned() {
    let world = World::new();
    let added = said(&world.run_with_input(
        &[
            "user",
            "add",
            "Alice",
            "--email",
            "alice@example.org",
            "--password-stdin",
            "--admin",
        ],
        PASSWORD,
    ));
    let lines: Vec<&str> = added.lines().collect();
    assert_eq!(lines[0], "added Alice (user 1)");
    let passkey = lines[1].strip_prefix("passkey ").unwrap();
    assert!(passkey.len() == 32 && passkey.bytes().all(|byte| byte.is_ascii_hexdigit()));
    assert_eq!(lines.len(), 2);

    let added = world.ok(&["user", "add", "bob"]);
    assert!(
        added.lines().nth(2).unwrap().starts_with("password "),
        "{added}"
    );

    let list = world.ok(&["user", "list"]);
    assert_eq!(
        list.lines().collect::<Vec<_>>(),
        [
            "1\tAlice\tadmin\talice@example.org\tup=0\tdown=0",
            "2\tbob\t-\t-\tup=0\tdown=0"
        ]
    );
    let list = world.ok(&["user", "list", "--json"]);
    let first: Value = serde_json::from_str(list.lines().next().unwrap()).unwrap();
    assert_eq!(
        (&first["user_id"], &first["name"], &first["admin"]),
        (&1.into(), &"Alice".into(), &true.into())
    );
    assert!(!list.contains(passkey));

    assert_eq!(world.ok(&["user", "passkey", "alice"]), passkey);
    let fresh = world.ok(&["user", "passkey", "alice", "--reset"]);
    assert_ne!(fresh, passkey);
    assert_eq!(world.ok(&["user", "passkey", "alice"]), fresh);

    assert_eq!(
        world.ok(&["user", "ban", "bob", "--reason", "spam"]),
        "banned bob"
    );
    assert!(world.ok(&["user", "list"]).contains("2\tbob\tbanned"));
    assert_eq!(world.ok(&["user", "unban", "bob"]), "unbanned bob");
    assert!(
        world
            .refusal(&["user", "unban", "bob"])
            .contains("bob is not banned")
    );
}

#[test]
fn a_lost_password_is_replaced() {
    let world = World::new();
    world.ok(&["user", "add", "bob"]);
    let made = world.ok(&["user", "password", "BOB"]);
    let lines: Vec<&str> = made.lines().collect();
    assert_eq!(lines[0], "changed the password of bob");
    assert!(lines[1].starts_with("password "), "{made}");

    let chosen = ["user", "password", "bob", "--password-stdin"];
    let changed = said(&world.run_with_input(&chosen, PASSWORD));
    assert_eq!(changed.trim_end(), "changed the password of bob");

    let weak = world.run_with_input(&chosen, "short\n");
    assert!(one_line(&weak).contains("the password cannot be used"));
    assert!(
        world
            .refusal(&["user", "password", "eve"])
            .contains("there is no user eve")
    );
}

#[test]
fn users_are_refused_for_a_reason() {
    let world = World::new();
    world.ok(&["user", "add", "bob"]);
    assert!(
        world
            .refusal(&["user", "add", "BOB"])
            .contains("this user name is taken")
    );
    assert!(
        world
            .refusal(&["user", "add", "b"])
            .contains("`b` is not a user name")
    );
    assert!(
        world
            .refusal(&["user", "add", "eve", "--email", "x"])
            .contains("`x` is not an e-mail address")
    );
    assert!(
        world
            .refusal(&["user", "add", "eve", "--group", "x"])
            .contains("there is no group `x`")
    );
    let weak = world.run_with_input(&["user", "add", "eve", "--password-stdin"], "short\n");
    assert!(one_line(&weak).contains("the password cannot be used"));
    assert!(
        world
            .refusal(&["user", "ban", "eve"])
            .contains("there is no user eve")
    );
}

#[test]
fn a_token_is_printed_alone_and_opens_the_site() {
    let world = World::new();
    let serve = world.serve();
    world.ok(&["user", "add", "bob"]);
    let token = world.ok(&[
        "token",
        "create",
        "--user",
        "bob",
        "--scope",
        "read,account",
    ]);
    assert!(
        token.len() >= 32 && !token.contains(char::is_whitespace),
        "{token}"
    );
    let host = serve.address("web").strip_prefix("http://").unwrap();
    let (status, me) = crate::world::get(
        host,
        &format!("/api/v1/me HTTP/1.1\r\nAuthorization: Bearer {token}\r\nX: y"),
    );
    assert_eq!(status, 200, "{me}");
    assert!(me.contains("\"name\":\"bob\""), "{me}");

    assert!(
        world
            .refusal(&["token", "create", "--user", "bob", "--scope", "raed"])
            .contains("no scope `raed`")
    );
    let refusal = world.refusal(&["token", "create", "--user", "bob", "--scope", "admin"]);
    assert!(refusal.contains("bob is no administrator"), "{refusal}");
    assert!(
        world
            .refusal(&["token", "create", "--user", "eve", "--scope", "read"])
            .contains("no user eve")
    );
    serve.stop();
}

#[test]
fn a_folder_that_was_mistyped_does_not_become_a_site() {
    let world = World::new();
    for command in [
        &["user", "list"][..],
        &["token", "create", "--user", "bob", "--scope", "read"],
    ] {
        let refusal = world.refusal(command);
        assert!(
            refusal.contains("skep.db; `skep serve` makes it"),
            "{refusal}"
        );
    }
    assert!(
        world
            .refusal(&["user", "add", "b"])
            .contains("`b` is not a user name")
    );
    assert!(!world.data().exists());
    assert!(world.ok(&["migrate"]).contains("is up to date"));
    assert_eq!(world.ok(&["user", "list"]), "");
}

fn torrent(world: &World) -> (String, Metainfo) {
    let bytes = Builder::new("numbers")
        .piece_length(16384)
        .file("one.bin", vec![1; 20_000])
        .build()
        .unwrap();
    let path = world.folder().join("numbers.torrent");
    fs::write(&path, &bytes).unwrap();
    let metainfo = Metainfo::parse(&bytes, &MetainfoLimits::default()).unwrap();
    (path.to_str().unwrap().to_owned(), metainfo)
}

#[test]
fn a_torrent_becomes_a_magnet_link() {
    let world = World::new();
    let (path, metainfo) = torrent(&world);
    let hash = metainfo.hashes().canonical().to_string();
    let magnet = world.ok(&["convert", &path]);
    assert!(
        magnet.starts_with(&format!("magnet:?xt=urn:btih:{hash}")),
        "{magnet}"
    );
    assert_eq!(magnet.lines().count(), 1);

    let kept = world.folder().join("link.txt");
    assert_eq!(
        world.ok(&["convert", &path, "-o", kept.to_str().unwrap()]),
        ""
    );
    assert_eq!(fs::read_to_string(kept).unwrap(), format!("{magnet}\n"));

    let from_hash = world.ok(&["convert", &hash.to_uppercase()]);
    assert_eq!(from_hash, format!("magnet:?xt=urn:btih:{hash}"));

    let output = world.run(&["convert", &magnet]);
    let told = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(
        told.contains("name         numbers") && told.contains(&hash),
        "{told}"
    );
    assert!(one_line(&output).contains("cannot become a .torrent without its peers"));
}

#[test]
fn what_cannot_be_converted_is_named() {
    let world = World::new();
    assert!(
        world
            .refusal(&["convert", "nowhere"])
            .contains("`nowhere` is no info-hash")
    );
    assert!(
        world
            .refusal(&["convert", "magnet:?dn=x"])
            .contains("this magnet link cannot be used")
    );
    let path = world.folder().join("bad.torrent");
    fs::write(&path, "d4:infoi1ee").unwrap();
    assert!(
        world
            .refusal(&["convert", path.to_str().unwrap()])
            .contains("bad.torrent is not a .torrent file")
    );
}

#[test]
fn a_file_is_shown_as_text_and_as_json() {
    let world = World::new();
    let (path, metainfo) = torrent(&world);
    let text = world.ok(&["show", &path]);
    assert!(
        text.contains("name           numbers") && text.contains("         20000 "),
        "{text}"
    );
    let shown: Value = serde_json::from_str(&world.ok(&["show", &path, "--json"])).unwrap();
    assert_eq!(
        shown["info_hash"],
        metainfo.hashes().canonical().to_string()
    );
    assert_eq!(shown["total_size"], 20_000);
    assert_eq!(shown["info_hash_v2"], Value::Null);

    world.ok(&["migrate"]);
    let hash = metainfo.hashes().canonical().to_string();
    assert!(
        world
            .refusal(&["show", &hash])
            .contains(&format!("the site has no torrent {hash}"))
    );
}

#[test]
fn doctor_is_silent_about_nothing() {
    let world = World::new();
    let refusal = world.run(&["doctor"]);
    assert_eq!(refusal.status.code(), Some(1));

    let serve = world.serve();
    let told = world.ok(&["doctor"]);
    assert!(told.contains(&format!("process {}", serve.id())), "{told}");
    assert!(told.lines().all(|line| line.starts_with("ok ")), "{told}");
    for line in world.ok(&["doctor", "--json"]).lines() {
        let check: Value = serde_json::from_str(line).unwrap();
        assert_eq!(check["ok"], true, "{line}");
    }
    serve.stop();

    fs::set_permissions(
        world.data().join("secret.key"),
        std::os::unix::fs::PermissionsExt::from_mode(0o644),
    )
    .unwrap();
    let output = world.run(&["doctor"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("BAD  data folder: "));
}
