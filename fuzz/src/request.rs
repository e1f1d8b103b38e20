//! Heads of HTTP requests: what is taken is the same however much stands behind it, and no beginning of
//! it is taken for a whole.

use bittorrent::wire::http::{Request, RequestError};

/// The input is what a connection has received.
pub fn run(input: &[u8]) {
    let request = match Request::parse(input) {
        Ok(Some(request)) => request,
        Ok(None) => return assert!(input.len() < Request::MAX),
        Err(RequestError::TooLong | RequestError::Malformed | RequestError::Method) => return,
    };
    assert!(request.len <= input.len().min(Request::MAX));
    let head = &input[..request.len];
    assert!(head.starts_with(b"GET ") || head.starts_with(b"\r\n"));
    assert!(head.ends_with(b"\r\n\r\n"));
    for end in (0..head.len()).rev().take(64) {
        assert_eq!(Request::parse(&head[..end]), Ok(None));
    }
    assert_eq!(Request::parse(head), Ok(Some(request.clone())));
    let followed = [head, b"GET / HTTP/1.1\r\n\r\n"].concat();
    assert_eq!(Request::parse(&followed), Ok(Some(request)));
}
