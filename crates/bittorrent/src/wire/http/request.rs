//! The head of an HTTP/1.x request.

/// A request as far as a tracker cares (RFC 9112).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    /// How many bytes it takes.
    pub len: usize,
    /// Path and query; never with scheme and host.
    pub target: &'a str,
    /// Whether the client means to use the connection again.
    pub keep_alive: bool,
    /// Whether it speaks HTTP/1.0, and has to be told that it may.
    pub http_10: bool,
    /// Whether it wants to go on in WebSocket (RFC 6455 section 4.1).
    pub websocket: bool,
    /// The values of `X-Forwarded-For`, in the order they stand.
    pub forwarded: Vec<&'a str>,
}

/// Why a request is not served. Where the next one would begin is not known then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// It does not end within the limit, or has too many headers.
    #[error("the request is longer than {} KiB or has too many headers", Request::MAX / 1024)]
    TooLong,
    /// It is not HTTP/1.x.
    #[error("the request is malformed")]
    Malformed,
    /// It is not a GET.
    #[error("only GET is served")]
    Method,
}

impl<'a> Request<'a> {
    /// How long a request may be, in bytes: a scrape of 150 hashes with every byte escaped takes
    /// eleven KiB.
    pub const MAX: usize = 16 << 10;

    /// Reads the request that stands at the beginning of `input`; `None` when it goes on.
    ///
    /// Requests have no body: whatever could hide one is malformed, so that a proxy in front and
    /// the tracker never disagree about where a request ends.
    ///
    /// ```
    /// use bittorrent::wire::http::Request;
    ///
    /// let input = b"GET /announce?port=1 HTTP/1.1\r\nHost: tracker\r\n\r\nGET /scr";
    /// let request = Request::parse(input)?.expect("all of it is there");
    /// assert_eq!((request.target, request.keep_alive), ("/announce?port=1", true));
    /// assert_eq!(Request::parse(&input[request.len..])?, None);
    /// # Ok::<(), bittorrent::wire::http::RequestError>(())
    /// ```
    ///
    /// # Errors
    /// [`RequestError`]: nothing after it on the same connection can be believed.
    pub fn parse(input: &'a [u8]) -> Result<Option<Self>, RequestError> {
        let mut head = httparse::Request::new(&mut []);
        let mut headers = [const { std::mem::MaybeUninit::uninit() }; HEADERS];
        let len = match head.parse_with_uninit_headers(input, &mut headers) {
            Ok(httparse::Status::Complete(len)) if len <= Self::MAX => len,
            Ok(httparse::Status::Partial) if input.len() < Self::MAX => return Ok(None),
            Ok(_) | Err(httparse::Error::TooManyHeaders) => return Err(RequestError::TooLong),
            Err(_) => return Err(RequestError::Malformed),
        };
        if head.method != Some("GET") {
            return Err(RequestError::Method);
        }
        let http_10 = head.version == Some(0);
        let mut request = Self {
            len,
            target: origin_form(head.path.unwrap_or("/")),
            keep_alive: !http_10,
            http_10,
            websocket: false,
            forwarded: Vec::new(),
        };
        let mut upgrades = false;
        for header in head.headers.iter() {
            upgrades |= request.take(header)?;
        }
        request.websocket &= upgrades && !http_10;
        if !ends_lines_well(input.get(..len).unwrap_or_default()) {
            return Err(RequestError::Malformed);
        }
        Ok(Some(request))
    }

    /// Returns whether the header says that the connection is to go on in another protocol.
    fn take(&mut self, header: &httparse::Header<'a>) -> Result<bool, RequestError> {
        let mut upgrades = false;
        let is = |name: &str| header.name.eq_ignore_ascii_case(name);
        // The length tells most of them apart.
        match header.name.len() {
            10 if is("connection") => {
                for token in text(header).split(',').map(str::trim) {
                    if token.eq_ignore_ascii_case("close") {
                        self.keep_alive = false;
                    } else if token.eq_ignore_ascii_case("keep-alive") {
                        self.keep_alive |= self.http_10;
                    } else if token.eq_ignore_ascii_case("upgrade") {
                        upgrades = true;
                    }
                }
            }
            7 if is("upgrade") => {
                self.websocket = text(header).eq_ignore_ascii_case("websocket");
            }
            15 if is("x-forwarded-for") => self.forwarded.push(text(header)),
            17 if is("transfer-encoding") => return Err(RequestError::Malformed),
            14 if is("content-length") && text(header) != "0" => {
                return Err(RequestError::Malformed);
            }
            _ => {}
        }
        Ok(upgrades)
    }
}

fn text<'a>(header: &httparse::Header<'a>) -> &'a str {
    std::str::from_utf8(header.value).unwrap_or_default().trim()
}

/// Whether every line ends as it should: what takes a bare line feed for an end, and what does not,
/// see different requests.
fn ends_lines_well(head: &[u8]) -> bool {
    memchr::memchr_iter(b'\n', head).all(|at| at > 0 && head[at - 1] == b'\r')
}

/// Path and query of a target: a request as proxies get it, with scheme and host before the path, is
/// as good as any (RFC 9112 section 3.2.2).
fn origin_form(target: &str) -> &str {
    if target.starts_with('/') {
        return target;
    }
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

const HEADERS: usize = 64;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn whole(input: &str) -> Request<'_> {
        let request = Request::parse(input.as_bytes());
        request.expect(input).expect("all of it is there")
    }

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

    #[test]
    fn a_connection_stays_as_its_version_and_its_client_say() {
        for (head, keep_alive) in [
            ("HTTP/1.1", true),
            ("HTTP/1.1\r\nConnection: close", false),
            ("HTTP/1.1\r\nconnection: Upgrade, Close", false),
            ("HTTP/1.0", false),
            ("HTTP/1.0\r\nCONNECTION: Keep-Alive", true),
            ("HTTP/1.0\r\nConnection: keep-alive, close", false),
        ] {
            let input = format!("GET / {head}\r\n\r\n");
            assert_eq!(whole(&input).keep_alive, keep_alive, "{head}");
        }
    }

    #[test]
    fn what_concerns_the_tracker_is_read_from_the_headers() {
        let request = whole(
            "GET / HTTP/1.1\r\nX-Forwarded-For: 1.1.1.1\r\nAccept: */*\r\nUpgrade: WebSocket\r\n\
             Connection: keep-alive, upgrade\r\nx-forwarded-for:  2.2.2.2, 3.3.3.3 \r\nContent-Length: 0\r\n\r\n",
        );
        assert_eq!(request.forwarded, ["1.1.1.1", "2.2.2.2, 3.3.3.3"]);
        assert!(request.websocket);
        for plain in ["Upgrade: h2c\r\nConnection: upgrade", "Upgrade: websocket"] {
            assert!(!whole(&format!("GET / HTTP/1.1\r\n{plain}\r\n\r\n")).websocket);
        }
    }

    #[test]
    fn whatever_could_hide_another_request_is_malformed() {
        for input in [
            "GET / HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
            "GET / HTTP/1.1\r\nContent-Length: 0, 5\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 5\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: +0\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n",
            "GET / HTTP/1.1\r\nTransfer-Encoding : chunked\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\r\n Content-Length: 5\r\n\r\n",
            "GET / HTTP/1.1\nHost: t\n\n",
            "GET / HTTP/1.1\r\nA: b\n\nGET /x HTTP/1.1\r\n\r\n",
            "GET / HTTP/1.1\r\nA: b\rTransfer-Encoding: chunked\r\n\r\n",
        ] {
            let error = Request::parse(input.as_bytes()).unwrap_err();
            assert_eq!(error, RequestError::Malformed, "{input:?}");
        }
    }

    #[test]
    fn limits_hold() {
        let path = "x".repeat(Request::MAX);
        for input in [
            format!("GET /{path}"),
            format!("GET /{path} HTTP/1.1\r\n\r\n"),
            format!("GET / HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(HEADERS + 1)),
        ] {
            let error = Request::parse(input.as_bytes()).unwrap_err();
            assert_eq!(error, RequestError::TooLong);
        }
    }

    proptest! {
        #[test]
        fn every_beginning_of_a_request_goes_on(
            query in "[a-z0-9=&%._-]{0,80}",
            headers in prop::collection::vec(("[A-Za-z-]{1,12}z", "[ -~]{0,30}"), 0..8),
            more in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let mut input = format!("GET /announce?{query} HTTP/1.1\r\n");
            for (name, value) in &headers {
                input += &format!("{name}: {value}\r\n");
            }
            input += "\r\n";
            let len = input.len();
            for end in 0..len {
                prop_assert_eq!(Request::parse(&input.as_bytes()[..end]), Ok(None));
            }
            let mut input = input.into_bytes();
            input.extend(more);
            let request = Request::parse(&input).unwrap().unwrap();
            prop_assert_eq!(request.len, len);
            prop_assert_eq!(request.target.len(), "/announce?".len() + query.len());
        }
    }
}
