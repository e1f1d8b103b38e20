//! Which addresses belong to the tracker.

/// A tracker address that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint<'a> {
    /// What is asked.
    pub kind: EndpointKind,
    /// The user's key, if the address carries one: 10 to 64 letters and digits.
    pub passkey: Option<&'a str>,
}

/// What a tracker address asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointKind {
    /// Announce a peer.
    Announce,
    /// Ask for counts.
    Scrape,
}

/// Why an address is none of the tracker's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// Another path: not found, as far as the tracker goes.
    #[error("this is no announce or scrape address")]
    NotFound,
    /// A tracker path, but what stands for the passkey cannot be one, or two different ones are given.
    #[error("the passkey in the announce address is malformed, download the .torrent file again")]
    BadPasskey,
}

impl<'a> Endpoint<'a> {
    /// Reads the path and the query (without its `?`) of a request.
    ///
    /// `/announce`, `/announce/<passkey>`, `/<passkey>/announce` and, as TorrentPier has it,
    /// `/bt/announce.php`; the passkey may also be the query's `uk`. The same with `scrape`.
    ///
    /// ```
    /// use bittorrent::wire::http::{Endpoint, EndpointKind};
    ///
    /// let endpoint = Endpoint::parse("/bt/announce.php", "uk=0123456789abcdef&port=1")?;
    /// assert_eq!(endpoint.kind, EndpointKind::Announce);
    /// assert_eq!(endpoint.passkey, Some("0123456789abcdef"));
    /// # Ok::<(), bittorrent::wire::http::EndpointError>(())
    /// ```
    ///
    /// # Errors
    /// [`EndpointError`], which is also a sentence for the client.
    pub fn parse(path: &'a str, query: &'a str) -> Result<Self, EndpointError> {
        let (kind, in_path) = split_path(path)?;
        // Hardly any query has it, and looking for it is less work than taking the query apart.
        let in_query = match memchr::memmem::find(query.as_bytes(), b"uk=") {
            Some(_) => query,
            None => "",
        };
        let in_query = in_query
            .split('&')
            .filter_map(|parameter| parameter.strip_prefix("uk="));
        let mut passkey = None;
        for key in in_path
            .into_iter()
            .chain(in_query.filter(|key| !key.is_empty()))
        {
            if !is_passkey(key) || passkey.is_some_and(|other| other != key) {
                return Err(EndpointError::BadPasskey);
            }
            passkey = Some(key);
        }
        Ok(Self { kind, passkey })
    }

    /// Reads the URL data of a UDP announce (BEP 41). The packet says already that it is an
    /// announce, so no data, or a path that names no passkey, is an announce without one.
    ///
    /// # Errors
    /// [`EndpointError::BadPasskey`], which is also a sentence for the client.
    pub fn parse_url_data(data: &'a [u8]) -> Result<Self, EndpointError> {
        if data.is_empty() {
            return Ok(Self {
                kind: EndpointKind::Announce,
                passkey: None,
            });
        }
        let data = std::str::from_utf8(data).map_err(|_| EndpointError::BadPasskey)?;
        let (path, query) = data.split_once('?').unwrap_or((data, ""));
        match Self::parse(path, query) {
            Err(EndpointError::NotFound) => Self::parse("/announce", query),
            other => other,
        }
    }
}

/// Splits a tracker path in what is asked and what stands for the passkey.
fn split_path(path: &str) -> Result<(EndpointKind, Option<&str>), EndpointError> {
    let path = path.strip_prefix('/').ok_or(EndpointError::NotFound)?;
    let (first, second) = match path.split_once('/') {
        None => (path, None),
        Some((first, second)) => (first, Some(second)),
    };
    match (endpoint_name(first), second) {
        (Some(kind), passkey) => Ok((kind, passkey)),
        (None, Some("announce.php")) if first == "bt" => Ok((EndpointKind::Announce, None)),
        (None, Some("scrape.php")) if first == "bt" => Ok((EndpointKind::Scrape, None)),
        (None, Some(name)) => endpoint_name(name)
            .map(|kind| (kind, Some(first)))
            .ok_or(EndpointError::NotFound),
        (None, None) => Err(EndpointError::NotFound),
    }
}

fn endpoint_name(name: &str) -> Option<EndpointKind> {
    match name {
        "announce" => Some(EndpointKind::Announce),
        "scrape" => Some(EndpointKind::Scrape),
        _ => None,
    }
}

fn is_passkey(text: &str) -> bool {
    (10..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    #[test]
    fn every_tracker_address_is_known() {
        for (name, kind) in [
            ("announce", EndpointKind::Announce),
            ("scrape", EndpointKind::Scrape),
        ] {
            let paths = [
                (format!("/{name}"), "", None),
                (
                    format!("/{name}"),
                    "port=1&uk=0123456789",
                    Some("0123456789"),
                ),
                (format!("/{name}"), "uk=", None),
                (format!("/{name}/{KEY}"), "port=1", Some(KEY)),
                (format!("/{KEY}/{name}"), "port=1", Some(KEY)),
                (
                    format!("/{KEY}/{name}"),
                    "uk=0123456789abcdef0123456789abcdef",
                    Some(KEY),
                ),
                (
                    format!("/bt/{name}.php"),
                    "uk=abcdefghijKLMNOPQRST",
                    Some("abcdefghijKLMNOPQRST"),
                ),
                (format!("/bt/{name}.php"), "", None),
            ];
            for (path, query, passkey) in paths {
                assert_eq!(
                    Endpoint::parse(&path, query),
                    Ok(Endpoint { kind, passkey }),
                    "{path}?{query}"
                );
                let data = format!("{path}?{query}");
                assert_eq!(
                    Endpoint::parse_url_data(data.as_bytes()).unwrap().passkey,
                    passkey
                );
            }
        }
    }

    #[test]
    fn other_addresses_are_not_found_and_bad_keys_are_said_to_be_bad() {
        for path in [
            "",
            "/",
            "announce",
            "/announces",
            "/a/b/announce",
            "/bt/announce",
            "/announce.php",
            "/x/bt/announce.php",
        ] {
            let error = if path == "/bt/announce" {
                EndpointError::BadPasskey
            } else {
                EndpointError::NotFound
            };
            assert_eq!(Endpoint::parse(path, ""), Err(error), "{path}");
        }
        let long = format!("/announce/{}", "a".repeat(65));
        for path in [
            "/announce/",
            "/announce/short",
            "/announce/0123456789%20",
            "/short/announce",
            "/announce/012345678/",
            &long,
        ] {
            assert_eq!(
                Endpoint::parse(path, ""),
                Err(EndpointError::BadPasskey),
                "{path}"
            );
        }
        for query in ["uk=short", "uk=0123456789&uk=abcdefghij", "uk=01234567%39"] {
            assert_eq!(
                Endpoint::parse("/announce", query),
                Err(EndpointError::BadPasskey),
                "{query}"
            );
        }
        assert_eq!(
            Endpoint::parse("/announce/0123456789", "uk=abcdefghij"),
            Err(EndpointError::BadPasskey)
        );
    }

    #[test]
    fn url_data_without_a_passkey_is_an_announce_without_one() {
        for data in [&b""[..], b"/", b"/announce", b"/some/where", b"?x=y"] {
            assert_eq!(
                Endpoint::parse_url_data(data).map(|endpoint| endpoint.passkey),
                Ok(None)
            );
        }
        assert_eq!(
            Endpoint::parse_url_data(b"?uk=0123456789").unwrap().passkey,
            Some("0123456789")
        );
        assert_eq!(
            Endpoint::parse_url_data(b"\xff"),
            Err(EndpointError::BadPasskey)
        );
    }

    proptest! {
        #[test]
        fn no_address_panics(path in ".{0,80}", query in ".{0,80}", data in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = Endpoint::parse(&path, &query);
            let _ = Endpoint::parse_url_data(&data);
            let _ = Endpoint::parse_url_data(path.as_bytes());
        }
    }
}
