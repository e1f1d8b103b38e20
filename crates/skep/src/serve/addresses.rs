//! The addresses that people and their clients use, made from the ones listened on.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::config::Config;

/// `scheme://host:port` for a listening address; one that listens on every address is reached over loopback.
pub fn url(scheme: &str, listening: SocketAddr) -> String {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("{scheme}://{}", SocketAddr::new(ip, listening.port()))
}

/// The announce addresses that go into downloaded torrents: over HTTP (without `/announce`) and over UDP.
///
/// Those of the configuration; else the host of the site's public address with the tracker's port; else the
/// address listened on.
pub fn announce(config: &Config, http: SocketAddr, udp: SocketAddr) -> (String, String) {
    let host = config.web.public_url.as_deref().and_then(host);
    let made = |scheme: &str, listening: SocketAddr| match host {
        Some(host) => format!("{scheme}://{host}:{}", listening.port()),
        None => url(scheme, listening),
    };
    (
        config
            .tracker
            .public_http
            .clone()
            .unwrap_or_else(|| made("http", http)),
        config
            .tracker
            .public_udp
            .clone()
            .unwrap_or_else(|| made("udp", udp)),
    )
}

/// The host of an address, without its port; an IPv6 one keeps its brackets.
fn host(url: &str) -> Option<&str> {
    let authority = url.split_once("://")?.1.split('/').next()?;
    let end = match authority.rfind(']') {
        Some(bracket) => bracket + 1,
        None => authority.find(':').unwrap_or(authority.len()),
    };
    Some(&authority[..end]).filter(|host| !host.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found() {
        assert_eq!(host("https://a.example:8443/x"), Some("a.example"));
        assert_eq!(host("http://[::1]:80"), Some("[::1]"));
        assert_eq!(host("http://a"), Some("a"));
    }

    #[test]
    fn a_listener_on_every_address_is_reached_over_loopback() {
        assert_eq!(
            url("http", "0.0.0.0:6969".parse().unwrap()),
            "http://127.0.0.1:6969"
        );
        assert_eq!(url("udp", "[::]:6969".parse().unwrap()), "udp://[::1]:6969");
        assert_eq!(
            url("http", "192.0.2.1:80".parse().unwrap()),
            "http://192.0.2.1:80"
        );
    }
}
