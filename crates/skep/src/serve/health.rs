//! Whether this process can serve, as far as anybody has looked: for `/readyz`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use store::Store;
use tokio_util::sync::CancellationToken;

/// What is missing now. Cloning shares it.
#[derive(Clone, Default)]
pub struct Health(Arc<Inner>);

#[derive(Default)]
struct Inner {
    up: AtomicBool,
    /// What the last look at everything found.
    found: Mutex<Vec<String>>,
    store: OnceLock<Store>,
    restored: OnceLock<CancellationToken>,
}

impl Health {
    /// Everything is open and bound.
    pub fn up(&self) {
        self.0.up.store(true, Ordering::Release);
    }

    /// This is the store to ask.
    pub fn asks(&self, store: &Store) {
        self.0.store.set(store.clone()).ok();
    }

    /// The tracker has its swarm back once this is cancelled.
    pub fn awaits(&self, restored: CancellationToken) {
        self.0.restored.set(restored).ok();
    }

    /// What the last look found, a line each.
    pub fn found(&self) -> Vec<String> {
        let found = self.0.found.lock();
        found.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes down what a look has found.
    pub fn set_found(&self, found: Vec<String>) {
        *self.0.found.lock().unwrap_or_else(PoisonError::into_inner) = found;
    }

    /// What is missing, a line each.
    pub fn missing(&self) -> Vec<String> {
        if !self.0.up.load(Ordering::Acquire) {
            return vec![
                "starting: what the last run left is being read, and nothing is answered yet"
                    .to_owned(),
            ];
        }
        let mut missing = self.found();
        let restored = self.0.restored.get();
        if restored.is_some_and(|restored| !restored.is_cancelled()) {
            missing.push("swarm: the peers of the last run are being read back".to_owned());
        }
        missing
    }

    /// The same, with what the store says at this moment.
    pub async fn asked(&self) -> Vec<String> {
        let mut missing = self.missing();
        if let Some(store) = self.0.store.get()
            && let Err(error) = store.ping().await
        {
            missing.push(format!("store: {error}"));
        }
        missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn everything_that_is_missing_is_named() {
        let health = Health::default();
        assert!(health.asked().await[0].starts_with("starting: "));
        health.up();
        assert!(health.asked().await.is_empty());
        let restored = CancellationToken::new();
        health.awaits(restored.clone());
        health.set_found(vec!["journal: full".to_owned()]);
        let store = Store::open("sqlite::memory:", store::Options::default()).await;
        let store = store.unwrap();
        health.asks(&store);
        let names = async || {
            let lines = health.asked().await.into_iter();
            let names = lines.map(|line| line.split(':').next().unwrap().to_owned());
            names.collect::<Vec<_>>()
        };
        assert_eq!(names().await, ["journal", "swarm"]);
        restored.cancel();
        store.close().await;
        assert_eq!(names().await, ["journal", "store"]);
    }
}
