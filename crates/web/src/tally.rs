//! Page views and downloads, counted in memory and written together now and then.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

use domain::{TopicId, TorrentId};
use parking_lot::Mutex;
use store::Store;
use tokio_util::sync::CancellationToken;

/// What was counted since the last write. A crash loses at most the last few seconds of it.
#[derive(Default)]
pub struct Tally {
    views: Mutex<HashMap<TopicId, u64>>,
    downloads: Mutex<HashMap<TorrentId, u64>>,
}

impl Tally {
    /// A topic was opened.
    pub fn viewed(&self, topic: TopicId) {
        *self.views.lock().entry(topic).or_default() += 1;
    }

    /// A `.torrent` was downloaded.
    pub fn downloaded(&self, torrent: TorrentId) {
        *self.downloads.lock().entry(torrent).or_default() += 1;
    }

    /// Writes what was counted. What cannot be written is counted again.
    pub async fn flush(&self, store: &Store) {
        let views: Vec<_> = self.views.lock().drain().collect();
        if !views.is_empty()
            && let Err(error) = store.add_views(&views).await
        {
            tracing::warn!(%error, "page views were not written");
            give_back(&self.views, views);
        }
        let downloads: Vec<_> = self.downloads.lock().drain().collect();
        if !downloads.is_empty()
            && let Err(error) = store.add_downloads(&downloads).await
        {
            tracing::warn!(%error, "downloads were not counted");
            give_back(&self.downloads, downloads);
        }
    }

    /// Flushes every few seconds until `stop`, and then once more; what the last requests count in
    /// the meantime is lost.
    pub async fn keep(&self, store: &Store, stop: &CancellationToken) {
        while stop
            .run_until_cancelled(tokio::time::sleep(EVERY))
            .await
            .is_some()
        {
            self.flush(store).await;
        }
        self.flush(store).await;
    }
}

const EVERY: Duration = Duration::from_secs(5);

fn give_back<K: Eq + Hash>(counts: &Mutex<HashMap<K, u64>>, taken: Vec<(K, u64)>) {
    let mut counts = counts.lock();
    for (key, count) in taken {
        *counts.entry(key).or_default() += count;
    }
}
