//! What a tracker answers, bencoded. Keys are written in their sorted order.

use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};

use bencode::Writer;

use crate::{InfoHash, PeerId};

/// The answer to an announce (BEP 3).
#[derive(Debug, Clone, Copy)]
pub struct AnnounceAnswer<'a> {
    /// Seconds until the next announce.
    pub interval: u32,
    /// Seconds that must pass before the next announce.
    pub min_interval: u32,
    /// Peers with the whole torrent.
    pub complete: u32,
    /// Peers without the whole torrent.
    pub incomplete: u32,
    /// Downloads finished so far.
    pub downloaded: u32,
    /// The peers.
    pub peers: PeerList<'a>,
    /// The address the announce came from (BEP 24).
    pub external_ip: Option<IpAddr>,
    /// What the client is to say as `trackerid` from then on.
    pub tracker_id: Option<&'a str>,
    /// A sentence to show to the user although the announce was accepted.
    pub warning: Option<&'a str>,
}

/// Peers, in the form the client asked for.
#[derive(Debug, Clone, Copy)]
pub enum PeerList<'a> {
    /// Addresses only (BEP 23, BEP 7).
    Compact {
        /// `peers`, which is always there.
        v4: &'a [SocketAddrV4],
        /// `peers6`, left out if there are none.
        v6: &'a [SocketAddrV6],
    },
    /// Dictionaries (BEP 3); ids are left out where `None`.
    Dictionaries(&'a [(SocketAddr, Option<PeerId>)]),
}

impl AnnounceAnswer<'_> {
    /// Appends the answer.
    ///
    /// ```
    /// use bittorrent::wire::http::{AnnounceAnswer, PeerList};
    ///
    /// let mut out = Vec::new();
    /// AnnounceAnswer {
    ///     interval: 1800,
    ///     min_interval: 60,
    ///     complete: 1,
    ///     incomplete: 0,
    ///     downloaded: 4,
    ///     peers: PeerList::Compact { v4: &["127.0.0.1:258".parse().unwrap()], v6: &[] },
    ///     external_ip: None,
    ///     tracker_id: None,
    ///     warning: None,
    /// }
    /// .write(&mut out);
    /// assert_eq!(out, b"d8:completei1e10:downloadedi4e10:incompletei0e8:intervali1800e\
    ///     12:min intervali60e5:peers6:\x7f\x00\x00\x01\x01\x02e");
    /// ```
    pub fn write(&self, out: &mut Vec<u8>) {
        let mut w = Writer::append(std::mem::take(out));
        w.raw(b"d8:complete").int(self.complete);
        w.raw(b"10:downloaded").int(self.downloaded);
        match self.external_ip {
            Some(IpAddr::V4(ip)) => {
                w.raw(b"11:external ip").bytes(&ip.octets());
            }
            Some(IpAddr::V6(ip)) => {
                w.raw(b"11:external ip").bytes(&ip.octets());
            }
            None => {}
        }
        w.raw(b"10:incomplete").int(self.incomplete);
        w.raw(b"8:interval").int(self.interval);
        w.raw(b"12:min interval").int(self.min_interval);
        w.raw(b"5:peers");
        match self.peers {
            PeerList::Compact { v4, v6 } => write_compact(&mut w, v4, v6),
            PeerList::Dictionaries(peers) => write_dictionaries(&mut w, peers),
        }
        if let Some(id) = self.tracker_id {
            w.raw(b"10:tracker id").str(id);
        }
        if let Some(warning) = self.warning {
            w.raw(b"15:warning message").str(warning);
        }
        w.raw(b"e");
        *out = w.finish();
    }
}

fn write_compact(w: &mut Writer, v4: &[SocketAddrV4], v6: &[SocketAddrV6]) {
    w.bytes_of(v4.len() * 6);
    for peer in v4 {
        let mut contact = [0; 6];
        contact[..4].copy_from_slice(&peer.ip().octets());
        contact[4..].copy_from_slice(&peer.port().to_be_bytes());
        w.raw(&contact);
    }
    if v6.is_empty() {
        return;
    }
    w.raw(b"6:peers6").bytes_of(v6.len() * 18);
    for peer in v6 {
        let mut contact = [0; 18];
        contact[..16].copy_from_slice(&peer.ip().octets());
        contact[16..].copy_from_slice(&peer.port().to_be_bytes());
        w.raw(&contact);
    }
}

fn write_dictionaries(w: &mut Writer, peers: &[(SocketAddr, Option<PeerId>)]) {
    w.list(|w| {
        for (address, id) in peers {
            w.raw(b"d2:ip").str(&address.ip().to_string());
            if let Some(id) = id {
                w.raw(b"7:peer id").bytes(id.as_bytes());
            }
            w.raw(b"4:port").int(address.port()).raw(b"e");
        }
    });
}

/// One torrent in a scrape answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScrapeEntry {
    /// The torrent, by the hash it was asked under.
    pub info_hash: InfoHash,
    /// Peers with the whole torrent.
    pub complete: u32,
    /// Downloads finished so far.
    pub downloaded: u32,
    /// Those of `incomplete` that want pieces: all but the partial seeds (BEP 21).
    pub downloaders: u32,
    /// Peers without the whole torrent.
    pub incomplete: u32,
}

/// Appends the answer to a scrape (BEP 48); a hash asked for twice is answered once.
/// `min_interval` is the seconds that must pass before the next one.
pub fn write_scrape(out: &mut Vec<u8>, entries: &[ScrapeEntry], min_interval: Option<u32>) {
    let mut sorted: Vec<&ScrapeEntry> = entries.iter().collect();
    sorted.sort_unstable_by_key(|entry| entry.info_hash);
    sorted.dedup_by_key(|entry| entry.info_hash);
    write_scrape_start(out);
    sorted
        .into_iter()
        .for_each(|entry| write_scrape_entry(out, entry));
    write_scrape_end(out, min_interval);
}

/// Appends the beginning of an answer that is written in pieces: entries follow, and an end.
pub fn write_scrape_start(out: &mut Vec<u8>) {
    out.extend_from_slice(b"d5:filesd");
}

/// Appends one torrent, whose hash is greater than that of the one before.
pub fn write_scrape_entry(out: &mut Vec<u8>, entry: &ScrapeEntry) {
    let mut w = Writer::append(std::mem::take(out));
    w.bytes(entry.info_hash.as_bytes());
    w.raw(b"d8:complete").int(entry.complete);
    w.raw(b"10:downloaded").int(entry.downloaded);
    w.raw(b"11:downloaders").int(entry.downloaders);
    w.raw(b"10:incomplete").int(entry.incomplete).raw(b"e");
    *out = w.finish();
}

/// Appends the end; `min_interval` is the seconds that must pass before the next scrape.
pub fn write_scrape_end(out: &mut Vec<u8>, min_interval: Option<u32>) {
    let mut w = Writer::append(std::mem::take(out));
    w.raw(b"e");
    if let Some(seconds) = min_interval {
        w.raw(b"5:flagsd20:min_request_interval")
            .int(seconds)
            .raw(b"e");
    }
    w.raw(b"e");
    *out = w.finish();
}

/// When a refused client may try again (BEP 31).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RetryIn {
    /// After so many minutes.
    Minutes(u32),
    /// Not with this announce URL or torrent.
    Never,
}

/// Appends a refusal, to be sent with HTTP status 200: clients show the reason to their users.
pub fn write_failure(out: &mut Vec<u8>, reason: &str, retry_in: Option<RetryIn>) {
    let mut w = Writer::append(std::mem::take(out));
    w.raw(b"d14:failure reason").str(reason);
    match retry_in {
        Some(RetryIn::Minutes(minutes)) => {
            w.raw(b"8:retry in").int(minutes);
        }
        Some(RetryIn::Never) => {
            w.raw(b"8:retry in").str("never");
        }
        None => {}
    }
    w.raw(b"e");
    *out = w.finish();
}

#[cfg(test)]
mod tests {
    use bencode::{Document, Limits, Mode};

    use super::*;

    fn answer<'a>(peers: PeerList<'a>) -> AnnounceAnswer<'a> {
        AnnounceAnswer {
            interval: 1800,
            min_interval: 60,
            complete: 1,
            incomplete: 2,
            downloaded: 3,
            peers,
            external_ip: Some([1, 2, 3, 4].into()),
            tracker_id: Some("skep"),
            warning: Some("low ratio"),
        }
    }

    /// Every answer must be canonical, which the strict parser proves.
    fn check(bytes: &[u8]) -> String {
        Document::parse(bytes, Mode::Strict, &Limits::default()).unwrap();
        bytes.escape_ascii().to_string()
    }

    #[test]
    fn an_announce_answer_holds_both_families() {
        let mut out = Vec::new();
        let v4 = [
            "127.0.0.1:1".parse().unwrap(),
            "10.0.0.1:2".parse().unwrap(),
        ];
        let v6 = ["[::1]:3".parse().unwrap()];
        answer(PeerList::Compact { v4: &v4, v6: &v6 }).write(&mut out);
        assert_eq!(
            check(&out),
            "d8:completei1e10:downloadedi3e11:external ip4:\\x01\\x02\\x03\\x0410:incompletei2e8:intervali1800e\
             12:min intervali60e5:peers12:\\x7f\\x00\\x00\\x01\\x00\\x01\\n\\x00\\x00\\x01\\x00\\x02\
             6:peers618:\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01\\x00\\x03\
             10:tracker id4:skep15:warning message9:low ratioe"
        );
    }

    #[test]
    fn the_dictionary_form_has_ids_where_wanted() {
        let mut out = Vec::new();
        let peers = [
            (
                "127.0.0.1:1".parse().unwrap(),
                Some(PeerId::from(*b"-qB4650-abcdefghijkl")),
            ),
            ("[::1]:2".parse().unwrap(), None),
        ];
        answer(PeerList::Dictionaries(&peers)).write(&mut out);
        let text = check(&out);
        assert!(text.contains(
            "5:peersld2:ip9:127.0.0.17:peer id20:-qB4650-abcdefghijkl4:porti1eed2:ip3:::14:porti2eee"
        ));
    }

    #[test]
    fn a_scrape_answer_is_sorted_and_names_each_hash_once() {
        let entry = |byte| ScrapeEntry {
            info_hash: [byte; 20].into(),
            complete: 1,
            downloaded: 2,
            downloaders: 1,
            incomplete: 3,
        };
        let mut out = Vec::new();
        write_scrape(
            &mut out,
            &[entry(b'b'), entry(b'a'), entry(b'b')],
            Some(900),
        );
        let counts = "d8:completei1e10:downloadedi2e11:downloadersi1e10:incompletei3ee";
        assert_eq!(
            check(&out),
            format!(
                "d5:filesd20:{}{counts}20:{}{counts}e5:flagsd20:min_request_intervali900eee",
                "a".repeat(20),
                "b".repeat(20)
            )
        );
    }

    #[test]
    fn a_refusal_says_when_to_come_back() {
        let failure = |retry_in| {
            let mut out = b"\r\n\r\n".to_vec();
            write_failure(&mut out, "no", retry_in);
            check(&out[4..])
        };
        assert_eq!(failure(None), "d14:failure reason2:noe");
        assert_eq!(
            failure(Some(RetryIn::Minutes(5))),
            "d14:failure reason2:no8:retry ini5ee"
        );
        assert_eq!(
            failure(Some(RetryIn::Never)),
            "d14:failure reason2:no8:retry in5:nevere"
        );
    }
}
