//! What a proxy says about a connection before anything else on it: the PROXY protocol.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The header that a proxy puts before what its client sends: version 1, a line of text, or
/// version 2, binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProxyHeader {
    /// How many bytes it takes.
    pub len: usize,
    /// Who the proxy was connected from; `None` when it asks for itself, or does not tell.
    pub from: Option<SocketAddr>,
}

/// What stands there is no PROXY header, or is longer than one may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no PROXY header from a proxy that must send one")]
pub struct ProxyError;

impl ProxyHeader {
    /// The longest header that is read, in bytes: additions of version 2 included.
    pub const MAX: usize = 2048;

    /// Reads the header at the beginning of `input`; `None` when it goes on.
    ///
    /// ```
    /// use bittorrent::wire::http::ProxyHeader;
    ///
    /// let header = ProxyHeader::parse(b"PROXY TCP4 192.0.2.7 192.0.2.1 4711 80\r\nGET /")?;
    /// let header = header.expect("all of it is there");
    /// assert_eq!((header.len, header.from), (40, Some("192.0.2.7:4711".parse().unwrap())));
    /// # Ok::<(), bittorrent::wire::http::ProxyError>(())
    /// ```
    ///
    /// # Errors
    /// [`ProxyError`].
    pub fn parse(input: &[u8]) -> Result<Option<Self>, ProxyError> {
        let begins = |with: &[u8]| {
            input
                .iter()
                .zip(with)
                .all(|(found, wanted)| found == wanted)
        };
        if begins(SIGNATURE) {
            version_2(input)
        } else if begins(b"PROXY ") {
            version_1(input)
        } else {
            Err(ProxyError)
        }
    }
}

fn version_1(input: &[u8]) -> Result<Option<ProxyHeader>, ProxyError> {
    let line = &input[..input.len().min(LINE)];
    let Some(end) = line.windows(2).position(|two| two == b"\r\n") else {
        return if line.len() < LINE {
            Ok(None)
        } else {
            Err(ProxyError)
        };
    };
    let line = std::str::from_utf8(&line[..end]).map_err(|_| ProxyError)?;
    let mut words = line.split(' ').skip(1);
    let mut next = || words.next().ok_or(ProxyError);
    let from = match next()? {
        "UNKNOWN" => None,
        family @ ("TCP4" | "TCP6") => {
            let (from, to) = (next()?, next()?);
            let (port, to_port) = (next()?, next()?);
            let ip = address(family, from)?;
            address(family, to)?;
            decimal(to_port)?;
            if words.next().is_some() {
                return Err(ProxyError);
            }
            Some(SocketAddr::new(ip, decimal(port)?))
        }
        _ => return Err(ProxyError),
    };
    Ok(Some(ProxyHeader { len: end + 2, from }))
}

fn address(family: &str, text: &str) -> Result<IpAddr, ProxyError> {
    let address: IpAddr = text.parse().map_err(|_| ProxyError)?;
    if address.is_ipv4() == (family == "TCP4") {
        Ok(address)
    } else {
        Err(ProxyError)
    }
}

fn decimal(text: &str) -> Result<u16, ProxyError> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| digits).ok_or(ProxyError)
}

fn version_2(input: &[u8]) -> Result<Option<ProxyHeader>, ProxyError> {
    let Some((head, rest)) = input.split_first_chunk::<16>() else {
        return Ok(None);
    };
    let [.., version_and_command, family, high, low] = *head;
    let length = usize::from(u16::from_be_bytes([high, low]));
    let len = head.len() + length;
    if version_and_command >> 4 != 2 || len > ProxyHeader::MAX {
        return Err(ProxyError);
    }
    let Some(body) = rest.get(..length) else {
        return Ok(None);
    };
    let from = match (version_and_command & 0xf, family) {
        // The proxy itself, to see whether anybody is there.
        (0, _) => None,
        (1, 0x11) => {
            let (body, _) = body.split_first_chunk::<12>().ok_or(ProxyError)?;
            let [a, b, c, d, _, _, _, _, high, low, _, _] = *body;
            let port = u16::from_be_bytes([high, low]);
            Some(SocketAddr::new(Ipv4Addr::new(a, b, c, d).into(), port))
        }
        (1, 0x21) => {
            let (body, _) = body.split_first_chunk::<36>().ok_or(ProxyError)?;
            let (ip, rest) = body.split_first_chunk::<16>().ok_or(ProxyError)?;
            let port = u16::from_be_bytes([rest[16], rest[17]]);
            Some(SocketAddr::new(Ipv6Addr::from(*ip).into(), port))
        }
        // Other families are to be taken and not to be believed.
        (1, _) => None,
        _ => return Err(ProxyError),
    };
    Ok(Some(ProxyHeader { len, from }))
}

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";
/// The longest line of version 1.
const LINE: usize = 107;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn binary(from: SocketAddr, additions: &[u8]) -> Vec<u8> {
        let mut body = Vec::new();
        let family = match from.ip() {
            IpAddr::V4(ip) => {
                body.extend(ip.octets());
                body.extend([192, 0, 2, 1]);
                0x11
            }
            IpAddr::V6(ip) => {
                body.extend(ip.octets());
                body.extend([1; 16]);
                0x21
            }
        };
        body.extend(from.port().to_be_bytes());
        body.extend([0, 80]);
        body.extend(additions);
        let length = (body.len() as u16).to_be_bytes();
        [SIGNATURE, &[0x21, family], &length, &body].concat()
    }

    fn text(from: SocketAddr) -> Vec<u8> {
        let (family, to) = match from.is_ipv4() {
            true => ("TCP4", "192.0.2.1"),
            false => ("TCP6", "2001:db8::1"),
        };
        format!("PROXY {family} {} {to} {} 80\r\n", from.ip(), from.port()).into_bytes()
    }

    #[test]
    fn a_proxy_that_asks_for_itself_names_nobody() {
        let local = [SIGNATURE, &[0x20, 0, 0, 0]].concat();
        for header in [
            &b"PROXY UNKNOWN\r\n"[..],
            b"PROXY UNKNOWN ff 1 2 3\r\n",
            &local,
        ] {
            let read = ProxyHeader::parse(header).unwrap().unwrap();
            assert_eq!((read.len, read.from), (header.len(), None));
        }
    }

    #[test]
    fn what_is_no_header_is_refused() {
        let long = [SIGNATURE, &[0x21, 0x11, 0xff, 0xff]].concat();
        let short = [SIGNATURE, &[0x21, 0x11, 0, 4, 1, 2, 3, 4]].concat();
        let version = [SIGNATURE, &[0x31, 0x11, 0, 0]].concat();
        let command = [SIGNATURE, &[0x22, 0x11, 0, 0]].concat();
        for input in [
            &b"GET / HTTP/1.1\r\n"[..],
            b"\x16\x03\x01",
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
            b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n",
            b"PROXY TCP4 ::1 ::1 1 2\r\n",
            b"PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n",
            b"PROXY TCP4 192.0.2.1 192.0.2.2 65536 2\r\n",
            b"PROXY UDP4 192.0.2.1 192.0.2.2 1 2\r\n",
            &[b"PROXY TCP4 ".as_slice(), &[b'1'; 200]].concat(),
            &long,
            &short,
            &version,
            &command,
        ] {
            assert_eq!(
                ProxyHeader::parse(input),
                Err(ProxyError),
                "{}",
                input.escape_ascii()
            );
        }
    }

    proptest! {
        #[test]
        fn a_header_is_read_whole_or_awaited(
            ip in any::<IpAddr>(),
            port in any::<u16>(),
            additions in prop::collection::vec(any::<u8>(), 0..200),
            more in prop::collection::vec(any::<u8>(), 0..20),
        ) {
            let from = SocketAddr::new(ip, port);
            for header in [text(from), binary(from, &additions)] {
                for end in 0..header.len() {
                    prop_assert_eq!(ProxyHeader::parse(&header[..end]), Ok(None));
                }
                let expected = ProxyHeader { len: header.len(), from: Some(from) };
                let input = [&header[..], &more].concat();
                prop_assert_eq!(ProxyHeader::parse(&input), Ok(Some(expected)));
            }
        }

        #[test]
        fn nothing_makes_it_panic(input in prop::collection::vec(any::<u8>(), 0..300), tail in 0..4u8) {
            let start = [&b""[..], SIGNATURE, b"PROXY TCP4 ", b"PROXY TCP6 "][usize::from(tail)];
            let input = [start, &input].concat();
            if let Ok(Some(header)) = ProxyHeader::parse(&input) {
                prop_assert!(header.len <= input.len() && header.len <= ProxyHeader::MAX);
            }
        }
    }
}
