//! Counters that are collected in memory and written now and then.

use std::collections::BTreeMap;

use domain::{TopicId, TorrentId};

use crate::db::bulk;
use crate::row::signed;
use crate::{Result, Store};

impl Store {
    /// Adds page views to topics, in one transaction; topics that are gone are skipped.
    pub async fn add_views(&self, views: &[(TopicId, u64)]) -> Result<()> {
        let views = summed(views.iter().map(|&(topic, number)| (topic.0, number)));
        if views.is_empty() {
            return Ok(());
        }
        let mut tx = self.db().begin().await?;
        bulk!(
            tx,
            "update topics set views = topics.views + v.column2 from (",
            views,
            2,
            |row, (topic, number)| {
                row.push_bind(*topic).push_bind(*number);
            },
            ") as v where topics.id = v.column1",
        );
        tx.commit().await
    }

    /// Adds `.torrent` downloads to torrents, in one transaction; torrents that are gone are
    /// skipped.
    pub async fn add_downloads(&self, downloads: &[(TorrentId, u64)]) -> Result<()> {
        let downloads = summed(
            downloads
                .iter()
                .map(|&(torrent, number)| (torrent.0, number)),
        );
        if downloads.is_empty() {
            return Ok(());
        }
        let mut tx = self.db().begin().await?;
        bulk!(
            tx,
            "update attachments set downloads = attachments.downloads + v.column2 from (",
            downloads,
            2,
            |row, (torrent, number)| {
                row.push_bind(*torrent).push_bind(*number);
            },
            ") as v join torrents r on r.id = v.column1 where attachments.id = r.attachment_id",
        );
        tx.commit().await
    }
}

/// One entry for each id, by id, with a number that adds up without harm.
fn summed(entries: impl Iterator<Item = (i64, u64)>) -> Vec<(i64, i64)> {
    let mut sums = BTreeMap::new();
    for (id, number) in entries {
        let sum: &mut u64 = sums.entry(id).or_default();
        *sum = sum.saturating_add(number).min(MOST);
    }
    sums.into_iter()
        .map(|(id, sum)| (id, signed(sum)))
        .collect()
}

/// More than this in one go is not believed.
const MOST: u64 = 1 << 40;
