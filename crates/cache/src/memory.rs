use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use parking_lot::Mutex;
use tokio::time::Instant;

use crate::cache::{Cursor, Place, Write};

/// Values of this process alone.
#[derive(Debug, Default)]
pub(crate) struct Memory(Mutex<Values>);

#[derive(Debug, Default)]
struct Values {
    by_key: BTreeMap<String, Value>,
    /// When which key ends.
    ends: BTreeSet<(Instant, String)>,
    /// Of all keys and values.
    bytes: usize,
}

#[derive(Debug)]
struct Value {
    bytes: Vec<u8>,
    end: Instant,
}

impl Memory {
    pub(crate) fn write(&self, writes: &[Write]) {
        let now = Instant::now();
        let mut values = self.0.lock();
        for write in writes {
            match write {
                Write::Put { key, value, ttl } => {
                    values.remove(key);
                    values.put(key, value, now + *ttl);
                }
                Write::Remove { key } => values.remove(key),
            }
        }
        values.make_room(now);
    }

    pub(crate) fn read(&self, keys: &[String]) -> Vec<Option<Vec<u8>>> {
        let now = Instant::now();
        let values = self.0.lock();
        let read = |key| {
            let value = values.by_key.get(key)?;
            (value.end > now).then(|| value.bytes.clone())
        };
        keys.iter().map(read).collect()
    }

    pub(crate) fn keys(&self, prefix: &str, from: Cursor) -> (Vec<String>, Option<Cursor>) {
        let now = Instant::now();
        let from = match &from.0 {
            Place::After(key) => Bound::Excluded(key.as_str()),
            Place::Start | Place::Scan(_) => Bound::Included(prefix),
        };
        let mut values = self.0.lock();
        values.make_room(now);
        let keys: Vec<String> = values
            .by_key
            .range::<str, _>((from, Bound::Unbounded))
            .map(|(key, _)| key)
            .take_while(|key| key.starts_with(prefix))
            .take(PAGE)
            .cloned()
            .collect();
        let last = keys.last().filter(|_| keys.len() == PAGE).cloned();
        (keys, last.map(|key| Cursor(Place::After(key))))
    }
}

impl Values {
    fn put(&mut self, key: &str, value: &[u8], end: Instant) {
        self.bytes += key.len() + value.len();
        self.ends.insert((end, key.to_owned()));
        let value = Value {
            bytes: value.to_vec(),
            end,
        };
        self.by_key.insert(key.to_owned(), value);
    }

    fn remove(&mut self, key: &str) {
        if let Some(value) = self.by_key.remove(key) {
            self.bytes -= key.len() + value.bytes.len();
            self.ends.remove(&(value.end, key.to_owned()));
        }
    }

    /// Removes what has ended, and what ends soonest while there is too much.
    fn make_room(&mut self, now: Instant) {
        while let Some((end, key)) = self.ends.first() {
            if *end > now && self.bytes <= MOST_BYTES {
                break;
            }
            let key = key.clone();
            self.remove(&key);
        }
    }
}

const PAGE: usize = 500;
/// 64 MiB.
const MOST_BYTES: usize = 64 << 20;
