//! `[tracker]`: announces over HTTP, UDP and WebSocket.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use swarm::{ConnectionIds, Policy};

super::key::table! {
    /// The tracker: announces and scrapes over HTTP, UDP and, for browsers, WebSocket.
    Raw, Flags = "tracker";
    /// Address for announces over HTTP and WebSocket. Port 0 picks a free one.
    #[arg(id = "tracker.http", long = "tracker-http", value_name = "ADDR")]
    http: String = "\"0.0.0.0:6969\"";
    /// Threads that answer HTTP; 0: one for each core.
    #[arg(skip)]
    http_threads: u64 = "0";
    /// The certificate for HTTPS and those between it and the one that clients know, a PEM file. With it and
    /// `tls_key` the port of `http` speaks HTTPS too. Both are read again when they change.
    #[arg(skip)]
    tls_cert: String = "\"\"";
    /// The private key of that certificate, a PEM file.
    #[arg(skip)]
    tls_key: String = "\"\"";
    /// HTTP connections at the same time. For one more, those that are idle longest are let go; when none are, it is
    /// answered with 503.
    #[arg(skip)]
    max_connections: u64 = "16384";
    /// HTTP connections of one address, or of 64 bits of IPv6, at the same time; proxies that are trusted may have any number.
    #[arg(skip)]
    connections_per_address: u64 = "256";
    /// Announces a minute that one address, or 64 bits of IPv6, may make in the long run without a passkey, and twice as
    /// many at once; 0 is no limit. What asks from this machine has none.
    #[arg(skip)]
    announces_per_minute: u64 = "3000";
    /// Address for announces over UDP. Port 0 picks a free one.
    #[arg(id = "tracker.udp", long = "tracker-udp", value_name = "ADDR")]
    udp: String = "\"0.0.0.0:6969\"";
    /// Threads that answer UDP; 0: one for each core.
    #[arg(skip)]
    udp_threads: u64 = "0";
    /// Address of the HTTP tracker that is written into downloaded torrents, such as `https://tracker.example`.
    /// Not given: the host of `web.public_url`, else the address listened on.
    #[arg(skip)]
    public_http: String = "\"\"";
    /// The same for UDP, such as `udp://tracker.example:6969`.
    #[arg(skip)]
    public_udp: String = "\"\"";
    /// Who may announce: `registered` (torrents of the site, with passkeys as each forum says), `open`
    /// (any torrent, no passkey) or `listed` (torrents of the site and of the allow list). `open` and `listed`
    /// know the site only where its pages run in the same process: `--roles tracker` alone opens no store then.
    #[arg(skip)]
    access: String = "\"registered\"";
    /// A file with the info-hashes that are served beside those of the site where access is `listed`: one
    /// a line; what follows a `#` is a comment. It is read again when it has changed, and at SIGHUP.
    #[arg(skip)]
    allow_list: String = "\"\"";
    /// A file with the info-hashes that are never served, likewise.
    #[arg(skip)]
    deny_list: String = "\"\"";
    /// Whether a scrape that names no torrent is answered with all of them, as they were at most ten minutes ago; not
    /// where access is `registered`, and never with torrents of the site. Otherwise it is refused with a sentence.
    #[arg(skip)]
    full_scrape: bool = "false";
    /// Peers there may be in all: for one more, one that was not heard of for long goes; 0 for any number. An
    /// open tracker takes 10 to 30 bytes for a peer, a site some hundred.
    #[arg(skip)]
    max_peers: u64 = "0";
    /// Seconds that a UDP client may use the number it got when it connected. The protocol says 120; some
    /// clients use theirs for longer, and begin anew after an error.
    #[arg(skip)]
    udp_connection_seconds: u64 = "120";
    /// Seconds that a client is asked to wait between announces at least, whatever the reason; the
    /// interval of the settings is never shorter.
    #[arg(skip)]
    min_interval: u64 = "60";
    /// Milliseconds between two writings of counters and accounting to the store.
    #[arg(skip)]
    flush_ms: u64 = "2000";
    /// Addresses or networks of the reverse proxies in front of the HTTP tracker; only they are believed about who the peer is.
    #[arg(skip)]
    trusted_proxies: Vec<String> = "[]";
    /// Seconds between two announces of a browser, unless the interval for all is shorter: only while
    /// somebody announces can browsers find each other.
    #[arg(skip)]
    ws_interval: u64 = "120";
    /// Offers of one announce of a browser that are passed on to others at most.
    #[arg(skip)]
    ws_offers: u64 = "10";
    /// WebSockets that one IPv4 address or IPv6 /64 may have at the same time; this machine's own may have any number.
    #[arg(skip)]
    ws_per_address: u64 = "64";
    /// A sentence that clients show as a warning when they start a torrent over HTTP, such as one about work to come.
    #[arg(skip)]
    notice: String = "\"\"";
    /// Whether what a client says of its addresses over HTTP (`ip`, `ipv4`, `ipv6`) is believed. Only for closed networks: with it anyone can name
    /// anyone as a peer.
    #[arg(skip)]
    trust_ip: bool = "false";
    /// Whether those proxies begin each connection with a PROXY header, version 1 or 2.
    #[arg(skip)]
    proxy_protocol: bool = "false";
}

/// The tracker's settings.
#[derive(Clone, Debug)]
pub struct Tracker {
    /// Address for HTTP.
    pub http: SocketAddr,
    /// Threads that answer HTTP, at least one.
    pub http_threads: usize,
    /// What HTTPS is served with.
    pub tls: Option<tracker::TlsFiles>,
    /// HTTP connections at the same time.
    pub max_connections: u32,
    /// HTTP connections of one address.
    pub connections_per_address: u32,
    /// Announces of one address without a passkey; 0 is no limit.
    pub announces_per_minute: u32,
    /// Address for UDP.
    pub udp: SocketAddr,
    /// Threads that answer UDP, at least one.
    pub udp_threads: usize,
    /// Address of the HTTP tracker that people use, without a slash at its end.
    pub public_http: Option<String>,
    /// Address of the UDP tracker that people use.
    pub public_udp: Option<String>,
    /// Who may announce.
    pub access: Policy,
    /// The file of the allow list.
    pub allow_list: Option<PathBuf>,
    /// The file of the deny list.
    pub deny_list: Option<PathBuf>,
    /// Whether all torrents can be scraped at once.
    pub full_scrape: bool,
    /// Peers there may be in all.
    pub max_peers: Option<u64>,
    /// How long the number of a UDP connection holds, in seconds.
    pub udp_connection_seconds: u32,
    /// Least time between two announces of a client.
    pub min_interval: Duration,
    /// Time between two writings to the store.
    pub flush_every: Duration,
    /// Proxies that are believed about the peer's address.
    pub trusted_proxies: Vec<tracker::Network>,
    /// Time between two announces of a browser at most.
    pub ws_interval: Duration,
    /// Offers passed on of one announce.
    pub ws_offers: usize,
    /// WebSockets of one address.
    pub ws_per_address: u32,
    /// Whether the addresses a client names are believed.
    pub trust_ip: bool,
    /// What clients are told when they start.
    pub notice: Option<String>,
    /// Whether they send PROXY headers.
    pub proxy_protocol: bool,
}

impl Raw {
    /// Parses the addresses and words.
    pub fn resolve(self) -> Result<Tracker> {
        let access = match self.access.as_str() {
            "registered" => Policy::Registered,
            "open" => Policy::Open,
            "listed" => Policy::Listed,
            other => bail!("tracker.access: `{other}` is none of registered, open, listed"),
        };
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = |key, wanted| match wanted {
            0 => Ok(cores),
            threads @ 1..=256 => Ok(threads as usize),
            more => bail!("tracker.{key}: {more} is more than 256"),
        };
        if self.full_scrape && access == Policy::Registered {
            bail!(
                "tracker.full_scrape: where tracker.access is registered, who may know of a torrent is a matter \
                 of forums: leave it off"
            );
        }
        let proxy_protocol = self.proxy_protocol;
        if proxy_protocol && self.trusted_proxies.is_empty() {
            bail!("tracker.proxy_protocol: name the proxies in tracker.trusted_proxies");
        }
        let tls = match (self.tls_cert.is_empty(), self.tls_key.is_empty()) {
            (true, true) => None,
            (false, false) => Some(tracker::TlsFiles {
                certificate: self.tls_cert.into(),
                key: self.tls_key.into(),
            }),
            (true, false) => bail!("tracker.tls_key: tracker.tls_cert is missing"),
            (false, true) => bail!("tracker.tls_cert: tracker.tls_key is missing"),
        };
        if !(100..=60_000).contains(&self.flush_ms) {
            bail!(
                "tracker.flush_ms: {} is not between 100 and 60000",
                self.flush_ms
            );
        }
        if self.min_interval > 86_400 {
            bail!(
                "tracker.min_interval: {} is more than a day",
                self.min_interval
            );
        }
        let max_connections = within("max_connections", self.max_connections, 1..=1 << 20)?;
        let ws_interval = within("ws_interval", self.ws_interval, 10..=86_400)?;
        let ws_offers = within("ws_offers", self.ws_offers, 0..=64)?;
        let ws_per_address = within("ws_per_address", self.ws_per_address, 1..=1_000_000)?;
        let allow_list = list("allow_list", self.allow_list)?;
        let deny_list = list("deny_list", self.deny_list)?;
        let valid = ConnectionIds::VALID_FOR..=ConnectionIds::VALID_FOR_MAX;
        let udp_connection_seconds =
            within("udp_connection_seconds", self.udp_connection_seconds, valid)?;
        let trusted_proxies = self
            .trusted_proxies
            .iter()
            .map(|proxy| proxy.parse())
            .collect::<Result<_, tracker::NetworkError>>()
            .context("tracker.trusted_proxies")?;
        Ok(Tracker {
            http: super::address("tracker.http", &self.http)?,
            udp: super::address("tracker.udp", &self.udp)?,
            http_threads: threads("http_threads", self.http_threads)?,
            tls,
            max_connections,
            connections_per_address: within(
                "connections_per_address",
                self.connections_per_address,
                1..=1 << 20,
            )?,
            announces_per_minute: within(
                "announces_per_minute",
                self.announces_per_minute,
                0..=100_000_000,
            )?,
            udp_threads: threads("udp_threads", self.udp_threads)?,
            public_http: super::base_url(
                "tracker.public_http",
                &self.public_http,
                &["http", "https"],
            )?,
            public_udp: super::base_url("tracker.public_udp", &self.public_udp, &["udp"])?,
            access,
            allow_list,
            deny_list,
            full_scrape: self.full_scrape,
            max_peers: (self.max_peers > 0).then_some(self.max_peers),
            udp_connection_seconds,
            min_interval: Duration::from_secs(self.min_interval),
            flush_every: Duration::from_millis(self.flush_ms),
            trusted_proxies,
            ws_interval: Duration::from_secs(ws_interval.into()),
            ws_offers: ws_offers as usize,
            ws_per_address,
            trust_ip: self.trust_ip,
            notice: notice(&self.notice)?,
            proxy_protocol,
        })
    }
}

/// The path of a list of hashes, which must be readable from the start.
fn list(key: &str, path: String) -> Result<Option<PathBuf>> {
    if path.is_empty() {
        return Ok(None);
    }
    let unreadable = || format!("tracker.{key}: cannot read {path}");
    // Opening a pipe would wait for somebody to write.
    let found = std::fs::metadata(&path).with_context(unreadable)?;
    if found.is_dir() {
        bail!("tracker.{key}: {path} is a folder");
    }
    if !found.is_file() {
        bail!("tracker.{key}: {path} is no file");
    }
    std::fs::File::open(&path).with_context(unreadable)?;
    Ok(Some(path.into()))
}

/// A sentence for clients to show.
fn notice(text: &str) -> Result<Option<String>> {
    let text = text.trim();
    if text.chars().count() > 250 || text.chars().any(char::is_control) {
        bail!("tracker.notice: one line of at most 250 characters, please");
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}

fn within(key: &str, value: u64, range: RangeInclusive<u32>) -> Result<u32> {
    let (least, most) = (*range.start(), *range.end());
    match u32::try_from(value) {
        Ok(value) if range.contains(&value) => Ok(value),
        _ => bail!("tracker.{key}: {value} is not between {least} and {most}"),
    }
}
