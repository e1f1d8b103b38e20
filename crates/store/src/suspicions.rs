//! Uploads that are faster than the site believes: kept apart until somebody decides.

use std::collections::BTreeMap;

use bittorrent::PeerId;
use domain::{TorrentId, UnixTime, UserId};
use swarm::{Observation, Suspect};

use crate::db::{Tx, exec, row, rows};
use crate::dialect::{Turn, capped_sum, take_turn};
use crate::row::{bytes, signed, unsigned};
use crate::table::Table;
use crate::{Conflict, Result, Store, StoreError, What};

/// What a user reported to have uploaded of a torrent, faster than the site believes. Of what nobody
/// has decided there is one for each user and torrent, which grows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspicion {
    /// Its id.
    pub id: i64,
    /// The torrent; it may be gone.
    pub torrent: TorrentId,
    /// The torrent's name, while it is there.
    pub torrent_name: Option<String>,
    /// Whose client reported it.
    pub user: UserId,
    /// The user's name.
    pub user_name: String,
    /// The client that reported last; its name is in [`PeerId::client`].
    pub client: PeerId,
    /// How many reports.
    pub reports: u64,
    /// Bytes that were reported.
    pub raw_uploaded: u64,
    /// Bytes that would have counted.
    pub uploaded: u64,
    /// The seconds they were reported for.
    pub seconds: u64,
    /// When the first of them was heard.
    pub first_at: UnixTime,
    /// When the last of them was.
    pub last_at: UnixTime,
}

/// What is decided of a [`Suspicion`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ruling {
    /// It was uploaded after all, and counts.
    Grant,
    /// It was not, and does not count.
    Dismiss,
}

impl Store {
    /// What nobody has decided yet: at most `limit` with ids above `after`, ascending.
    pub async fn suspicions(&self, after: Option<i64>, limit: u32) -> Result<Vec<Suspicion>> {
        let found: Vec<Row> = rows!(
            self.db(),
            "select s.id, s.torrent_id, r.name as torrent_name, s.user_id, u.name as user_name,
                s.peer_id, s.reports, s.raw_uploaded, s.uploaded, s.seconds, s.first_at, s.last_at
             from suspicions s join users u on u.id = s.user_id
             left join torrents r on r.id = s.torrent_id
             where s.granted is null and s.id > $1 order by s.id limit $2",
            after.unwrap_or(0),
            i64::from(limit),
        )?;
        found.into_iter().map(Suspicion::try_from).collect()
    }

    /// Decides a suspicion. What was decided long ago is forgotten with it.
    ///
    /// # Errors
    /// `NotFound(Suspicion)`; `Conflict::Stale` when it is decided already.
    pub async fn decide_suspicion(
        &self,
        id: i64,
        ruling: Ruling,
        by: UserId,
        now: UnixTime,
    ) -> Result<()> {
        let mut tx = self.db().begin().await?;
        take_turn(&mut tx, Turn::Accounting).await?;
        let decided: Option<(i64, i64, i64, i64)> = row!(
            tx,
            "update suspicions set granted = $2, decided_by = $3, decided_at = $4
             where id = $1 and granted is null
             returning torrent_id, user_id, raw_uploaded, uploaded",
            id,
            ruling == Ruling::Grant,
            by.0,
            now.0,
        )?;
        let Some((torrent, user, raw, uploaded)) = decided else {
            let known: Option<(i64,)> = row!(tx, "select id from suspicions where id = $1", id)?;
            return Err(match known {
                Some(_) => Conflict::Stale.into(),
                None => StoreError::NotFound(What::Suspicion),
            });
        };
        if ruling == Ruling::Grant {
            grant(&mut tx, torrent, user, raw, uploaded).await?;
        }
        exec!(
            tx,
            "delete from suspicions where decided_at < $1",
            now.plus(-KEPT).0
        )?;
        tx.commit().await
    }
}

async fn grant(tx: &mut Tx<'_>, torrent: i64, user: i64, raw: i64, uploaded: i64) -> Result<()> {
    let share = exec!(
        tx,
        concat!(
            "update downloads set uploaded = ",
            capped_sum!("uploaded", "$3"),
            ", raw_uploaded = ",
            capped_sum!("raw_uploaded", "$4"),
            " where torrent_id = $1 and user_id = $2"
        ),
        torrent,
        user,
        uploaded,
        raw,
    )?;
    // Of a torrent that is gone the user's base has what was transferred.
    let base = if share == 0 { uploaded } else { 0 };
    exec!(
        tx,
        concat!(
            "update users set uploaded = ",
            capped_sum!("uploaded", "$2"),
            ", uploaded_base = ",
            capped_sum!("uploaded_base", "$3"),
            " where id = $1"
        ),
        user,
        uploaded,
        base,
    )?;
    Ok(())
}

/// Keeps apart what is not believed.
pub(crate) async fn note_suspicions(
    tx: &mut Tx<'_>,
    suspects: &[(Observation, Suspect)],
) -> Result<()> {
    let mut sums: BTreeMap<(i64, i64), Noted> = BTreeMap::new();
    for (observation, suspect) in suspects {
        let key = (observation.torrent.0, observation.user.0);
        let noted = sums.entry(key).or_insert(Noted {
            client: observation.peer_id,
            reports: 0,
            raw: 0,
            uploaded: 0,
            seconds: 0,
            first_at: observation.at.0,
            last_at: observation.at.0,
        });
        noted.client = observation.peer_id;
        noted.reports += 1;
        noted.raw = noted.raw.saturating_add(suspect.uploaded);
        noted.uploaded = noted.uploaded.saturating_add(suspect.credit);
        noted.seconds += i64::from(suspect.seconds);
        noted.last_at = observation.at.0;
    }
    let each = || sums.values();
    let table = Table::default()
        .numbers(sums.keys().map(|key| key.0))
        .numbers(sums.keys().map(|key| key.1))
        .bytes(each().map(|noted| noted.client.as_bytes().to_vec()))
        .numbers(each().map(|noted| noted.reports))
        .numbers(each().map(|noted| signed(noted.raw)))
        .numbers(each().map(|noted| signed(noted.uploaded)))
        .numbers(each().map(|noted| noted.seconds))
        .numbers(each().map(|noted| noted.first_at))
        .numbers(each().map(|noted| noted.last_at));
    tx.run_over(
        &table,
        "insert into suspicions (torrent_id, user_id, peer_id, reports, raw_uploaded, uploaded,
            seconds, first_at, last_at)
         select * from",
        concat!(
            "where v.column1 is not null
             on conflict (torrent_id, user_id) where granted is null do update set
                peer_id = excluded.peer_id, reports = suspicions.reports + excluded.reports,
                raw_uploaded = ",
            capped_sum!("suspicions.raw_uploaded", "excluded.raw_uploaded"),
            ", uploaded = ",
            capped_sum!("suspicions.uploaded", "excluded.uploaded"),
            ", seconds = suspicions.seconds + excluded.seconds, last_at = excluded.last_at"
        ),
    )
    .await?;
    Ok(())
}

struct Noted {
    client: PeerId,
    reports: i64,
    raw: u64,
    uploaded: u64,
    seconds: i64,
    first_at: i64,
    last_at: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: i64,
    torrent_id: i64,
    torrent_name: Option<String>,
    user_id: i64,
    user_name: String,
    peer_id: Vec<u8>,
    reports: i64,
    raw_uploaded: i64,
    uploaded: i64,
    seconds: i64,
    first_at: i64,
    last_at: i64,
}

impl TryFrom<Row> for Suspicion {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            torrent: TorrentId(row.torrent_id),
            torrent_name: row.torrent_name,
            user: UserId(row.user_id),
            user_name: row.user_name,
            client: PeerId::from(bytes::<20>("suspicions.peer_id", &row.peer_id)?),
            reports: unsigned(row.reports),
            raw_uploaded: unsigned(row.raw_uploaded),
            uploaded: unsigned(row.uploaded),
            seconds: unsigned(row.seconds),
            first_at: UnixTime(row.first_at),
            last_at: UnixTime(row.last_at),
        })
    }
}

/// For how many seconds what was decided is kept: half a year.
const KEPT: i64 = 182 * 24 * 3600;
