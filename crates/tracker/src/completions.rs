use std::collections::{HashMap, HashSet};
use store::Completion;
use swarm::{TorrentId, UserId};

/// Completions of users that the swarm counts already and the store does not know yet. The store has
/// the last word on whether a user had completed the torrent before.
#[derive(Debug, Default)]
pub(crate) struct Completions {
    pending: HashSet<(TorrentId, UserId)>,
    /// Some of those that are known to have completed: what they say again is not even counted for
    /// the moment.
    known: HashSet<(TorrentId, UserId)>,
}

impl Completions {
    /// Takes note of a completion. Whether it is to be counted, as far as can be said.
    pub(crate) fn note(&mut self, torrent: TorrentId, user: UserId) -> bool {
        let key = (torrent, user);
        !self.known.contains(&key) && self.pending.insert(key)
    }

    /// How many of each torrent the store does not know yet.
    pub(crate) fn pending(&self) -> HashMap<TorrentId, u64> {
        let mut numbers = HashMap::new();
        for (torrent, _) in &self.pending {
            *numbers.entry(*torrent).or_default() += 1;
        }
        numbers
    }

    /// Takes the store's word. What was counted but should not have been: once for each.
    pub(crate) fn settle(&mut self, completions: &[Completion]) -> Vec<TorrentId> {
        let mut first = HashMap::new();
        for completion in completions {
            let key = (TorrentId(completion.torrent.0), UserId(completion.user.0));
            *first.entry(key).or_insert(false) |= completion.first;
        }
        let mut wrong = Vec::new();
        for (key, first) in first {
            if self.pending.remove(&key) && !first {
                wrong.push(key.0);
            }
            if self.known.len() >= KNOWN_MOST {
                self.known.clear();
            }
            self.known.insert(key);
        }
        wrong
    }
}

const KNOWN_MOST: usize = 100_000;
