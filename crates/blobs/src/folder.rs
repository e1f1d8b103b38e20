//! Blobs in a folder: `DIR/ab/cd/abcd…`, written beside their place and then moved there.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::{BlobError, BlobKey};

#[derive(Debug, Clone)]
pub(crate) struct Folder(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    /// Makes the names of unfinished files of this process unique.
    next: AtomicU64,
}

impl Folder {
    pub(crate) async fn open(root: PathBuf) -> Result<Self, BlobError> {
        run(move || {
            if root.is_file() {
                return Err(BlobError::File(root));
            }
            let probe = root.join(UNFINISHED);
            let made = fs::create_dir_all(&probe).and_then(|()| {
                let file = probe.join(format!("probe-{}", std::process::id()));
                fs::write(&file, b"").and_then(|()| fs::remove_file(&file))
            });
            match made {
                Ok(()) => Ok(Self(Arc::new(Inner {
                    root,
                    next: AtomicU64::new(0),
                }))),
                Err(source) => Err(BlobError::Open { path: root, source }),
            }
        })
        .await
    }

    pub(crate) async fn put(&self, bytes: Vec<u8>) -> Result<BlobKey, BlobError> {
        let folder = self.clone();
        run(move || {
            let key = BlobKey::of(&bytes);
            let place = folder.place(key);
            // Bytes that are there already and whole need not be written again.
            if fs::metadata(&place).is_ok_and(|there| there.len() == bytes.len() as u64) {
                return Ok(key);
            }
            let unfinished = folder.unfinished();
            let written = write_and_move(&bytes, &unfinished, &place);
            if written.is_err() {
                let _ = fs::remove_file(&unfinished);
            }
            written.map(|()| key).map_err(|source| match source.kind() {
                ErrorKind::StorageFull | ErrorKind::QuotaExceeded => BlobError::DiskFull,
                _ => BlobError::Io {
                    key,
                    verb: "stored",
                    source,
                },
            })
        })
        .await
    }

    pub(crate) async fn get(&self, key: BlobKey) -> Result<Vec<u8>, BlobError> {
        let folder = self.clone();
        run(move || match fs::read(folder.place(key)) {
            Ok(bytes) if BlobKey::of(&bytes) == key => Ok(bytes),
            Ok(_) => Err(BlobError::Damaged(key)),
            Err(source) if source.kind() == ErrorKind::NotFound => Err(BlobError::NotFound(key)),
            Err(source) => Err(BlobError::Io {
                key,
                verb: "read",
                source,
            }),
        })
        .await
    }

    pub(crate) async fn exists(&self, key: BlobKey) -> Result<bool, BlobError> {
        let folder = self.clone();
        run(move || {
            folder
                .place(key)
                .try_exists()
                .map_err(|source| BlobError::Io {
                    key,
                    verb: "read",
                    source,
                })
        })
        .await
    }

    pub(crate) async fn delete(&self, key: BlobKey) -> Result<bool, BlobError> {
        let folder = self.clone();
        run(move || match fs::remove_file(folder.place(key)) {
            Ok(()) => Ok(true),
            Err(source) if source.kind() == ErrorKind::NotFound => Ok(false),
            Err(source) => Err(BlobError::Io {
                key,
                verb: "deleted",
                source,
            }),
        })
        .await
    }

    fn place(&self, key: BlobKey) -> PathBuf {
        let name = key.to_string();
        self.0.root.join(&name[..2]).join(&name[2..4]).join(name)
    }

    fn unfinished(&self) -> PathBuf {
        let number = self.0.next.fetch_add(1, Ordering::Relaxed);
        self.0
            .root
            .join(UNFINISHED)
            .join(format!("{}-{number}", std::process::id()))
    }
}

/// The folder inside the root in which files are written before they are moved to their place.
const UNFINISHED: &str = "unfinished";

fn write_and_move(bytes: &[u8], unfinished: &Path, place: &Path) -> std::io::Result<()> {
    let shelf = place.parent().unwrap_or(place);
    fs::create_dir_all(shelf)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .open(unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(unfinished, place)?;
    // The move itself is durable only once the folder is.
    File::open(shelf)?.sync_all()
}

/// Runs what may wait for the disk where waiting is allowed.
async fn run<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(stopped) => match stopped.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down and has dropped the work; nobody waits for the answer.
            Err(_) => std::future::pending().await,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Blobs;
    use std::os::unix::fs::PermissionsExt;

    async fn blobs() -> (tempfile::TempDir, Blobs) {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::open(&format!("file:{}", folder.path().display()))
            .await
            .unwrap();
        (folder, blobs)
    }

    fn files(root: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path)
                } else {
                    found.push(path)
                }
            }
        }
        found
    }

    #[tokio::test]
    async fn what_is_put_can_be_got_until_it_is_deleted() {
        let (_folder, blobs) = blobs().await;
        let key = blobs.put(b"abc".to_vec()).await.unwrap();
        assert_eq!(key, BlobKey::of(b"abc"));
        assert_eq!(blobs.get(&key).await.unwrap(), b"abc");
        assert!(blobs.exists(&key).await.unwrap());
        assert!(blobs.delete(&key).await.unwrap());
        assert!(!blobs.delete(&key).await.unwrap());
        assert!(!blobs.exists(&key).await.unwrap());
        assert!(matches!(blobs.get(&key).await, Err(BlobError::NotFound(k)) if k == key));
    }

    #[tokio::test]
    async fn a_blob_lies_under_its_first_digits_and_nothing_else_remains() {
        let (folder, blobs) = blobs().await;
        let name = blobs.put(b"abc".to_vec()).await.unwrap().to_string();
        blobs.put(b"abc".to_vec()).await.unwrap();
        assert_eq!(
            files(folder.path()),
            [folder.path().join("ba").join("78").join(name)]
        );
        let empty = blobs.put(Vec::new()).await.unwrap();
        assert_eq!(blobs.get(&empty).await.unwrap(), b"");
    }

    #[tokio::test]
    async fn the_same_bytes_from_many_at_once_are_one_whole_blob() {
        let (folder, blobs) = blobs().await;
        let bytes = vec![7; 100_000];
        let puts: Vec<_> = (0..16)
            .map(|_| {
                let (blobs, bytes) = (blobs.clone(), bytes.clone());
                tokio::spawn(async move { blobs.put(bytes).await.unwrap() })
            })
            .collect();
        for put in puts {
            assert_eq!(put.await.unwrap(), BlobKey::of(&bytes));
        }
        assert_eq!(files(folder.path()).len(), 1);
        assert_eq!(blobs.get(&BlobKey::of(&bytes)).await.unwrap(), bytes);
    }

    #[tokio::test]
    async fn damage_is_noticed_and_a_truncated_blob_is_mended_by_the_next_put() {
        let (_folder, blobs) = blobs().await;
        let key = blobs.put(b"abc".to_vec()).await.unwrap();
        let Blobs(crate::Place::Folder(inner)) = &blobs;
        fs::write(inner.place(key), b"abd").unwrap();
        assert!(matches!(blobs.get(&key).await, Err(BlobError::Damaged(k)) if k == key));
        fs::write(inner.place(key), b"").unwrap();
        blobs.put(b"abc".to_vec()).await.unwrap();
        assert_eq!(blobs.get(&key).await.unwrap(), b"abc");
    }

    #[tokio::test]
    async fn a_failed_put_leaves_nothing_behind() {
        let (folder, blobs) = blobs().await;
        // a file stands where the shelf has to be
        fs::write(folder.path().join("ba"), b"").unwrap();
        let error = blobs.put(b"abc".to_vec()).await.unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with("blob ba7816bf") && message.contains("cannot be stored"));
        assert_eq!(files(folder.path()), [folder.path().join("ba")]);
    }

    #[tokio::test]
    async fn a_bad_address_or_folder_is_said_in_one_line() {
        for address in ["", "file:", "/srv/blobs", "s3://bucket"] {
            let error = Blobs::open(address).await.unwrap_err();
            assert!(matches!(error, BlobError::Address(_)), "{address}");
        }
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, b"").unwrap();
        let error = Blobs::open(&format!("file:{}", file.display()))
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains(&file.display().to_string()),
            "{error}"
        );
        assert!(!error.to_string().contains('\n'));
    }

    #[tokio::test]
    async fn an_unwritable_folder_is_refused_on_opening() {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o500)).unwrap();
        if fs::write(folder.path().join("probe"), b"").is_ok() {
            return; // whoever runs this may write anywhere
        }
        let error = Blobs::open(&format!("file:{}", folder.path().display()))
            .await
            .unwrap_err();
        assert!(matches!(error, BlobError::Open { .. }), "{error}");
    }
}
