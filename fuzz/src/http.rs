//! HTTP tracker requests: an announce that is taken says the same when it is written out again.

use bittorrent::Event;
use bittorrent::wire::http::{AnnounceQuery, Endpoint, ScrapeQuery};

/// The input is a request target: a path, and behind a `?` the query.
pub fn run(input: &[u8]) {
    let split = input.iter().position(|&b| b == b'?').unwrap_or(input.len());
    let (path, query) = (&input[..split], input.get(split + 1..).unwrap_or_default());
    if let (Ok(path), Ok(query)) = (str::from_utf8(path), str::from_utf8(query))
        && let Ok(Endpoint {
            passkey: Some(key), ..
        }) = Endpoint::parse(path, query)
    {
        assert!((10..=64).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric()));
    }
    match ScrapeQuery::parse(query) {
        Ok(scrape) => assert!(scrape.info_hashes.len() <= query.len() / 20),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    match AnnounceQuery::parse(query) {
        Ok(announce) => check(&announce),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn check(announce: &AnnounceQuery) {
    assert!(announce.port > 0 || announce.event == Event::Stopped);
    assert!(announce.uploaded <= i64::MAX as u64 && announce.downloaded <= i64::MAX as u64);
    assert!(announce.left.is_none_or(|left| left <= i64::MAX as u64));
    assert!(announce.peers_wanted(50, 200) <= 200);
    let mut query = format!(
        "info_hash={}&peer_id={}&port={}&uploaded={}&downloaded={}&compact={}&no_peer_id={}",
        percent(announce.info_hash.as_bytes()),
        percent(announce.peer_id.as_bytes()),
        announce.port,
        announce.uploaded,
        announce.downloaded,
        u8::from(announce.compact),
        u8::from(announce.no_peer_id),
    );
    if let Some(left) = announce.left {
        query += &format!("&left={left}");
    }
    if let Some(numwant) = announce.numwant {
        query += &format!("&numwant={numwant}");
    }
    // What has no value says nothing.
    query += "&key=&ip=&ipv4=&ipv6=&supportcrypto=&trackerid=";
    if announce.numwant.is_none() {
        query += "&numwant=";
    }
    query += match announce.event {
        Event::None => "&event=",
        Event::Started => "&event=started",
        Event::Stopped => "&event=stopped",
        Event::Completed => "&event=completed",
        Event::Paused => "&event=paused",
    };
    let again = AnnounceQuery::parse(&query).expect("written out it can be read");
    let told = |announce: &AnnounceQuery| AnnounceQuery {
        key: None,
        ip: None,
        ipv4: None,
        ipv6: None,
        supports_crypto: false,
        ..*announce
    };
    assert_eq!(told(&again), told(announce), "{query}");
}

fn percent(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02X}")).collect()
}
