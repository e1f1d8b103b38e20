//! Configuration: `skep.toml`, overridden by `SKEP_<TABLE>__<KEY>`, overridden by flags.
//!
//! One file per table, each with its keys as they are written ([`key`]) and as they are meant (`resolve`).
//! [`layers`] merges the sources and remembers where each value came from; [`sample`] writes the file and
//! the reference from the tables' own doc comments.

pub mod blobs;
pub mod cache;
pub mod key;
mod known;
mod layers;
mod legacy;
pub mod log;
pub mod sample;
pub mod serve;
pub mod store;
pub mod telemetry;
pub mod tracker;
pub mod web;

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, anyhow, bail};

pub use key::Table;
pub use layers::Layers;

/// Every table, in the order it is shown.
pub const TABLES: &[Table] = &[
    serve::TABLE,
    web::TABLE,
    tracker::TABLE,
    store::TABLE,
    blobs::TABLE,
    cache::TABLE,
    telemetry::TABLE,
    log::TABLE,
];

/// The flags that set keys.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub struct Flags {
    /// Those of `[serve]`.
    #[command(flatten)]
    pub serve: serve::Flags,
    /// Those of `[web]`.
    #[command(flatten)]
    pub web: web::Flags,
    /// Those of `[tracker]`.
    #[command(flatten)]
    pub tracker: tracker::Flags,
    /// Those of `[store]`.
    #[command(flatten)]
    pub store: store::Flags,
    /// Those of `[blobs]`.
    #[command(flatten)]
    pub blobs: blobs::Flags,
    /// Those of `[cache]`.
    #[command(flatten)]
    pub cache: cache::Flags,
    /// Those of `[telemetry]`.
    #[command(flatten)]
    pub telemetry: telemetry::Flags,
    /// Those of `[log]`.
    #[command(flatten)]
    pub log: log::Flags,
}

impl Flags {
    /// The flags that were given: table, key, text.
    pub fn given(&self) -> Vec<(&'static str, &'static str, String)> {
        let mut given = Vec::new();
        let mut add = |table: Table, flags: &mut dyn Iterator<Item = (&'static str, &str)>| {
            given.extend(flags.map(|(key, text)| (table.name, key, text.to_owned())));
        };
        add(serve::TABLE, &mut self.serve.given());
        add(web::TABLE, &mut self.web.given());
        add(tracker::TABLE, &mut self.tracker.given());
        add(store::TABLE, &mut self.store.given());
        add(blobs::TABLE, &mut self.blobs.given());
        add(cache::TABLE, &mut self.cache.given());
        add(telemetry::TABLE, &mut self.telemetry.given());
        add(log::TABLE, &mut self.log.given());
        given
    }
}

/// What the program was given, before anything is read.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The file named by a flag; it must exist.
    pub file: Option<PathBuf>,
    /// Keys set by flags: table, key, text.
    pub flags: Vec<(&'static str, &'static str, String)>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// Variables of ours that are not text, as far as their names can be shown.
    pub unreadable: Vec<String>,
}

impl Sources {
    /// The process's environment, without flags.
    pub fn environment() -> Self {
        Self::of(std::env::vars_os())
    }

    fn of(variables: impl Iterator<Item = (OsString, OsString)>) -> Self {
        let mut sources = Self::default();
        for (name, value) in variables {
            match (name.to_str(), value.to_str()) {
                (Some(name), Some(value)) => {
                    sources
                        .environment
                        .push((name.to_owned(), value.to_owned()));
                }
                _ if name.as_encoded_bytes().starts_with(b"SKEP_") => {
                    sources.unreadable.push(name.to_string_lossy().into_owned());
                }
                // not ours
                _ => {}
            }
        }
        sources
    }
}

/// Reads every source into the configuration as it is meant.
pub fn load(sources: &Sources) -> Result<Config> {
    Config::resolve(&Layers::read(sources)?)
}

/// The configuration as it is meant.
#[derive(Clone, Debug)]
pub struct Config {
    /// The data folder.
    pub data: PathBuf,
    /// What this process runs.
    pub roles: serve::Roles,
    /// The log.
    pub log: log::Log,
    /// The store's address.
    pub store: String,
    /// The blobs' address.
    pub blobs: String,
    /// What processes share.
    pub cache: ::cache::Cache,
    /// The tracker.
    pub tracker: tracker::Tracker,
    /// The site.
    pub web: web::Web,
    /// How the process is watched.
    pub telemetry: telemetry::Telemetry,
    /// Variables that were understood but concern parts that this build does not have.
    pub unused: Vec<String>,
}

impl Config {
    /// Gives meaning to the merged sources.
    pub fn resolve(layers: &Layers) -> Result<Self> {
        Self::check(layers).map_err(|mut faults| faults.swap_remove(0))
    }

    /// Gives meaning to the merged sources, or says the first fault of every table.
    ///
    /// # Errors
    /// At least one fault.
    pub fn check(layers: &Layers) -> Result<Self, Vec<Error>> {
        let mut faults = Vec::new();
        let mut fault = |error| faults.push(error);
        let (data, roles) = match layers.table::<serve::Raw>(&serve::TABLE) {
            Ok(serve) => (
                PathBuf::from(serve.data),
                serve::Roles::read(&serve.roles).context("serve.roles"),
            ),
            Err(error) => (PathBuf::from("?"), Err(error)),
        };
        if data.as_os_str().is_empty() {
            fault(anyhow!("serve.data: the data folder has no name"));
        }
        let roles = roles.map_err(&mut fault).ok();
        let log = layers.table::<log::Raw>(&log::TABLE);
        let log = log.and_then(log::Raw::resolve).map_err(&mut fault).ok();
        let store = layers.table::<store::Raw>(&store::TABLE);
        let store = store.and_then(|raw| raw.resolve(&data));
        let store = store.map_err(&mut fault).ok();
        let blobs = layers.table::<blobs::Raw>(&blobs::TABLE);
        let blobs = blobs.and_then(|raw| raw.resolve(&data));
        let blobs = blobs.map_err(&mut fault).ok();
        let cache = layers.table::<cache::Raw>(&cache::TABLE);
        let cache = cache.and_then(cache::Raw::resolve);
        let cache = cache.map_err(&mut fault).ok();
        let tracker = layers.table::<tracker::Raw>(&tracker::TABLE);
        let tracker = tracker.and_then(tracker::Raw::resolve);
        let tracker = tracker.map_err(&mut fault).ok();
        let web = layers.table::<web::Raw>(&web::TABLE);
        let web = web.and_then(web::Raw::resolve).map_err(&mut fault).ok();
        let telemetry = layers.table::<telemetry::Raw>(&telemetry::TABLE);
        let telemetry = telemetry.and_then(telemetry::Raw::resolve);
        let telemetry = telemetry.map_err(&mut fault).ok();
        match (roles, log, store, blobs, cache, tracker, web, telemetry) {
            (
                Some(roles),
                Some(log),
                Some(store),
                Some(blobs),
                Some(cache),
                Some(tracker),
                Some(web),
                Some(telemetry),
            ) if faults.is_empty() => Ok(Self {
                data,
                roles,
                log,
                store,
                blobs,
                cache,
                tracker,
                web,
                telemetry,
                unused: layers.unused.clone(),
            }),
            _ => Err(faults),
        }
    }
}

/// Puts the data folder into an address.
fn in_data(url: &str, data: &Path) -> String {
    url.replace("{data}", &data.to_string_lossy())
}

/// Reads `host:port`, where the host is an IP address or `localhost`, or left out for every address.
fn address(key: &str, text: &str) -> Result<SocketAddr> {
    let full = match text.split_once(':') {
        Some(("localhost", port)) => format!("127.0.0.1:{port}"),
        Some(("", port)) if !port.contains(':') => format!("0.0.0.0:{port}"),
        _ => text.to_owned(),
    };
    match full.parse() {
        Ok(address) => Ok(address),
        Err(_) => {
            bail!("{key}: `{text}` is not an address; write 127.0.0.1:8080 or [::1]:8080")
        }
    }
}

/// Reads the base of an address that people use; empty is none.
fn base_url(key: &str, text: &str, schemes: &[&str]) -> Result<Option<String>> {
    if text.is_empty() {
        return Ok(None);
    }
    let host = text
        .split_once("://")
        .filter(|(scheme, _)| schemes.contains(scheme))
        .map(|(_, rest)| rest);
    match host.map(|rest| rest.trim_end_matches('/')) {
        Some(host) if !host.is_empty() && !host.contains([' ', '?', '#', '@', '"', '<']) => {
            Ok(Some(text.trim_end_matches('/').to_owned()))
        }
        _ => bail!(
            "{key}: `{text}` is not an address; write {}://host",
            schemes.join(":// or ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let read = |text: &str| address("k", text).ok().map(|address| address.to_string());
        assert_eq!(read("localhost:1"), Some("127.0.0.1:1".into()));
        assert_eq!(read(":80"), Some("0.0.0.0:80".into()));
        assert_eq!(read("[::]:80"), Some("[::]:80".into()));
        assert_eq!(read("80"), None);
        assert_eq!(read("127.0.0.1:99999"), None);
    }

    #[test]
    fn public_addresses_are_read() {
        let read = |text| base_url("k", text, &["http", "https"]).ok();
        assert_eq!(read(""), Some(None));
        assert_eq!(
            read("https://a.example/"),
            Some(Some("https://a.example".into()))
        );
        assert_eq!(read("a.example"), None);
        assert_eq!(read("udp://a.example"), None);
        assert_eq!(read("http://"), None);
    }
}
