//! The tracker's lists of hashes: files that an operator edits while it runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, bail};
use bittorrent::{InfoHash, InfoHashV2};
use swarm::Access;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::config::tracker::Tracker;

/// The files, and how they were when they were last read.
pub struct Lists {
    allow: Option<PathBuf>,
    deny: Option<PathBuf>,
    read: [Option<Seen>; 2],
}

/// What tells that a file is another than before.
type Seen = (Option<SystemTime>, u64);

impl Lists {
    /// Reads the files into the access table; `None` when none is configured.
    ///
    /// # Errors
    /// Names the file, and the line when it is one.
    pub fn load(config: &Tracker, access: &Access) -> Result<Option<Self>> {
        let mut lists = Self {
            allow: config.allow_list.clone(),
            deny: config.deny_list.clone(),
            read: [None; 2],
        };
        if lists.allow.is_none() && lists.deny.is_none() {
            return Ok(None);
        }
        lists.apply(access)?;
        Ok(Some(lists))
    }

    /// Reads the files again whenever they have changed, or SIGHUP asks for it. One that cannot be read
    /// leaves everything as it is, and a line in the log.
    pub async fn follow(mut self, access: Arc<Access>, stop: CancellationToken) {
        let mut asked = signal(SignalKind::hangup()).ok();
        let mut ticks = interval(EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            let hung_up = async {
                match &mut asked {
                    Some(asked) => asked.recv().await,
                    None => std::future::pending().await,
                }
            };
            let always = tokio::select! {
                () = stop.cancelled() => return,
                _ = ticks.tick() => false,
                _ = hung_up => true,
            };
            if !always && self.seen() == self.read {
                continue;
            }
            let access = access.clone();
            let reading = tokio::task::spawn_blocking(move || {
                let outcome = self.apply(&access);
                (self, outcome)
            });
            let Ok((lists, outcome)) = reading.await else {
                return;
            };
            self = lists;
            match outcome {
                Ok((allowed, denied)) => {
                    tracing::info!(allowed, denied, "the lists of hashes were read again");
                }
                Err(error) => tracing::error!(
                    error = format!("{error:#}"),
                    "the lists of hashes stay as they were"
                ),
            }
        }
    }

    fn apply(&mut self, access: &Access) -> Result<(usize, usize)> {
        // noted first: what changes meanwhile is read again
        self.read = self.seen();
        let allowed = hashes(self.allow.as_deref())?;
        let denied = hashes(self.deny.as_deref())?;
        let counts = (allowed.len(), denied.len());
        access.set_lists(allowed, denied);
        Ok(counts)
    }

    fn seen(&self) -> [Option<Seen>; 2] {
        [&self.allow, &self.deny].map(|path| {
            let found = fs::metadata(path.as_ref()?).ok()?;
            Some((found.modified().ok(), found.len()))
        })
    }
}

/// The hashes in a file: one a line, v1 or v2; what follows a `#` is a comment.
fn hashes(path: Option<&Path>) -> Result<Vec<InfoHash>> {
    let Some(path) = path else {
        return Ok(Vec::new());
    };
    let unreadable = || format!("cannot read the list {}", path.display());
    // Opening a pipe would wait for somebody to write.
    if !fs::metadata(path).with_context(unreadable)?.is_file() {
        bail!("the list {} is no file", path.display());
    }
    let text = fs::read_to_string(path).with_context(unreadable)?;
    let mut hashes = Vec::new();
    // Some editors begin a file with a mark of the encoding.
    let text = text.trim_start_matches('\u{feff}');
    for (number, line) in text.lines().enumerate() {
        let hash = line.split('#').next().unwrap_or_default().trim();
        if hash.is_empty() {
            continue;
        }
        hashes.push(match hash.parse::<InfoHashV2>() {
            Ok(hash) => hash.truncated(),
            Err(_) => hash
                .parse()
                .with_context(|| format!("{} line {}", path.display(), number + 1))?,
        });
    }
    Ok(hashes)
}

const EVERY: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use super::*;
    use swarm::Policy;

    #[test]
    fn a_list_that_cannot_be_read_leaves_everything_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let (allow, deny) = (folder.path().join("allow"), folder.path().join("deny"));
        let one = "ab".repeat(20);
        let two = "cd".repeat(32);
        fs::write(&allow, format!("\u{feff}# ours\n{one}\n  {two} # v2\n\n")).unwrap();
        fs::write(&deny, "").unwrap();
        let access = Access::new(Policy::Listed, [1; 16]);
        let mut lists = Lists {
            allow: Some(allow.clone()),
            deny: Some(deny.clone()),
            read: [None; 2],
        };
        assert_eq!(lists.apply(&access).unwrap(), (2, 0));
        let served = |hash: InfoHash| access.decide(hash, None).is_ok();
        let (v1, v2) = ([0xab; 20].into(), [0xcd; 20].into());
        assert!(served(v1) && served(v2));
        fs::write(&allow, "").unwrap();
        fs::write(&deny, "# nothing\nnonsense\n").unwrap();
        let error = format!("{:#}", lists.apply(&access).unwrap_err());
        assert!(error.contains("deny line 2"), "{error}");
        assert!(served(v1) && served(v2));
        fs::remove_file(&deny).unwrap();
        fs::create_dir(&deny).unwrap();
        let error = format!("{:#}", lists.apply(&access).unwrap_err());
        assert!(error.ends_with("deny is no file"), "{error}");
        fs::remove_dir(&deny).unwrap();
        fs::write(&deny, &one).unwrap();
        fs::write(&allow, &two).unwrap();
        lists.apply(&access).unwrap();
        assert!(!served(v1) && served(v2));
    }
}
