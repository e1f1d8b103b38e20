use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bittorrent::wire::http::{Endpoint, EndpointError, EndpointKind};
use sha1::{Digest, Sha1};

/// What a request says that wants its connection to become a WebSocket (RFC 6455 section 4.2.1).
struct Upgrade<'a> {
    /// `Sec-WebSocket-Key`.
    key: &'a str,
    /// `Sec-WebSocket-Version`.
    version: &'a str,
}

/// A request to become a WebSocket, as far as a tracker cares.
pub(crate) struct Handshake {
    pub(crate) asked: Result<Asked, Declined>,
}

/// A request that is granted.
pub(crate) struct Asked {
    /// The passkey of the address, or what is wrong with it. A page never sees the answer to its
    /// handshake, so that is said when it announces.
    pub(crate) passkey: Result<Option<String>, EndpointError>,
    accept: String,
}

/// Why it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declined {
    Version,
    Key,
    NotFound,
    Full,
}

impl Handshake {
    /// Reads the whole head of a request; `None` when it is none.
    pub(crate) fn read(head: &[u8]) -> Option<Self> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        request.parse(head).ok()?;
        let value = |name: &str| {
            let found = request
                .headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case(name));
            let value = found.and_then(|header| std::str::from_utf8(header.value).ok());
            value.unwrap_or_default().trim()
        };
        let upgrade = Upgrade {
            key: value("sec-websocket-key"),
            version: value("sec-websocket-version"),
        };
        Some(Self {
            asked: Asked::read(request.path?, &upgrade),
        })
    }
}

impl Asked {
    fn read(target: &str, upgrade: &Upgrade<'_>) -> Result<Self, Declined> {
        if upgrade.version != "13" {
            return Err(Declined::Version);
        }
        let key = BASE64_STANDARD.decode(upgrade.key);
        if !key.is_ok_and(|key| key.len() == 16) {
            return Err(Declined::Key);
        }
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        // Addresses of such trackers often are a host and nothing more.
        let path = if path == "/" { "/announce" } else { path };
        let passkey = match Endpoint::parse(path, query) {
            Ok(endpoint) if endpoint.kind == EndpointKind::Announce => {
                Ok(endpoint.passkey.map(str::to_owned))
            }
            Ok(_) | Err(EndpointError::NotFound) => return Err(Declined::NotFound),
            Err(error @ EndpointError::BadPasskey) => Err(error),
        };
        let digest = Sha1::new()
            .chain_update(upgrade.key)
            .chain_update(GUID)
            .finalize();
        Ok(Self {
            passkey,
            accept: BASE64_STANDARD.encode(digest),
        })
    }

    /// The whole answer.
    pub(crate) fn answer(&self) -> String {
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {}\r\n\r\n",
            self.accept
        )
    }
}

impl Declined {
    /// The whole answer.
    pub(crate) fn answer(self) -> String {
        let (status, more) = match self {
            Self::Version => ("426 Upgrade Required", "Sec-WebSocket-Version: 13\r\n"),
            Self::Key => ("400 Bad Request", ""),
            Self::NotFound => ("404 Not Found", ""),
            Self::Full => ("503 Service Unavailable", "Retry-After: 60\r\n"),
        };
        let len = status.len();
        format!(
            "HTTP/1.1 {status}\r\n{more}Content-Type: text/plain\r\nContent-Length: {len}\r\n\
             Connection: close\r\n\r\n{status}"
        )
    }
}

/// As many as the HTTP listener lets through.
const HEADERS: usize = 64;
/// By which an answer proves that it is one to a WebSocket's handshake (RFC 6455 section 1.3).
const GUID: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(target: &str, key: &str, version: &str) -> Result<Asked, Declined> {
        Asked::read(target, &Upgrade { key, version })
    }

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    #[test]
    fn a_request_is_read_whole_or_not_at_all() {
        let head = format!(
            "GET /announce HTTP/1.1\r\nhost: x\r\nSEC-WEBSOCKET-KEY: {KEY}\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        assert!(Handshake::read(head.as_bytes()).unwrap().asked.is_ok());
        let keyless = head.replace("KEY", "OTHER");
        let declined = Handshake::read(keyless.as_bytes()).unwrap().asked.err();
        assert_eq!(declined, Some(Declined::Key));
        assert!(Handshake::read(b"GET").is_none());
        assert!(Handshake::read(b"\x16\x03\x01").is_none());
    }

    #[test]
    fn the_example_of_the_rfc_is_accepted() {
        let asked = asked("/announce", KEY, "13").ok().unwrap();
        assert_eq!(asked.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
        assert!(asked.answer().ends_with("xOo=\r\n\r\n"));
    }

    #[test]
    fn addresses_are_those_of_announces_and_the_bare_host() {
        let passkey = |target| asked(target, KEY, "13").map(|asked| asked.passkey);
        assert_eq!(passkey("/").ok().unwrap(), Ok(None));
        assert_eq!(passkey("/announce?x=1").ok().unwrap(), Ok(None));
        for target in [
            "/announce/0123456789",
            "/0123456789/announce",
            "/?uk=0123456789",
        ] {
            let found = passkey(target).ok().unwrap();
            assert_eq!(found, Ok(Some("0123456789".to_owned())), "{target}");
        }
        assert_eq!(
            passkey("/announce/short").ok().unwrap(),
            Err(EndpointError::BadPasskey)
        );
        for target in ["/scrape", "/chat", "", "/scrape/0123456789"] {
            assert_eq!(passkey(target).err(), Some(Declined::NotFound), "{target}");
        }
    }

    #[test]
    fn what_is_no_handshake_is_declined_with_a_status() {
        let declined = |key, version| asked("/announce", key, version).err().unwrap();
        assert_eq!(declined(KEY, "8"), Declined::Version);
        assert_eq!(declined(KEY, ""), Declined::Version);
        for key in ["", "short", "dGhlIHNhbXBsZSBub25jZQ", "!!!!"] {
            assert_eq!(declined(key, "13"), Declined::Key, "{key}");
        }
        let answer = Declined::Version.answer();
        assert!(answer.starts_with("HTTP/1.1 426 "), "{answer}");
        assert!(answer.contains("\r\nSec-WebSocket-Version: 13\r\n"));
    }
}
