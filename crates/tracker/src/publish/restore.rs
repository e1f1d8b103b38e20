use crate::publish::shape::{TORRENT_PREFIX, TorrentState};
use bittorrent::InfoHash;
use cache::{Cache, CacheError, Cursor};
use std::time::Duration;
use swarm::{Access, Swarm, UnixTime};

/// Puts back the peers that were published last, for a tracker that has no snapshot of its own, or an
/// old one. Of torrents that are served no longer nothing is put back. Peers are soft state: what
/// cannot be read costs a line in the log, not the start.
pub(crate) async fn restore(cache: &Cache, swarm: &Swarm, access: &Access, now: UnixTime) {
    let mut peers = 0;
    let read = tokio::time::timeout(PATIENCE, read(cache, swarm, access, now, &mut peers)).await;
    match read {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::warn!(
            %error,
            "cannot read what was published of the swarm: clients will announce themselves again"
        ),
        Err(_) => tracing::warn!(
            "reading what was published of the swarm takes too long: the rest is left out"
        ),
    }
    if peers > 0 {
        tracing::info!(swarm.peers = peers, "the swarm is back from the cache");
    }
}

async fn read(
    cache: &Cache,
    swarm: &Swarm,
    access: &Access,
    now: UnixTime,
    peers: &mut usize,
) -> Result<(), CacheError> {
    let mut next = Some(Cursor::default());
    while let Some(cursor) = next {
        let (mut keys, after) = cache.keys(TORRENT_PREFIX, cursor).await?;
        next = after;
        keys.retain(|key| hash_of(key).is_some_and(|hash| serves(access, hash)));
        let values = cache.read(&keys).await?;
        for (key, value) in keys.iter().zip(values) {
            let state = value.and_then(|value| TorrentState::read(&value));
            let (Some(hash), Some(state)) = (hash_of(key), state) else {
                continue;
            };
            let listed = state.peers();
            *peers += listed
                .iter()
                .filter(|peer| swarm.restore_peer(hash, peer, now))
                .count();
        }
    }
    Ok(())
}

fn hash_of(key: &str) -> Option<InfoHash> {
    let hash = key.strip_prefix(TORRENT_PREFIX)?;
    hash.parse().ok().filter(|_| hash.len() == 40)
}

/// Whether anybody may announce it, under this hash.
fn serves(access: &Access, hash: InfoHash) -> bool {
    match access.registration(hash) {
        Some(registration) => registration.canonical == hash,
        None => access.decide(hash, None).is_ok(),
    }
}

/// The start is not held up for longer.
const PATIENCE: Duration = Duration::from_secs(8);
