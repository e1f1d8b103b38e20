/// Limits of a [`Swarm`](crate::Swarm).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// By what peers without an account are told apart.
    pub identities: Identities,
    /// Seconds after which a peer that was not heard of again is gone; at most
    /// [`PEER_TTL_MAX`](Self::PEER_TTL_MAX).
    pub peer_ttl: u32,
    /// Peers there may be in all; one more takes the place of a stale one. `None` for any number.
    pub max_peers: Option<u64>,
    /// Peers one torrent may have; in a full swarm a new peer takes the place of a stale one.
    pub max_peers_per_torrent: u32,
    /// Clients one member may have on one torrent; one more takes the place of the stalest.
    pub max_peers_per_user: u32,
    /// Clients without an account one IPv4 address or IPv6 /64 may have on one torrent; one more
    /// takes the place of the stalest. Does not hold for this machine's own addresses.
    pub max_peers_per_address: u32,
    /// The same for one IPv4 /24 or IPv6 /64. Holds with [`Identities::Contact`] only.
    pub max_peers_per_network: u32,
    /// Peers in an answer when the client does not say how many it wants.
    pub numwant_default: u32,
    /// Peers in an answer at most.
    pub numwant_max: u32,
}

/// By what a peer that shows no account is known again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Identities {
    /// By its peer id and, with it, its key or contact. A client that is seen at an IPv4 and an IPv6
    /// address with the same key is one peer (BEP 7).
    #[default]
    Full,
    /// By its contact alone: for a tracker that is open to all. A peer costs as little memory as can
    /// be; its id is not kept, and its IPv4 and its IPv6 address are two peers. A torrent is followed
    /// by [`drain_changed`](crate::Swarm::drain_changed) once
    /// [`set_completed`](crate::Swarm::set_completed) was called or an account was seen on it.
    Contact,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            identities: Identities::Full,
            peer_ttl: 3600,
            max_peers: None,
            max_peers_per_torrent: 1_000_000,
            max_peers_per_user: 8,
            max_peers_per_address: 64,
            max_peers_per_network: 256,
            numwant_default: 50,
            numwant_max: 200,
        }
    }
}

impl Config {
    /// A day, in seconds. A longer [`peer_ttl`](Self::peer_ttl) is taken for this.
    pub const PEER_TTL_MAX: u32 = crate::record::TTL_MAX;

    /// How many peers to answer with when a client asks for `wanted`.
    pub fn numwant(&self, wanted: Option<u32>) -> usize {
        wanted.unwrap_or(self.numwant_default).min(self.numwant_max) as usize
    }
}
