use crate::ws::Upgrade;

/// What stands at the beginning of a connection's input.
pub(crate) enum Parsed<'a> {
    /// Not yet a whole request.
    Partial,
    /// A request.
    Request(Request<'a>),
    /// A request that does not end within the limit.
    TooLong,
    /// Not a request that is served, with the status line to say so.
    Bad(&'static str),
}

/// A request as far as a tracker cares.
pub(crate) struct Request<'a> {
    /// How many bytes it takes.
    pub(crate) len: usize,
    /// Path and query.
    pub(crate) target: &'a str,
    /// Whether the client means to use the connection again.
    pub(crate) keep_alive: bool,
    /// Whether it has to be told that it may.
    pub(crate) http_10: bool,
    /// The values of `X-Forwarded-For`, in the order they stand.
    pub(crate) forwarded: Vec<&'a str>,
    /// Set when it asks for the connection to become a WebSocket.
    pub(crate) upgrade: Option<Upgrade<'a>>,
}

/// Reads one request. Requests have no body: whatever could hide one ends the connection, so that a
/// proxy in front and this listener never disagree about where a request ends.
pub(crate) fn parse(input: &[u8]) -> Parsed<'_> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let len = match request.parse(input) {
        Ok(httparse::Status::Complete(len)) if len <= REQUEST_LEN => len,
        Ok(httparse::Status::Partial) if input.len() < REQUEST_LEN => return Parsed::Partial,
        Ok(_) | Err(httparse::Error::TooManyHeaders) => return Parsed::TooLong,
        Err(_) => return Parsed::Bad("400 Bad Request"),
    };
    if request.method != Some("GET") {
        return Parsed::Bad("405 Method Not Allowed");
    }
    let http_10 = request.version == Some(0);
    let mut keep_alive = !http_10;
    let mut forwarded = Vec::new();
    let (mut upgrade, mut websocket) = (false, false);
    let (mut key, mut version) = ("", "");
    for header in request.headers.iter() {
        let value = std::str::from_utf8(header.value).unwrap_or_default().trim();
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        if is("connection") {
            for token in value.split(',').map(str::trim) {
                if token.eq_ignore_ascii_case("close") {
                    keep_alive = false;
                } else if token.eq_ignore_ascii_case("keep-alive") {
                    keep_alive |= http_10;
                } else if token.eq_ignore_ascii_case("upgrade") {
                    upgrade = true;
                }
            }
        } else if is("x-forwarded-for") {
            forwarded.push(value);
        } else if is("upgrade") {
            websocket |= value.eq_ignore_ascii_case("websocket");
        } else if is("sec-websocket-key") {
            key = value;
        } else if is("sec-websocket-version") {
            version = value;
        } else if is("transfer-encoding") || (is("content-length") && value != "0") {
            return Parsed::Bad("400 Bad Request");
        }
    }
    let target = origin_form(request.path.unwrap_or("/"));
    Parsed::Request(Request {
        len,
        target,
        keep_alive,
        http_10,
        forwarded,
        upgrade: (upgrade && websocket && !http_10).then_some(Upgrade { key, version }),
    })
}

/// Path and query of a target: a request as proxies get it, with scheme and host before the path, is
/// as good as any (RFC 9112 section 3.2.2).
fn origin_form(target: &str) -> &str {
    let scheme = |scheme: &str| {
        let (start, rest) = target.split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    match scheme("http://").or_else(|| scheme("https://")) {
        Some(rest) => rest
            .find(['/', '?'])
            .and_then(|at| rest.get(at..))
            .unwrap_or("/"),
        None => target,
    }
}

/// How long a request may be, in KiB: a scrape of 150 hashes with every byte escaped takes eleven.
pub(crate) const REQUEST_KIB: usize = 16;
const REQUEST_LEN: usize = REQUEST_KIB << 10;
const HEADERS: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scheme_and_host_before_the_path_are_left_out() {
        for (target, expected) in [
            ("/announce?x=1", "/announce?x=1"),
            ("http://tracker/announce?x=1", "/announce?x=1"),
            (
                "HTTP://tracker:6969/k/announce?u=http://y/",
                "/k/announce?u=http://y/",
            ),
            ("https://[::1]:6969/scrape", "/scrape"),
            ("http://tracker", "/"),
            ("http://tracker?x=/", "?x=/"),
            ("http:/announce", "http:/announce"),
            ("ftp://tracker/announce", "ftp://tracker/announce"),
            ("*", "*"),
        ] {
            assert_eq!(origin_form(target), expected);
        }
    }
}
