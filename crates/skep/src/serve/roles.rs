//! What each role is told, made from the configuration.

use std::net::SocketAddr;
use std::time::Duration;

use store::Site;

use super::addresses;
use crate::config::Config;

/// The swarm's limits. A peer is gone when two announces were missed.
pub fn swarm(site: Option<&Site>) -> swarm::Config {
    let seconds = u32::try_from(interval(site).as_secs()).unwrap_or(u32::MAX);
    swarm::Config {
        peer_ttl: seconds.saturating_mul(2).saturating_add(60),
        ..swarm::Config::default()
    }
}

/// The tracker's settings; its journal and snapshot stand in the data folder.
pub fn tracker(config: &Config, site: Option<&Site>) -> tracker::Config {
    let folder = config.data.join("tracker");
    tracker::Config {
        http: config.tracker.http,
        udp: config.tracker.udp,
        udp_threads: config.tracker.udp_threads,
        interval: interval(site).max(config.tracker.min_interval),
        min_interval: config.tracker.min_interval,
        journal_dir: folder.join("journal"),
        snapshot_path: Some(folder.join("swarm.snapshot")),
        flush_every: config.tracker.flush_every,
        trusted_proxies: config.tracker.trusted_proxies.clone(),
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
    web::Config {
        addr: config.web.listen,
        public_url: config.web.public_url.clone(),
        announce_http: Some(announce_http),
        announce_udp: Some(announce_udp),
        max_torrent_bytes: config.web.max_torrent_bytes,
        trusted_proxies: config.web.trusted_proxies.clone(),
        secret: Some(secret),
        ..web::Config::default()
    }
}

/// How often clients announce: the site's setting, or half an hour where there is no site.
fn interval(site: Option<&Site>) -> Duration {
    Duration::from_secs(site.map_or(1800, |site| u64::from(site.settings.announce_interval)))
}
