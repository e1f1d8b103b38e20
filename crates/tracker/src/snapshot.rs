use anyhow::{Context, Result};
use std::fs::File;
use std::io::{BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use swarm::{Swarm, UnixTime};

/// Puts back the swarm of the last run. Peers are soft state: a damaged file costs some of them, and
/// a line in the log, not the start. Returns how many there are again.
pub(crate) async fn restore(path: PathBuf, swarm: Arc<Swarm>, now: UnixTime) -> usize {
    let owned = path.clone();
    let restored = tokio::task::spawn_blocking(move || {
        let file = match File::open(&owned) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(anyhow::Error::from(error)),
        };
        let restored = swarm.restore(&mut BufReader::with_capacity(1 << 16, file), now)?;
        Ok(Some(restored))
    });
    match restored.await.map_err(anyhow::Error::from).flatten() {
        Ok(None) => 0,
        Ok(Some(restored)) => {
            tracing::info!(
                swarm.peers = restored.peers,
                swarm.expired = restored.expired,
                "the swarm is back"
            );
            restored.peers
        }
        Err(error) => {
            tracing::warn!(
                error = format!("{error:#}"),
                snapshot.path = %path.display(),
                "cannot read the snapshot of the swarm: clients will announce themselves again"
            );
            0
        }
    }
}

/// Writes the swarm to `path`, whole or not at all.
pub(crate) async fn write(path: &Path, swarm: &Arc<Swarm>) -> Result<()> {
    let (path, swarm) = (path.to_owned(), swarm.clone());
    tokio::task::spawn_blocking(move || {
        write_now(&path, &swarm).with_context(|| {
            format!(
                "cannot write the snapshot of the swarm to {}",
                path.display()
            )
        })
    })
    .await
    .context("writing the snapshot of the swarm failed")?
}

fn write_now(path: &Path, swarm: &Swarm) -> Result<()> {
    if let Some(dir) = path.parent() {
        std::fs::create_dir_all(dir)?;
    }
    let mut draft = path.as_os_str().to_owned();
    draft.push(".new");
    let mut out = BufWriter::with_capacity(1 << 16, File::create(&draft)?);
    swarm.snapshot(&mut out)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    drop(out);
    std::fs::rename(&draft, path)?;
    Ok(())
}
