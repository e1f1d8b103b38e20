//! The configuration as text: a commented file, the effective values, the reference page.
//!
//! All of it comes from the doc comments of the tables, which are the `--help` of the flags too.

use std::fmt::Write;

use toml::Value;

use super::key::{Key, Table};
use super::{Layers, TABLES, cache, store};

/// A `skep.toml` that changes nothing: every key explained, and commented out at its default.
pub fn file() -> String {
    let mut out = String::from(
        "# Configuration of Skep. Everything here is optional; a line that is commented out shows the default.\n\
         # An environment variable SKEP_<TABLE>__<KEY> overrides this file, and flags override both.\n",
    );
    for table in TABLES {
        out.push('\n');
        for line in table.about {
            let _ = writeln!(out, "#{line}");
        }
        let _ = writeln!(out, "[{}]", table.name);
        for key in table.keys {
            out.push('\n');
            for line in key.doc {
                let _ = writeln!(out, "#{line}");
            }
            let _ = writeln!(out, "# {} = {}", key.name, key.default);
        }
    }
    out
}

/// The effective values as a file, each with where it came from; passwords are hidden.
pub fn effective(layers: &Layers) -> String {
    let mut out = match &layers.file {
        Some(path) => format!("# read from {}\n", path.display()),
        None => String::from("# no file was read\n"),
    };
    for table in TABLES {
        let _ = write!(out, "\n[{}]\n", table.name);
        for key in table.keys {
            let value = match layers.value(table, key) {
                Value::String(url)
                    if [store::TABLE.name, cache::TABLE.name].contains(&table.name) =>
                {
                    Value::String(store::shown(url))
                }
                value => value.clone(),
            };
            let _ = writeln!(
                out,
                "{} = {value}  # {}",
                key.name,
                layers.origin(table, key)
            );
        }
    }
    out
}

/// The reference page, as Markdown.
pub fn reference() -> String {
    let mut out = String::from(INTRODUCTION);
    for table in TABLES {
        let _ = write!(out, "\n## `[{}]`\n\n{}\n", table.name, joined(table.about));
        for key in table.keys {
            let _ = write!(
                out,
                "\n### `{}.{}`\n\n{}\n\n",
                table.name,
                key.name,
                joined(key.doc)
            );
            let _ = writeln!(out, "- Default: `{}`", key.default);
            let _ = writeln!(out, "- Environment: `{}`", variable(table, key));
            if let Some(flag) = (table.flag)(key.name) {
                let _ = writeln!(out, "- Flag: `{flag}`");
            }
        }
    }
    out
}

/// The environment variable of a key.
fn variable(table: &Table, key: &Key) -> String {
    format!("SKEP_{}__{}", table.name, key.name).to_uppercase()
}

fn joined(lines: &[&str]) -> String {
    lines
        .iter()
        .map(|line| line.trim())
        .collect::<Vec<_>>()
        .join(" ")
}

const INTRODUCTION: &str = "\
# Configuration

<!-- Written by `skep config reference`; a test keeps it current. -->

Skep runs without any configuration. What differs from the defaults goes into `skep.toml`, which is looked for in
this order: the file named by `--config`, `skep.toml` in the data folder, `skep.toml` in the working folder.

An environment variable `SKEP_<TABLE>__<KEY>` (two underscores) overrides the file, and flags override both. Lists in
variables and flags are separated by commas. An unknown key is an error that names the nearest known one.

- `skep config init` writes a commented file that changes nothing.
- `skep config check` reads everything and says what is wrong.
- `skep config print` shows every value and where it came from; passwords are hidden.

The older variables `STORAGE_DB_PATH` (as `store.url = \"sqlite:…\"`), `LOG_LEVEL` (as `log.level`), and `REDIS_HOST`
with `REDIS_PORT` and `REDIS_PASSWORD` (as `cache.url = \"redis://…\"`) are understood. `DHT_PORT`, `METADATA_TIMEOUT`,
`KAFKA_BOOTSTRAP_SERVERS`, `KAFKA_TOPIC_HASHES` and `KAFKA_TOPIC_METADATA` are accepted and concern parts that this
build does not have.

Which keys several processes of one site share is told in [PROCESSES.md](PROCESSES.md).
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_is_toml_and_names_every_key() {
        let text = file();
        let document: toml::Table = text.parse().unwrap();
        assert_eq!(document.len(), TABLES.len());
        let uncommented: String = text
            .lines()
            .filter(|line| !line.starts_with("# ") || line.contains(" = "))
            .map(|line| line.trim_start_matches("# ").to_owned() + "\n")
            .collect();
        let document: toml::Table = uncommented.parse().unwrap();
        for table in TABLES {
            let values = document[table.name].as_table().unwrap();
            assert_eq!(values.len(), table.keys.len(), "{}", table.name);
        }
    }
}
