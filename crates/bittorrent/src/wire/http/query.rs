//! What a client asks, in a query string.

use std::net::{IpAddr, SocketAddr, SocketAddrV4, SocketAddrV6};

use crate::{Event, InfoHash, PeerId};

/// An announce (BEP 3).
///
/// ```
/// use bittorrent::wire::http::{AnnounceQuery, QueryError};
///
/// let query = "info_hash=%124Vx%9A%BC%DE%F1%23Eg%89%AB%CD%EF%124Vx%9A&peer_id=-qB4650-abcdefghijkl\
///              &port=6881&uploaded=0&downloaded=0&left=10&event=started&compact=1";
/// let announce = AnnounceQuery::parse(query)?;
/// assert_eq!(announce.info_hash.to_string(), "123456789abcdef123456789abcdef123456789a");
/// assert_eq!((announce.port, announce.left), (6881, Some(10)));
///
/// let refused = AnnounceQuery::parse("port=6881").unwrap_err();
/// assert_eq!(refused.to_string(), "info_hash is missing");
/// # Ok::<(), QueryError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AnnounceQuery {
    /// The torrent. For a v2 torrent the first 20 bytes of its hash (BEP 52).
    pub info_hash: InfoHash,
    /// The peer.
    pub peer_id: PeerId,
    /// Where it listens; 0 only with [`Event::Stopped`].
    pub port: u16,
    /// Bytes uploaded since `started`, at most `i64::MAX`; 0 if the client does not say.
    pub uploaded: u64,
    /// Bytes downloaded since `started`, at most `i64::MAX`; 0 if the client does not say.
    pub downloaded: u64,
    /// Bytes left to download; `None` if the client does not say or sends more than `i64::MAX`.
    pub left: Option<u64>,
    /// Why it announces.
    pub event: Event,
    /// How many peers it wants; `None` leaves it to the tracker.
    pub numwant: Option<u32>,
    /// Whether peers may come in compact form; true unless `compact=0` (BEP 23).
    pub compact: bool,
    /// Whether peer ids may be left out of the dictionary form.
    pub no_peer_id: bool,
    /// Identifies the client across changes of address: the number up to eight hex digits mean,
    /// or a digest of anything else.
    pub key: Option<u32>,
    /// The address the client thinks it has. Not to be believed unless its sender is.
    pub ip: Option<IpAddr>,
    /// Its contact over IPv4 (BEP 7): the first that can be read.
    pub ipv4: Option<SocketAddrV4>,
    /// Its contact over IPv6 (BEP 7): the first that can be read.
    pub ipv6: Option<SocketAddrV6>,
    /// Whether it can speak encrypted.
    pub supports_crypto: bool,
}

impl AnnounceQuery {
    /// Reads a query string, without its `?`: at most 4 KiB.
    ///
    /// Unknown parameters are skipped, and so are addresses that cannot be read, which are only
    /// hints. Clients send parameters they have no value for: without one, a parameter is as good as
    /// missing, unless what is counted depends on it. A `+` is a plus: clients escape bytes, they do not fill in forms.
    ///
    /// # Errors
    /// [`QueryError`], which is also a sentence for the client.
    pub fn parse(query: impl AsRef<[u8]>) -> Result<Self, QueryError> {
        Fields::read(query.as_ref())?.announce()
    }

    /// How many peers to answer with: what was asked within the maximum, else the default.
    pub fn peers_wanted(&self, default: u32, max: u32) -> u32 {
        self.numwant.unwrap_or(default).min(max)
    }
}

/// A scrape (BEP 48).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScrapeQuery {
    /// The torrents asked for: 1 to 150, in the order asked.
    pub info_hashes: Vec<InfoHash>,
}

impl ScrapeQuery {
    /// Reads a query string, without its `?`: at most 16 KiB.
    ///
    /// # Errors
    /// [`QueryError`], which is also a sentence for the client. A scrape of everything there is has no
    /// `info_hash` at all: [`QueryError::Missing`].
    pub fn parse(query: impl AsRef<[u8]>) -> Result<Self, QueryError> {
        let mut info_hashes = Vec::new();
        for (name, value) in parameters(query.as_ref(), SCRAPE_BYTES)? {
            if name == b"info_hash" {
                if info_hashes.len() == SCRAPE_HASHES {
                    return Err(QueryError::TooManyHashes {
                        limit: SCRAPE_HASHES,
                    });
                }
                info_hashes.push(InfoHash::from(twenty_bytes("info_hash", value)?));
            }
        }
        if info_hashes.is_empty() {
            return Err(QueryError::Missing("info_hash"));
        }
        Ok(Self { info_hashes })
    }
}

/// What is wrong with a query. The message is a sentence for the person at the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum QueryError {
    /// The whole query is too long.
    #[error("the query is {size} bytes long, at most {limit} are accepted")]
    QueryTooLong {
        /// Bytes given.
        size: usize,
        /// Bytes accepted.
        limit: usize,
    },
    /// A parameter that must be there is not.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A parameter that may be there once is there twice.
    #[error("{0} is given twice")]
    Duplicate(&'static str),
    /// A parameter is longer than anything it could mean.
    #[error("{name} is longer than {limit} bytes")]
    TooLong {
        /// Which.
        name: &'static str,
        /// Bytes accepted.
        limit: usize,
    },
    /// A `%` is not followed by two hex digits.
    #[error("{0} has a % that is not followed by two hexadecimal digits")]
    BadEscape(&'static str),
    /// An identifier is not 20 bytes long.
    #[error("{name} must be 20 bytes, not {found}")]
    Length {
        /// Which.
        name: &'static str,
        /// Bytes given, unescaped.
        found: usize,
    },
    /// An identifier is written as 40 hex digits.
    #[error("{0} must be 20 bytes with % escapes, not 40 hexadecimal digits")]
    Hex(&'static str),
    /// A v2 info-hash was not cut to its first 20 bytes.
    #[error("info_hash must be the first 20 bytes of a v2 hash, not all 32")]
    NotTruncated,
    /// A number has other characters than decimal digits.
    #[error("{0} is not a decimal number")]
    NotANumber(&'static str),
    /// A number is below zero.
    #[error("{0} is negative")]
    Negative(&'static str),
    /// A number is larger than the protocol can mean.
    #[error("{0} is too large a number")]
    Overflow(&'static str),
    /// The client does not listen.
    #[error("port is 0, the client must listen on a port")]
    PortZero,
    /// The event is none of those known.
    #[error("event must be started, stopped, completed or paused")]
    UnknownEvent,
    /// A scrape asks for too many torrents.
    #[error("info_hash is given more than {limit} times")]
    TooManyHashes {
        /// Hashes accepted.
        limit: usize,
    },
}

/// The parameters of an announce as they stand in the query.
#[derive(Default)]
struct Fields<'a> {
    info_hash: Option<&'a [u8]>,
    peer_id: Option<&'a [u8]>,
    port: Option<&'a [u8]>,
    uploaded: Option<&'a [u8]>,
    downloaded: Option<&'a [u8]>,
    left: Option<&'a [u8]>,
    event: Option<&'a [u8]>,
    numwant: Option<&'a [u8]>,
    compact: Option<&'a [u8]>,
    no_peer_id: Option<&'a [u8]>,
    key: Option<&'a [u8]>,
    ip: Option<&'a [u8]>,
    supportcrypto: Option<&'a [u8]>,
    ipv4: Option<SocketAddr>,
    ipv6: Option<SocketAddr>,
}

impl<'a> Fields<'a> {
    fn read(query: &'a [u8]) -> Result<Self, QueryError> {
        let mut fields = Self::default();
        for (name, value) in parameters(query, ANNOUNCE_BYTES)? {
            let (name, place) = match name {
                b"info_hash" => ("info_hash", &mut fields.info_hash),
                b"peer_id" => ("peer_id", &mut fields.peer_id),
                b"port" => ("port", &mut fields.port),
                b"uploaded" => ("uploaded", &mut fields.uploaded),
                b"downloaded" => ("downloaded", &mut fields.downloaded),
                b"left" => ("left", &mut fields.left),
                b"event" => ("event", &mut fields.event),
                b"numwant" => ("numwant", &mut fields.numwant),
                b"compact" => ("compact", &mut fields.compact),
                b"no_peer_id" => ("no_peer_id", &mut fields.no_peer_id),
                b"key" => ("key", &mut fields.key),
                b"ip" => ("ip", &mut fields.ip),
                b"supportcrypto" => ("supportcrypto", &mut fields.supportcrypto),
                // A client names each of its addresses, so these two may stand more than once.
                b"ipv4" => {
                    fields.ipv4 = fields
                        .ipv4
                        .or_else(|| contact(value).filter(SocketAddr::is_ipv4));
                    continue;
                }
                b"ipv6" => {
                    fields.ipv6 = fields
                        .ipv6
                        .or_else(|| contact(value).filter(SocketAddr::is_ipv6));
                    continue;
                }
                _ => continue,
            };
            if value.len() > PARAMETER_BYTES {
                return Err(QueryError::TooLong {
                    name,
                    limit: PARAMETER_BYTES,
                });
            }
            if place.replace(value).is_some() {
                return Err(QueryError::Duplicate(name));
            }
        }
        Ok(fields)
    }

    fn announce(self) -> Result<AnnounceQuery, QueryError> {
        let info_hash = twenty_bytes(
            "info_hash",
            self.info_hash.ok_or(QueryError::Missing("info_hash"))?,
        )?;
        let peer_id = twenty_bytes(
            "peer_id",
            self.peer_id.ok_or(QueryError::Missing("peer_id"))?,
        )?;
        let port = number("port", self.port.ok_or(QueryError::Missing("port"))?)?;
        let port = u16::try_from(port).map_err(|_| QueryError::Overflow("port"))?;
        let event = match self.event.unwrap_or_default() {
            b"" | b"none" | b"empty" => Event::None,
            b"started" => Event::Started,
            b"stopped" => Event::Stopped,
            b"completed" => Event::Completed,
            b"paused" => Event::Paused,
            _ => return Err(QueryError::UnknownEvent),
        };
        if port == 0 && event != Event::Stopped {
            return Err(QueryError::PortZero);
        }
        let left = self.left.map(|value| number("left", value)).transpose()?;
        let with_port = |address: Option<SocketAddr>| {
            address.map(|address| match address.port() {
                0 => SocketAddr::new(address.ip(), port),
                _ => address,
            })
        };
        let (ipv4, ipv6) = (with_port(self.ipv4), with_port(self.ipv6));
        Ok(AnnounceQuery {
            info_hash: info_hash.into(),
            peer_id: peer_id.into(),
            port,
            uploaded: total("uploaded", self.uploaded)?,
            downloaded: total("downloaded", self.downloaded)?,
            left: left.filter(|left| i64::try_from(*left).is_ok()),
            event,
            numwant: self.numwant.map_or(Ok(None), numwant)?,
            compact: self.compact != Some(b"0"),
            no_peer_id: self.no_peer_id == Some(b"1"),
            key: self.key.filter(|value| !value.is_empty()).map(key),
            ip: self.ip.and_then(contact).map(|address| address.ip()),
            ipv4: ipv4.and_then(|address| match address {
                SocketAddr::V4(address) => Some(address),
                SocketAddr::V6(_) => None,
            }),
            ipv6: ipv6.and_then(|address| match address {
                SocketAddr::V6(address) => Some(address),
                SocketAddr::V4(_) => None,
            }),
            supports_crypto: self.supportcrypto == Some(b"1"),
        })
    }
}

/// The names and values of a query, still escaped.
fn parameters(
    query: &[u8],
    limit: usize,
) -> Result<impl Iterator<Item = (&[u8], &[u8])>, QueryError> {
    if query.len() > limit {
        return Err(QueryError::QueryTooLong {
            size: query.len(),
            limit,
        });
    }
    let mut rest = Some(query);
    Ok(std::iter::from_fn(move || {
        let text = rest?;
        let end = memchr::memchr(b'&', text);
        rest = end.map(|end| &text[end + 1..]);
        let parameter = &text[..end.unwrap_or(text.len())];
        // Names are short.
        Some(match parameter.iter().position(|byte| *byte == b'=') {
            Some(at) => (&parameter[..at], &parameter[at + 1..]),
            None => (parameter, &[][..]),
        })
    }))
}

/// Unescapes an identifier of 20 bytes.
fn twenty_bytes(name: &'static str, value: &[u8]) -> Result<[u8; 20], QueryError> {
    let mut bytes = [0; 20];
    let mut found = 0;
    let mut rest = value;
    while let [first, after @ ..] = rest {
        let byte = match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let digits = hex_digit(*high)
                    .zip(hex_digit(*low))
                    .ok_or(QueryError::BadEscape(name))?;
                rest = after;
                digits.0 << 4 | digits.1
            }
            (b'%', _) => return Err(QueryError::BadEscape(name)),
            _ => {
                rest = after;
                *first
            }
        };
        if let Some(place) = bytes.get_mut(found) {
            *place = byte;
        }
        found += 1;
    }
    match found {
        20 => Ok(bytes),
        40 if value.iter().all(u8::is_ascii_hexdigit) => Err(QueryError::Hex(name)),
        32 if name == "info_hash" => Err(QueryError::NotTruncated),
        _ => Err(QueryError::Length { name, found }),
    }
}

fn hex_digit(digit: u8) -> Option<u8> {
    match HEX_DIGITS[usize::from(digit)] {
        NO_DIGIT => None,
        value => Some(value),
    }
}

/// Reads a decimal number of any length that fits in 64 bits.
fn number(name: &'static str, value: &[u8]) -> Result<u64, QueryError> {
    let digits = value.strip_prefix(b"-").unwrap_or(value);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return Err(QueryError::NotANumber(name));
    }
    if digits.len() < value.len() {
        return Err(QueryError::Negative(name));
    }
    digits
        .iter()
        .try_fold(0u64, |number, digit| {
            number.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        })
        .ok_or(QueryError::Overflow(name))
}

/// Reads a byte count that must fit where it will be summed up.
fn total(name: &'static str, value: Option<&[u8]>) -> Result<u64, QueryError> {
    let total = value.map_or(Ok(0), |value| number(name, value))?;
    i64::try_from(total)
        .map(|_| total)
        .map_err(|_| QueryError::Overflow(name))
}

/// Reads how many peers are wanted: a negative number leaves it to the tracker, a huge one is a lot.
fn numwant(value: &[u8]) -> Result<Option<u32>, QueryError> {
    if value.is_empty() {
        return Ok(None);
    }
    match number("numwant", value) {
        Ok(wanted) => Ok(Some(u32::try_from(wanted).unwrap_or(u32::MAX))),
        Err(QueryError::Overflow(_)) => Ok(Some(u32::MAX)),
        Err(QueryError::Negative(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The number a key's hex digits mean, or else an FNV-1a digest of it.
fn key(value: &[u8]) -> u32 {
    let text = std::str::from_utf8(value).unwrap_or_default();
    if value.len() <= 8
        && value.iter().all(u8::is_ascii_hexdigit)
        && let Ok(key) = u32::from_str_radix(text, 16)
    {
        return key;
    }
    value.iter().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// Reads an address with or without a port (then 0), escaped or not.
fn contact(value: &[u8]) -> Option<SocketAddr> {
    if value.len() > PARAMETER_BYTES {
        return None;
    }
    let text = percent_encoding::percent_decode(value).decode_utf8().ok()?;
    if let Ok(address) = text.parse() {
        return Some(address);
    }
    let bare = text
        .strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .unwrap_or(&text);
    bare.parse().ok().map(|ip| SocketAddr::new(ip, 0))
}

const NO_DIGIT: u8 = 0xff;
/// What each byte means as a hexadecimal digit.
const HEX_DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < 16 {
        let digit = b"0123456789abcdef"[value];
        digits[digit as usize] = value as u8;
        digits[digit.to_ascii_uppercase() as usize] = value as u8;
        value += 1;
    }
    digits
};

const ANNOUNCE_BYTES: usize = 4 << 10;
const SCRAPE_BYTES: usize = 16 << 10;
const SCRAPE_HASHES: usize = 150;

/// Twenty bytes, all escaped, take 60; an IPv6 address and port with every colon escaped 69.
const PARAMETER_BYTES: usize = 128;
