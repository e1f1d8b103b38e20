//! What each role is told, made from the configuration.

use std::net::SocketAddr;

use tracing::warn;

use super::addresses;
use crate::config::Config;

/// The tracker's settings; its journal and snapshot stand in the data folder.
pub fn tracker(config: &Config, udp_key: [u8; 16]) -> tracker::Config {
    let folder = config.data.join("tracker");
    tracker::Config {
        http: config.tracker.http,
        udp: config.tracker.udp,
        udp_threads: config.tracker.udp_threads,
        udp_connection_seconds: config.tracker.udp_connection_seconds,
        udp_connection_key: Some(udp_key),
        http_threads: config.tracker.http_threads,
        tls: config.tracker.tls.clone(),
        max_connections: config.tracker.max_connections,
        connections_per_address: config.tracker.connections_per_address,
        announces_per_minute: config.tracker.announces_per_minute,
        min_interval: config.tracker.min_interval,
        journal_dir: folder.join("journal"),
        snapshot_path: Some(folder.join("swarm.snapshot")),
        full_scrape_path: (config.tracker.full_scrape).then(|| folder.join("scrape")),
        flush_every: config.tracker.flush_every,
        trusted_proxies: config.tracker.trusted_proxies.clone(),
        ws_interval: config.tracker.ws_interval,
        ws_offers: config.tracker.ws_offers,
        ws_per_address: config.tracker.ws_per_address,
        trust_ip_parameter: config.tracker.trust_ip,
        notice: config.tracker.notice.clone(),
        proxy_protocol: config.tracker.proxy_protocol,
        ..tracker::Config::default()
    }
}

/// The site's settings; `listening` is where this process's tracker listens, over HTTP and UDP.
pub fn web(
    config: &Config,
    secret: [u8; 32],
    listening: Option<(SocketAddr, SocketAddr)>,
) -> web::Config {
    // without a tracker here, the one elsewhere is where this process would have had it
    let (http, udp) = listening.unwrap_or((config.tracker.http, config.tracker.udp));
    let (announce_http, announce_udp) = addresses::announce(config, http, udp);
    if listening.is_none() && config.tracker.public_http.is_none() {
        warn!(
            announce.http = announce_http,
            "no tracker runs in this process: set tracker.public_http and tracker.public_udp to where it does, \
             or downloaded files name an address that is a guess"
        );
    }
    web::Config {
        addr: config.web.listen,
        public_url: config.web.public_url.clone(),
        announce_http: Some(announce_http).filter(|url| names_a_port(url)),
        announce_udp: Some(announce_udp).filter(|url| names_a_port(url)),
        max_torrent_bytes: config.web.max_torrent_bytes,
        trusted_proxies: config.web.trusted_proxies.clone(),
        secret: Some(secret),
        ..web::Config::default()
    }
}

/// Which free port another process was given, nobody here knows.
fn names_a_port(url: &str) -> bool {
    !url.ends_with(":0")
}
