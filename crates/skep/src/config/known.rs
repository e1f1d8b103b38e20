//! Which tables and keys there are, and which one was meant.

use anyhow::{Result, bail};

use super::TABLES;
use super::key::{Key, Table};

/// A key of a table.
pub fn find(table: &str, key: &str) -> Option<(&'static Table, &'static Key)> {
    let table = TABLES.iter().find(|known| known.name == table)?;
    Some((table, table.keys.iter().find(|known| known.name == key)?))
}

/// Finds a key, or says which known one is nearest.
pub fn find_or_suggest(
    table: &str,
    key: &str,
    write: impl Fn(&str, &str) -> String,
) -> Result<(&'static Table, &'static Key)> {
    if let Some(found) = find(table, key) {
        return Ok(found);
    }
    if LATER.contains(&table) {
        bail!("[{table}] configures a part that is not in this build");
    }
    let given = write(table, key);
    let nearest = TABLES
        .iter()
        .flat_map(|known| known.keys.iter().map(|key| (known.name, key.name)))
        // a key of the same name elsewhere is nearer than any misspelling
        .max_by(|a, b| {
            let likeness = |(t, k): &(&str, &str)| {
                strsim::jaro_winkler(t, table) + 2.0 * strsim::jaro_winkler(k, key)
            };
            likeness(a).total_cmp(&likeness(b))
        });
    match nearest {
        Some((table, key)) => bail!("unknown key {given}; did you mean {}?", write(table, key)),
        None => bail!("unknown key {given}"),
    }
}

/// The variable that was meant by `WEB_LISTEN`, if it is one of ours with an underscore too few.
pub fn with_one_underscore(rest: &str) -> Option<String> {
    let rest = rest.to_ascii_lowercase();
    TABLES.iter().find_map(|table| {
        let key = rest.strip_prefix(table.name)?.strip_prefix('_')?;
        let key = table.keys.iter().find(|known| known.name == key)?;
        Some(format!(
            "SKEP_{}__{}",
            table.name.to_uppercase(),
            key.name.to_uppercase()
        ))
    })
}

/// Tables of parts to come.
const LATER: &[&str] = &[
    "dht",
    "crawler",
    "fetcher",
    "indexer",
    "watcher",
    "telegram",
    "scheduler",
    "stream",
    "tasks",
    "search",
    "mail",
];
