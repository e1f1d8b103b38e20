//! `bench accounting`: what it costs to credit what clients report.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bittorrent::{Event, PeerId};
use store::{AccountingBatch, Store};
use swarm::{Observation, Terms, TorrentId, UnixTime, UserId};

use crate::Dice;

/// How many clients announce how often.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Clients: each of one user on one torrent.
    pub clients: usize,
    /// How often each of them announces.
    pub rounds: usize,
    /// Observations in a transaction.
    pub batch: usize,
}

/// What a round cost: the first makes the rows, the others change them.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// Observations.
    pub observations: usize,
    /// From first to last, one transaction at a time.
    pub elapsed: Duration,
    /// Processor time of this process; on PostgreSQL the server's comes on top, and is the most of
    /// what is left of `elapsed`.
    pub processor: Duration,
}

/// Applies batches to the users and torrents of a filled store.
pub async fn measure(store: &Store, plan: &Plan) -> Result<Vec<Round>> {
    let access = store.access_snapshot().await?;
    ensure!(
        !access.users.is_empty() && !access.torrents.is_empty(),
        "the store has no users or no torrents: fill it with `cargo xtask seed` first"
    );
    let mut dice = Dice::new(1);
    let mut pick = |of: usize| dice.below(of as u64) as usize;
    let clients: Vec<(i64, i64, [u8; 20])> = (0..plan.clients)
        .map(|n| {
            let torrent = access.torrents[pick(access.torrents.len())].torrent.0;
            let user = access.users[pick(access.users.len())].user.0;
            let mut id = *b"-qB5000-............";
            id[8..16].copy_from_slice(&(n as u64).to_be_bytes());
            (torrent, user, id)
        })
        .collect();
    let instance = format!("bench {}", std::process::id());
    let (mut rounds, mut seq) = (Vec::new(), 0);
    for round in 0..plan.rounds {
        let (begun, processor) = (Instant::now(), processor()?);
        // Clients announce in an order that has nothing to do with that of the rows.
        for part in clients.chunks(plan.batch) {
            let observations = part.iter().map(|&(torrent, user, id)| {
                seq += 1;
                Observation {
                    torrent: TorrentId(torrent),
                    user: UserId(user),
                    peer_id: PeerId::from(id),
                    uploaded: round as u64 * 1_000_000 + seq,
                    downloaded: 7,
                    left: 0,
                    event: Event::None,
                    at: UnixTime(1_800_000_000 + round as i64 * 1800),
                    seq,
                    terms: Terms::default(),
                }
            });
            let batch = AccountingBatch {
                instance: instance.clone(),
                observations: observations.collect(),
                up_to_seq: seq,
                counters: Vec::new(),
            };
            let outcome = store.apply_accounting(&batch).await?;
            ensure!(outcome.applied == part.len(), "not all was applied");
        }
        rounds.push(Round {
            observations: clients.len(),
            elapsed: begun.elapsed(),
            processor: self::processor()?.saturating_sub(processor),
        });
    }
    Ok(rounds)
}

/// Processor time of this process so far, on Linux.
fn processor() -> Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").context("this needs Linux")?;
    // After the name, which may hold anything: state is the third field, times are the 14th and 15th.
    let after = stat.rsplit_once(") ").map_or("", |(_, after)| after);
    let ticks: u64 = after
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|field| field.parse::<u64>().ok())
        .sum();
    Ok(Duration::from_millis(ticks * 10))
}
