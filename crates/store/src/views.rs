//! Counters that are collected in memory and written now and then.

use domain::{TopicId, TorrentId};

use crate::{Result, Store};

impl Store {
    /// Adds page views to topics, in one transaction; topics that are gone are skipped.
    pub async fn add_views(&self, views: &[(TopicId, u64)]) -> Result<()> {
        let _ = views;
        Err(later())
    }

    /// Adds `.torrent` downloads to torrents, in one transaction; torrents that are gone are
    /// skipped.
    pub async fn add_downloads(&self, downloads: &[(TorrentId, u64)]) -> Result<()> {
        let _ = downloads;
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}
