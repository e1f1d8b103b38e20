//! Magnet links.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::{HashError, InfoHash, InfoHashV2, InfoHashes, Metainfo};

/// A magnet link (BEP 9, BEP 52): enough to find a torrent's metadata.
///
/// ```
/// use bittorrent::Magnet;
///
/// let magnet: Magnet = "magnet:?xt=urn:btih:c12fe1c06bba254a9dc9f519b335aa7c1367a88a&dn=a+name\
///     &tr=http%3A%2F%2Ftracker.example%2Fannounce".parse()?;
/// assert_eq!(magnet.name.as_deref(), Some("a name"));
/// assert_eq!(magnet.trackers, ["http://tracker.example/announce"]);
/// assert_eq!(magnet.to_string().parse(), Ok(magnet));
/// # Ok::<(), bittorrent::MagnetError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Magnet {
    /// `xt`: the torrent.
    pub hashes: InfoHashes,
    /// `dn`: a name to show until the real one is known.
    pub name: Option<String>,
    /// `tr`: announce URLs.
    pub trackers: Vec<String>,
    /// `ws`: web seeds (BEP 19).
    pub web_seeds: Vec<String>,
    /// `x.pe`: peers to connect to, as `host:port` (BEP 9).
    pub peers: Vec<String>,
    /// `xs`: where the `.torrent` file itself is.
    pub exact_sources: Vec<String>,
    /// `xl`: size in bytes.
    pub size: Option<u64>,
}

/// Why a text is no magnet link that can be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MagnetError {
    /// It is no magnet link at all.
    #[error("a magnet link begins with magnet:?")]
    NotMagnet,
    /// It is longer than 64 KiB.
    #[error("the magnet link is {0} bytes long, at most {LINK_BYTES} are accepted")]
    TooLong(usize),
    /// It names no torrent, perhaps another kind of thing.
    #[error("the magnet link has no xt=urn:btih: or xt=urn:btmh: of a torrent")]
    NoHash,
    /// It names several torrents.
    #[error("the magnet link names two different torrents in {0}")]
    TwoHashes(&'static str),
    /// The hash is malformed.
    #[error("{kind} in the magnet link: {error}")]
    Hash {
        /// `urn:btih` or `urn:btmh`.
        kind: &'static str,
        /// What is wrong with it.
        error: HashError,
    },
    /// The v2 hash is no SHA-256, or does not say so.
    #[error("urn:btmh in the magnet link must be 1220 and 64 hex digits")]
    NotSha256,
    /// A parameter is not UTF-8.
    #[error("{0} in the magnet link is not UTF-8")]
    NotUtf8(&'static str),
    /// A parameter stands there too often.
    #[error("the magnet link has more than {limit} of {parameter}")]
    TooMany {
        /// Which.
        parameter: &'static str,
        /// How many are accepted.
        limit: usize,
    },
    /// A URL has blanks or control characters in it.
    #[error("{0} in the magnet link has blanks or control characters")]
    Characters(&'static str),
    /// The size is not a number.
    #[error("xl in the magnet link is not a size in bytes")]
    Size,
    /// A peer is not given as host and port.
    #[error("x.pe in the magnet link is not a host and a port")]
    Peer,
}

impl Magnet {
    /// A link with nothing but the hashes.
    pub fn new(hashes: InfoHashes) -> Self {
        Self {
            hashes,
            name: None,
            trackers: Vec::new(),
            web_seeds: Vec::new(),
            peers: Vec::new(),
            exact_sources: Vec::new(),
            size: None,
        }
    }
}

/// The link to a `.torrent` file's torrent, with the trackers of all tiers in their order.
impl From<&Metainfo> for Magnet {
    fn from(torrent: &Metainfo) -> Self {
        let mut magnet = Self {
            name: Some(torrent.name().to_owned()),
            size: Some(torrent.total_size()),
            ..Self::new(torrent.hashes())
        };
        for url in torrent.trackers().iter().flatten() {
            push_new(&mut magnet.trackers, url);
        }
        for url in torrent.web_seeds() {
            push_new(&mut magnet.web_seeds, url);
        }
        magnet
    }
}

/// Reads a link of at most 64 KiB with at most 100 of each parameter.
///
/// Parameters may be numbered (`tr.1`), unknown ones and hashes of other networks are skipped, and
/// a URL given twice is kept once.
impl FromStr for Magnet {
    type Err = MagnetError;

    fn from_str(text: &str) -> Result<Self, MagnetError> {
        let text = text.trim();
        if text.len() > LINK_BYTES {
            return Err(MagnetError::TooLong(text.len()));
        }
        let query = match text.split_at_checked(SCHEME.len()) {
            Some((scheme, query)) if scheme.eq_ignore_ascii_case(SCHEME) => query,
            _ => return Err(MagnetError::NotMagnet),
        };
        let (mut v1, mut v2) = (None, None);
        let mut parts = Parts::default();
        for parameter in query.split('&') {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            // Links copied out of a page's source have their ampersands escaped.
            match unnumbered(name.strip_prefix("amp;").unwrap_or(name)) {
                "xt" => topic(&decode("xt", value)?, &mut v1, &mut v2)?,
                name => parts.take(name, value)?,
            }
        }
        let hashes = InfoHashes::from_parts(v1, v2).ok_or(MagnetError::NoHash)?;
        Ok(Self {
            hashes,
            name: parts.name,
            trackers: parts.trackers,
            web_seeds: parts.web_seeds,
            peers: parts.peers,
            exact_sources: parts.exact_sources,
            size: parts.size,
        })
    }
}

/// Everything of a link but the hashes.
#[derive(Default)]
struct Parts {
    name: Option<String>,
    trackers: Vec<String>,
    web_seeds: Vec<String>,
    peers: Vec<String>,
    exact_sources: Vec<String>,
    size: Option<u64>,
}

impl Parts {
    fn take(&mut self, name: &str, value: &str) -> Result<(), MagnetError> {
        match name {
            // Names are often written as forms write them, with + for a blank.
            "dn" if self.name.is_none() && !value.is_empty() => {
                self.name = Some(decode("dn", &value.replace('+', " "))?);
            }
            "tr" => push_url(&mut self.trackers, "tr", value)?,
            "ws" => push_url(&mut self.web_seeds, "ws", value)?,
            "xs" => push_url(&mut self.exact_sources, "xs", value)?,
            "x.pe" => {
                let peer = decode("x.pe", value)?;
                let port = peer
                    .trim()
                    .rsplit_once(':')
                    .filter(|(host, _)| !host.is_empty());
                if port
                    .and_then(|(_, port)| port.parse::<u16>().ok())
                    .is_none_or(|port| port == 0)
                {
                    return Err(MagnetError::Peer);
                }
                push_url(&mut self.peers, "x.pe", value)?;
            }
            "xl" if !value.is_empty() => {
                self.size = Some(value.parse().map_err(|_| MagnetError::Size)?)
            }
            _ => {}
        }
        Ok(())
    }
}

impl fmt::Display for Magnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        let mut separator = "";
        if let Some(hash) = self.hashes.v1() {
            write!(f, "xt={BTIH}{hash}")?;
            separator = "&";
        }
        if let Some(hash) = self.hashes.v2() {
            write!(f, "{separator}xt={BTMH}{SHA256}{hash}")?;
        }
        if let Some(name) = &self.name {
            write!(f, "&dn={}", utf8_percent_encode(name, RESERVED))?;
        }
        if let Some(size) = self.size {
            write!(f, "&xl={size}")?;
        }
        for (name, values) in [
            ("tr", &self.trackers),
            ("ws", &self.web_seeds),
            ("xs", &self.exact_sources),
            ("x.pe", &self.peers),
        ] {
            for value in values {
                write!(f, "&{name}={}", utf8_percent_encode(value, RESERVED))?;
            }
        }
        Ok(())
    }
}

/// Reads an exact topic; those of other networks are no concern of ours.
fn topic(
    urn: &str,
    v1: &mut Option<InfoHash>,
    v2: &mut Option<InfoHashV2>,
) -> Result<(), MagnetError> {
    let after = |prefix: &str| {
        let (start, rest) = urn.split_at_checked(prefix.len())?;
        start.eq_ignore_ascii_case(prefix).then_some(rest)
    };
    if let Some(hash) = after(BTIH) {
        let hash = hash.parse().map_err(|error| MagnetError::Hash {
            kind: "urn:btih",
            error,
        })?;
        if v1.replace(hash).is_some_and(|other| other != hash) {
            return Err(MagnetError::TwoHashes("urn:btih"));
        }
    }
    if let Some(hash) = after(BTMH) {
        let hash = hash.strip_prefix(SHA256).ok_or(MagnetError::NotSha256)?;
        let hash = hash.parse().map_err(|error| MagnetError::Hash {
            kind: "urn:btmh",
            error,
        })?;
        if v2.replace(hash).is_some_and(|other| other != hash) {
            return Err(MagnetError::TwoHashes("urn:btmh"));
        }
    }
    Ok(())
}

fn decode(parameter: &'static str, value: &str) -> Result<String, MagnetError> {
    match percent_decode_str(value).decode_utf8() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(MagnetError::NotUtf8(parameter)),
    }
}

/// Adds a URL unless it is empty or there already.
fn push_url(
    urls: &mut Vec<String>,
    parameter: &'static str,
    value: &str,
) -> Result<(), MagnetError> {
    let url = decode(parameter, value)?;
    let url = url.trim();
    if url.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(MagnetError::Characters(parameter));
    }
    if !url.is_empty() {
        push_new(urls, url);
    }
    if urls.len() > PARAMETERS {
        return Err(MagnetError::TooMany {
            parameter,
            limit: PARAMETERS,
        });
    }
    Ok(())
}

fn push_new(urls: &mut Vec<String>, url: &str) {
    if !urls.iter().any(|other| other == url) {
        urls.push(url.to_owned());
    }
}

/// Takes the number off `tr.1`.
fn unnumbered(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((name, number))
            if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) =>
        {
            name
        }
        _ => name,
    }
}

const SCHEME: &str = "magnet:?";
const BTIH: &str = "urn:btih:";
const BTMH: &str = "urn:btmh:";

/// The multihash code of SHA-256 and its length, 32.
const SHA256: &str = "1220";

const LINK_BYTES: usize = 64 << 10;
const PARAMETERS: usize = 100;

/// Everything but what RFC 3986 calls unreserved.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Builder, MetainfoLimits, Version};

    const V1: &str = "c12fe1c06bba254a9dc9f519b335aa7c1367a88a";
    const V2: &str = "caf1e1c30e81cb361b9ee167c4aa64228a7fa4fa9f6105232b28ad099f3a302e";

    fn parse(query: &str) -> Result<Magnet, MagnetError> {
        format!("magnet:?{query}").parse()
    }

    #[test]
    fn every_parameter_is_read() {
        let link = format!(
            "xt=urn:btih:{V1}&xt=urn:btmh:1220{V2}&dn=a+%22name%22%2B&tr.1=http%3A%2F%2Fa%2F%3Fx%3D1%262&amp;tr.2=udp://b:1\
             &tr=udp://b:1&tr=&ws=http://w/a+b&xs=http://x/t.torrent&x.pe=%5B::1%5D:6881&x.pe=host:1&xl=77&so=0-3&foo&"
        );
        let magnet = parse(&link).unwrap();
        assert_eq!(
            magnet.hashes,
            InfoHashes::hybrid(V1.parse().unwrap(), V2.parse().unwrap())
        );
        assert_eq!(magnet.name.as_deref(), Some("a \"name\"+"));
        assert_eq!(magnet.trackers, ["http://a/?x=1&2", "udp://b:1"]);
        assert_eq!(magnet.web_seeds, ["http://w/a+b"]);
        assert_eq!(magnet.exact_sources, ["http://x/t.torrent"]);
        assert_eq!(magnet.peers, ["[::1]:6881", "host:1"]);
        assert_eq!(magnet.size, Some(77));
        assert_eq!(
            magnet.to_string(),
            format!(
                "magnet:?xt=urn:btih:{V1}&xt=urn:btmh:1220{V2}&dn=a%20%22name%22%2B&xl=77&tr=http%3A%2F%2Fa%2F%3Fx%3D1%262\
                 &tr=udp%3A%2F%2Fb%3A1&ws=http%3A%2F%2Fw%2Fa%2Bb&xs=http%3A%2F%2Fx%2Ft.torrent&x.pe=%5B%3A%3A1%5D%3A6881&x.pe=host%3A1"
            )
        );
    }

    #[test]
    fn hashes_come_in_every_spelling() {
        let v1 = InfoHashes::from_v1(V1.parse().unwrap());
        for xt in [
            format!("xt=urn:btih:{V1}"),
            format!("xt=URN:BTIH:{}", V1.to_uppercase()),
            "xt=urn%3Abtih%3AYEX6DQDLXISUVHOJ6UM3GNNKPQJWPKEK".into(),
            "xt=urn:ed2k:31D6CFE0D16AE931B73C59D7E0C089C0&xt.2=urn:btih:yex6dqdlxisuvhoj6um3gnnkpqjwpkek".into(),
            format!("xt=urn:btih:{V1}&xt=urn:btih:{V1}"),
        ] {
            assert_eq!(parse(&xt).unwrap(), Magnet::new(v1), "{xt}");
        }
        let v2 = parse(&format!("xt=urn:btmh:1220{V2}")).unwrap();
        assert_eq!(v2.hashes, InfoHashes::from_v2(V2.parse().unwrap()));
        assert_eq!(v2.to_string(), format!("magnet:?xt=urn:btmh:1220{V2}"));
    }

    #[test]
    fn every_refusal_has_its_own_sentence() {
        let other = "d".repeat(40);
        let trackers: String = (0..101).map(|at| format!("&tr=http://t{at}/")).collect();
        let xt = format!("xt=urn:btih:{V1}");
        let cases = [
            (
                "".into(),
                "the magnet link has no xt=urn:btih: or xt=urn:btmh: of a torrent",
            ),
            (
                "xt=urn:ed2k:1".into(),
                "the magnet link has no xt=urn:btih: or xt=urn:btmh: of a torrent",
            ),
            (
                "xt=urn:btih:abc".into(),
                "urn:btih in the magnet link: an info-hash is 40 hex digits or 32 base 32 digits long, not 3",
            ),
            (
                format!("xt=urn:btih:{}", "z".repeat(40)),
                "urn:btih in the magnet link: the info-hash has characters that are not hexadecimal",
            ),
            (
                format!("xt=urn:btmh:1114{V1}"),
                "urn:btmh in the magnet link must be 1220 and 64 hex digits",
            ),
            (
                format!("xt=urn:btmh:1220{V1}"),
                "urn:btmh in the magnet link: an info-hash is 64 hex digits long, not 40",
            ),
            (
                format!("{xt}&xt=urn:btih:{other}"),
                "the magnet link names two different torrents in urn:btih",
            ),
            (format!("{xt}&dn=%ff"), "dn in the magnet link is not UTF-8"),
            (
                format!("{xt}&tr=%00"),
                "tr in the magnet link has blanks or control characters",
            ),
            (
                format!("{xt}&tr=a%20b"),
                "tr in the magnet link has blanks or control characters",
            ),
            (
                format!("{xt}&xl=1kB"),
                "xl in the magnet link is not a size in bytes",
            ),
            (
                format!("{xt}&x.pe=host"),
                "x.pe in the magnet link is not a host and a port",
            ),
            (
                format!("{xt}&x.pe=:1"),
                "x.pe in the magnet link is not a host and a port",
            ),
            (
                format!("{xt}&x.pe=host:0"),
                "x.pe in the magnet link is not a host and a port",
            ),
            (
                format!("{xt}{trackers}"),
                "the magnet link has more than 100 of tr",
            ),
            (
                format!("{xt}&dn={}", "n".repeat(65_536)),
                "the magnet link is 65600 bytes long, at most 65536 are accepted",
            ),
        ];
        for (query, sentence) in cases {
            assert_eq!(parse(&query).unwrap_err().to_string(), sentence, "{query}");
        }
        for text in [
            "",
            "magnet:",
            "http://x/",
            "magnet:xt=urn:btih:",
            "mägnet:?",
        ] {
            assert_eq!(text.parse::<Magnet>().unwrap_err(), MagnetError::NotMagnet);
        }
    }

    #[test]
    fn a_torrent_becomes_a_link() {
        let bytes = Builder::new("name")
            .version(Version::Hybrid)
            .file("f", "x")
            .tier(["http://a/", "http://b/"])
            .tier(["http://a/"])
            .web_seed("http://w/")
            .build()
            .unwrap();
        let torrent = Metainfo::parse(&bytes, &MetainfoLimits::default()).unwrap();
        let magnet = Magnet::from(&torrent);
        assert_eq!(magnet.hashes, torrent.hashes());
        assert_eq!(
            (magnet.name.as_deref(), magnet.size),
            (Some("name"), Some(1))
        );
        assert_eq!((magnet.trackers.len(), magnet.web_seeds.len()), (2, 1));
        assert_eq!(magnet.to_string().parse(), Ok(magnet));
    }

    fn magnet() -> impl Strategy<Value = Magnet> {
        let hashes = (any::<Option<[u8; 20]>>(), any::<Option<[u8; 32]>>())
            .prop_filter_map("no hash", |(v1, v2)| {
                InfoHashes::from_parts(v1.map(Into::into), v2.map(Into::into))
            });
        let urls = || {
            prop::collection::btree_set("[!-~а-я]{1,20}", 0..4)
                .prop_map(|set| set.into_iter().collect::<Vec<_>>())
        };
        let peers = prop::collection::btree_set("[a-z.\\[\\]:]{1,9}:[1-9][0-9]{0,3}", 0..3);
        (
            hashes,
            any::<Option<String>>(),
            urls(),
            urls(),
            urls(),
            peers,
            any::<Option<u64>>(),
        )
            .prop_map(
                |(hashes, name, trackers, web_seeds, exact_sources, peers, size)| Magnet {
                    hashes,
                    name: name.filter(|name| !name.is_empty()),
                    trackers,
                    web_seeds,
                    exact_sources,
                    peers: peers.into_iter().collect(),
                    size,
                },
            )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(magnet in magnet()) {
            prop_assert_eq!(magnet.to_string().parse(), Ok(magnet));
        }

        #[test]
        fn no_text_panics(text in ".{0,80}", query in "(xt=urn:bt[im]h:|1220|tr|dn|x.pe|xl|[.&=%:+]|[0-9a-f]{1,40}){0,12}") {
            let _ = text.parse::<Magnet>();
            if let Ok(magnet) = parse(&query) {
                prop_assert_eq!(magnet.to_string().parse(), Ok(magnet));
            }
        }
    }
}
