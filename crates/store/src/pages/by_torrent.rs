//! A forum's topics in an order that their torrents decide.
//!
//! The list is three: the pinned topics, the others with a torrent, the others without. Each is
//! walked along an index of its own, so a page costs what it shows and not what the forum holds.

use std::cmp::Reverse;

use domain::{ForumId, Page};
use sqlx::AssertSqlSafe;

use super::forum::TopicSort;
use super::rows::{ListRow, Slice, topic_rows};
use super::shared::TopicRow;
use crate::db::rows;
use crate::row::{id_list, signed, unsigned};
use crate::{Result, Store, dialect};

/// One page of the list. 2 statements.
pub(super) async fn topics(
    store: &Store,
    forum: ForumId,
    sort: TopicSort,
    page: Page,
    total: u64,
) -> Result<Vec<TopicRow>> {
    let column = match sort {
        TopicSort::Size => "total_size",
        _ => "seeders",
    };
    // Few, so all of them are read: id, whether with a torrent, what they are ordered by.
    let mut pinned: Vec<(i64, i64, i64, i64)> = rows!(
        store.db(),
        AssertSqlSafe(format!(
            "select f.torrents, coalesce(t.id, 0), coalesce(r.id, 0), coalesce(r.{column}, -1)
             from forums f
             left join topics t on t.forum_id = f.id and t.pinned = 1
             left join torrents r on r.topic_id = t.id
             where f.id = $1"
        )),
        forum.0,
    )?;
    let torrents = pinned.first().map_or(0, |&(torrents, ..)| torrents);
    pinned.retain(|&(_, topic, ..)| topic > 0);
    pinned.sort_unstable_by_key(|&(_, topic, _, key)| Reverse((key, topic)));
    let pinned_torrents = pinned
        .iter()
        .filter(|(_, _, torrent, _)| *torrent > 0)
        .count();

    let pinned = Part::of(page, 0, pinned.len() as u64).cut(&pinned);
    let before = pinned.all;
    let with = unsigned(torrents).saturating_sub(pinned_torrents as u64);
    let with_slice = Part::of(page, before, with).slice();
    let without = Part::of(page, before + with, total.saturating_sub(before + with));

    let shown = id_list(pinned.shown.iter().map(|&(_, topic, ..)| topic));
    let direction = if with_slice.from_end { "asc" } else { "desc" };
    let others = "topic_id not in (select id from topics where forum_id = $1 and pinned = 1)";
    let inner = format!(
        "select id as topic, cast(2 as bigint) as part from topics where {pinned}
         union all
         select topic, part from (
            select topic_id as topic, cast(1 as bigint) as part from torrents
            where forum_id = $1 and {others}
            order by {column} {direction}, topic_id {direction} limit $2 offset $3) as w
         union all
         select topic, part from (
            select t.id as topic, cast(0 as bigint) as part from topics t
            where t.forum_id = $1 and t.pinned = 0
                and not exists (select 1 from torrents x where x.topic_id = t.id)
            order by t.id desc limit $4 offset $5) as o",
        pinned = dialect::one_of(store.engine(), "id", 6),
    );
    let rows: Vec<ListRow> = rows!(
        store.db(),
        AssertSqlSafe(topic_rows!(
            inner,
            format!("page.part desc, coalesce(r.{column}, -1) desc, t.id desc")
        )),
        forum.0,
        with_slice.limit,
        with_slice.offset,
        signed(without.limit),
        signed(without.offset),
        &shown,
    )?;
    rows.into_iter().map(TopicRow::try_from).collect()
}

/// What of one part of a list falls on a page.
#[derive(Clone, Copy)]
struct Part {
    all: u64,
    offset: u64,
    limit: u64,
}

/// The rows of a part that are in memory.
struct Cut<'a, T> {
    all: u64,
    shown: &'a [T],
}

impl Part {
    /// Of a part of `all` rows that has `before` rows of the whole list before it.
    fn of(page: Page, before: u64, all: u64) -> Self {
        let begins = unsigned(page.offset());
        let ends = begins.saturating_add(unsigned(page.limit()));
        let offset = begins.saturating_sub(before).min(all);
        let limit = ends.saturating_sub(before).min(all) - offset;
        Self { all, offset, limit }
    }

    fn cut<T>(self, rows: &[T]) -> Cut<'_, T> {
        let begins = self.offset as usize;
        Cut {
            all: self.all,
            shown: &rows[begins..begins + self.limit as usize],
        }
    }

    /// The same seen from the end that is nearer.
    fn slice(self) -> Slice {
        let from_end = self.offset > self.all / 2;
        let offset = if from_end {
            self.all - self.offset - self.limit
        } else {
            self.offset
        };
        Slice {
            limit: signed(self.limit),
            offset: signed(offset),
            from_end,
        }
    }
}
