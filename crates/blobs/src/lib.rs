//! Torrent files and attachments by key: a folder now, S3 later.
//!
//! A blob's key is the SHA-256 of its bytes, so the same bytes are stored once, a blob never
//! changes, and no key that came from outside can name anything but a blob: [`BlobKey`] is the only
//! way in. This crate knows no other adapter and never interprets what it stores.

mod folder;
mod key;

use std::path::PathBuf;

use folder::Folder;
pub use key::{BlobKey, BlobKeyError};

/// Where blobs are kept. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Blobs(Place);

/// The closed list of places.
#[derive(Debug, Clone)]
enum Place {
    Folder(Folder),
}

/// Why a blob could not be stored or read. The message is one clear line.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The address is not `file:DIR`.
    #[error("blob address {0:?} is not understood: write file:DIR")]
    Address(String),
    /// The folder cannot be made or written to.
    #[error("the blob folder {path} cannot be used: {source}")]
    Open {
        /// The folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// Where the folder should be is a file.
    #[error("the blob folder {0} is a file: move it away")]
    File(PathBuf),
    /// There is no blob of this key.
    #[error("there is no blob {0}")]
    NotFound(BlobKey),
    /// The disk is full; nothing was stored.
    #[error("the disk of the blob folder is full")]
    DiskFull,
    /// The stored bytes no longer have the hash that is their key.
    #[error("blob {0} is damaged: its bytes do not match its key")]
    Damaged(BlobKey),
    /// Any other error of the system; nothing was changed.
    #[error("blob {key} cannot be {verb}: {source}")]
    Io {
        /// The blob.
        key: BlobKey,
        /// What was tried: stored, read or deleted.
        verb: &'static str,
        /// What the system says.
        source: std::io::Error,
    },
}

impl Blobs {
    /// Opens `file:DIR` and makes the folder where it is missing.
    ///
    /// # Errors
    /// [`BlobError::Address`], [`BlobError::Open`].
    pub async fn open(address: &str) -> Result<Self, BlobError> {
        match address.strip_prefix("file:") {
            Some(path) if !path.is_empty() => {
                Ok(Self(Place::Folder(Folder::open(path.into()).await?)))
            }
            _ => Err(BlobError::Address(address.to_owned())),
        }
    }

    /// Stores the bytes and returns their key. When it returns they are on the disk; when it fails
    /// nothing is. Storing the same bytes again changes nothing.
    pub async fn put(&self, bytes: Vec<u8>) -> Result<BlobKey, BlobError> {
        match &self.0 {
            Place::Folder(folder) => folder.put(bytes).await,
        }
    }

    /// The bytes of a blob, checked against its key.
    pub async fn get(&self, key: &BlobKey) -> Result<Vec<u8>, BlobError> {
        match &self.0 {
            Place::Folder(folder) => folder.get(*key).await,
        }
    }

    /// Whether the blob is there.
    pub async fn exists(&self, key: &BlobKey) -> Result<bool, BlobError> {
        match &self.0 {
            Place::Folder(folder) => folder.exists(*key).await,
        }
    }

    /// Deletes the blob; returns whether it was there.
    pub async fn delete(&self, key: &BlobKey) -> Result<bool, BlobError> {
        match &self.0 {
            Place::Folder(folder) => folder.delete(*key).await,
        }
    }
}
