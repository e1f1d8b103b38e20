use hashbrown::HashTable;
use parking_lot::RwLock;
use siphasher::sip::SipHasher13;
use std::borrow::Borrow;
use std::hash::{BuildHasher, Hash};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A map cut into parts with a lock each, so that cores rarely meet.
#[derive(Debug)]
pub(crate) struct Shards<K, V> {
    pub(crate) hash: Keyed,
    parts: Box<[Part<K, V>]>,
    /// How many there are in all: trackers that are open to all have none, and look nothing up.
    len: AtomicUsize,
}

type Part<K, V> = RwLock<HashTable<(K, V)>>;

impl<K: Hash + Eq, V> Shards<K, V> {
    pub(crate) fn new(hash: Keyed) -> Self {
        Self {
            hash,
            parts: std::iter::repeat_with(RwLock::default)
                .take(PARTS)
                .collect(),
            len: AtomicUsize::new(0),
        }
    }

    /// The part a key is in, and its hash, of which the table inside uses the other end.
    fn part<Q: Hash + ?Sized>(&self, key: &Q) -> (&Part<K, V>, u64) {
        let hash = self.hash.hash_one(key);
        (&self.parts[(hash >> 24) as usize % PARTS], hash)
    }

    pub(crate) fn with<Q, R>(&self, key: &Q, read: impl FnOnce(Option<&V>) -> R) -> R
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if self.len.load(Ordering::Relaxed) == 0 {
            return read(None);
        }
        let (part, hash) = self.part(key);
        let part = part.read();
        read(part.find(hash, |(k, _)| k.borrow() == key).map(|(_, v)| v))
    }

    pub(crate) fn insert(&self, key: K, value: V) {
        let (part, hash) = self.part(&key);
        let mut part = part.write();
        match part.find_mut(hash, |(k, _)| *k == key) {
            Some((_, old)) => *old = value,
            None => {
                part.insert_unique(hash, (key, value), |(k, _)| self.hash.hash_one(k));
                self.len.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    pub(crate) fn remove_if<Q>(&self, key: &Q, condition: impl FnOnce(&V) -> bool) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let (part, hash) = self.part(key);
        let mut part = part.write();
        let entry = part.find_entry(hash, |(k, _)| k.borrow() == key).ok()?;
        if !condition(&entry.get().1) {
            return None;
        }
        self.len.fetch_sub(1, Ordering::Relaxed);
        Some(entry.remove().0.1)
    }
}

const PARTS: usize = 64;

/// SipHash under a secret key: whoever chooses hashes or passkeys cannot aim at one bucket.
#[derive(Clone, Copy)]
pub(crate) struct Keyed(pub(crate) [u8; 16]);

impl BuildHasher for Keyed {
    type Hasher = SipHasher13;

    fn build_hasher(&self) -> SipHasher13 {
        SipHasher13::new_with_key(&self.0)
    }
}

impl std::fmt::Debug for Keyed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keyed")
    }
}
