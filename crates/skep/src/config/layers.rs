//! The sources of the configuration laid over each other, and where each value came from.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, anyhow, bail};
use serde::de::DeserializeOwned;
use toml::Value;
use toml::de::{DeTable, DeValue};

use super::key::{Key, Kind, Table};
use super::known::{find, find_or_suggest, with_one_underscore};
use super::legacy::{self, Legacy};
use super::{Sources, TABLES};

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Nobody gave one.
    Default,
    /// The file.
    File,
    /// This environment variable.
    Environment(String),
    /// This flag.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File => f.write_str("file"),
            Origin::Environment(name) => f.write_str(name),
            Origin::Flag(flag) => f.write_str(flag),
        }
    }
}

/// The value of every key, and where it came from.
#[derive(Debug)]
pub struct Layers {
    values: BTreeMap<(&'static str, &'static str), (Value, Origin)>,
    /// The file that was read, if there was one.
    pub file: Option<PathBuf>,
    /// Older variables of parts that this build does not have.
    pub unused: Vec<String>,
}

impl Layers {
    /// Reads every source.
    ///
    /// The file is the one given, else `skep.toml` in the data folder, else `skep.toml` in the working folder.
    pub fn read(sources: &Sources) -> Result<Self> {
        let (layers, mut faults) = Self::read_all(sources);
        if faults.is_empty() {
            Ok(layers)
        } else {
            Err(faults.swap_remove(0))
        }
    }

    /// Reads every source as far as it can be read, and says everything that is wrong in them.
    pub fn read_all(sources: &Sources) -> (Self, Vec<Error>) {
        let mut layers = Self {
            values: BTreeMap::new(),
            file: None,
            unused: Vec::new(),
        };
        for table in TABLES {
            for key in table.keys {
                layers.values.insert(
                    (table.name, key.name),
                    (key.default_value(), Origin::Default),
                );
            }
        }
        let mut faults: Vec<Error> = sources
            .unreadable
            .iter()
            .map(|name| anyhow!("{name}: it is not text in UTF-8"))
            .collect();
        for (name, text) in &sources.environment {
            faults.extend(layers.read_variable(name, text).err());
        }
        layers.read_redis(sources);
        layers.unused.sort();
        for (table, key, text) in &sources.flags {
            faults.extend(layers.read_flag(table, key, text).err());
        }
        faults.extend(layers.read_file(sources));
        (layers, faults)
    }

    /// A table as its raw struct.
    pub fn table<T: DeserializeOwned>(&self, table: &Table) -> Result<T> {
        let values: toml::Table = table
            .keys
            .iter()
            .map(|key| (key.name.to_owned(), self.value(table, key).clone()))
            .collect();
        values
            .try_into()
            .with_context(|| format!("reading [{}]", table.name))
    }

    /// A key's value.
    pub fn value(&self, table: &Table, key: &Key) -> &Value {
        &self.values[&(table.name, key.name)].0
    }

    /// Where a key's value came from.
    pub fn origin(&self, table: &Table, key: &Key) -> &Origin {
        &self.values[&(table.name, key.name)].1
    }

    fn set(&mut self, table: &Table, key: &Key, value: Value, origin: Origin) {
        self.values.insert((table.name, key.name), (value, origin));
    }

    fn read_variable(&mut self, name: &str, text: &str) -> Result<()> {
        let origin = || Origin::Environment(name.to_owned());
        match legacy::read(name, text) {
            Some(Legacy::Unused) => self.unused.push(name.to_owned()),
            Some(Legacy::Key(table, key, value)) => {
                let (table, key) = find(table, key).expect("older names stand for present keys");
                // the present name, wherever it stands in the environment, goes first
                if !matches!(self.origin(table, key), Origin::Environment(_)) {
                    self.set(table, key, value, origin());
                }
            }
            None => {}
        }
        let Some(rest) = name.strip_prefix("SKEP_") else {
            return Ok(());
        };
        let Some((table, key)) = rest.split_once("__") else {
            if let Some(meant) = with_one_underscore(rest) {
                bail!("{name}: write {meant}, with two underscores behind the table");
            }
            return Ok(());
        };
        let (table, key) = find_or_suggest(
            &table.to_ascii_lowercase(),
            &key.to_ascii_lowercase(),
            |table, key| format!("SKEP_{}__{}", table.to_uppercase(), key.to_uppercase()),
        )
        .with_context(|| name.to_owned())?;
        let value = key
            .kind
            .read(text)
            .ok_or_else(|| anyhow!("{name}: `{text}` is not {}", plain(key.kind)))?;
        self.set(table, key, value, origin());
        Ok(())
    }

    /// The three older variables that are one key.
    fn read_redis(&mut self, sources: &Sources) {
        let (url, unused) = legacy::redis(&sources.environment);
        self.unused.extend(unused.into_iter().map(str::to_owned));
        let (table, key) = find("cache", "url").expect("older names stand for present keys");
        if let Some(url) = url
            && !matches!(self.origin(table, key), Origin::Environment(_))
        {
            let origin = Origin::Environment(legacy::REDIS_HOST.to_owned());
            self.set(table, key, url, origin);
        }
    }

    fn read_flag(&mut self, table: &str, key: &str, text: &str) -> Result<()> {
        let (table, key) = find(table, key).expect("flags stand for present keys");
        let flag = (table.flag)(key.name).unwrap_or_default();
        let value = key
            .kind
            .read(text)
            .ok_or_else(|| anyhow!("{flag}: `{text}` is not {}", plain(key.kind)))?;
        self.set(table, key, value, Origin::Flag(flag));
        Ok(())
    }

    /// Reads the file under what is already there; everything that is wrong in it.
    fn read_file(&mut self, sources: &Sources) -> Vec<Error> {
        match self.open_file(sources) {
            Ok(None) => Vec::new(),
            Ok(Some((path, text))) => {
                let faults = self.under(&path, &text);
                self.file = Some(path);
                faults
            }
            Err(error) => vec![error],
        }
    }

    fn open_file(&self, sources: &Sources) -> Result<Option<(PathBuf, String)>> {
        if let Some(path) = &sources.file {
            let text = fs::read_to_string(path)
                .with_context(|| format!("cannot read the configuration {}", path.display()))?;
            return Ok(Some((path.clone(), text)));
        }
        let data = self.values[&("serve", "data")]
            .0
            .as_str()
            .unwrap_or_default();
        for path in [
            Path::new(data).join("skep.toml"),
            PathBuf::from("skep.toml"),
        ] {
            match fs::read_to_string(&path) {
                Ok(text) => return Ok(Some((path, text))),
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                    ) => {}
                Err(error) => {
                    return Err(error).with_context(|| {
                        format!("cannot read the configuration {}", path.display())
                    });
                }
            }
        }
        Ok(None)
    }

    fn under(&mut self, path: &Path, text: &str) -> Vec<Error> {
        let place = |offset: usize| {
            let line = text.get(..offset).unwrap_or(text).matches('\n').count() + 1;
            format!("{} line {line}", path.display())
        };
        let document = match DeTable::parse(text) {
            Ok(document) => document,
            Err(error) => {
                let offset = error.span().map_or(0, |span| span.start);
                let why = error.message().replace('\n', " ");
                return vec![anyhow!("{}: {why}", place(offset))];
            }
        };
        // in the order they stand, which the parser's maps do not keep
        let mut faults: Vec<(usize, Error)> = Vec::new();
        for (table_name, values) in document.get_ref() {
            let at = table_name.span().start;
            let DeValue::Table(values) = values.get_ref() else {
                let fault = anyhow!(
                    "{}: `{}` stands outside of a table; tables are {}",
                    place(at),
                    table_name.get_ref(),
                    listed(TABLES.iter().map(|table| table.name))
                );
                faults.push((at, fault));
                continue;
            };
            for (key_name, value) in values {
                let at = key_name.span().start;
                let entry = self.entry(
                    table_name.get_ref(),
                    key_name.get_ref(),
                    value.get_ref(),
                    &place(at),
                );
                faults.extend(entry.err().map(|fault| (at, fault)));
            }
            if values.is_empty()
                && !TABLES
                    .iter()
                    .any(|table| table.name == table_name.get_ref())
            {
                let named = find_or_suggest(table_name.get_ref(), "", |table, key| {
                    format!("{table}.{key}")
                })
                .with_context(|| place(at));
                faults.extend(named.err().map(|fault| (at, fault)));
            }
        }
        faults.sort_by_key(|(at, _)| *at);
        faults.into_iter().map(|(_, fault)| fault).collect()
    }

    fn entry(&mut self, table: &str, key: &str, value: &DeValue<'_>, here: &str) -> Result<()> {
        let (table, key) = find_or_suggest(table, key, |table, key| format!("{table}.{key}"))
            .with_context(|| here.to_owned())?;
        let value = plain_value(value).filter(|value| key.kind.holds(value));
        let Some(value) = value else {
            bail!(
                "{here}: {}.{} wants {}",
                table.name,
                key.name,
                key.kind.wanted()
            );
        };
        if *self.origin(table, key) == Origin::Default {
            self.set(table, key, value, Origin::File);
        }
        Ok(())
    }
}

/// A value of the document as a value of ours; `None` for kinds that no key has.
fn plain_value(value: &DeValue<'_>) -> Option<Value> {
    match value {
        DeValue::String(text) => Some(Value::String(text.to_string())),
        DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .map(Value::Integer),
        DeValue::Boolean(value) => Some(Value::Boolean(*value)),
        DeValue::Array(items) => items
            .iter()
            .map(|item| plain_value(item.get_ref()))
            .collect::<Option<_>>()
            .map(Value::Array),
        DeValue::Float(_) | DeValue::Datetime(_) | DeValue::Table(_) => None,
    }
}

fn plain(kind: Kind) -> &'static str {
    match kind {
        Kind::Text | Kind::List => "a text",
        Kind::Number => "a whole number from 0",
        Kind::Switch => "true or false",
    }
}

fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names
        .map(|name| format!("[{name}]"))
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(
        file: &str,
        environment: &[(&str, &str)],
        flags: &[(&'static str, &'static str, &str)],
    ) -> Result<Layers> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("skep.toml");
        fs::write(&path, file).unwrap();
        Layers::read(&Sources {
            file: Some(path),
            flags: flags
                .iter()
                .map(|(t, k, v)| (*t, *k, (*v).to_owned()))
                .collect(),
            environment: environment
                .iter()
                .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
                .collect(),
            ..Sources::default()
        })
    }

    fn refusal(file: &str, environment: &[(&str, &str)]) -> String {
        let error = merged(file, environment, &[]).unwrap_err();
        let text = format!("{error:#}");
        match text.split_once("skep.toml ") {
            Some((_, rest)) => rest.to_owned(),
            None => text,
        }
    }

    fn shown(layers: &Layers, table: &str, key: &str) -> String {
        let (table, key) = find(table, key).unwrap();
        format!(
            "{} ({})",
            layers.value(table, key),
            layers.origin(table, key)
        )
    }

    #[test]
    fn flags_go_over_the_environment_and_that_over_the_file() {
        let file =
            "[web]\nlisten = \"1.1.1.1:1\"\n[tracker]\nmin_interval = 5\nhttp = \"1.1.1.1:1\"";
        let layers = merged(
            file,
            &[
                ("SKEP_WEB__LISTEN", "2.2.2.2:2"),
                ("SKEP_TRACKER__HTTP", "2.2.2.2:2"),
                ("SKEP_TEST_POSTGRES", "x"),
            ],
            &[("web", "listen", "3.3.3.3:3")],
        )
        .unwrap();
        assert_eq!(shown(&layers, "web", "listen"), "\"3.3.3.3:3\" (--web)");
        assert_eq!(
            shown(&layers, "tracker", "http"),
            "\"2.2.2.2:2\" (SKEP_TRACKER__HTTP)"
        );
        assert_eq!(shown(&layers, "tracker", "min_interval"), "5 (file)");
        assert_eq!(
            shown(&layers, "tracker", "udp"),
            "\"0.0.0.0:6969\" (default)"
        );
    }

    #[test]
    fn older_names_are_understood_below_the_present_ones() {
        let layers = merged(
            "",
            &[
                ("STORAGE_DB_PATH", "a.db"),
                ("LOG_LEVEL", "WARNING"),
                ("DHT_PORT", "1"),
            ],
            &[],
        )
        .unwrap();
        assert_eq!(
            shown(&layers, "store", "url"),
            "\"sqlite:a.db\" (STORAGE_DB_PATH)"
        );
        assert_eq!(shown(&layers, "log", "level"), "\"warn\" (LOG_LEVEL)");
        assert_eq!(layers.unused, ["DHT_PORT"]);
        for order in [[0, 1], [1, 0]] {
            let both = [("LOG_LEVEL", "info"), ("SKEP_LOG__LEVEL", "debug")];
            let layers = merged("", &order.map(|i| both[i]), &[]).unwrap();
            assert_eq!(
                shown(&layers, "log", "level"),
                "\"debug\" (SKEP_LOG__LEVEL)"
            );
        }
    }

    #[test]
    fn a_wrong_key_is_refused_with_the_nearest_one() {
        for (file, message) in [
            (
                "[web]\n\nlisen = \"x\"",
                "line 3: unknown key web.lisen; did you mean web.listen?",
            ),
            (
                "[wep]\nlisten = \"x\"",
                "line 2: unknown key wep.listen; did you mean web.listen?",
            ),
            (
                "[tracker]\nhttps = \"x\"",
                "line 2: unknown key tracker.https; did you mean tracker.http?",
            ),
            (
                "[crawler]\nallow_loopback = true",
                "line 2: [crawler] configures a part that is not in this build",
            ),
            (
                "[crawler]",
                "line 1: [crawler] configures a part that is not in this build",
            ),
            (
                "[web]\nlisten = 8080",
                "line 2: web.listen wants a text in quotes",
            ),
            (
                "[tracker]\nmin_interval = -1",
                "line 2: tracker.min_interval wants a whole number from 0",
            ),
            ("[web]\nlisten = ", "line 2: "),
        ] {
            let refusal = refusal(file, &[]);
            assert!(refusal.starts_with(message), "{file:?}: {refusal}");
            assert!(!refusal.contains('\n'), "{refusal}");
        }
        assert!(
            refusal("listen = \"x\"", &[])
                .starts_with("line 1: `listen` stands outside of a table")
        );
    }

    #[test]
    fn a_wrong_variable_is_refused_with_the_nearest_one() {
        for (name, message) in [
            (
                "SKEP_WEB__LISEN",
                "SKEP_WEB__LISEN: unknown key SKEP_WEB__LISEN; did you mean SKEP_WEB__LISTEN?",
            ),
            (
                "SKEP_WEB_LISTEN",
                "SKEP_WEB_LISTEN: write SKEP_WEB__LISTEN, with two underscores behind the table",
            ),
            (
                "SKEP_TRACKER__MIN_INTERVAL",
                "SKEP_TRACKER__MIN_INTERVAL: `x` is not a whole number from 0",
            ),
        ] {
            assert_eq!(refusal("", &[(name, "x")]), message);
        }
    }

    #[test]
    fn every_key_has_a_default_of_its_kind_and_a_doc() {
        for table in TABLES {
            assert!(!table.about.is_empty());
            for key in table.keys {
                assert!(
                    key.kind.holds(&key.default_value()),
                    "{}.{}",
                    table.name,
                    key.name
                );
                assert!(!key.doc.is_empty(), "{}.{}", table.name, key.name);
            }
        }
    }
}
