//! The UDP tracker protocol (BEP 15) with URL data (BEP 41).
//!
//! ```
//! use bittorrent::wire::udp::{self, Request};
//!
//! let packet = [&0x0417_2710_1980_u64.to_be_bytes()[..], &[0, 0, 0, 0], &7u32.to_be_bytes()].concat();
//! assert_eq!(Request::parse(&packet), Ok(Request::Connect { transaction_id: 7 }));
//!
//! let mut answer = Vec::new();
//! udp::write_connect(&mut answer, 7, 0x1234);
//! assert_eq!(answer, [0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0x12, 0x34]);
//! ```

use std::borrow::Cow;
use std::net::{SocketAddrV4, SocketAddrV6};

use crate::{Event, InfoHash, PeerId};

/// What a client asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request<'a> {
    /// Asks for a connection id.
    Connect {
        /// To be sent back.
        transaction_id: u32,
    },
    /// Announces a peer.
    Announce(AnnounceRequest<'a>),
    /// Asks for counts.
    Scrape(ScrapeRequest<'a>),
}

/// An announce. The contact's address is the packet's, with `port`; the address inside the packet
/// is ignored, since anybody can write anything there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnnounceRequest<'a> {
    /// As given by a connect answer; to be checked before anything else is believed.
    pub connection_id: u64,
    /// To be sent back.
    pub transaction_id: u32,
    /// The torrent.
    pub info_hash: InfoHash,
    /// The peer.
    pub peer_id: PeerId,
    /// Bytes downloaded since `started`, at most `i64::MAX`.
    pub downloaded: u64,
    /// Bytes left to download; `None` if the client does not know yet (it sends a negative number).
    pub left: Option<u64>,
    /// Bytes uploaded since `started`, at most `i64::MAX`.
    pub uploaded: u64,
    /// Why it announces.
    pub event: Event,
    /// Identifies the client across changes of address.
    pub key: u32,
    /// How many peers it wants; `None` leaves it to the tracker.
    pub numwant: Option<u32>,
    /// Where it listens; 0 only with [`Event::Stopped`].
    pub port: u16,
    /// The undecoded options behind the announce; see [`url_data`](Self::url_data).
    pub options: &'a [u8],
}

impl<'a> AnnounceRequest<'a> {
    /// How many peers to answer with: what was asked within the maximum, else the default.
    pub fn peers_wanted(&self, default: u32, max: u32) -> u32 {
        self.numwant.unwrap_or(default).min(max)
    }

    /// The path and query of the announce URL (BEP 41), put together from all its pieces; empty if
    /// the client sent none. Options that are unknown are skipped, and one that is cut short ends
    /// the list, as old clients put other things there.
    pub fn url_data(&self) -> Cow<'a, [u8]> {
        let mut data = Cow::Borrowed(&[][..]);
        let mut rest = self.options;
        while let Some((&kind, after)) = rest.split_first() {
            if kind == OPTION_END {
                break;
            }
            if kind == OPTION_NOP {
                rest = after;
                continue;
            }
            let piece = after
                .split_first()
                .and_then(|(&length, after)| after.split_at_checked(length.into()));
            let Some((piece, after)) = piece else {
                break;
            };
            if kind == OPTION_URL_DATA {
                match data.is_empty() {
                    true => data = Cow::Borrowed(piece),
                    false => data.to_mut().extend_from_slice(piece),
                }
            }
            rest = after;
        }
        data
    }
}

/// A scrape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScrapeRequest<'a> {
    /// As given by a connect answer; to be checked before anything else is believed.
    pub connection_id: u64,
    /// To be sent back.
    pub transaction_id: u32,
    hashes: &'a [u8],
}

impl<'a> ScrapeRequest<'a> {
    /// The torrents asked for, 1 to 74 of them.
    pub fn info_hashes(&self) -> impl ExactSizeIterator<Item = InfoHash> + use<'a> {
        self.hashes
            .as_chunks()
            .0
            .iter()
            .map(|&hash: &[u8; 20]| hash.into())
    }
}

/// Why a packet is no request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not to be answered: it may be anything, and the answer would go to whoever it claims to be from.
    #[error("{0}")]
    Drop(&'static str),
    /// To be answered with [`write_error`] if the connection id is good, else dropped.
    #[error("{message}")]
    Refuse {
        /// To be checked first.
        connection_id: u64,
        /// To be sent back.
        transaction_id: u32,
        /// A sentence for the person at the client.
        message: &'static str,
    },
}

/// The torrent a packet seems to be about, before anything of it is checked: to fetch what will be
/// known of it. `None` for a connect and for what is no request.
pub fn peek_info_hash(packet: &[u8]) -> Option<InfoHash> {
    let announces = packet.get(8..12)? == [0, 0, 0, 1];
    let hash = packet.get(16..36)?.first_chunk::<20>()?;
    announces.then(|| InfoHash::from(*hash))
}

impl<'a> Request<'a> {
    /// Reads one packet.
    ///
    /// # Errors
    /// [`RequestError`] says whether to answer at all.
    pub fn parse(packet: &'a [u8]) -> Result<Self, RequestError> {
        let Some((header, body)) = packet.split_first_chunk::<16>() else {
            return Err(RequestError::Drop("the packet is shorter than any request"));
        };
        let mut header = Reader(header);
        let (connection_id, action, transaction_id) = (header.u64(), header.u32(), header.u32());
        let refuse = |message| RequestError::Refuse {
            connection_id,
            transaction_id,
            message,
        };
        match action {
            ACTION_CONNECT if connection_id == PROTOCOL_ID => Ok(Self::Connect { transaction_id }),
            ACTION_CONNECT => Err(RequestError::Drop(
                "a connect without the protocol's number",
            )),
            ACTION_ANNOUNCE => {
                let announce = announce(connection_id, transaction_id, body);
                announce.map(Self::Announce).map_err(refuse)
            }
            ACTION_SCRAPE if body.is_empty() => Err(refuse("the scrape names no torrent")),
            ACTION_SCRAPE if body.len() > 20 * SCRAPE_MAX => {
                Err(refuse("the scrape names more than 74 torrents"))
            }
            ACTION_SCRAPE if body.len() % 20 != 0 => {
                Err(refuse("the scrape ends in the middle of an info-hash"))
            }
            ACTION_SCRAPE => Ok(Self::Scrape(ScrapeRequest {
                connection_id,
                transaction_id,
                hashes: body,
            })),
            _ => Err(refuse("the action is none of connect, announce and scrape")),
        }
    }
}

/// Reads what stands behind the header of an announce.
fn announce(
    connection_id: u64,
    transaction_id: u32,
    body: &[u8],
) -> Result<AnnounceRequest<'_>, &'static str> {
    let Some((fields, options)) = body.split_first_chunk::<82>() else {
        return Err("the announce is shorter than 98 bytes");
    };
    let mut fields = Reader(fields);
    let (info_hash, peer_id) = (fields.array::<20>(), fields.array::<20>());
    let (downloaded, left, uploaded) = (fields.u64(), fields.u64(), fields.u64());
    let (event, _ip, key, numwant, port) = (
        fields.u32(),
        fields.u32(),
        fields.u32(),
        fields.u32(),
        fields.u16(),
    );
    if i64::try_from(downloaded).is_err() {
        return Err("downloaded is negative");
    }
    if i64::try_from(uploaded).is_err() {
        return Err("uploaded is negative");
    }
    let event = match event {
        0 => Event::None,
        1 => Event::Completed,
        2 => Event::Started,
        3 => Event::Stopped,
        // Not in BEP 15, but what clients with BEP 21 send.
        4 => Event::Paused,
        _ => return Err("the event is none of those known"),
    };
    if port == 0 && event != Event::Stopped {
        return Err("the port is 0, the client must listen on a port");
    }
    Ok(AnnounceRequest {
        connection_id,
        transaction_id,
        info_hash: info_hash.into(),
        peer_id: peer_id.into(),
        downloaded,
        left: i64::try_from(left).is_ok().then_some(left),
        uploaded,
        event,
        key,
        numwant: i32::try_from(numwant).is_ok().then_some(numwant),
        port,
        options,
    })
}

/// The numbers in an announce answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnnounceAnswer {
    /// To be sent back.
    pub transaction_id: u32,
    /// Seconds until the next announce.
    pub interval: u32,
    /// Peers without the whole torrent.
    pub leechers: u32,
    /// Peers with the whole torrent.
    pub seeders: u32,
}

/// The numbers of one torrent in a scrape answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScrapeCounts {
    /// Peers with the whole torrent.
    pub seeders: u32,
    /// Downloads finished so far.
    pub completed: u32,
    /// Peers without the whole torrent.
    pub leechers: u32,
}

/// Appends the answer to a connect: 16 bytes.
pub fn write_connect(out: &mut Vec<u8>, transaction_id: u32, connection_id: u64) {
    write_u32s(out, [ACTION_CONNECT, transaction_id]);
    out.extend_from_slice(&connection_id.to_be_bytes());
}

/// Appends the answer to an announce that came over IPv4: 20 bytes and 6 for each peer.
pub fn write_announce_v4(out: &mut Vec<u8>, answer: &AnnounceAnswer, peers: &[SocketAddrV4]) {
    write_announce(out, answer);
    for peer in peers {
        out.extend_from_slice(&peer.ip().octets());
        out.extend_from_slice(&peer.port().to_be_bytes());
    }
}

/// Appends the answer to an announce that came over IPv6: 20 bytes and 18 for each peer.
pub fn write_announce_v6(out: &mut Vec<u8>, answer: &AnnounceAnswer, peers: &[SocketAddrV6]) {
    write_announce(out, answer);
    for peer in peers {
        out.extend_from_slice(&peer.ip().octets());
        out.extend_from_slice(&peer.port().to_be_bytes());
    }
}

/// Appends the answer to a scrape: 8 bytes and 12 for each hash, in the order asked.
pub fn write_scrape(
    out: &mut Vec<u8>,
    transaction_id: u32,
    counts: impl IntoIterator<Item = ScrapeCounts>,
) {
    write_u32s(out, [ACTION_SCRAPE, transaction_id]);
    for torrent in counts {
        write_u32s(out, [torrent.seeders, torrent.completed, torrent.leechers]);
    }
}

/// Appends a refusal: 8 bytes and the message, of which no more than fits into a packet that is not cut
/// up on its way.
pub fn write_error(out: &mut Vec<u8>, transaction_id: u32, message: &str) {
    write_u32s(out, [ACTION_ERROR, transaction_id]);
    let message = &message[..message.floor_char_boundary(MESSAGE_MAX)];
    out.extend_from_slice(message.as_bytes());
}

fn write_announce(out: &mut Vec<u8>, answer: &AnnounceAnswer) {
    write_u32s(
        out,
        [
            ACTION_ANNOUNCE,
            answer.transaction_id,
            answer.interval,
            answer.leechers,
            answer.seeders,
        ],
    );
}

fn write_u32s<const N: usize>(out: &mut Vec<u8>, numbers: [u32; N]) {
    for number in numbers {
        out.extend_from_slice(&number.to_be_bytes());
    }
}

/// Takes big-endian fields off the front of a slice whose length was checked; zeros beyond its end.
struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn array<const N: usize>(&mut self) -> [u8; N] {
        match self.0.split_first_chunk() {
            Some((array, rest)) => {
                self.0 = rest;
                *array
            }
            None => [0; N],
        }
    }

    fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.array())
    }

    fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.array())
    }

    fn u64(&mut self) -> u64 {
        u64::from_be_bytes(self.array())
    }
}

/// What a connect carries in the place of a connection id.
const PROTOCOL_ID: u64 = 0x0417_2710_1980;

const ACTION_CONNECT: u32 = 0;
const ACTION_ANNOUNCE: u32 = 1;
const ACTION_SCRAPE: u32 = 2;
const ACTION_ERROR: u32 = 3;

const OPTION_END: u8 = 0;
const OPTION_NOP: u8 = 1;
const OPTION_URL_DATA: u8 = 2;

/// Bytes of a message.
const MESSAGE_MAX: usize = 1000;

/// As many hashes as fit in a packet that is not cut up on its way (BEP 15).
const SCRAPE_MAX: usize = 74;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An announce as clients send it, with a change to its bytes.
    fn packet(change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
        let mut packet = Vec::new();
        packet.extend_from_slice(&9u64.to_be_bytes());
        write_u32s(&mut packet, [1, 77]);
        packet.extend_from_slice(&[0xaa; 20]);
        packet.extend_from_slice(b"-qB4650-abcdefghijkl");
        for number in [10u64, 20, 30] {
            packet.extend_from_slice(&number.to_be_bytes());
        }
        write_u32s(&mut packet, [2, 0x7f00_0001, 0xcafe, u32::MAX]);
        packet.extend_from_slice(&6881u16.to_be_bytes());
        change(&mut packet);
        packet
    }

    #[test]
    fn an_announce_is_read_field_by_field() {
        let packet = packet(|_| {});
        assert_eq!(packet.len(), 98);
        let expected = AnnounceRequest {
            connection_id: 9,
            transaction_id: 77,
            info_hash: [0xaa; 20].into(),
            peer_id: (*b"-qB4650-abcdefghijkl").into(),
            downloaded: 10,
            left: Some(20),
            uploaded: 30,
            event: Event::Started,
            key: 0xcafe,
            numwant: None,
            port: 6881,
            options: &[],
        };
        assert_eq!(Request::parse(&packet), Ok(Request::Announce(expected)));
        assert_eq!(peek_info_hash(&packet), Some(expected.info_hash));
        assert_eq!(peek_info_hash(&packet[..35]), None);
        assert_eq!(expected.peers_wanted(50, 200), 50);
        assert_eq!(
            AnnounceRequest {
                numwant: Some(900),
                ..expected
            }
            .peers_wanted(50, 200),
            200
        );
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let mut out = Vec::new();
        write_error(&mut out, 7, &"\u{1f600}".repeat(600));
        assert_eq!(out.len(), 8 + 1000);
        out.clear();
        write_error(&mut out, 7, &format!("a{}", "\u{1f600}".repeat(600)));
        assert_eq!(out.len(), 8 + 997);
        assert!(std::str::from_utf8(&out[8..]).is_ok());
    }

    #[test]
    fn what_breaks_a_rule_is_dropped_or_refused_with_a_sentence() {
        let message = |packet: Vec<u8>| match Request::parse(&packet) {
            Err(RequestError::Refuse {
                message,
                connection_id: 9,
                transaction_id: 77,
            }) => message,
            other => panic!("{other:?}"),
        };
        assert_eq!(
            message(packet(|p| p.truncate(97))),
            "the announce is shorter than 98 bytes"
        );
        assert_eq!(message(packet(|p| p[56] = 0x80)), "downloaded is negative");
        assert_eq!(message(packet(|p| p[72] = 0x80)), "uploaded is negative");
        assert_eq!(
            message(packet(|p| p[83] = 5)),
            "the event is none of those known"
        );
        assert_eq!(
            message(packet(|p| p[96..98].fill(0))),
            "the port is 0, the client must listen on a port"
        );
        assert_eq!(
            message(packet(|p| p[11] = 9)),
            "the action is none of connect, announce and scrape"
        );
        let scrape = |length: usize| {
            packet(|p| {
                p[11] = 2;
                p.resize(16 + length, 0);
            })
        };
        assert_eq!(message(scrape(0)), "the scrape names no torrent");
        assert_eq!(
            message(scrape(21)),
            "the scrape ends in the middle of an info-hash"
        );
        assert_eq!(
            message(scrape(20 * 75)),
            "the scrape names more than 74 torrents"
        );

        let dropped = |packet: &[u8]| matches!(Request::parse(packet), Err(RequestError::Drop(_)));
        assert!(dropped(&[]));
        assert!(dropped(&[0; 15]));
        assert!(dropped(&[0; 16]), "a connect without the protocol's number");
    }

    #[test]
    fn an_unknown_left_and_a_stop_without_a_port_are_accepted() {
        let bytes = packet(|p| {
            p[64..72].fill(0xff);
            p[83] = 3;
            p[96..98].fill(0);
        });
        let Ok(Request::Announce(announce)) = Request::parse(&bytes) else {
            panic!("refused")
        };
        assert_eq!(
            (announce.left, announce.event, announce.port),
            (None, Event::Stopped, 0)
        );
    }

    #[test]
    fn url_data_is_put_together_from_its_pieces() {
        let url = |options: &[u8]| {
            let bytes = packet(|p| p.extend_from_slice(options));
            let Ok(Request::Announce(announce)) = Request::parse(&bytes) else {
                panic!("refused")
            };
            String::from_utf8(announce.url_data().into_owned()).unwrap()
        };
        assert_eq!(url(b""), "");
        assert_eq!(url(b"\x02\x09/announce"), "/announce");
        assert_eq!(
            url(b"\x01\x01\x02\x03/an\x02\x06nounce\x00\x02\x01x"),
            "/announce"
        );
        assert_eq!(url(b"\x07\x02zz\x02\x02/a"), "/a");
        assert_eq!(url(b"\x02\x02/a\x02\x09/b"), "/a", "cut short");
        assert_eq!(url(b"\x02"), "");
        assert_eq!(url(b"\x02\x00\x02\x01/"), "/");
    }

    #[test]
    fn answers_have_the_bytes_of_the_specification() {
        let mut out = Vec::new();
        let answer = AnnounceAnswer {
            transaction_id: 7,
            interval: 1800,
            leechers: 2,
            seeders: 3,
        };
        write_announce_v4(&mut out, &answer, &["1.2.3.4:258".parse().unwrap()]);
        assert_eq!(
            out,
            b"\0\0\0\x01\0\0\0\x07\0\0\x07\x08\0\0\0\x02\0\0\0\x03\x01\x02\x03\x04\x01\x02"
        );
        out.clear();
        write_announce_v6(&mut out, &answer, &["[::1]:258".parse().unwrap()]);
        assert_eq!(out[20..], *b"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x01\x02");
        out.clear();
        write_scrape(
            &mut out,
            7,
            [ScrapeCounts {
                seeders: 1,
                completed: 2,
                leechers: 3,
            }],
        );
        assert_eq!(out, b"\0\0\0\x02\0\0\0\x07\0\0\0\x01\0\0\0\x02\0\0\0\x03");
        out.clear();
        write_error(&mut out, 7, "no");
        assert_eq!(out, b"\0\0\0\x03\0\0\0\x07no");
    }

    #[test]
    fn a_scrape_lists_its_hashes_in_order() {
        let bytes = packet(|p| {
            p[11] = 2;
            p.truncate(16);
            p.extend_from_slice(&[1; 20]);
            p.extend_from_slice(&[0; 20]);
        });
        let Ok(Request::Scrape(scrape)) = Request::parse(&bytes) else {
            panic!("refused")
        };
        assert_eq!(
            scrape.info_hashes().collect::<Vec<_>>(),
            [[1; 20].into(), [0; 20].into()]
        );
    }

    proptest! {
        #[test]
        fn no_packet_panics(mut bytes in prop::collection::vec(any::<u8>(), 0..300), action in 0u8..4) {
            if let Some(action_byte) = bytes.get_mut(8..12) {
                action_byte.copy_from_slice(&[0, 0, 0, action]);
            }
            match Request::parse(&bytes) {
                Ok(Request::Announce(announce)) => {
                    prop_assert!(announce.url_data().len() <= announce.options.len());
                }
                Ok(Request::Scrape(scrape)) => prop_assert_eq!(scrape.info_hashes().count() * 20 + 16, bytes.len()),
                _ => {}
            }
        }
    }
}
