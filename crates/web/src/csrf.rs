//! Proof that a mutation was meant: it must come from our own page and carry that page's token.
//!
//! Two locks on every request that is not `GET` or `HEAD` and rides on cookies: `Sec-Fetch-Site` or
//! `Origin` must name this site, and the token of the session (or of the visitor's cookie, before there
//! is a session) must be in the field `csrf` or the header `X-CSRF`. Requests with a bearer token carry
//! no cookie's authority and pass. The check runs before any handler, so a handler cannot forget it.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use futures_util::{StreamExt as _, stream};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::error::Error;
use crate::state::App;
use crate::visit::Visit;

/// Name of the form field, and (as `X-CSRF`) of the header.
pub const FIELD: &str = "csrf";

/// Largest form without a file, in bytes: the longest post, percent-encoded.
pub const FORM_BYTES: usize = 1 << 20;

/// The token for a session or visitor secret: HMAC-SHA256 in hexadecimal, 64 characters.
pub fn token(key: &[u8], purpose: &str, secret: &str) -> String {
    hex::encode(hmac_sha256(
        key,
        &[purpose.as_bytes(), b"\0", secret.as_bytes()],
    ))
}

/// HMAC (RFC 2104) with SHA-256 over the concatenation of `parts`.
pub fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0u8; 64];
    if key.len() > block.len() {
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let mut inner = Sha256::new();
    inner.update(block.map(|b| b ^ 0x36));
    for part in parts {
        inner.update(part);
    }
    let mut outer = Sha256::new();
    outer.update(block.map(|b| b ^ 0x5c));
    outer.update(inner.finalize());
    outer.finalize().into()
}

/// Lets a request through when it cannot change anything or proves that it was meant.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    if matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    ) {
        return next.run(request).await;
    }
    let Some(visit) = request.extensions().get::<std::sync::Arc<Visit>>().cloned() else {
        return Error::internal("a mutation outside the visit layer").into_response();
    };
    // Without a cookie's authority there is nothing to borrow: programs need no form token.
    if visit.bearer() || (visit.wants_json() && visit.session().is_none()) {
        return next.run(request).await;
    }
    if !same_site(request.headers(), app.config.public_url.as_deref()) {
        return Error::Csrf.into_response();
    }
    match check(request, visit.csrf()).await {
        Ok(request) => next.run(request).await,
        Err(error) => error.into_response(),
    }
}

/// Whether the browser says the request comes from this site. Old browsers that send neither header
/// are let through to the token check.
fn same_site(headers: &HeaderMap, public_url: Option<&str>) -> bool {
    let text = |name| {
        headers
            .get(name)
            .map(|v: &header::HeaderValue| v.to_str().unwrap_or("?"))
    };
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    let Some(origin) = text("origin") else {
        return true;
    };
    let host_of = |url: &str| {
        url.split_once("://")
            .map(|(_, rest)| rest.trim_end_matches('/').to_owned())
    };
    let origin = host_of(origin);
    let ours = [
        text("host").map(str::to_owned),
        public_url.and_then(host_of),
    ];
    origin.is_some() && ours.contains(&origin)
}

/// Finds the token in the header or in the body, and gives the request back whole.
async fn check(request: Request, expected: &str) -> Result<Request, Error> {
    if let Some(sent) = request.headers().get("x-csrf") {
        return fits(sent.as_bytes(), expected)
            .then_some(request)
            .ok_or(Error::Csrf);
    }
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default()
        .to_owned();
    if kind.starts_with("application/x-www-form-urlencoded") {
        let (parts, body) = request.into_parts();
        let body = axum::body::to_bytes(body, FORM_BYTES)
            .await
            .map_err(|_| Error::TooLarge(FORM_BYTES as u64))?;
        let sent = form_urlencoded::parse(&body).find(|(name, _)| name == FIELD);
        return match sent {
            Some((_, value)) if fits(value.as_bytes(), expected) => {
                Ok(Request::from_parts(parts, Body::from(body)))
            }
            _ => Err(Error::Csrf),
        };
    }
    if let Some(boundary) = boundary(&kind) {
        return check_multipart(request, boundary, expected).await;
    }
    Err(Error::Csrf)
}

/// In a multipart body the token is the first field; only as much as holds it is read ahead.
async fn check_multipart(
    request: Request,
    boundary: &str,
    expected: &str,
) -> Result<Request, Error> {
    let (parts, body) = request.into_parts();
    let mut rest = body.into_data_stream();
    let mut head = Vec::new();
    // boundary ≤ 70 (RFC 2046), one header line, the token
    while head.len() < 512 {
        match rest.next().await {
            Some(Ok(chunk)) => head.extend_from_slice(&chunk),
            Some(Err(error)) => return Err(Error::BadRequest(error.to_string().into())),
            None => break,
        }
    }
    match first_field(&head, boundary) {
        Some((FIELD, value)) if fits(value, expected) => {
            let body = Body::from_stream(stream::iter([Ok(Bytes::from(head))]).chain(rest));
            Ok(Request::from_parts(parts, body))
        }
        _ => Err(Error::Csrf),
    }
}

fn first_field<'h>(head: &'h [u8], boundary: &str) -> Option<(&'h str, &'h [u8])> {
    let rest = head
        .strip_prefix(b"--")?
        .strip_prefix(boundary.as_bytes())?
        .strip_prefix(b"\r\n")?;
    let end = rest.windows(4).position(|w| w == b"\r\n\r\n")?;
    let headers = std::str::from_utf8(&rest[..end]).ok()?;
    let name = headers.split_once("name=\"")?.1.split_once('"')?.0;
    let value = &rest[end + 4..];
    let end = value.windows(2).position(|w| w == b"\r\n")?;
    Some((name, &value[..end]))
}

fn boundary(kind: &str) -> Option<&str> {
    let rest = kind.strip_prefix("multipart/form-data")?;
    let value = rest
        .split(';')
        .find_map(|p| p.trim().strip_prefix("boundary="))?;
    let value = value.trim_matches('"');
    (1..=70).contains(&value.len()).then_some(value)
}

fn fits(sent: &[u8], expected: &str) -> bool {
    sent.ct_eq(expected.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(n, v)| (header::HeaderName::from_static(n), v.parse().unwrap()))
            .collect()
    }

    #[test]
    fn hmac_is_that_of_rfc_4231() {
        let mac = hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(
            hex::encode(mac),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let mac = hmac_sha256(
            &[0xaa; 131],
            &[b"Test Using Larger Than Block-Size Key - Hash Key First"],
        );
        assert_eq!(
            hex::encode(mac),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        );
    }

    #[test]
    fn another_site_is_recognised() {
        let ours = Some("https://forum.example");
        for good in [
            &[("sec-fetch-site", "same-origin")][..],
            &[("sec-fetch-site", "none")],
            &[
                ("origin", "http://localhost:8080"),
                ("host", "localhost:8080"),
            ],
            &[
                ("origin", "https://forum.example"),
                ("host", "127.0.0.1:8080"),
            ],
            &[],
        ] {
            assert!(same_site(&headers(good), ours), "{good:?}");
        }
        for bad in [
            &[
                ("sec-fetch-site", "cross-site"),
                ("origin", "https://forum.example"),
            ][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "null"), ("host", "localhost:8080")],
            &[
                ("origin", "https://evil.example"),
                ("host", "localhost:8080"),
            ],
            &[
                ("origin", "https://forum.example.evil"),
                ("host", "localhost:8080"),
            ],
        ] {
            assert!(!same_site(&headers(bad), ours), "{bad:?}");
        }
    }

    #[test]
    fn the_first_field_of_a_multipart_body_is_found() {
        let body = b"--XX\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nabc\r\n--XX\r\n";
        assert_eq!(first_field(body, "XX"), Some(("csrf", &b"abc"[..])));
        assert_eq!(first_field(body, "XY"), None);
        assert_eq!(first_field(&body[..40], "XX"), None);
        assert_eq!(boundary("multipart/form-data; boundary=XX"), Some("XX"));
        assert_eq!(
            boundary("multipart/form-data; charset=x; boundary=\"a b\""),
            Some("a b")
        );
        assert_eq!(boundary("multipart/form-data"), None);
    }
}
