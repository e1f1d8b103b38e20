//! What clients transferred, credited to users exactly once.

use std::collections::{BTreeMap, HashMap};

use bittorrent::Event;
use domain::{TorrentId, UnixTime, UserId};
use swarm::{Observation, Share};

use crate::db::{Tx, exec, row};
use crate::dialect::{Turn, capped_sum, take_turn};
use crate::row::{signed, unsigned};
use crate::shares::{Credited, Key, load_shares, write_shares};
use crate::suspicions::note_suspicions;
use crate::table::Table;
use crate::{Result, Store};

/// Observations from one tracker's journal.
#[derive(Debug, Clone, Default)]
pub struct AccountingBatch {
    /// Which journal: 1 to 64 characters, kept by a tracker over restarts.
    pub instance: String,
    /// Every observation with this sequence number or a lower one is in this batch or an earlier
    /// one.
    pub up_to_seq: u64,
    /// What was observed; of one client in the order it was heard.
    pub observations: Vec<Observation>,
    /// Present counters of torrents, written in the same transaction.
    pub counters: Vec<TorrentCounters>,
}

/// A torrent's counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TorrentCounters {
    /// The torrent.
    pub torrent: TorrentId,
    /// Peers that have all of it.
    pub seeders: u64,
    /// Peers that do not.
    pub leechers: u64,
    /// How many have completed it, as the swarm counts; the stored number never goes down. Those
    /// that users completed in observations that are not applied yet must not be in it.
    pub completed: u64,
    /// When a seeder was last seen, if one was; the stored time never goes back.
    pub last_seed_at: Option<UnixTime>,
}

/// What became of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountingOutcome {
    /// Observations that were applied.
    pub applied: usize,
    /// Observations skipped because the journal had them applied already.
    pub repeated: usize,
    /// Observations skipped because their user or torrent is gone.
    pub unknown: usize,
    /// Bytes credited as uploaded.
    pub uploaded: u64,
    /// Bytes credited as downloaded.
    pub downloaded: u64,
    /// One for each observation that says that a torrent was completed, the repeated ones too.
    pub completions: Vec<Completion>,
}

/// A client has said that it completed a torrent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Completion {
    /// The torrent.
    pub torrent: TorrentId,
    /// Whose client.
    pub user: UserId,
    /// Whether this is what counts: the user had not completed it before.
    pub first: bool,
}

impl Store {
    /// Applies a batch in one transaction, or nothing of it. Applying it again changes nothing.
    pub async fn apply_accounting(&self, batch: &AccountingBatch) -> Result<AccountingOutcome> {
        let mut tx = self.db().begin().await?;
        // Of two who apply batches at once, the second waits here.
        take_turn(&mut tx, Turn::Accounting).await?;
        let applied: Option<(i64,)> = row!(
            tx,
            "select applied_seq from accounting_journals where instance = $1",
            &batch.instance,
        )?;
        let applied = applied.map_or(0, |(seq,)| unsigned(seq));
        write_counters(&mut tx, &batch.counters).await?;
        let outcome = credit(&mut tx, applied, &batch.observations).await?;
        exec!(
            tx,
            "insert into accounting_journals (instance, applied_seq) values ($1, $2)
             on conflict (instance) do update set applied_seq = excluded.applied_seq
             where accounting_journals.applied_seq < excluded.applied_seq",
            &batch.instance,
            signed(batch.up_to_seq),
        )?;
        tx.commit().await?;
        Ok(outcome)
    }

    /// Up to which sequence number a journal has been applied; 0 for an unknown one.
    pub async fn applied_seq(&self, instance: &str) -> Result<u64> {
        let row: Option<(i64,)> = row!(
            self.db(),
            "select applied_seq from accounting_journals where instance = $1",
            instance,
        )?;
        Ok(row.map_or(0, |(seq,)| unsigned(seq)))
    }

    /// Writes counters alone; torrents that are gone are skipped.
    pub async fn flush_counters(&self, counters: &[TorrentCounters]) -> Result<()> {
        if counters.is_empty() {
            return Ok(());
        }
        let mut tx = self.db().begin().await?;
        take_turn(&mut tx, Turn::Accounting).await?;
        write_counters(&mut tx, counters).await?;
        tx.commit().await
    }

    /// Writes the counters of all torrents that have peers; all others have none. For a tracker that
    /// starts: what it knew of them may have ended with its last run.
    pub async fn replace_counters(&self, counters: &[TorrentCounters]) -> Result<()> {
        let mut tx = self.db().begin().await?;
        take_turn(&mut tx, Turn::Accounting).await?;
        exec!(
            tx,
            "update torrents set seeders = 0, leechers = 0 where seeders > 0 or leechers > 0"
        )?;
        write_counters(&mut tx, counters).await?;
        tx.commit().await
    }
}

/// Credits what was not applied yet.
async fn credit(
    tx: &mut Tx<'_>,
    applied: u64,
    observations: &[Observation],
) -> Result<AccountingOutcome> {
    let mut outcome = AccountingOutcome::default();
    let completes = |o: &Observation| o.event == Event::Completed && o.left == 0;
    // By share, and within a share in the order they were heard.
    let mut order: Vec<(Key, usize)> = observations
        .iter()
        .enumerate()
        .filter(|(_, o)| o.seq > applied || completes(o))
        .map(|(n, o)| ((o.torrent.0, o.user.0), n))
        .collect();
    order.sort_unstable();
    let mut keys: Vec<Key> = order.iter().map(|(key, _)| *key).collect();
    keys.dedup();
    let mut shares = load_shares(tx, &keys).await?;

    let mut credited = Vec::with_capacity(keys.len());
    let mut suspects = Vec::new();
    for of_one in order.chunk_by(|(one, _), (other, _)| one == other) {
        let (torrent, user) = of_one[0].0;
        let heard = of_one.iter().map(|&(_, n)| &observations[n]);
        let mut share = shares
            .remove(&(torrent, user))
            .map(|share| (share, Credited::default()));
        for observation in heard {
            let fresh = observation.seq > applied;
            let first = match &mut share {
                Some((share, sums)) if fresh => {
                    let entry = share.hear(observation);
                    sums.add(&entry, observation);
                    suspects.extend(entry.suspect.map(|suspect| (*observation, suspect)));
                    outcome.applied += 1;
                    entry.completed
                }
                Some((share, _)) => share.completed_at == Some(observation.at),
                None => {
                    outcome.unknown += usize::from(fresh);
                    false
                }
            };
            if completes(observation) {
                outcome.completions.push(Completion {
                    torrent: TorrentId(torrent),
                    user: UserId(user),
                    first,
                });
            }
        }
        if let Some((share, sums)) = share
            && sums.heard
        {
            credited.push(((torrent, user), share, sums));
        }
    }
    outcome.repeated = observations.iter().filter(|o| o.seq <= applied).count();
    count_completed(tx, &credited).await?;
    write_shares(tx, &credited).await?;
    add_to_users(tx, &credited, &mut outcome).await?;
    note_suspicions(tx, &suspects).await?;
    Ok(outcome)
}

async fn add_to_users(
    tx: &mut Tx<'_>,
    credited: &[(Key, Share, Credited)],
    outcome: &mut AccountingOutcome,
) -> Result<()> {
    let mut sums: HashMap<i64, (u64, u64)> = HashMap::new();
    for ((_, user), _, added) in credited {
        if added.uploaded > 0 || added.downloaded > 0 {
            let sum = sums.entry(*user).or_default();
            sum.0 = sum.0.saturating_add(added.uploaded);
            sum.1 = sum.1.saturating_add(added.downloaded);
        }
        outcome.uploaded = outcome.uploaded.saturating_add(added.uploaded);
        outcome.downloaded = outcome.downloaded.saturating_add(added.downloaded);
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_unstable();
    let table = Table::default()
        .numbers(sums.iter().map(|(user, _)| *user))
        .numbers(sums.iter().map(|(_, (uploaded, _))| signed(*uploaded)))
        .numbers(sums.iter().map(|(_, (_, downloaded))| signed(*downloaded)));
    tx.run_over(
        &table,
        concat!(
            "update users set uploaded = ",
            capped_sum!("users.uploaded", "v.column2"),
            ", downloaded = ",
            capped_sum!("users.downloaded", "v.column3"),
            " from"
        ),
        "where users.id = v.column1",
    )
    .await?;
    Ok(())
}

/// A torrent has been completed once by each user who did.
async fn count_completed(tx: &mut Tx<'_>, credited: &[(Key, Share, Credited)]) -> Result<()> {
    let mut numbers: BTreeMap<i64, i64> = BTreeMap::new();
    for ((torrent, _), _, _) in credited.iter().filter(|(_, _, sums)| sums.completed) {
        *numbers.entry(*torrent).or_default() += 1;
    }
    let table = Table::default()
        .numbers(numbers.keys().copied())
        .numbers(numbers.values().copied());
    tx.run_over(
        &table,
        "update torrents set completed = torrents.completed + v.column2 from",
        "where torrents.id = v.column1",
    )
    .await?;
    Ok(())
}

async fn write_counters(tx: &mut Tx<'_>, counters: &[TorrentCounters]) -> Result<()> {
    // The last word on a torrent counts; by id, so that two who write do so in the same order.
    let counters: BTreeMap<i64, TorrentCounters> = counters
        .iter()
        .map(|counters| (counters.torrent.0, *counters))
        .collect();
    let each = || counters.values();
    let table = Table::default()
        .numbers(each().map(|c| c.torrent.0))
        .numbers(each().map(|c| signed(c.seeders)))
        .numbers(each().map(|c| signed(c.leechers)))
        .numbers(each().map(|c| signed(c.completed)))
        .perhaps(each().map(|c| c.last_seed_at.map(|at| at.0)));
    tx.run_over(
        &table,
        "update torrents set seeders = v.column2, leechers = v.column3,
            completed = case when v.column4 > torrents.completed then v.column4
                else torrents.completed end,
            last_seed_at = case
                when v.column5 > coalesce(torrents.last_seed_at, 0) then v.column5
                else torrents.last_seed_at end
         from",
        "where torrents.id = v.column1",
    )
    .await?;
    Ok(())
}
