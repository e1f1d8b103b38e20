/// Limits of a [`Swarm`](crate::Swarm).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// Seconds after which a peer that was not heard of again is gone.
    pub peer_ttl: u32,
    /// Peers one torrent may have; in a full swarm a new peer takes the place of a stale one.
    pub max_peers_per_torrent: u32,
    /// Clients one member may have on one torrent; one more takes the place of the stalest.
    pub max_peers_per_user: u32,
    /// Clients without an account one IPv4 address or IPv6 /64 may have on one torrent; one more
    /// takes the place of the stalest. Does not hold for this machine's own addresses.
    pub max_peers_per_address: u32,
    /// Peers in an answer when the client does not say how many it wants.
    pub numwant_default: u32,
    /// Peers in an answer at most.
    pub numwant_max: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            peer_ttl: 3600,
            max_peers_per_torrent: 1_000_000,
            max_peers_per_user: 8,
            max_peers_per_address: 64,
            numwant_default: 50,
            numwant_max: 200,
        }
    }
}

impl Config {
    /// How many peers to answer with when a client asks for `wanted`.
    pub fn numwant(&self, wanted: Option<u32>) -> usize {
        wanted.unwrap_or(self.numwant_default).min(self.numwant_max) as usize
    }
}
