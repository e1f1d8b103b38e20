//! `/torrents`: every registered torrent the viewer may read of.

use bittorrent::{InfoHash, InfoHashV2};
use domain::{ForumId, Page, Right, TopicId, UserId, Viewer};
use sqlx::AssertSqlSafe;

use super::readable::ReadableForums;
use super::rows::{ListRow, PlaceRow, Slice, places, topic_rows};
use super::shared::{ForumLink, TopicHead, TopicRow};
use super::topic::TorrentBox;
use crate::db::{row, rows, value};
use crate::row::unsigned;
use crate::{Result, Store, StoreError, What};

/// What `/torrents` shows.
#[derive(Debug, Clone)]
pub struct TorrentsPage {
    /// The torrents of this page.
    pub rows: Vec<TorrentRow>,
    /// How many there are.
    pub total: u64,
    /// The page that is shown: the last one when a later one was asked for.
    pub page: Page,
}

/// A torrent in the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TorrentRow {
    /// Its topic; `topic.torrent` is always there.
    pub topic: TopicRow,
    /// The forum it stands in.
    pub forum: ForumLink,
}

/// Which torrents `/torrents` shows, and in which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TorrentFilter {
    /// Only of this forum and those below it.
    pub forum: Option<ForumId>,
    /// Only by this author.
    pub author: Option<UserId>,
    /// The order.
    pub sort: TorrentSort,
    /// The other way round.
    pub reverse: bool,
}

/// The order of torrents, the largest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TorrentSort {
    /// By when they were registered.
    #[default]
    Added,
    /// By bytes.
    Size,
    /// By seeders.
    Seeders,
    /// By leechers.
    Leechers,
    /// By how many have completed them.
    Completed,
}

/// A torrent found by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TorrentPlace {
    /// Its topic.
    pub topic: TopicHead,
    /// The torrent.
    pub torrent: TorrentBox,
}

impl Store {
    /// Torrents of all forums the viewer may read. 2 statements.
    pub async fn torrents_page(
        &self,
        viewer: &Viewer,
        filter: &TorrentFilter,
        page: Page,
    ) -> Result<TorrentsPage> {
        let site = self.site();
        let family = filter
            .forum
            .map(|forum| site.visible(viewer, forum))
            .transpose()?;
        let family = family.map(|forum| site.family(forum.id));
        let forums = ReadableForums::new(&site, viewer, family.as_deref());
        let total = self.count_torrents(&forums, filter.author).await?;
        let page = page.clamped(total);
        let slice = Slice::new(page, total);
        let largest_first = !filter.reverse;
        let direction = if largest_first != slice.from_end {
            "desc"
        } else {
            "asc"
        };
        let shown = if largest_first { "desc" } else { "asc" };
        let (column, author) = (
            filter.sort.column(),
            if filter.author.is_some() {
                "author_id = $4"
            } else {
                "$4 = 0"
            },
        );
        let order = |prefix: &str, direction: &str| match filter.sort {
            TorrentSort::Added => format!("{prefix}topic_id {direction}"),
            _ => format!("{prefix}{column} {direction}, {prefix}topic_id {direction}"),
        };
        let rows: Vec<ListRow> = rows!(
            self.db(),
            AssertSqlSafe(topic_rows!(
                format!(
                    "select topic_id as topic from torrents
                     where topic_id is not null and {} and {author}
                     order by {} limit $2 offset $3",
                    forums.condition(self.engine(), "forum_id", 1),
                    order("", direction),
                ),
                order("r.", shown)
            )),
            &forums.list,
            slice.limit,
            slice.offset,
            filter.author.map_or(0, |author| author.0),
        )?;
        let rows = rows
            .into_iter()
            .map(|row| {
                let topic = TopicRow::try_from(row)?;
                let forum = site.forum(topic.forum).map(ForumLink::from);
                let forum = forum.ok_or(StoreError::NotFound(What::Forum))?;
                Ok(TorrentRow { topic, forum })
            })
            .collect::<Result<_>>()?;
        Ok(TorrentsPage { rows, total, page })
    }

    /// The torrent with this hash on the wire: v1, or truncated v2. 1 statement.
    ///
    /// # Errors
    /// `NotFound(Torrent)` also when the viewer may not read its forum.
    pub async fn torrent_by_hash(&self, viewer: &Viewer, hash: InfoHash) -> Result<TorrentPlace> {
        let row: Option<PlaceRow> = row!(
            self.db(),
            concat!(
                places!(),
                "where r.info_hash = $1 or r.info_hash_v2_short = $1"
            ),
            &hash.as_bytes()[..],
        )?;
        self.readable_torrent(viewer, row)
    }

    /// The torrent with this full v2 hash. 1 statement.
    ///
    /// # Errors
    /// `NotFound(Torrent)` also when the viewer may not read its forum.
    pub async fn torrent_by_v2_hash(
        &self,
        viewer: &Viewer,
        hash: InfoHashV2,
    ) -> Result<TorrentPlace> {
        let row: Option<PlaceRow> = row!(
            self.db(),
            concat!(places!(), "where r.info_hash_v2 = $1"),
            &hash.as_bytes()[..],
        )?;
        self.readable_torrent(viewer, row)
    }

    /// The topic's torrent with its head. 1 statement.
    ///
    /// # Errors
    /// `NotFound(Topic)` also when the viewer may not read its forum; `NotFound(Torrent)`.
    pub async fn torrent_of_topic(&self, viewer: &Viewer, topic: TopicId) -> Result<TorrentPlace> {
        let place = self.place(&self.site(), viewer, topic).await?;
        self.readable_torrent(viewer, Some(place))
    }
}

impl Store {
    /// A torrent's place, when there is one and the viewer may read its forum.
    fn readable_torrent(&self, viewer: &Viewer, row: Option<PlaceRow>) -> Result<TorrentPlace> {
        let missing = || StoreError::NotFound(What::Torrent);
        let place = row
            .filter(|place| self.site().may(viewer, place.forum(), Right::Read))
            .ok_or_else(missing)?;
        Ok(TorrentPlace {
            torrent: place.torrent.torrent()?.ok_or_else(missing)?,
            topic: place.head.into(),
        })
    }

    async fn count_torrents(&self, forums: &ReadableForums, author: Option<UserId>) -> Result<u64> {
        let number: i64 = match author {
            Some(author) => value!(
                self.db(),
                AssertSqlSafe(format!(
                    "select count(*) from torrents
                     where topic_id is not null and {} and author_id = $2",
                    forums.condition(self.engine(), "forum_id", 1)
                )),
                &forums.list,
                author.0,
            )?,
            None => value!(
                self.db(),
                AssertSqlSafe(format!(
                    "select cast(coalesce(sum(torrents), 0) as bigint) from forums where {}",
                    forums.condition(self.engine(), "id", 1)
                )),
                &forums.list,
            )?,
        };
        Ok(unsigned(number))
    }
}

impl TorrentSort {
    fn column(self) -> &'static str {
        match self {
            Self::Added => "topic_id",
            Self::Size => "total_size",
            Self::Seeders => "seeders",
            Self::Leechers => "leechers",
            Self::Completed => "completed",
        }
    }
}
