//! Tracker queries: one case for each rule.

use bittorrent::wire::http::{AnnounceQuery, QueryError, ScrapeQuery};
use bittorrent::{Event, InfoHash};
use proptest::prelude::*;

const HASH: &str = "%00%ff%26%3D%25%2babcdefghijklmn";
const ID: &str = "-qB4650-abcdefghijkl";

/// An announce in which each `name=value` given replaces that parameter, and `-name` removes it.
fn query(changes: &[&str]) -> String {
    let mut parameters: Vec<String> = [
        ("info_hash", HASH),
        ("peer_id", ID),
        ("port", "6881"),
        ("uploaded", "1"),
        ("downloaded", "2"),
        ("left", "3"),
    ]
    .iter()
    .map(|(name, value)| format!("{name}={value}"))
    .collect();
    for change in changes {
        let (name, add) = match change.strip_prefix('-') {
            Some(name) => (name, None),
            None => (change.split('=').next().unwrap(), Some(change)),
        };
        parameters.retain(|parameter| !parameter.starts_with(&format!("{name}=")));
        parameters.extend(add.map(|add| add.to_string()));
    }
    parameters.join("&")
}

fn announce(changes: &[&str]) -> AnnounceQuery {
    AnnounceQuery::parse(query(changes)).unwrap_or_else(|error| panic!("{changes:?}: {error}"))
}

#[test]
fn an_announce_is_read_field_by_field() {
    let full = announce(&[
        "event=completed",
        "numwant=80",
        "compact=0",
        "no_peer_id=1",
        "key=00C0FFEE",
        "ip=192.0.2.7",
        "supportcrypto=1",
        "ipv6=2001%3Adb8%3A%3A1",
        "ipv4=192.0.2.9:77",
        "trackerid=x",
        "corrupt=0",
        "corrupt=1",
        "&&",
        "=",
        "redundant",
    ]);
    assert_eq!(
        full.info_hash,
        InfoHash::from(*b"\x00\xff&=%+abcdefghijklmn")
    );
    assert_eq!(full.peer_id.as_bytes(), ID.as_bytes());
    assert_eq!(
        (full.port, full.uploaded, full.downloaded, full.left),
        (6881, 1, 2, Some(3))
    );
    assert_eq!(
        (full.event, full.numwant, full.compact, full.no_peer_id),
        (Event::Completed, Some(80), false, true)
    );
    assert_eq!((full.key, full.supports_crypto), (Some(0x00c0_ffee), true));
    assert_eq!(full.ip, Some("192.0.2.7".parse().unwrap()));
    assert_eq!(full.ipv4, Some("192.0.2.9:77".parse().unwrap()));
    assert_eq!(
        full.ipv6,
        Some("[2001:db8::1]:6881".parse().unwrap()),
        "the announce's own port"
    );

    let least = announce(&["-uploaded", "-downloaded", "-left"]);
    assert_eq!((least.uploaded, least.downloaded, least.left), (0, 0, None));
    assert_eq!(
        (least.event, least.compact, least.no_peer_id, least.key),
        (Event::None, true, false, None)
    );
}

#[test]
fn without_a_value_a_parameter_is_as_good_as_missing() {
    let empty = [
        "event=",
        "numwant=",
        "compact=",
        "no_peer_id=",
        "key=",
        "ip=",
        "ipv4=",
        "ipv6=",
        "supportcrypto=",
        "trackerid=",
    ];
    assert_eq!(announce(&empty), announce(&[]));
    let names = empty.map(|parameter| parameter.trim_end_matches('='));
    assert_eq!(announce(&names), announce(&[]));
}

#[test]
fn a_plus_is_a_plus() {
    let hash = announce(&["info_hash=++++++++++++++++++++"]).info_hash;
    assert_eq!(hash.as_bytes(), b"++++++++++++++++++++");
}

#[test]
fn values_are_read_with_care() {
    assert_eq!(announce(&["numwant=-1"]).numwant, None);
    assert_eq!(announce(&["numwant=0"]).numwant, Some(0));
    assert_eq!(
        announce(&["numwant=99999999999999999999999"]).numwant,
        Some(u32::MAX)
    );
    assert_eq!(announce(&["numwant=500"]).peers_wanted(50, 200), 200);
    assert_eq!(announce(&[]).peers_wanted(50, 200), 50);
    assert_eq!(announce(&["left=18446744073709551615"]).left, None);
    assert_eq!(
        announce(&["uploaded=9223372036854775807"]).uploaded,
        i64::MAX as u64
    );
    assert_eq!(
        announce(&["uploaded=00000000000000000000000000007"]).uploaded,
        7
    );
    assert_eq!(announce(&["event="]).event, Event::None);
    assert_eq!(announce(&["event=paused"]).event, Event::Paused);
    assert_eq!(announce(&["event=stopped", "port=0"]).port, 0);
    assert_eq!(announce(&["ip=example.org"]).ip, None);
    assert_eq!(announce(&["ipv6=fe80::1%25eth0"]).ipv6, None);
    assert_eq!(announce(&["ipv6=192.0.2.1"]).ipv6, None);
    let two = format!("{}&ipv6=nonsense&ipv6=%5B::1%5D:9&ipv6=::2", query(&[]));
    assert_eq!(
        AnnounceQuery::parse(two).unwrap().ipv6,
        Some("[::1]:9".parse().unwrap())
    );
    assert_ne!(
        announce(&["key=some%20text"]).key,
        announce(&["key=other"]).key
    );
}

#[test]
fn every_rule_has_its_own_sentence() {
    let hex = format!("info_hash={}", "ab".repeat(20));
    let whole_v2 = format!("info_hash={}", "%ab".repeat(32));
    let long_key = format!("key={}", "k".repeat(129));
    let cases: &[(&str, &str)] = &[
        ("-info_hash", "info_hash is missing"),
        ("-peer_id", "peer_id is missing"),
        ("-port", "port is missing"),
        ("info_hash=short", "info_hash must be 20 bytes, not 5"),
        ("info_hash", "info_hash must be 20 bytes, not 0"),
        (
            "info_hash=%00%0g",
            "info_hash has a % that is not followed by two hexadecimal digits",
        ),
        (
            "info_hash=%0",
            "info_hash has a % that is not followed by two hexadecimal digits",
        ),
        (
            "info_hash=%",
            "info_hash has a % that is not followed by two hexadecimal digits",
        ),
        (
            &hex,
            "info_hash must be 20 bytes with % escapes, not 40 hexadecimal digits",
        ),
        (
            &whole_v2,
            "info_hash must be the first 20 bytes of a v2 hash, not all 32",
        ),
        (
            "peer_id=012345678901234567890",
            "peer_id must be 20 bytes, not 21",
        ),
        ("port=", "port is not a decimal number"),
        ("port=0x1a", "port is not a decimal number"),
        ("port=65536", "port is too large a number"),
        ("port=-1", "port is negative"),
        ("port=0", "port is 0, the client must listen on a port"),
        ("uploaded=-5", "uploaded is negative"),
        ("uploaded=-", "uploaded is not a decimal number"),
        ("uploaded=1.5", "uploaded is not a decimal number"),
        (
            "uploaded=9223372036854775808",
            "uploaded is too large a number",
        ),
        (
            "downloaded=99999999999999999999999",
            "downloaded is too large a number",
        ),
        ("left=-1", "left is negative"),
        ("left=a", "left is not a decimal number"),
        ("left=", "left is not a decimal number"),
        ("uploaded=", "uploaded is not a decimal number"),
        ("downloaded=", "downloaded is not a decimal number"),
        ("port=", "port is not a decimal number"),
        ("peer_id=", "peer_id must be 20 bytes, not 0"),
        ("info_hash=", "info_hash must be 20 bytes, not 0"),
        ("left=18446744073709551616", "left is too large a number"),
        ("numwant=many", "numwant is not a decimal number"),
        (
            "event=begun",
            "event must be started, stopped, completed or paused",
        ),
        (&long_key, "key is longer than 128 bytes"),
    ];
    for (change, sentence) in cases {
        let error = AnnounceQuery::parse(query(&[change])).expect_err(change);
        assert_eq!(error.to_string(), *sentence, "{change}");
    }
    let twice = [
        "info_hash",
        "peer_id",
        "port",
        "uploaded",
        "downloaded",
        "left",
    ];
    for name in twice {
        let doubled = format!("{}&{name}=1", query(&[]));
        assert_eq!(
            AnnounceQuery::parse(doubled).unwrap_err(),
            QueryError::Duplicate(name)
        );
    }
    for name in [
        "event",
        "numwant",
        "compact",
        "no_peer_id",
        "key",
        "ip",
        "supportcrypto",
    ] {
        let doubled = format!("{}&{name}=&{name}=", query(&[]));
        assert_eq!(
            AnnounceQuery::parse(doubled).unwrap_err(),
            QueryError::Duplicate(name)
        );
    }
    let long = format!("{}&x={}", query(&[]), "y".repeat(4096));
    let size = long.len();
    assert_eq!(
        AnnounceQuery::parse(long).unwrap_err(),
        QueryError::QueryTooLong { size, limit: 4096 }
    );
}

#[test]
fn a_scrape_takes_up_to_150_hashes() {
    let hashes = |count: usize| vec![format!("info_hash={}", "%aa".repeat(20)); count].join("&");
    assert_eq!(
        ScrapeQuery::parse(hashes(150)).unwrap().info_hashes.len(),
        150
    );
    let refused = |query: &str| ScrapeQuery::parse(query).unwrap_err().to_string();
    assert_eq!(
        refused(&hashes(151)),
        "info_hash is given more than 150 times"
    );
    assert_eq!(refused("uk=0123456789"), "info_hash is missing");
    assert_eq!(refused(""), "info_hash is missing");
    assert_eq!(refused("info_hash=x"), "info_hash must be 20 bytes, not 1");
    assert_eq!(
        refused(&"&".repeat(20_000)),
        "the query is 20000 bytes long, at most 16384 are accepted"
    );
    let two = ScrapeQuery::parse(format!("info_hash={HASH}&info_hash={ID}")).unwrap();
    assert_eq!(two.info_hashes[1].as_bytes(), ID.as_bytes());
}

proptest! {
    #[test]
    fn any_bytes_survive_escaping(hash in any::<[u8; 20]>(), id in any::<[u8; 20]>(), all in any::<bool>()) {
        let set = if all { percent_encoding::NON_ALPHANUMERIC } else { percent_encoding::CONTROLS };
        let escape = |bytes: &[u8]| {
            bytes.iter().map(|byte| match byte {
                b'&' | b'%' => format!("%{byte:02x}"),
                _ => percent_encoding::percent_encode(&[*byte], set).to_string(),
            }).collect::<String>()
        };
        let read = announce(&[&format!("info_hash={}", escape(&hash)), &format!("peer_id={}", escape(&id))]);
        prop_assert_eq!(read.info_hash.as_bytes(), &hash);
        prop_assert_eq!(read.peer_id.as_bytes(), &id);
    }

    #[test]
    fn no_query_panics(noise in prop::collection::vec(any::<u8>(), 0..200), text in "(info_hash|peer_id|port|left|key|ipv6|%|=|&|-|[0-9a-f]){0,60}") {
        let _ = AnnounceQuery::parse(&noise);
        let _ = ScrapeQuery::parse(&noise);
        let _ = AnnounceQuery::parse(&text);
        let _ = ScrapeQuery::parse(&text);
    }
}
