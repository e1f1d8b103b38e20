//! What a tracker says to browsers.

use std::io::Write;

use super::request::{Action, OfferId};
use super::text;
use crate::{InfoHash, PeerId};

/// The answer to an announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnnounceAnswer {
    /// The torrent.
    pub info_hash: InfoHash,
    /// Seconds to the next announce.
    pub interval: u32,
    /// Clients that have everything, of all protocols.
    pub complete: u32,
    /// Clients that do not.
    pub incomplete: u32,
}

/// One torrent of a scrape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScrapeEntry {
    /// The torrent.
    pub info_hash: InfoHash,
    /// Clients that have everything.
    pub complete: u32,
    /// Clients that do not.
    pub incomplete: u32,
    /// Downloads so far.
    pub downloaded: u32,
}

/// Appends the answer to an announce.
///
/// ```
/// use bittorrent::InfoHash;
/// use bittorrent::wire::ws::{AnnounceAnswer, write_announce};
///
/// let mut out = Vec::new();
/// let info_hash = InfoHash::from([b'a'; 20]);
/// write_announce(&mut out, &AnnounceAnswer { info_hash, interval: 120, complete: 1, incomplete: 2 });
/// assert_eq!(
///     String::from_utf8(out).unwrap(),
///     r#"{"action":"announce","interval":120,"complete":1,"incomplete":2,"info_hash":"aaaaaaaaaaaaaaaaaaaa"}"#
/// );
/// ```
pub fn write_announce(out: &mut Vec<u8>, answer: &AnnounceAnswer) {
    append(
        out,
        format_args!(
            r#"{{"action":"announce","interval":{},"complete":{},"incomplete":{},"info_hash":"#,
            answer.interval, answer.complete, answer.incomplete
        ),
    );
    text::write(out, answer.info_hash.as_bytes());
    out.push(b'}');
}

/// Appends an offer of `from`, for somebody else in the swarm. `offer` must be JSON.
pub fn write_offer(out: &mut Vec<u8>, info_hash: InfoHash, from: PeerId, id: OfferId, offer: &str) {
    write_session(out, "offer", info_hash, from, id, offer);
}

/// Appends an answer of `from`, for whoever made the offer. `answer` must be JSON.
pub fn write_answer(
    out: &mut Vec<u8>,
    info_hash: InfoHash,
    from: PeerId,
    id: OfferId,
    answer: &str,
) {
    write_session(out, "answer", info_hash, from, id, answer);
}

fn write_session(
    out: &mut Vec<u8>,
    kind: &str,
    info_hash: InfoHash,
    from: PeerId,
    id: OfferId,
    session: &str,
) {
    out.extend(br#"{"action":"announce","info_hash":"#);
    text::write(out, info_hash.as_bytes());
    out.extend(br#","peer_id":"#);
    text::write(out, from.as_bytes());
    out.extend(br#","offer_id":"#);
    text::write(out, &id.0);
    out.extend(br#",""#);
    out.extend(kind.as_bytes());
    out.extend(br#"":"#);
    out.extend(session.as_bytes());
    out.push(b'}');
}

/// Appends the answer to a scrape; `interval` is how many seconds to wait before the next.
pub fn write_scrape(out: &mut Vec<u8>, entries: &[ScrapeEntry], interval: u32) {
    out.extend(br#"{"action":"scrape","files":{"#);
    for (at, entry) in entries.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        text::write(out, entry.info_hash.as_bytes());
        append(
            out,
            format_args!(
                r#":{{"complete":{},"incomplete":{},"downloaded":{}}}"#,
                entry.complete, entry.incomplete, entry.downloaded
            ),
        );
    }
    append(
        out,
        format_args!(r#"}},"flags":{{"min_request_interval":{interval}}}}}"#),
    );
}

/// Appends a refusal, with as much of the request as its sender needs to know what is meant.
pub fn write_failure(
    out: &mut Vec<u8>,
    action: Option<Action>,
    info_hash: Option<InfoHash>,
    reason: &str,
) {
    out.push(b'{');
    out.extend_from_slice(match action {
        Some(Action::Announce) => br#""action":"announce","#,
        Some(Action::Scrape) => br#""action":"scrape","#,
        None => b"",
    });
    if let Some(hash) = info_hash {
        out.extend(br#""info_hash":"#);
        text::write(out, hash.as_bytes());
        out.push(b',');
    }
    out.extend(br#""failure reason":"#);
    serde_json::to_writer(&mut *out, reason).expect("a vector takes everything");
    out.push(b'}');
}

fn append(out: &mut Vec<u8>, words: std::fmt::Arguments<'_>) {
    out.write_fmt(words).expect("a vector takes everything");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> Value {
        let mut out = Vec::new();
        write(&mut out);
        serde_json::from_slice(&out).unwrap()
    }

    #[test]
    fn every_answer_is_the_json_that_clients_read() {
        let info_hash = InfoHash::from([0xe9; 20]);
        let hash = "é".repeat(20);
        let (from, id) = (PeerId::from([b'p'; 20]), OfferId([7; 20]));
        let id_text = "\u{7}".repeat(20);
        let session = r#"{"type":"offer","sdp":"v=0\r\n"}"#;
        for (found, expected) in [
            (
                written(|out| write_offer(out, info_hash, from, id, session)),
                json!({"action": "announce", "info_hash": hash, "peer_id": "p".repeat(20),
                    "offer_id": id_text, "offer": {"type": "offer", "sdp": "v=0\r\n"}}),
            ),
            (
                written(|out| write_answer(out, info_hash, from, id, session)),
                json!({"action": "announce", "info_hash": hash, "peer_id": "p".repeat(20),
                    "offer_id": id_text, "answer": {"type": "offer", "sdp": "v=0\r\n"}}),
            ),
            (
                written(|out| {
                    write_failure(out, Some(Action::Announce), Some(info_hash), "a \"b\"\n")
                }),
                json!({"action": "announce", "info_hash": hash, "failure reason": "a \"b\"\n"}),
            ),
            (
                written(|out| write_failure(out, Some(Action::Scrape), None, "c")),
                json!({"action": "scrape", "failure reason": "c"}),
            ),
            (
                written(|out| write_failure(out, None, None, "c")),
                json!({"failure reason": "c"}),
            ),
        ] {
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn a_scrape_lists_what_was_found() {
        let entry = |byte| ScrapeEntry {
            info_hash: InfoHash::from([byte; 20]),
            complete: 1,
            incomplete: 2,
            downloaded: 3,
        };
        let counts = json!({"complete": 1, "incomplete": 2, "downloaded": 3});
        assert_eq!(
            written(|out| write_scrape(out, &[entry(b'"'), entry(b'z')], 300)),
            json!({"action": "scrape", "flags": {"min_request_interval": 300},
                "files": {"\"".repeat(20): counts, "z".repeat(20): counts}})
        );
        assert_eq!(
            written(|out| write_scrape(out, &[], 300))["files"],
            json!({})
        );
    }
}
