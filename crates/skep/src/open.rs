//! What commands need open: the store, on a runtime of one thread.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context, Error, Result, bail};
use store::{Account, Store, StoreError};
use tokio::runtime::{Builder, Runtime};

use crate::config::{self, Config, Sources};
use crate::data::Data;
use crate::telemetry;

/// Whether a command makes a store that is not there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// It makes an empty one: there is something to put into it.
    Make,
    /// It fails: a folder that was mistyped must not become a site.
    Refuse,
}

/// Runs `work` over the configured store, and closes it.
pub fn with_store<T>(
    sources: &Sources,
    missing: Missing,
    work: impl AsyncFnOnce(&Config, &Store) -> Result<T>,
) -> Result<T> {
    let config = quiet(sources)?;
    runtime()?.block_on(async {
        let store = match missing {
            Missing::Make => store(&config).await?,
            Missing::Refuse => existing(&config).await?,
        };
        let outcome = work(&config, &store).await;
        store.close().await;
        outcome
    })
}

/// The configuration, with a log of warnings only unless somebody asked for more.
pub fn quiet(sources: &Sources) -> Result<Config> {
    let config = config::load(sources)?;
    let asked = sources
        .flags
        .iter()
        .any(|(table, key, _)| (*table, *key) == ("log", "level"));
    let mut log = config.log.clone();
    if !asked {
        log.level = "warn".to_owned();
    }
    telemetry::log(&log)?;
    Ok(config)
}

/// A runtime for one command.
pub fn runtime() -> Result<Runtime> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")
}

/// The configured store, made where it is missing.
pub async fn store(config: &Config) -> Result<Store> {
    if let Some(file) = sqlite_file(&config.store)
        && let Some(folder) = file
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
    {
        Data::open(folder)?;
    }
    refuse_lost(config)?;
    let opened = Store::open(&config.store, store::Options::default()).await;
    // an error of opening says where by itself
    opened.map_err(|error| match error {
        StoreError::Open(_) => Error::new(error),
        error => Error::new(error).context(format!(
            "cannot open the store {}",
            config::store::shown(&config.store)
        )),
    })
}

/// The configured store, which must be there already.
pub async fn existing(config: &Config) -> Result<Store> {
    if let Some(file) = sqlite_file(&config.store)
        && !file.exists()
    {
        bail!("there is no {}; `skep serve` makes it", file.display());
    }
    store(config).await
}

/// An empty file, or none, would become a new site that takes up what the old one's journal holds; on
/// the data of an old one that is never what is meant: a copy or a disk went wrong.
fn refuse_lost(config: &Config) -> Result<()> {
    let Some(file) = sqlite_file(&config.store) else {
        return Ok(());
    };
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    // made once a store is there, by the site and by a tracker with accounts; one without has neither
    let served = config.data.join("secret.key").exists()
        || config.data.join("tracker/journal").exists()
        || fs::metadata(&log).is_ok_and(|log| log.len() > 0);
    match fs::metadata(file) {
        Ok(found) if served && found.len() == 0 => bail!(
            "{} is empty, but a site was here: put back your copy of it, or begin a new site in another folder",
            file.display()
        ),
        Err(error) if served && error.kind() == ErrorKind::NotFound => bail!(
            "{} is gone, but a site was here: put back your copy of it, or begin a new site in another folder",
            file.display()
        ),
        _ => Ok(()),
    }
}

/// The file of a database on disk.
fn sqlite_file(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?.split('?').next()?;
    let path = path.strip_prefix("//").unwrap_or(path);
    (path != ":memory:").then(|| Path::new(path))
}

/// The account of this name.
pub async fn account(store: &Store, name: &str) -> Result<Account> {
    let name = name
        .parse()
        .with_context(|| format!("`{name}` is not a user name"))?;
    match store.account_by_name(&name).await? {
        Some(account) => Ok(account),
        None => bail!("there is no user {name}; `skep user list` names all"),
    }
}
