//! The address people reach the site at, for what leaves it: links inside downloaded files.

use axum::http::{HeaderMap, header};

use crate::config::Config;

/// `https://forum.example` without a trailing slash: as configured, else as this request was made.
pub fn origin(config: &Config, headers: &HeaderMap) -> String {
    match &config.public_url {
        Some(url) => url.trim_end_matches('/').to_owned(),
        None => format!("http://{}", host(config, headers)),
    }
}

/// The host, with its port if it has one: `forum.example:8080`.
pub fn host(config: &Config, headers: &HeaderMap) -> String {
    if let Some(url) = &config.public_url {
        let bare = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest);
        return bare.split('/').next().unwrap_or_default().to_owned();
    }
    headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| plain(host))
        .map_or_else(|| config.addr.to_string(), str::to_owned)
}

/// Letters, digits and what addresses are made of, nothing that could break out of a link.
fn plain(host: &str) -> bool {
    (1..=255).contains(&host.len())
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn asked(host: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(header::HOST, HeaderValue::from_static(host))])
    }

    #[test]
    fn the_configured_address_wins() {
        let config = Config {
            public_url: Some("https://forum.example/".into()),
            ..Config::default()
        };
        assert_eq!(
            origin(&config, &asked("evil.example")),
            "https://forum.example"
        );
        assert_eq!(host(&config, &asked("evil.example")), "forum.example");
    }

    #[test]
    fn else_the_request_says_unless_it_lies_badly() {
        let config = Config::default();
        assert_eq!(
            origin(&config, &asked("forum.local:8080")),
            "http://forum.local:8080"
        );
        assert_eq!(origin(&config, &asked("[::1]:8080")), "http://[::1]:8080");
        assert_eq!(origin(&config, &asked("a\"><b")), "http://127.0.0.1:8080");
        assert_eq!(origin(&config, &HeaderMap::new()), "http://127.0.0.1:8080");
    }
}
