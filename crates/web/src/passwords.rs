//! Password hashing with argon2id (RFC 9106), off the async threads and a few at a time.

use std::sync::{Arc, OnceLock};

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use domain::Entropy;
use tokio::sync::Semaphore;

use crate::error::Error;

/// Hashes and checks passwords. At most the configured number at once: each takes 19 MiB and some
/// tens of milliseconds of one core, and a flood of log-ins must not take all of either.
pub struct Passwords {
    slots: Arc<Semaphore>,
    entropy: Entropy,
    /// A hash of nothing anyone knows, checked for unknown names so that they take as long.
    dummy: OnceLock<String>,
}

impl Passwords {
    /// `slots` hashings may run at once.
    pub fn new(slots: usize, entropy: Entropy) -> Self {
        Passwords {
            slots: Arc::new(Semaphore::new(slots.max(1))),
            entropy,
            dummy: OnceLock::new(),
        }
    }

    /// A PHC string to store.
    pub async fn hash(&self, password: String) -> Result<String, Error> {
        let salt: [u8; 16] = self.entropy.bytes();
        self.off_thread(move || hash(&password, &salt)).await?
    }

    /// Whether the password fits the stored hash. `None` (no such account) costs the same time and
    /// is never right.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, Error> {
        let known = stored.is_some();
        let phc = match stored {
            Some(phc) => phc,
            None => self.dummy().await?,
        };
        let fits = self
            .off_thread(move || {
                PasswordHash::new(&phc)
                    .is_ok_and(|hash| hasher().verify_password(password.as_bytes(), &hash).is_ok())
            })
            .await?;
        Ok(fits && known)
    }

    async fn dummy(&self) -> Result<String, Error> {
        if let Some(phc) = self.dummy.get() {
            return Ok(phc.clone());
        }
        let phc = self.hash(hex::encode(self.entropy.bytes::<32>())).await?;
        Ok(self.dummy.get_or_init(|| phc).clone())
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Error> {
        let slot = self
            .slots
            .clone()
            .acquire_owned()
            .await
            .map_err(Error::internal)?;
        tokio::task::spawn_blocking(move || {
            let out = work();
            drop(slot);
            out
        })
        .await
        .map_err(Error::internal)
    }
}

/// A PHC string to store, made on this thread: for the command line.
///
/// # Errors
/// When there is no memory for it.
pub fn hash_password(password: &str, entropy: &Entropy) -> anyhow::Result<String> {
    hasher()
        .hash_password_with_salt(password.as_bytes(), &entropy.bytes::<16>())
        .map(|hash| hash.to_string())
        .map_err(|error| anyhow::anyhow!("argon2id: {error}"))
}

fn hash(password: &str, salt: &[u8; 16]) -> Result<String, Error> {
    hasher()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map(|hash| hash.to_string())
        .map_err(Error::internal)
}

fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}
