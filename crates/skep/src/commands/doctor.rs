//! `skep doctor`: everything that can be checked from outside, a line for each check.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::{Error, Result, anyhow, bail};
use blobs::{BlobKey, Blobs};
use serde_json::json;
use store::Store;

use crate::config::{Config, Sources};
use crate::serve::house::needs_store;
use crate::serve::inherited::Inherited;
use crate::serve::ports;
use crate::{data, open, out};

/// How to say it.
#[derive(clap::Args)]
pub struct Arguments {
    /// One JSON object a line.
    #[arg(long)]
    json: bool,
}

/// Runs the checks. Nothing is changed; a `serve` may run meanwhile.
pub fn run(sources: &Sources, arguments: &Arguments) -> Result<()> {
    let config = open::quiet(sources)?;
    let mut report = Report {
        json: arguments.json,
        problems: 0,
    };
    report.tell("configuration", Ok("is sound".to_owned()));
    if !config.data.is_dir() {
        let why = format!(
            "there is no {}; `skep serve` makes it",
            config.data.display()
        );
        report.tell("data folder", Err(why));
    } else {
        report.tell("data folder", private(&config.data));
        report.tell("disk", space(&config.data));
        report.tell("journal", journal(&config.data));
        let made = config.data.join("skep.db").exists();
        if needs_store(&config) || made {
            open::runtime()?.block_on(durable(&config, &mut report))?;
        } else {
            report.tell("store", Ok("none is needed".to_owned()));
        }
    }
    for (name, outcome) in listening(&config) {
        report.tell(name, outcome);
    }
    match report.problems {
        0 => Ok(()),
        1 => bail!("1 problem found"),
        more => bail!("{more} problems found"),
    }
}

/// What a check found: all is well, or not, in one line.
type Outcome = Result<String, String>;

struct Report {
    json: bool,
    problems: usize,
}

impl Report {
    fn tell(&mut self, check: &str, outcome: Outcome) {
        let (ok, message) = match outcome {
            Ok(message) => (true, message),
            Err(message) => (false, message),
        };
        self.problems += usize::from(!ok);
        if self.json {
            out::line(json!({"check": check, "ok": ok, "message": message}));
        } else {
            out::line(format_args!(
                "{} {check}: {message}",
                if ok { "ok  " } else { "BAD " }
            ));
        }
    }
}

/// The folder and the secrets in it are their owner's alone.
fn private(folder: &Path) -> Outcome {
    for name in [".", "secret.key", "setup-token"] {
        let path = folder.join(name);
        if let Ok(data) = fs::metadata(&path)
            && data.mode() & 0o077 != 0
        {
            return Err(format!(
                "{} can be read by others (mode {:o}); chmod go= it",
                path.display(),
                data.mode() & 0o777
            ));
        }
    }
    Ok(format!("{} is private", folder.display()))
}

fn space(folder: &Path) -> Outcome {
    let disk = rustix::fs::statvfs(folder).map_err(|error| format!("cannot be asked: {error}"))?;
    let free = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
    if free < LEAST_FREE_MIB {
        return Err(format!(
            "only {free} MiB free, at least {LEAST_FREE_MIB} are needed"
        ));
    }
    Ok(format!("{free} MiB free"))
}

/// The tracker's journal can be read; what a crash tore off its end is no damage.
fn journal(data: &Path) -> Outcome {
    match tracker::inspect_journal(&data.join("tracker/journal")) {
        Ok(journal) => Ok(format!(
            "{} observations in {} files",
            journal.records, journal.segments
        )),
        Err(error) => Err(error.to_string()),
    }
}

/// The store, and the files it speaks of.
async fn durable(config: &Config, report: &mut Report) -> Result<()> {
    let store = match open::existing(config).await {
        Ok(store) => store,
        Err(error) => {
            report.tell("store", Err(one_line(&error)));
            return Ok(());
        }
    };
    match store.doctor().await {
        Ok(findings) if findings.is_empty() => {
            report.tell("store", Ok("all sums agree".to_owned()))
        }
        Ok(findings) => {
            for finding in findings {
                report.tell(&format!("store.{}", finding.check), Err(finding.message));
            }
        }
        Err(error) => report.tell("store", Err(one_line(&error.into()))),
    }
    let outcome = match files(config, &store).await {
        Ok(count) => Ok(format!("{count} files are whole")),
        Err(error) => Err(one_line(&error)),
    };
    report.tell("blobs", outcome);
    if config.cache.is_shared() {
        // any key will do: what is asked is whether there is an answer
        let answer = config.cache.read(&["skep".to_owned()]).await;
        let outcome = answer.map(|_| "answers".to_owned());
        report.tell("cache", outcome.map_err(|error| error.to_string()));
    }
    store.close().await;
    Ok(())
}

/// Reads every file that the store names, which proves it against its key; how many there are.
async fn files(config: &Config, store: &Store) -> Result<usize> {
    let blobs = Blobs::open(&config.blobs).await?;
    let (mut after, mut count, mut bad) = (String::new(), 0, Vec::new());
    loop {
        let keys = store.blob_keys_after(&after, 1000).await?;
        let Some(last) = keys.last() else {
            break;
        };
        after.clone_from(last);
        for key in &keys {
            count += 1;
            let read = match key.parse::<BlobKey>() {
                Ok(key) => blobs.get(&key).await.map_err(Error::from),
                Err(error) => Err(error.into()),
            };
            if let Err(error) = read {
                bad.push(error);
            }
        }
    }
    match (bad.len(), bad.into_iter().next()) {
        (0, _) | (_, None) => Ok(count),
        (bad, Some(first)) => Err(anyhow!(
            "{bad} of {count} files are missing or damaged; {first}"
        )),
    }
}

/// The ports are free, or in use by the `serve` on this folder.
fn listening(config: &Config) -> Vec<(&'static str, Outcome)> {
    if let Some(process) = data::holder(&config.data) {
        return vec![(
            "ports",
            Ok(format!("in use by the running serve, process {process}")),
        )];
    }
    let problems = ports::problems(config, &Inherited::default());
    if problems.is_empty() {
        return vec![("ports", Ok("are free".to_owned()))];
    }
    problems
        .into_iter()
        .map(|(key, error)| (key, Err(one_line(&error))))
        .collect()
}

fn one_line(error: &Error) -> String {
    format!("{error:#}")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

const LEAST_FREE_MIB: u64 = 256;
