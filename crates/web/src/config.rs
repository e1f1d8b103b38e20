//! What the web role needs to know to start.

use std::net::{IpAddr, SocketAddr};

/// Settings of the web role, already parsed.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where to listen; port 0 picks a free one.
    pub addr: SocketAddr,
    /// Address people use, without a trailing slash, when it differs from the listening one
    /// (`https://forum.example`). `https` makes cookies `Secure` with the `__Host-` prefix.
    pub public_url: Option<String>,
    /// Base of the HTTP announce address put into downloaded files, without `/announce`
    /// (`http://tracker.example:6969`). `None` when the tracker does not run over HTTP.
    pub announce_http: Option<String>,
    /// The same for UDP (`udp://tracker.example:6969`).
    pub announce_udp: Option<String>,
    /// Largest accepted `.torrent`, in bytes.
    pub max_torrent_bytes: usize,
    /// Reverse proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Key for the tokens in forms of visitors without a session. Left out, a new one is drawn at
    /// start and forms opened before a restart must be opened again.
    pub secret: Option<[u8; 32]>,
    /// Password hashings running at once; each takes about 20 MiB for its time.
    pub hashing_slots: usize,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            addr: SocketAddr::from(([127, 0, 0, 1], 8080)),
            public_url: None,
            announce_http: None,
            announce_udp: None,
            max_torrent_bytes: 8 << 20,
            trusted_proxies: Vec::new(),
            secret: None,
            hashing_slots: 2,
        }
    }
}

impl Config {
    /// Whether people reach the site over TLS only, so that cookies may say so.
    pub fn secure(&self) -> bool {
        self.public_url
            .as_deref()
            .is_some_and(|url| url.starts_with("https://"))
    }
}
