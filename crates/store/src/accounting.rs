//! What clients transferred, credited to users exactly once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bittorrent::Event;
use domain::{TorrentId, UnixTime};
use sqlx::AssertSqlSafe;
use swarm::{Observation, SessionTotals};

use crate::db::{Tx, bulk, bulk_rows, exec, row, rows, value};
use crate::dialect::capped_sum;
use crate::row::{bytes, id_list, signed, unsigned};
use crate::{Result, Store, dialect};

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
    /// How many have completed it, as the swarm counts; the stored number never goes down.
    pub completed: u64,
    /// When a seeder was last seen, if one was; the stored time never goes back.
    pub last_seed_at: Option<UnixTime>,
}

/// What became of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
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
}

impl Store {
    /// Applies a batch in one transaction, or nothing of it. Applying it again changes nothing.
    pub async fn apply_accounting(&self, batch: &AccountingBatch) -> Result<AccountingOutcome> {
        let mut tx = self.db().begin().await?;
        let mut outcome = AccountingOutcome::default();
        let lock = dialect::for_update(tx.engine());
        // Of two who apply the same journal at once, the second waits here.
        exec!(
            tx,
            "insert into accounting_journals (instance, applied_seq) values ($1, 0)
             on conflict (instance) do nothing",
            &batch.instance,
        )?;
        let applied: i64 = value!(
            tx,
            AssertSqlSafe(format!(
                "select applied_seq from accounting_journals where instance = $1{lock}"
            )),
            &batch.instance,
        )?;
        let fresh: Vec<&Observation> = batch
            .observations
            .iter()
            .filter(|o| o.seq > unsigned(applied))
            .collect();
        outcome.repeated = batch.observations.len() - fresh.len();
        let ids = fresh.iter().map(|o| o.torrent.0);
        let ids = ids
            .chain(batch.counters.iter().map(|c| c.torrent.0))
            .collect();
        let torrents = known_torrents(&mut tx, ids).await?;
        if !fresh.is_empty() {
            credit(&mut tx, &torrents, &fresh, &mut outcome).await?;
        }
        write_counters(&mut tx, &batch.counters).await?;
        exec!(
            tx,
            "update accounting_journals set applied_seq = $2
             where instance = $1 and applied_seq < $2",
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
        known_torrents(&mut tx, counters.iter().map(|c| c.torrent.0).collect()).await?;
        write_counters(&mut tx, counters).await?;
        tx.commit().await
    }

    /// Writes the counters of all torrents that have peers; all others have none. For a tracker that
    /// starts: what it knew of them may have ended with its last run.
    pub async fn replace_counters(&self, counters: &[TorrentCounters]) -> Result<()> {
        let mut tx = self.db().begin().await?;
        exec!(
            tx,
            "update torrents set seeders = 0, leechers = 0 where seeders > 0 or leechers > 0"
        )?;
        write_counters(&mut tx, counters).await?;
        tx.commit().await
    }
}

/// torrent, user
type Share = (i64, i64);
/// torrent, user, peer id
type Client = (i64, i64, [u8; 20]);

/// What a batch adds to one user's share in one torrent.
struct Added {
    uploaded: u64,
    downloaded: u64,
    left: Option<u64>,
    first_at: i64,
    last_at: i64,
    completed_at: Option<i64>,
}

/// How much of a torrent's traffic counts, in percent.
#[derive(Clone, Copy)]
struct Percents {
    upload: u64,
    download: u64,
}

async fn credit(
    tx: &mut Tx<'_>,
    torrents: &HashMap<i64, Percents>,
    observations: &[&Observation],
    outcome: &mut AccountingOutcome,
) -> Result<()> {
    let users = known_users(tx, observations).await?;
    let known: Vec<&Observation> = observations
        .iter()
        .copied()
        .filter(|o| torrents.contains_key(&o.torrent.0) && users.contains(&o.user.0))
        .collect();
    outcome.applied = known.len();
    outcome.unknown = observations.len() - known.len();

    let mut sessions = remembered(tx, &known).await?;
    let mut seen: BTreeMap<Client, i64> = BTreeMap::new();
    let mut shares: BTreeMap<Share, Added> = BTreeMap::new();
    for observation in known {
        let (torrent, user) = (observation.torrent.0, observation.user.0);
        let client = (torrent, user, *observation.peer_id.as_bytes());
        let (delta, totals) = swarm::account(sessions.get(&client).copied(), observation);
        sessions.insert(client, totals);
        let at = observation.at.0;
        seen.entry(client)
            .and_modify(|last| *last = at.max(*last))
            .or_insert(at);
        let percents = torrents[&torrent];
        shares
            .entry((torrent, user))
            .or_insert(Added {
                uploaded: 0,
                downloaded: 0,
                left: None,
                first_at: at,
                last_at: at,
                completed_at: None,
            })
            .add(
                part(delta.uploaded, percents.upload),
                part(delta.downloaded, percents.download),
                observation,
            );
    }
    let sessions: Vec<_> = seen
        .iter()
        .map(|(client, at)| (client, sessions[client], *at))
        .collect();
    remember(tx, &sessions).await?;
    add_to_downloads(tx, &shares).await?;
    add_to_users(tx, &shares, outcome).await?;
    count_completed(tx, &shares).await
}

impl Added {
    fn add(&mut self, uploaded: u64, downloaded: u64, observation: &Observation) {
        self.uploaded = self.uploaded.saturating_add(uploaded);
        self.downloaded = self.downloaded.saturating_add(downloaded);
        self.left = (observation.left != u64::MAX).then_some(observation.left);
        self.first_at = self.first_at.min(observation.at.0);
        self.last_at = self.last_at.max(observation.at.0);
        if observation.event == Event::Completed {
            self.completed_at.get_or_insert(observation.at.0);
        }
    }
}

/// `percent` of a number of bytes, rounded down.
fn part(bytes: u64, percent: u64) -> u64 {
    let part = u128::from(bytes) * u128::from(percent) / 100;
    u64::try_from(part).unwrap_or(u64::MAX)
}

/// Locks the torrents of these ids that there are.
async fn known_torrents(tx: &mut Tx<'_>, ids: BTreeSet<i64>) -> Result<HashMap<i64, Percents>> {
    let sql = format!(
        "select id, upload_percent, download_percent from torrents where {} order by id{}",
        dialect::one_of(tx.engine(), "id", 1),
        dialect::for_update(tx.engine()),
    );
    let rows: Vec<(i64, i64, i64)> = rows!(tx, AssertSqlSafe(sql.clone()), id_list(ids.clone()))?;
    Ok(rows
        .into_iter()
        .map(|(id, upload, download)| {
            let percents = Percents {
                upload: unsigned(upload),
                download: unsigned(download),
            };
            (id, percents)
        })
        .collect())
}

async fn known_users(tx: &mut Tx<'_>, observations: &[&Observation]) -> Result<HashSet<i64>> {
    let ids: BTreeSet<i64> = observations.iter().map(|o| o.user.0).collect();
    let sql = format!(
        "select id from users where {} order by id{}",
        dialect::one_of(tx.engine(), "id", 1),
        dialect::for_update(tx.engine()),
    );
    let rows: Vec<(i64,)> = rows!(tx, AssertSqlSafe(sql.clone()), id_list(ids.clone()))?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The totals credited so far of every client that is observed.
async fn remembered(
    tx: &mut Tx<'_>,
    observations: &[&Observation],
) -> Result<HashMap<Client, SessionTotals>> {
    let clients: BTreeSet<Client> = observations
        .iter()
        .map(|o| (o.torrent.0, o.user.0, *o.peer_id.as_bytes()))
        .collect();
    let clients: Vec<Client> = clients.into_iter().collect();
    let rows: Vec<(i64, i64, Vec<u8>, i64, i64)> = bulk_rows!(
        tx,
        "select s.torrent_id, s.user_id, s.peer_id, s.uploaded, s.downloaded from (",
        clients,
        3,
        |row, (torrent, user, peer)| {
            row.push_bind(*torrent)
                .push_bind(*user)
                .push_bind(peer.to_vec());
        },
        ") as v cross join transfers s
         where s.torrent_id = v.column1 and s.user_id = v.column2 and s.peer_id = v.column3",
    );
    rows.into_iter()
        .map(|(torrent, user, peer, uploaded, downloaded)| {
            let client = (torrent, user, bytes("transfers.peer_id", &peer)?);
            let totals = SessionTotals {
                uploaded: unsigned(uploaded),
                downloaded: unsigned(downloaded),
            };
            Ok((client, totals))
        })
        .collect()
}

async fn remember(tx: &mut Tx<'_>, sessions: &[(&Client, SessionTotals, i64)]) -> Result<()> {
    bulk!(
        tx,
        "insert into transfers (torrent_id, user_id, peer_id, uploaded, downloaded, updated_at)",
        sessions,
        6,
        |row, ((torrent, user, peer), totals, at)| {
            row.push_bind(*torrent)
                .push_bind(*user)
                .push_bind(peer.to_vec())
                .push_bind(signed(totals.uploaded))
                .push_bind(signed(totals.downloaded))
                .push_bind(*at);
        },
        "on conflict (torrent_id, user_id, peer_id) do update set
            uploaded = excluded.uploaded, downloaded = excluded.downloaded,
            updated_at = excluded.updated_at",
    );
    Ok(())
}

async fn add_to_downloads(tx: &mut Tx<'_>, shares: &BTreeMap<Share, Added>) -> Result<()> {
    let shares: Vec<_> = shares.iter().collect();
    bulk!(
        tx,
        "insert into downloads (torrent_id, user_id, uploaded, downloaded, left_bytes, started_at,
            announced_at, completed_at)",
        shares,
        8,
        |row, ((torrent, user), added)| {
            row.push_bind(*torrent)
                .push_bind(*user)
                .push_bind(signed(added.uploaded))
                .push_bind(signed(added.downloaded))
                .push_bind(added.left.map(signed))
                .push_bind(added.first_at)
                .push_bind(added.last_at)
                .push_bind(added.completed_at);
        },
        concat!(
            "on conflict (torrent_id, user_id) do update set uploaded = ",
            capped_sum!("downloads.uploaded", "excluded.uploaded"),
            ", downloaded = ",
            capped_sum!("downloads.downloaded", "excluded.downloaded"),
            ", left_bytes = excluded.left_bytes, announced_at = excluded.announced_at,
             completed_at = coalesce(downloads.completed_at, excluded.completed_at)"
        ),
    );
    Ok(())
}

async fn add_to_users(
    tx: &mut Tx<'_>,
    shares: &BTreeMap<Share, Added>,
    outcome: &mut AccountingOutcome,
) -> Result<()> {
    let mut sums: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    for (&(_, user), added) in shares {
        let sum = sums.entry(user).or_default();
        sum.0 = sum.0.saturating_add(added.uploaded);
        sum.1 = sum.1.saturating_add(added.downloaded);
        outcome.uploaded = outcome.uploaded.saturating_add(added.uploaded);
        outcome.downloaded = outcome.downloaded.saturating_add(added.downloaded);
    }
    let sums: Vec<_> = sums.into_iter().filter(|(_, sum)| *sum != (0, 0)).collect();
    bulk!(
        tx,
        concat!(
            "update users set uploaded = ",
            capped_sum!("users.uploaded", "v.column2"),
            ", downloaded = ",
            capped_sum!("users.downloaded", "v.column3"),
            " from ("
        ),
        sums,
        3,
        |row, (user, (uploaded, downloaded))| {
            row.push_bind(*user)
                .push_bind(signed(*uploaded))
                .push_bind(signed(*downloaded));
        },
        ") as v where users.id = v.column1",
    );
    Ok(())
}

/// A torrent counts at least as many completions as it has users who completed it.
async fn count_completed(tx: &mut Tx<'_>, shares: &BTreeMap<Share, Added>) -> Result<()> {
    let completed: BTreeSet<i64> = shares
        .iter()
        .filter(|(_, added)| added.completed_at.is_some())
        .map(|(&(torrent, _), _)| torrent)
        .collect();
    if completed.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "update torrents set completed = c.number
         from (select torrent_id, count(*) as number from downloads
               where completed_at is not null and {} group by torrent_id) as c
         where torrents.id = c.torrent_id and torrents.completed < c.number",
        dialect::one_of(tx.engine(), "torrent_id", 1),
    );
    exec!(tx, AssertSqlSafe(sql.clone()), id_list(completed.clone()))?;
    Ok(())
}

async fn write_counters(tx: &mut Tx<'_>, counters: &[TorrentCounters]) -> Result<()> {
    // The last word on a torrent counts; by id, so that two who write do so in the same order.
    let counters: BTreeMap<i64, TorrentCounters> = counters
        .iter()
        .map(|counters| (counters.torrent.0, *counters))
        .collect();
    let counters: Vec<TorrentCounters> = counters.into_values().collect();
    bulk!(
        tx,
        "update torrents set seeders = v.column2, leechers = v.column3,
            completed = case when v.column4 > torrents.completed then v.column4
                else torrents.completed end,
            last_seed_at = case
                when v.column5 > coalesce(torrents.last_seed_at, 0) then v.column5
                else torrents.last_seed_at end
         from (",
        counters,
        5,
        |row, counters| {
            row.push_bind(counters.torrent.0)
                .push_bind(signed(counters.seeders))
                .push_bind(signed(counters.leechers))
                .push_bind(signed(counters.completed))
                .push_bind(counters.last_seed_at.map(|at| at.0));
        },
        ") as v where torrents.id = v.column1",
    );
    Ok(())
}
