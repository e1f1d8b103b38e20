use std::sync::Arc;
use std::time::Duration;

use crate::error::CacheError;
use crate::memory::Memory;
use crate::remote::Remote;

/// Small values under text keys. Cloning is cheap; clones share everything.
///
/// What holds of every variant:
///
/// - A value is read as it was written last, by whichever process, until its time to live is over.
///   From then on it is not there.
/// - A value may be gone earlier: a cache is emptied by a restart, and makes room for newer values when
///   it is full. Nothing that must not be lost is kept here alone.
/// - [`write`](Self::write) does its writes in order. When it fails, any number of them may have been
///   done; doing all of them again is right.
/// - [`keys`](Self::keys) names every key that is there from its first call to its last at least once.
/// - Nothing waits for long: what does not answer within five seconds is an error, and the next call
///   tries anew.
#[derive(Debug, Clone)]
pub struct Cache(Variant);

/// The closed list of variants.
#[derive(Debug, Clone)]
enum Variant {
    Memory(Arc<Memory>),
    Redis(Arc<Remote>),
}

/// One thing to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// Puts a value under a key, in the place of one that is there.
    Put {
        /// The key.
        key: String,
        /// The value.
        value: Vec<u8>,
        /// After how long it is gone, counted anew by every write; at least a millisecond.
        ttl: Duration,
    },
    /// Takes away a key; that there is none is no error.
    Remove {
        /// The key.
        key: String,
    },
}

/// Where going through keys goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cursor(pub(crate) Place);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Place {
    #[default]
    Start,
    /// After this key of a [`Memory`].
    After(String),
    /// What Redis calls a cursor.
    Scan(u64),
}

impl Cache {
    /// `memory`, or `redis://[user:password@]host[:port][/number]`. Connects to nothing: that happens
    /// when it is used, and again whenever the connection was lost.
    ///
    /// # Errors
    /// [`CacheError::Address`].
    pub fn open(address: &str) -> Result<Self, CacheError> {
        Ok(Self(match address {
            "memory" => Variant::Memory(Arc::default()),
            _ => Variant::Redis(Arc::new(Remote::new(address)?)),
        }))
    }

    /// Whether other processes see what is written here.
    pub fn is_shared(&self) -> bool {
        matches!(self.0, Variant::Redis(_))
    }

    /// Does all of these, in order and together.
    ///
    /// # Errors
    /// [`CacheError::Unreachable`], [`CacheError::Refused`].
    pub async fn write(&self, writes: &[Write]) -> Result<(), CacheError> {
        match &self.0 {
            Variant::Memory(memory) => {
                memory.write(writes);
                Ok(())
            }
            Variant::Redis(remote) => remote.write(writes).await,
        }
    }

    /// The values under these keys, in the same order; `None` for a key that is not there.
    ///
    /// # Errors
    /// As of [`write`](Self::write).
    pub async fn read(&self, keys: &[String]) -> Result<Vec<Option<Vec<u8>>>, CacheError> {
        match &self.0 {
            Variant::Memory(memory) => Ok(memory.read(keys)),
            Variant::Redis(remote) => remote.read(keys).await,
        }
    }

    /// Some of the keys that begin with `prefix`, perhaps none, and where to go on; `None` after the
    /// last. Begins with [`Cursor::default`].
    ///
    /// # Errors
    /// As of [`write`](Self::write).
    pub async fn keys(
        &self,
        prefix: &str,
        from: Cursor,
    ) -> Result<(Vec<String>, Option<Cursor>), CacheError> {
        match &self.0 {
            Variant::Memory(memory) => Ok(memory.keys(prefix, from)),
            Variant::Redis(remote) => remote.keys(prefix, from).await,
        }
    }
}
