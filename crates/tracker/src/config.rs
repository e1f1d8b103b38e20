use crate::network::Network;
use cache::Cache;
use domain::{Clock, Entropy};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use store::Store;
use swarm::{Access, Activity, Swarm};

/// How a tracker listens and what it promises. Who may announce is [`Access`]'s policy.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen for HTTP. An unspecified IPv6 address serves IPv4 too; port 0 picks a free one.
    pub http: SocketAddr,
    /// Where to listen for UDP, likewise.
    pub udp: SocketAddr,
    /// Threads that serve HTTP, each with a socket of its own on the same port. At least one.
    pub http_threads: usize,
    /// What HTTPS is served with, on the port of HTTP; without it there is none.
    pub tls: Option<TlsFiles>,
    /// Threads that serve UDP, each with a socket of its own on the same port. At least one.
    pub udp_threads: usize,
    /// How long the number holds that a UDP client gets when it connects, in seconds: see
    /// [`swarm::ConnectionIds::valid_for`].
    pub udp_connection_seconds: u32,
    /// What those numbers are made with. With the same key those of the last run hold; without one it is
    /// a new one.
    pub udp_connection_key: Option<[u8; 16]>,
    /// After how long a client is to announce again, where there is no site: else its setting holds,
    /// as it is at the moment.
    pub interval: Duration,
    /// How long a client has to wait at least; no interval is shorter.
    pub min_interval: Duration,
    /// Where the journal of what is yet to be credited is kept.
    pub journal_dir: PathBuf,
    /// At which size a file of the journal is closed and the next one begun, in bytes.
    pub journal_segment: u64,
    /// How many observations are kept in memory at most until the store has them, some 120 bytes each;
    /// what is pending beyond that is read back from the journal.
    pub journal_kept: usize,
    /// Where the swarm is kept over a restart; `None` forgets it.
    pub snapshot_path: Option<PathBuf>,
    /// How often the swarm is written there at least; a small one is written more often.
    pub snapshot_every: Duration,
    /// Where a scrape of all torrents is written on its way to those who ask for it, without a name
    /// there; `None` refuses such scrapes. Torrents of a site are never in it.
    pub full_scrape_path: Option<PathBuf>,
    /// How often that is written anew.
    pub full_scrape_every: Duration,
    /// How often what was observed is handed to the store.
    pub flush_every: Duration,
    /// How often what has changed is written to a shared cache.
    pub publish_every: Duration,
    /// HTTP connections at the same time. For one more the longest idle are let go; when none are idle,
    /// it is refused. Of these three quarters may be WebSockets.
    pub max_connections: u32,
    /// HTTP connections of one address, or of 64 bits of IPv6, at the same time.
    pub connections_per_address: u32,
    /// Announces a minute that one address, or 64 bits of IPv6, may make in the long run without a
    /// passkey, and twice as many at once; 0 is no limit.
    pub announces_per_minute: u32,
    /// Addresses that neither of these limits concerns.
    pub neighbours: Vec<Network>,
    /// How long a connection may be silent between requests.
    pub idle_timeout: Duration,
    /// How long a client may take to send one request, or to take one answer.
    pub request_timeout: Duration,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// After how long a browser is to announce again, unless other clients announce as often: it can
    /// only be connected to others while somebody announces.
    pub ws_interval: Duration,
    /// How many offers of one announce of a browser are passed on at most.
    pub ws_offers: usize,
    /// WebSocket connections that one IPv4 address or IPv6 /64 may have at the same time. Does not
    /// hold for this machine's own addresses.
    pub ws_per_address: u32,
    /// Whether those proxies send a PROXY header before anything else.
    pub proxy_protocol: bool,
    /// Whether the parameters `ip`, `ipv4` and `ipv6` of an announce are believed. Only for closed
    /// networks: with it anyone can name anyone as a peer.
    pub trust_ip_parameter: bool,
    /// What clients are told as a warning when they start, over HTTP.
    pub notice: Option<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            http: (Ipv4Addr::UNSPECIFIED, 6969).into(),
            udp: (Ipv4Addr::UNSPECIFIED, 6969).into(),
            http_threads: 1,
            tls: None,
            udp_threads: 1,
            udp_connection_seconds: swarm::ConnectionIds::VALID_FOR,
            udp_connection_key: None,
            interval: Duration::from_secs(1800),
            min_interval: Duration::from_secs(60),
            journal_dir: "tracker/journal".into(),
            journal_segment: 4 << 20,
            journal_kept: 200_000,
            snapshot_path: Some("tracker/swarm.snapshot".into()),
            snapshot_every: Duration::from_secs(60),
            full_scrape_path: None,
            full_scrape_every: Duration::from_secs(600),
            flush_every: Duration::from_secs(2),
            publish_every: Duration::from_secs(2),
            max_connections: 16384,
            connections_per_address: 256,
            announces_per_minute: 3000,
            neighbours: loopback(),
            idle_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(10),
            trusted_proxies: Vec::new(),
            proxy_protocol: false,
            ws_interval: Duration::from_secs(120),
            ws_offers: 10,
            ws_per_address: 64,
            trust_ip_parameter: false,
            notice: None,
        }
    }
}

/// The files TLS is served with, in PEM. They are read again when they change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate, and those between it and the one that clients know.
    pub certificate: PathBuf,
    /// Its private key.
    pub key: PathBuf,
}

/// This machine: what is on it needs no protection from itself.
fn loopback() -> Vec<Network> {
    let networks = ["127.0.0.0/8", "::1"].map(str::parse);
    networks.into_iter().flatten().collect()
}

/// What a tracker works with.
#[derive(Debug, Clone)]
pub struct Deps {
    /// The peers; shared with whoever shows them. The tracker sets how long a silent one is kept.
    pub swarm: Arc<Swarm>,
    /// Who may announce what; kept current from the store where there is one.
    pub access: Arc<Access>,
    /// What was heard lately; shared with whoever shows it.
    pub activity: Arc<Activity>,
    /// Where accounts and registrations come from and credit goes. Without one the tracker serves
    /// what `access` allows and keeps no accounts.
    pub store: Option<Store>,
    /// Where torrents with their peers, and members, are published, when other processes see it.
    pub cache: Cache,
    /// The time.
    pub clock: Clock,
    /// Randomness, for keys.
    pub entropy: Entropy,
}
