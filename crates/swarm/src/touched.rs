use crate::ids::UserId;
use crate::swarm::Swarm;
use bittorrent::InfoHash;
use std::collections::BTreeSet;

/// Something has happened to a torrent: an announce, a peer that left or went unseen, its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Touch {
    /// The torrent.
    pub hash: InfoHash,
    /// Whose announce it was; `None` of others.
    pub user: Option<UserId>,
}

/// What has happened in one part of the swarm since somebody asked, each thing once.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    most: usize,
    touches: BTreeSet<Touch>,
}

impl Touched {
    pub(crate) fn note(&mut self, hash: InfoHash, user: Option<UserId>) {
        if self.touches.len() < self.most {
            self.touches.insert(Touch { hash, user });
        }
    }
}

/// For whoever keeps a copy elsewhere: beside [`drain_changed`](Swarm::drain_changed), which tells of
/// counters, and independent of it. Off until [`follow_touched`](Swarm::follow_touched).
impl Swarm {
    /// How many parts there are.
    pub fn parts(&self) -> usize {
        self.shards.len()
    }

    /// From now on keeps in mind what torrents are touched, at most about `most` touches. Beyond that
    /// they are forgotten until the torrent is touched again; 0 ends it.
    pub fn follow_touched(&self, most: usize) {
        let each = most.div_ceil(self.shards.len());
        for shard in &self.shards {
            let touched = &mut shard.lock().touched;
            touched.most = each;
            if each == 0 {
                touched.touches.clear();
            }
        }
    }

    /// What was touched in a part, numbered from 0, since the last call for it.
    pub fn drain_touched(&self, part: usize) -> Vec<Touch> {
        let touches = match self.shards.get(part) {
            Some(shard) => std::mem::take(&mut shard.lock().touched.touches),
            None => return Vec::new(),
        };
        touches.into_iter().collect()
    }

    /// About `budget` torrents of a part, from a place on: 0, or what the last call returned with
    /// them, which is `None` after the last.
    pub fn torrents_in(
        &self,
        part: usize,
        from: u32,
        budget: usize,
    ) -> (Vec<InfoHash>, Option<u32>) {
        let mut hashes = Vec::new();
        let Some(shard) = self.shards.get(part) else {
            return (hashes, None);
        };
        let key = |torrent: &crate::torrent::Torrent| torrent.key(&self.secret);
        let next = shard
            .lock()
            .torrents()
            .read(from, budget.max(1), key, |torrent| {
                hashes.push(torrent.hash);
            });
        (hashes, next)
    }
}
