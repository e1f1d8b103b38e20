//! The columns that several read models share, and how they become one.

use bittorrent::InfoHash;
use domain::{ForumId, PostId, TopicId, TorrentId, UnixTime, UserId};

use super::shared::{MemberLink, TopicHead, TopicRow, TopicRowTorrent};
use super::topic::TorrentBox;
use crate::row::{bytes, corrupt, hashes, unsigned};
use crate::{Result, StoreError};

/// `select` and `from` of topics in a list, out of an inner selection of their ids: the inner one
/// walks an index alone, and only the rows of one page are read. Ends before the order.
macro_rules! topic_rows {
    ($inner:expr, $order:expr) => {
        format!(
            "select t.id, t.title, t.forum_id, t.author_id, a.name as author_name, t.created_at,
                t.replies, t.views, t.locked, t.pinned, t.last_post_id, t.last_post_at,
                t.last_poster_id, l.name as last_poster_name,
                r.id as torrent_id, coalesce(r.info_hash, r.info_hash_v2_short) as info_hash,
                r.state, r.total_size, r.seeders, r.leechers, r.completed
             from ({inner}) as page
             join topics t on t.id = page.topic
             join users a on a.id = t.author_id
             join users l on l.id = t.last_poster_id
             left join torrents r on r.topic_id = t.id
             order by {order}",
            inner = $inner,
            order = $order,
        )
    };
}
pub(super) use topic_rows;

#[derive(sqlx::FromRow)]
pub(super) struct ListRow {
    id: i64,
    title: String,
    forum_id: i64,
    author_id: i64,
    author_name: String,
    created_at: i64,
    replies: i64,
    views: i64,
    locked: bool,
    pinned: i64,
    last_post_id: i64,
    last_post_at: i64,
    last_poster_id: i64,
    last_poster_name: String,
    torrent_id: Option<i64>,
    info_hash: Option<Vec<u8>>,
    state: Option<i64>,
    total_size: Option<i64>,
    seeders: Option<i64>,
    leechers: Option<i64>,
    completed: Option<i64>,
}

impl TryFrom<ListRow> for TopicRow {
    type Error = StoreError;

    fn try_from(row: ListRow) -> Result<Self> {
        let torrent = match (row.torrent_id, row.info_hash, row.state) {
            (Some(id), Some(hash), Some(state)) => Some(TopicRowTorrent {
                id: TorrentId(id),
                info_hash: InfoHash::from(bytes::<20>("torrents.info_hash", &hash)?),
                state: state
                    .try_into()
                    .map_err(|why| corrupt("torrents.state", why))?,
                total_size: unsigned(row.total_size.unwrap_or(0)),
                seeders: unsigned(row.seeders.unwrap_or(0)),
                leechers: unsigned(row.leechers.unwrap_or(0)),
                completed: unsigned(row.completed.unwrap_or(0)),
            }),
            _ => None,
        };
        Ok(Self {
            id: TopicId(row.id),
            title: row.title,
            forum: ForumId(row.forum_id),
            author: MemberLink {
                id: UserId(row.author_id),
                name: row.author_name,
            },
            created_at: UnixTime(row.created_at),
            replies: unsigned(row.replies),
            views: unsigned(row.views),
            locked: row.locked,
            pinned: row.pinned > 0,
            last_post: PostId(row.last_post_id),
            last_at: UnixTime(row.last_post_at),
            last_by: MemberLink {
                id: UserId(row.last_poster_id),
                name: row.last_poster_name,
            },
            torrent,
        })
    }
}

/// The columns of a topic's head, from topics t and their authors a.
macro_rules! head_columns {
    () => {
        "t.id, t.title, t.forum_id, t.author_id, a.name as author_name, t.created_at,
         t.first_post_id, t.replies, t.views, t.locked, t.pinned, t.last_post_at"
    };
}
pub(super) use head_columns;

#[derive(sqlx::FromRow)]
pub(super) struct HeadRow {
    id: i64,
    title: String,
    forum_id: i64,
    author_id: i64,
    author_name: String,
    created_at: i64,
    first_post_id: i64,
    replies: i64,
    views: i64,
    locked: bool,
    pinned: i64,
    last_post_at: i64,
}

impl From<HeadRow> for TopicHead {
    fn from(row: HeadRow) -> Self {
        Self {
            id: TopicId(row.id),
            title: row.title,
            forum: ForumId(row.forum_id),
            author: MemberLink {
                id: UserId(row.author_id),
                name: row.author_name,
            },
            created_at: UnixTime(row.created_at),
            first_post: PostId(row.first_post_id),
            replies: unsigned(row.replies),
            views: unsigned(row.views),
            locked: row.locked,
            pinned: row.pinned > 0,
            last_at: UnixTime(row.last_post_at),
        }
    }
}

/// `select` and `from` of topics with their torrents; a condition follows.
macro_rules! places {
    () => {
        concat!(
            "select ",
            crate::pages::rows::head_columns!(),
            ", r.id as torrent_id, r.info_hash, r.info_hash_v2, r.name, r.total_size,
                r.piece_length, r.num_pieces, r.file_count, r.private, r.inserted_at,
                r.author_id as registrar_id, r.state, r.state_reason, r.state_at,
                s.id as state_by, s.name as state_by_name, r.seeders, r.leechers, r.completed,
                r.last_seed_at, x.filename, x.downloads
             from topics t
             join users a on a.id = t.author_id
             left join torrents r on r.topic_id = t.id
             left join attachments x on x.id = r.attachment_id
             left join users s on s.id = r.state_by "
        )
    };
}
pub(super) use places;

#[derive(sqlx::FromRow)]
pub(super) struct PlaceRow {
    #[sqlx(flatten)]
    pub(super) head: HeadRow,
    #[sqlx(flatten)]
    pub(super) torrent: BoxRow,
}

impl PlaceRow {
    pub(super) fn forum(&self) -> ForumId {
        self.head.forum()
    }
}

impl HeadRow {
    pub(super) fn forum(&self) -> ForumId {
        ForumId(self.forum_id)
    }
}

#[derive(sqlx::FromRow)]
pub(super) struct BoxRow {
    torrent_id: Option<i64>,
    info_hash: Option<Vec<u8>>,
    info_hash_v2: Option<Vec<u8>>,
    name: Option<String>,
    total_size: Option<i64>,
    piece_length: Option<i64>,
    num_pieces: Option<i64>,
    file_count: Option<i64>,
    private: Option<bool>,
    inserted_at: Option<i64>,
    registrar_id: Option<i64>,
    state: Option<i64>,
    state_reason: Option<String>,
    state_at: Option<i64>,
    state_by: Option<i64>,
    state_by_name: Option<String>,
    seeders: Option<i64>,
    leechers: Option<i64>,
    completed: Option<i64>,
    last_seed_at: Option<i64>,
    filename: Option<String>,
    downloads: Option<i64>,
}

impl BoxRow {
    /// The torrent, if the topic has one.
    pub(super) fn torrent(self) -> Result<Option<TorrentBox>> {
        let Some(id) = self.torrent_id else {
            return Ok(None);
        };
        let number = |column: Option<i64>| unsigned(column.unwrap_or(0));
        let hashes = hashes(self.info_hash.as_deref(), self.info_hash_v2.as_deref())?;
        let state = self.state.unwrap_or(0);
        Ok(Some(TorrentBox {
            id: TorrentId(id),
            hashes,
            version: hashes.version(),
            name: self.name.unwrap_or_default(),
            total_size: number(self.total_size),
            piece_length: number(self.piece_length),
            piece_count: number(self.num_pieces),
            file_count: number(self.file_count),
            private: self.private.unwrap_or(true),
            filename: self.filename.unwrap_or_default(),
            registered_at: UnixTime(self.inserted_at.unwrap_or(0)),
            author: UserId(self.registrar_id.unwrap_or(0)),
            state: state
                .try_into()
                .map_err(|why| corrupt("torrents.state", why))?,
            state_reason: self.state_reason.unwrap_or_default(),
            state_by: MemberLink::from_columns(self.state_by, self.state_by_name)
                .zip(self.state_at.map(UnixTime)),
            seeders: number(self.seeders),
            leechers: number(self.leechers),
            completed: number(self.completed),
            last_seed_at: self.last_seed_at.map(UnixTime),
            downloads: number(self.downloads),
        }))
    }
}

/// Where a page of a list of `total` begins, seen from the end that is nearer.
pub(super) struct Slice {
    pub(super) limit: i64,
    pub(super) offset: i64,
    /// The list is walked from its end, and the rows come in reverse.
    pub(super) from_end: bool,
}

impl Slice {
    pub(super) fn new(page: domain::Page, total: u64) -> Self {
        let total = crate::row::signed(total);
        let (limit, offset) = (page.limit(), page.offset());
        if offset <= total / 2 {
            return Self {
                limit,
                offset,
                from_end: false,
            };
        }
        let limit = limit.min(total.saturating_sub(offset)).max(0);
        Self {
            limit,
            offset: (total - offset - limit).max(0),
            from_end: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Page;

    #[test]
    fn a_slice_covers_the_same_rows_from_either_end() {
        for total in 0..50_u64 {
            let list: Vec<u64> = (0..total).collect();
            for number in 1..8 {
                let page = Page::new(number, 7);
                let slice = Slice::new(page, total);
                let mut walk: Vec<u64> = list.clone();
                if slice.from_end {
                    walk.reverse();
                }
                let mut shown: Vec<u64> = walk
                    .into_iter()
                    .skip(slice.offset as usize)
                    .take(slice.limit as usize)
                    .collect();
                shown.sort_unstable();
                let wanted: Vec<u64> = list
                    .iter()
                    .copied()
                    .skip(page.offset() as usize)
                    .take(7)
                    .collect();
                assert_eq!(shown, wanted, "page {number} of {total}");
            }
        }
    }
}
