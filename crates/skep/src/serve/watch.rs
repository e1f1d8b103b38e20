//! Looks now and then for what keeps this process from serving although it runs: for `/readyz`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use store::Store;
use swarm::Activity;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use super::health::Health;

/// Tries again and again whether the store and the data folder take what is written, and the tracker's
/// journal what it was given, until `stop`.
pub async fn run(
    health: Health,
    store: Option<Store>,
    activity: Arc<Activity>,
    data: PathBuf,
    stop: CancellationToken,
) {
    let mut refused = 0;
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let mut found = tokio::select! {
            () = stop.cancelled() => return,
            found = look(store.as_ref(), &data) => found,
        };
        found.extend(journal(&activity, &mut refused));
        let before = health.found();
        for reason in found.iter().filter(|reason| !before.contains(reason)) {
            tracing::error!(reason, "cannot write: not ready");
        }
        if found.is_empty() && !before.is_empty() {
            tracing::info!("can write again: ready");
        }
        health.set_found(found);
    }
}

/// Whether announces were refused since the last look because what they report could not be written
/// down; `before` is how many had been.
fn journal(activity: &Activity, before: &mut u64) -> Option<String> {
    let refused = activity.tally().refused.into_iter();
    let refused = refused.filter(|(_, reason, _)| *reason == "journal");
    let refused = refused.map(|(.., count)| count).sum();
    let line = "journal: reports could not be written, announces of members are refused";
    (std::mem::replace(before, refused) < refused).then(|| line.to_owned())
}

async fn look(store: Option<&Store>, data: &Path) -> Vec<String> {
    let mut missing = Vec::new();
    let folder = data.to_owned();
    let written = tokio::task::spawn_blocking(move || write(&folder)).await;
    if let Some(error) = written.map_err(std::io::Error::from).flatten().err() {
        missing.push(format!("data folder {}: {}", data.display(), plain(&error)));
    }
    if let Some(store) = store
        && let Err(error) = store.try_writing().await
    {
        missing.push(format!("store: {error}"));
    }
    missing
}

fn write(data: &Path) -> std::io::Result<()> {
    let probe = data.join(".full");
    let written = fs::write(&probe, [0; PROBE]);
    let removed = match fs::remove_file(&probe) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    written.and(removed)
}

fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            "the disk is full".to_owned()
        }
        _ => error.to_string(),
    }
}

const EVERY: Duration = Duration::from_secs(15);
/// More than a file system keeps beside its names.
const PROBE: usize = 8192;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_that_takes_nothing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        assert!(look(None, folder.path()).await.is_empty());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let gone = folder.path().join("gone");
        let missing = look(None, &gone).await;
        assert!(missing[0].starts_with(&format!("data folder {}: ", gone.display())));
    }

    #[test]
    fn a_journal_that_takes_nothing_is_named_until_it_does() {
        let (activity, mut before) = (Activity::new(1, 1), 0);
        activity.refused(swarm::Protocol::Udp, "banned");
        assert_eq!(journal(&activity, &mut before), None);
        for protocol in swarm::Protocol::ALL {
            activity.refused(protocol, "journal");
            let line = journal(&activity, &mut before).unwrap();
            assert!(line.starts_with("journal: "), "{line}");
        }
        assert_eq!(journal(&activity, &mut before), None);
    }

    #[tokio::test]
    async fn a_store_that_takes_nothing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open("sqlite::memory:", store::Options::default())
            .await
            .unwrap();
        assert!(look(Some(&store), folder.path()).await.is_empty());
        store.close().await;
        let missing = look(Some(&store), folder.path()).await;
        assert!(missing[0].starts_with("store: "), "{missing:?}");
    }
}
