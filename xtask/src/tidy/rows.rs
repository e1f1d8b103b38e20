//! Which crate may depend on which: the table of rows, in this one place.

use std::path::Path;

use super::Finding;
use super::repository::{Package, Repository};

/// Our crates with their row. A crate depends only on rows above its own.
const ROWS: &[(&str, u8)] = &[
    ("bencode", 0),
    ("bittorrent", 0),
    ("swarm", 1),
    ("dht", 1),
    ("domain", 1),
    ("similarity", 1),
    ("store", 2),
    ("search", 2),
    ("stream", 2),
    ("tasks", 2),
    ("cache", 2),
    ("blobs", 2),
    ("datagrams", 2),
    ("logfile", 2),
    ("tracker", 3),
    ("crawler", 3),
    ("fetcher", 3),
    ("indexer", 3),
    ("watcher", 3),
    ("web", 3),
    ("telegram", 3),
    ("skep", 4),
];

/// Crates beside the rows, with the lowest row they may use.
const BESIDE: &[(&str, u8)] = &[("fuzz", 1), ("bench", 3), ("load", 2), ("xtask", 0)];

/// The only steps within a row.
const WITHIN_ROW: &[(&str, &str)] = &[("bittorrent", "bencode")];

/// Crates that the formats and engines (rows 0 and 1) do without: they get time and randomness as
/// arguments, and leave input and output to others.
const NOT_IN_ENGINES: &[&str] = &[
    "async-std",
    "axum",
    "chrono",
    "fastrand",
    "getrandom",
    "hyper",
    "mio",
    "quinn",
    "rand",
    "redis",
    "reqwest",
    "rusqlite",
    "rustix",
    "smol",
    "socket2",
    "sqlx",
    "tempfile",
    "time",
    "tokio",
    "tokio-util",
    "ureq",
];

/// Crates that stand behind one of ours, with the one that owns them.
const OWNED: &[(&str, &str)] = &[
    ("askama", "web"),
    ("axum", "web"),
    ("clap", "skep"),
    ("metrics-exporter-prometheus", "skep"),
    ("object_store", "blobs"),
    ("rdkafka", "stream"),
    ("redis", "cache"),
    ("sqlx", "store"),
    ("tantivy", "search"),
    ("teloxide", "telegram"),
    ("toml", "skep"),
    ("tracing-subscriber", "skep"),
];

/// Whether the crate is one of rows 0 and 1.
pub fn is_engine(name: &str) -> bool {
    row(name).is_some_and(|row| row <= 1)
}

/// Whether the crate stands in a row at all.
pub fn in_rows(name: &str) -> bool {
    row(name).is_some()
}

/// A crate depends only on crates in rows above its own. What is needed for tests alone is free.
pub fn layering(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in &repository.packages {
        let beside = BESIDE.iter().find(|(name, _)| *name == package.name);
        let Some(own) = row(&package.name).or(beside.map(|(_, lowest)| lowest + 1)) else {
            findings.push(finding(
                repository,
                package,
                "name",
                "rows",
                format!("`{}` stands in no row", package.name),
                "add it to ROWS in xtask/src/tidy/rows.rs, in the row it belongs to".to_owned(),
            ));
            continue;
        };
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| !dependency.dev)
        {
            let Some(other) = row(&dependency.name) else {
                continue;
            };
            let within = WITHIN_ROW.contains(&(package.name.as_str(), dependency.name.as_str()));
            if other < own || (within && other == own) {
                continue;
            }
            let place = if beside.is_some() {
                "beside the rows".to_owned()
            } else {
                format!("row {own}")
            };
            findings.push(finding(
                repository,
                package,
                &dependency.name,
                "layering",
                format!("`{}` ({place}) depends on `{}` (row {other})", package.name, dependency.name),
                "a crate depends only on rows above its own: move what both need up, or pass it in as an argument"
                    .to_owned(),
            ));
        }
    }
    findings
}

/// Engines do without I/O, and what is behind one crate's face is used by that crate alone.
pub fn borders(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for package in repository
        .packages
        .iter()
        .filter(|package| in_rows(&package.name))
    {
        for dependency in package
            .dependencies
            .iter()
            .filter(|dependency| !dependency.dev)
        {
            let name = dependency.name.as_str();
            if is_engine(&package.name) && NOT_IN_ENGINES.contains(&name) {
                findings.push(finding(
                    repository,
                    package,
                    name,
                    "engines-without-io",
                    format!("`{}` depends on `{name}`", package.name),
                    "rows 0 and 1 get time, randomness and bytes as arguments; do this in an adapter or a role".to_owned(),
                ));
            }
            let owner = OWNED
                .iter()
                .find(|(owned, _)| *owned == name)
                .map(|(_, owner)| *owner);
            if let Some(owner) = owner.filter(|owner| *owner != package.name) {
                findings.push(finding(
                    repository,
                    package,
                    name,
                    "one-owner",
                    format!("`{}` depends on `{name}`", package.name),
                    format!("only `{owner}` knows `{name}`: ask it through its face"),
                ));
            }
        }
    }
    findings
}

/// Every package keeps to the workspace's lints.
pub fn lints(repository: &Repository) -> Vec<Finding> {
    let lacks = |package: &&Package| {
        repository
            .file(&package.folder.join("Cargo.toml"))
            .is_some_and(|manifest| !manifest.text.contains("[lints]\nworkspace = true"))
    };
    let report = |package: &Package| {
        finding(
            repository,
            package,
            "name",
            "lints",
            format!("`{}` does not take the workspace's lints", package.name),
            "add `[lints]` with `workspace = true`".to_owned(),
        )
    };
    repository
        .packages
        .iter()
        .filter(lacks)
        .map(report)
        .collect()
}

/// Each engine has a `clippy.toml` that forbids clocks, environment and sockets, all of them the same.
pub fn clippy_files(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut reference: Option<&str> = None;
    for package in repository
        .packages
        .iter()
        .filter(|package| is_engine(&package.name))
    {
        let path = package.folder.join("clippy.toml");
        let report = |what: String| Finding {
            file: path.clone(),
            line: 0,
            rule: "clippy-files",
            what,
            todo: "copy the clippy.toml of crates/bencode".to_owned(),
        };
        let Some(file) = repository.file(&path) else {
            findings.push(report(format!("`{}` has no clippy.toml", package.name)));
            continue;
        };
        for method in [
            "std::time::Instant::now",
            "std::time::SystemTime::now",
            "std::env::var",
            "std::net::UdpSocket",
        ] {
            if !file.text.contains(&format!("\"{method}\"")) {
                findings.push(report(format!("it does not forbid `{method}`")));
            }
        }
        if *reference.get_or_insert(&file.text) != file.text {
            findings.push(report(
                "it is not the same as in the other engines".to_owned(),
            ));
        }
    }
    findings
}

fn row(name: &str) -> Option<u8> {
    ROWS.iter()
        .find(|(crate_name, _)| *crate_name == name)
        .map(|(_, row)| *row)
}

fn finding(
    repository: &Repository,
    package: &Package,
    line: &str,
    rule: &'static str,
    what: String,
    todo: String,
) -> Finding {
    let file = package.folder.join(Path::new("Cargo.toml"));
    let line = repository.file(&file).map_or(0, |manifest| {
        ["", ".", " ="]
            .into_iter()
            .map(|end| manifest.line_beginning(&format!("{line}{end}")))
            .rfind(|line| *line > 0)
            .unwrap_or(0)
    });
    Finding {
        file,
        line,
        rule,
        what,
        todo,
    }
}
