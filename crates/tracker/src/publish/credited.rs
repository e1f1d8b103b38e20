use parking_lot::Mutex;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use swarm::UserId;

/// Members whose sums have changed in the store since somebody asked. Empty while nobody follows.
#[derive(Debug, Default)]
pub(crate) struct Credited {
    followed: AtomicBool,
    users: Mutex<BTreeSet<UserId>>,
}

impl Credited {
    pub(crate) fn follow(&self) {
        self.followed.store(true, Ordering::Relaxed);
    }

    /// Takes note; beyond [`MOST`] those who are not noted are told of when they are credited again.
    pub(crate) fn note(&self, users: impl Iterator<Item = UserId>) {
        if self.followed.load(Ordering::Relaxed) {
            let mut noted = self.users.lock();
            let room = MOST.saturating_sub(noted.len());
            noted.extend(users.take(room));
        }
    }

    pub(crate) fn drain(&self) -> BTreeSet<UserId> {
        std::mem::take(&mut self.users.lock())
    }
}

const MOST: usize = 100_000;
