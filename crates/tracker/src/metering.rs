use metrics::{Counter, Gauge, Histogram, counter, gauge, histogram};
use std::sync::Arc;
use swarm::{Activity, Protocol};

/// What is counted, as handles that cost an addition each. Nothing here names a user or a torrent.
#[derive(Clone)]
pub(crate) struct Metering {
    pub(crate) http: Listener,
    pub(crate) udp: Listener,
    pub(crate) ws: Listener,
    pub(crate) ws_connections: Gauge,
    /// Offers that were passed on.
    pub(crate) ws_offers: Counter,
    /// Answers that were passed on.
    pub(crate) ws_answers: Counter,
    pub(crate) http_connections: Gauge,
    pub(crate) udp_dropped: Counter,
    /// Announces by where their clients are reached: over IPv4, over IPv6.
    pub(crate) contacts: [Counter; 2],
    pub(crate) torrents: Gauge,
    pub(crate) seeders: Gauge,
    pub(crate) leechers: Gauge,
    pub(crate) expired: Counter,
    pub(crate) evicted: Counter,
    pub(crate) journal_bytes: Counter,
    pub(crate) journal_failures: Counter,
    pub(crate) pending: Gauge,
    pub(crate) flush_seconds: Histogram,
    pub(crate) flush_failures: Counter,
    pub(crate) access_failures: Counter,
    pub(crate) published: Counter,
    pub(crate) publish_failures: Counter,
}

/// The counts of one protocol.
#[derive(Clone)]
pub(crate) struct Listener {
    pub(crate) announces: Counter,
    pub(crate) scrapes: Scrapes,
    activity: Arc<Activity>,
    protocol: Protocol,
    refusals: [(&'static str, Counter); REASONS.len()],
}

impl Listener {
    fn new(by: Protocol, activity: &Arc<Activity>) -> Self {
        let protocol = by.name();
        let refusals = |reason| counter!("skep_tracker_refusals_total", "protocol" => protocol, "reason" => reason);
        Self {
            announces: counter!("skep_tracker_announces_total", "protocol" => protocol),
            scrapes: Scrapes {
                counter: counter!("skep_tracker_scrapes_total", "protocol" => protocol),
                activity: activity.clone(),
                protocol: by,
            },
            activity: activity.clone(),
            protocol: by,
            refusals: REASONS.map(|reason| (reason, refusals(reason))),
        }
    }

    /// One refusal more.
    pub(crate) fn refused(&self, reason: &'static str) {
        let known = self.refusals.iter().find(|(name, _)| *name == reason);
        debug_assert!(known.is_some(), "{reason} is not among the reasons");
        if let Some((_, refusals)) = known {
            refusals.increment(1);
        }
        self.activity.refused(self.protocol, reason);
    }
}

/// The scrapes of one protocol.
#[derive(Clone)]
pub(crate) struct Scrapes {
    counter: Counter,
    activity: Arc<Activity>,
    protocol: Protocol,
}

impl Scrapes {
    /// That many more.
    pub(crate) fn increment(&self, scrapes: u64) {
        if scrapes > 0 {
            self.counter.increment(scrapes);
            self.activity.scraped(self.protocol, scrapes);
        }
    }
}

/// All reasons for refusals, by the names their errors give them.
const REASONS: [&str; 25] = [
    "absurd",
    "banned",
    "connection",
    "deleted",
    "denied",
    "downloads",
    "forum",
    "frozen",
    "full",
    "full_scrape",
    "handshake",
    "journal",
    "malformed",
    "no_place",
    "not_joined",
    "not_listed",
    "passkey_missing",
    "passkey_unknown",
    "peer_id_taken",
    "slow",
    "swarms",
    "too_long",
    "too_often",
    "unregistered",
    "url",
];

impl Metering {
    pub(crate) fn new(activity: &Arc<Activity>) -> Self {
        Self {
            http: Listener::new(Protocol::Http, activity),
            ws: Listener::new(Protocol::WebSocket, activity),
            udp: Listener::new(Protocol::Udp, activity),
            ws_connections: gauge!("skep_tracker_ws_connections"),
            ws_offers: counter!("skep_tracker_ws_offers_total"),
            ws_answers: counter!("skep_tracker_ws_answers_total"),
            http_connections: gauge!("skep_tracker_http_connections"),
            udp_dropped: counter!("skep_tracker_udp_dropped_total"),
            contacts: ["ipv4", "ipv6"]
                .map(|family| counter!("skep_tracker_contacts_total", "family" => family)),
            torrents: gauge!("skep_tracker_torrents"),
            seeders: gauge!("skep_tracker_peers", "kind" => "seeder"),
            leechers: gauge!("skep_tracker_peers", "kind" => "leecher"),
            expired: counter!("skep_tracker_peers_expired_total"),
            evicted: counter!("skep_tracker_peers_evicted_total"),
            journal_bytes: counter!("skep_tracker_journal_bytes_total"),
            journal_failures: counter!("skep_tracker_journal_failures_total"),
            pending: gauge!("skep_tracker_accounting_pending"),
            flush_seconds: histogram!("skep_tracker_flush_seconds"),
            flush_failures: counter!("skep_tracker_flush_failures_total"),
            access_failures: counter!("skep_tracker_access_failures_total"),
            published: counter!("skep_tracker_published_total"),
            publish_failures: counter!("skep_tracker_publish_failures_total"),
        }
    }

    /// One WebSocket less, and why.
    pub(crate) fn ws_ended(&self, reason: &'static str) {
        counter!("skep_tracker_ws_ended_total", "reason" => reason).increment(1);
    }
}
