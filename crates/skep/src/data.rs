//! The data folder: made, locked by the one `serve` on it, and the secrets kept in it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use domain::{Entropy, Secret};
use rustix::fs::{FlockOperation, Mode, flock};
use rustix::io::Errno;
use rustix::process::umask;

/// A data folder that exists and can be written to.
pub struct Data {
    path: PathBuf,
}

/// Makes a folder with those above it, readable by its owner alone; one that exists stays as it is.
pub fn make(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}

impl Data {
    /// Makes the folder if it is missing, readable by its owner alone, and proves that it can be written to.
    ///
    /// From then on whatever the process writes is its owner's alone, the store with its passkeys first of all.
    pub fn open(path: &Path) -> Result<Self> {
        umask(Mode::RWXG | Mode::RWXO);
        if path.is_file() {
            bail!(
                "the data folder {} is a file, not a folder: name another with --data",
                path.display()
            );
        }
        make(path).with_context(|| format!("cannot make the data folder {}", path.display()))?;
        let probe = path.join(".writable");
        File::create(&probe)
            .and_then(|_| match fs::remove_file(&probe) {
                // another command on the same folder has tried the same at the same time
                Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
                removed => removed,
            })
            .with_context(|| format!("cannot write to the data folder {}", path.display()))?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// Takes the folder for a `serve`; another one on it is an error. Other commands do not lock.
    pub fn lock(&self) -> Result<Lock> {
        let path = self.path.join("serve.lock");
        let mut file = private()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .with_context(|| format!("cannot open {}", path.display()))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                file.read_to_string(&mut holder).ok();
                let holder = holder.trim();
                let who = if holder.is_empty() {
                    String::new()
                } else {
                    format!(" (process {holder})")
                };
                bail!(
                    "another `skep serve`{who} runs on the data folder {}; stop it, or use another --data",
                    self.path.display()
                );
            }
            Err(error) => {
                return Err(error).with_context(|| format!("cannot lock {}", path.display()));
            }
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .ok();
        Ok(Lock { _file: file })
    }

    /// The key that signs visitors' forms: made on the first start, the same ever after.
    pub fn secret(&self, entropy: &Entropy) -> Result<[u8; 32]> {
        self.key("secret.key", entropy)
    }

    /// The key of the numbers that UDP clients get: with it those of the last run hold.
    pub fn udp_key(&self, entropy: &Entropy) -> Result<[u8; 16]> {
        self.key("udp.key", entropy)
    }

    fn key<const N: usize>(&self, name: &str, entropy: &Entropy) -> Result<[u8; N]> {
        let path = self.path.join(name);
        match fs::read(&path) {
            Ok(bytes) => match bytes.try_into() {
                Ok(key) => Ok(key),
                Err(_) => bail!(
                    "{} is not a key of {N} bytes; remove it to have a new one",
                    path.display()
                ),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let key: [u8; N] = entropy.bytes();
                write_private(&path, &key)?;
                Ok(key)
            }
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// The token of the set-up link: the same at every start until there is an administrator.
    pub fn setup_token(&self, entropy: &Entropy) -> Result<String> {
        let path = self.path.join("setup-token");
        match fs::read_to_string(&path) {
            Ok(token) if token.trim().len() >= 32 => Ok(token.trim().to_owned()),
            Ok(_) => self.new_setup_token(&path, entropy),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                self.new_setup_token(&path, entropy)
            }
            Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
        }
    }

    /// Removes a set-up token that has been used.
    pub fn forget_setup_token(&self) {
        fs::remove_file(self.path.join("setup-token")).ok();
    }

    fn new_setup_token(&self, path: &Path, entropy: &Entropy) -> Result<String> {
        let token = Secret::generate(entropy).as_str().to_owned();
        write_private(path, token.as_bytes())?;
        Ok(token)
    }
}

/// The process that serves this folder now, if one does.
pub fn holder(folder: &Path) -> Option<String> {
    let mut file = File::open(folder.join("serve.lock")).ok()?;
    match flock(&file, FlockOperation::NonBlockingLockShared) {
        Err(Errno::WOULDBLOCK) => {
            let mut process = String::new();
            file.read_to_string(&mut process).ok()?;
            Some(process.trim().to_owned())
        }
        _ => None,
    }
}

/// The folder is ours until this is dropped or the process ends in any way.
pub struct Lock {
    _file: File,
}

/// Writes a whole file that its owner alone can read, or nothing.
fn write_private(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = path.with_extension("part");
    let write = || {
        let mut file = private()
            .write(true)
            .create(true)
            .truncate(true)
            .open(&partial)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&partial, path)
    };
    write().with_context(|| format!("cannot write {}", path.display()))
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_stay_until_they_are_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::open(&folder.path().join("a/b")).unwrap();
        let entropy = Entropy::seeded(1);
        let (key, token) = (
            data.secret(&entropy).unwrap(),
            data.setup_token(&entropy).unwrap(),
        );
        assert_eq!(data.secret(&entropy).unwrap(), key);
        assert_eq!(data.setup_token(&entropy).unwrap(), token);
        data.forget_setup_token();
        assert_ne!(data.setup_token(&entropy).unwrap(), token);
    }

    #[test]
    fn a_folder_is_served_once() {
        let folder = tempfile::tempdir().unwrap();
        let data = Data::open(folder.path()).unwrap();
        assert_eq!(holder(folder.path()), None);
        let lock = data.lock().unwrap();
        assert_eq!(holder(folder.path()), Some(std::process::id().to_string()));
        let refusal = data.lock().map(|_| ()).unwrap_err().to_string();
        assert!(
            refusal.contains(&std::process::id().to_string()),
            "{refusal}"
        );
        drop(lock);
        data.lock().unwrap();
    }
}
