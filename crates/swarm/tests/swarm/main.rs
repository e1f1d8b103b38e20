//! The swarm as its callers see it: against a naive model, and rule by rule.

mod browsers;
mod contact;
mod listing;
mod model;
mod open;
mod rules;
mod snapshots;
mod touched;

use bittorrent::{Event, InfoHash, PeerId};
use std::net::SocketAddr;
use swarm::{Announce, Config, Families, Query, Swarm, UnixTime, UserId};

const NOW: UnixTime = UnixTime(1_800_000_000);

fn swarm(config: Config) -> Swarm {
    Swarm::new(config, [3; 16])
}

fn hash(byte: u8) -> InfoHash {
    InfoHash::from([byte; 20])
}

fn id(byte: u8) -> PeerId {
    PeerId::from([byte; 20])
}

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn later(seconds: i64) -> UnixTime {
    UnixTime(NOW.0 + seconds)
}

/// A leecher without account or key that announces regularly.
fn leecher(peer: u8, addr: &str) -> Announce {
    Announce {
        peer_id: id(peer),
        user: None,
        addr: at(addr),
        dialable: true,
        key: None,
        left: Some(1000),
        event: Event::None,
    }
}

fn seeder(peer: u8, addr: &str) -> Announce {
    Announce {
        left: Some(0),
        ..leecher(peer, addr)
    }
}

fn member(user: i64, announce: Announce) -> Announce {
    Announce {
        user: Some(UserId(user)),
        ..announce
    }
}

/// Everybody's contacts, sorted.
fn everyone(swarm: &Swarm, hash: InfoHash) -> Vec<SocketAddr> {
    contacts(swarm, hash, None, None, false)
}

fn contacts(
    swarm: &Swarm,
    hash: InfoHash,
    asker: Option<PeerId>,
    endpoint: Option<SocketAddr>,
    seeding: bool,
) -> Vec<SocketAddr> {
    let query = Query {
        asker,
        endpoint,
        seeding,
        limit: 100_000,
        families: Families::Both,
    };
    let mut contacts: Vec<_> = swarm
        .query_peers(hash, &query)
        .with_ids()
        .map(|(at, _)| at)
        .collect();
    contacts.sort();
    contacts
}

fn expire_all(swarm: &Swarm, now: UnixTime) {
    // One round from wherever the sweep stands, and one whole one.
    for _ in 0..2 {
        while !swarm.expire(now, 7).round_complete {}
    }
}
