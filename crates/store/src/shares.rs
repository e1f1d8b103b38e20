//! What each user transferred of each torrent.

use std::collections::HashMap;

use bittorrent::PeerId;
use domain::UnixTime;
use swarm::{Entry, Observation, Share};

use crate::Result;
use crate::db::Tx;
use crate::dialect::capped_sum;
use crate::row::{corrupt, signed, unsigned};
use crate::table::Table;

/// What a user transferred of a torrent, in all sessions of all clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShareTotals {
    /// Bytes that count as uploaded: exactly what the user's own total has of it.
    pub uploaded: u64,
    /// Bytes that count as downloaded, likewise.
    pub downloaded: u64,
    /// Bytes that were uploaded, as clients reported them.
    pub raw_uploaded: u64,
    /// Bytes that were downloaded, likewise.
    pub raw_downloaded: u64,
    /// Seconds with everything there; several clients at the same time count once.
    pub seeding_seconds: u64,
    /// Seconds with something missing, likewise.
    pub leeching_seconds: u64,
    /// Bytes that were missing at last; `None` when the client did not know.
    pub left: Option<u64>,
    /// When a client was first heard of.
    pub first_at: UnixTime,
    /// When one was last.
    pub last_at: UnixTime,
    /// When the torrent was first completed.
    pub completed_at: Option<UnixTime>,
    /// The client heard of last; its name is in [`PeerId::client`].
    pub client: Option<PeerId>,
}

/// The columns of [`Row`], of `downloads d`.
macro_rules! share_columns {
    () => {
        "d.uploaded, d.downloaded, d.raw_uploaded, d.raw_downloaded, d.seeding_seconds,
            d.leeching_seconds, d.left_bytes, d.started_at, d.announced_at, d.completed_at, d.state"
    };
}
pub(crate) use share_columns;

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    uploaded: i64,
    downloaded: i64,
    raw_uploaded: i64,
    raw_downloaded: i64,
    seeding_seconds: i64,
    leeching_seconds: i64,
    left_bytes: Option<i64>,
    started_at: i64,
    announced_at: i64,
    completed_at: Option<i64>,
    state: Vec<u8>,
}

impl TryFrom<Row> for ShareTotals {
    type Error = crate::StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            uploaded: unsigned(row.uploaded),
            downloaded: unsigned(row.downloaded),
            raw_uploaded: unsigned(row.raw_uploaded),
            raw_downloaded: unsigned(row.raw_downloaded),
            seeding_seconds: unsigned(row.seeding_seconds),
            leeching_seconds: unsigned(row.leeching_seconds),
            left: row.left_bytes.map(unsigned),
            first_at: UnixTime(row.started_at),
            last_at: UnixTime(row.announced_at),
            completed_at: row.completed_at.map(UnixTime),
            client: share(&row.state, row.completed_at)?.last_client(),
        })
    }
}

/// torrent, user, state, when completed
type Remembered = (i64, i64, Option<Vec<u8>>, Option<i64>);

/// torrent, user
pub(crate) type Key = (i64, i64);

/// What a batch adds to a share.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Credited {
    /// Whether anything was heard at all.
    pub(crate) heard: bool,
    pub(crate) uploaded: u64,
    pub(crate) downloaded: u64,
    raw_uploaded: u64,
    raw_downloaded: u64,
    seeding: u64,
    leeching: u64,
    left: Option<u64>,
    first_at: i64,
    last_at: i64,
    pub(crate) completed: bool,
}

impl Credited {
    pub(crate) fn add(&mut self, entry: &Entry, observation: &Observation) {
        let at = observation.at.0;
        self.first_at = if self.heard {
            self.first_at.min(at)
        } else {
            at
        };
        self.last_at = if self.heard { self.last_at.max(at) } else { at };
        self.heard = true;
        self.uploaded = self.uploaded.saturating_add(entry.credit.uploaded);
        self.downloaded = self.downloaded.saturating_add(entry.credit.downloaded);
        self.raw_uploaded = self.raw_uploaded.saturating_add(entry.raw.uploaded);
        self.raw_downloaded = self.raw_downloaded.saturating_add(entry.raw.downloaded);
        self.seeding += u64::from(entry.seeding);
        self.leeching += u64::from(entry.leeching);
        self.left = (observation.left != u64::MAX).then_some(observation.left);
        self.completed |= entry.completed;
    }
}

/// The shares of these users in these torrents, new ones included; of what is gone there is none.
pub(crate) async fn load_shares(tx: &mut Tx<'_>, keys: &[Key]) -> Result<HashMap<Key, Share>> {
    let table = Table::default()
        .numbers(keys.iter().map(|key| key.0))
        .numbers(keys.iter().map(|key| key.1));
    let found: Vec<Remembered> = tx
        .select_over(
            &table,
            "select v.column1, v.column2, d.state, d.completed_at from",
            "cross join torrents r cross join users u
             left join downloads d on d.torrent_id = v.column1 and d.user_id = v.column2
             where r.id = v.column1 and u.id = v.column2",
        )
        .await?;
    let each = found
        .into_iter()
        .map(|(torrent, user, state, completed_at)| {
            let share = share(state.as_deref().unwrap_or_default(), completed_at)?;
            Ok(((torrent, user), share))
        });
    each.collect()
}

/// Adds to the shares and stores what they remember.
pub(crate) async fn write_shares(
    tx: &mut Tx<'_>,
    credited: &[(Key, Share, Credited)],
) -> Result<()> {
    let sums = || credited.iter().map(|(_, _, sums)| sums);
    let table = Table::default()
        .numbers(credited.iter().map(|(key, _, _)| key.0))
        .numbers(credited.iter().map(|(key, _, _)| key.1))
        .numbers(sums().map(|sums| signed(sums.uploaded)))
        .numbers(sums().map(|sums| signed(sums.downloaded)))
        .numbers(sums().map(|sums| signed(sums.raw_uploaded)))
        .numbers(sums().map(|sums| signed(sums.raw_downloaded)))
        .numbers(sums().map(|sums| signed(sums.seeding)))
        .numbers(sums().map(|sums| signed(sums.leeching)))
        .perhaps(sums().map(|sums| sums.left.map(signed)))
        .numbers(sums().map(|sums| sums.first_at))
        .numbers(sums().map(|sums| sums.last_at))
        .perhaps(
            credited
                .iter()
                .map(|(_, share, _)| share.completed_at.map(|at| at.0)),
        )
        .bytes(credited.iter().map(|(_, share, _)| share.encode()));
    tx.run_over(
        &table,
        "insert into downloads (torrent_id, user_id, uploaded, downloaded, raw_uploaded,
            raw_downloaded, seeding_seconds, leeching_seconds, left_bytes, started_at,
            announced_at, completed_at, state)
         select * from",
        concat!(
            "where v.column1 is not null
             on conflict (torrent_id, user_id) do update set uploaded = ",
            capped_sum!("downloads.uploaded", "excluded.uploaded"),
            ", downloaded = ",
            capped_sum!("downloads.downloaded", "excluded.downloaded"),
            ", raw_uploaded = ",
            capped_sum!("downloads.raw_uploaded", "excluded.raw_uploaded"),
            ", raw_downloaded = ",
            capped_sum!("downloads.raw_downloaded", "excluded.raw_downloaded"),
            ", seeding_seconds = downloads.seeding_seconds + excluded.seeding_seconds,
             leeching_seconds = downloads.leeching_seconds + excluded.leeching_seconds,
             left_bytes = excluded.left_bytes, announced_at = excluded.announced_at,
             completed_at = excluded.completed_at, state = excluded.state"
        ),
    )
    .await?;
    Ok(())
}

fn share(state: &[u8], completed_at: Option<i64>) -> Result<Share> {
    let completed_at = completed_at.map(swarm::UnixTime);
    Share::decode(state, completed_at).map_err(|why| corrupt("downloads.state", why))
}
