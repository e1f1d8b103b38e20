//! `cargo xtask test`: every suite in order, with what it needs, and a summary at the end.
//!
//! The Rust tests run on SQLite and on a PostgreSQL of their own. The end-to-end suites drive the binary that the
//! Rust tests have just built. A suite whose needs cannot be met is a failure where `CI` is set, and skipped
//! loudly elsewhere.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::fuzz;
use crate::provision::{self, Need};
use crate::run::{self, Leash, Output, Terms};
use crate::services::{POSTGRES_ENV, Postgres};

/// A group of tests that is run and counted as one.
struct Suite {
    name: &'static str,
    about: &'static str,
    needs: &'static [Need],
    limit: Duration,
    work: Work,
}

enum Work {
    /// `cargo test` of the whole workspace.
    Cargo,
    /// `e2e/run` with the suite's name.
    EndToEnd,
    /// The fuzz targets.
    Fuzz,
}

const SUITES: &[Suite] = &[
    Suite {
        name: "cargo",
        about: "unit, property and integration tests of every crate, on SQLite and PostgreSQL, with Redis",
        needs: &[Need::Postgres, command("redis-server", "redis-server")],
        limit: minutes(45),
        work: Work::Cargo,
    },
    Suite {
        name: "browser",
        about: "three people in headless Chromium",
        needs: &[command("chromium", "chromium"), Need::NodeModules],
        limit: minutes(20),
        work: Work::EndToEnd,
    },
    Suite {
        name: "webtorrent",
        about: "browsers' clients in headless Chromium and node, and a native one beside them",
        needs: &[
            command("chromium", "chromium"),
            command("aria2c", "aria2"),
            command("openssl", "openssl"),
            Need::NodeModules,
        ],
        limit: minutes(10),
        work: Work::EndToEnd,
    },
    Suite {
        name: "clients",
        about: "transfers with five BitTorrent clients",
        needs: &[
            command("transmission-daemon", "transmission-daemon"),
            command("transmission-remote", "transmission-cli"),
            command("aria2c", "aria2"),
            command("qbittorrent-nox", "qbittorrent-nox"),
            command("rtorrent", "rtorrent"),
            // the networks that it makes
            command("ip", "iproute2"),
            Need::Libtorrent,
        ],
        limit: minutes(20),
        work: Work::EndToEnd,
    },
    Suite {
        name: "crash",
        about: "kill -9 under load",
        needs: &[command("python3", "python3")],
        limit: minutes(15),
        work: Work::EndToEnd,
    },
    Suite {
        name: "api",
        about: "every call of the API against its own description",
        needs: &[command("python3", "python3"), Need::Schemathesis],
        limit: minutes(15),
        work: Work::EndToEnd,
    },
    Suite {
        name: "outages",
        about: "accounts to the byte while PostgreSQL, Redis and Skep go away",
        needs: &[
            Need::Postgres,
            command("redis-server", "redis-server"),
            command("python3", "python3"),
        ],
        limit: minutes(10),
        work: Work::EndToEnd,
    },
    Suite {
        name: "fuzz",
        about: "every parser on hostile input",
        needs: &[command("c++", "g++")],
        limit: minutes(20),
        work: Work::Fuzz,
    },
];

/// `test [--only SUITE,…] [--no-fuzz] [--list]`.
pub fn run(arguments: &[String]) -> Result<()> {
    let mut chosen: Vec<&Suite> = SUITES.iter().collect();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--list" => {
                for suite in SUITES {
                    println!("{:<10} {}", suite.name, suite.about);
                }
                return Ok(());
            }
            "--no-fuzz" => chosen.retain(|suite| suite.name != "fuzz"),
            "--only" => {
                let names: Vec<&str> = arguments
                    .next()
                    .context("--only wants the name of a suite")?
                    .split(',')
                    .collect();
                if let Some(name) = names
                    .iter()
                    .find(|name| !SUITES.iter().any(|suite| suite.name == **name))
                {
                    bail!("there is no suite `{name}`; see --list");
                }
                chosen.retain(|suite| names.contains(&suite.name));
            }
            other => bail!("unknown argument `{other}`"),
        }
    }
    let outcomes: Vec<(&Suite, Outcome, Duration)> = chosen
        .iter()
        .map(|suite| {
            println!("\n=== {}: {}", suite.name, suite.about);
            let start = Instant::now();
            let outcome = suite.run();
            (*suite, outcome, start.elapsed())
        })
        .collect();
    summary(&outcomes)
}

enum Outcome {
    Passed(Tally),
    Failed(Tally, String),
    Skipped(String),
}

/// Tests as the suites count them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    passed: u64,
    failed: u64,
    /// Parts of a suite that this machine cannot run.
    skipped: u64,
}

impl Suite {
    fn run(&self) -> Outcome {
        if let Err(error) = provision::obtain(self.needs) {
            let why = format!("{error:#}");
            if env::var_os("CI").is_some() {
                return Outcome::Failed(Tally::default(), why);
            }
            println!("skipped: {}: {why}", self.name);
            return Outcome::Skipped(why);
        }
        match self.work() {
            Ok(tally) if tally.failed == 0 => Outcome::Passed(tally),
            Ok(tally) => Outcome::Failed(tally, format!("{} tests failed", tally.failed)),
            Err((tally, error)) => Outcome::Failed(tally, format!("{error:#}")),
        }
    }

    fn work(&self) -> Result<Tally, (Tally, anyhow::Error)> {
        let untold = |error| (Tally::default(), error);
        match self.work {
            Work::Cargo => {
                let postgres = Postgres::start().map_err(untold)?;
                let mut command = run::cargo();
                command
                    .args(["test", "--workspace", "--no-fail-fast"])
                    .env(POSTGRES_ENV, postgres.url())
                    .current_dir(provision::root());
                counted(&command, self.limit)
            }
            Work::EndToEnd => {
                let binary = binary().map_err(untold)?;
                let mut command = Command::new(provision::root().join("e2e/run"));
                command.arg(self.name).env("SKEP_BIN", binary);
                if self.name == "outages" {
                    command.env("LOAD_BIN", load().map_err(untold)?);
                }
                if self.needs.contains(&Need::Libtorrent) {
                    command.env("PATH", path_with_libtorrent().map_err(untold)?);
                }
                if let Some(st) = provision::schemathesis()
                    && self.needs.contains(&Need::Schemathesis)
                {
                    command.env("SCHEMATHESIS", st);
                }
                counted(&command, self.limit)
            }
            Work::Fuzz => {
                let seconds = if env::var_os("CI").is_some() {
                    "60"
                } else {
                    "5"
                };
                fuzz::run(&["--seconds".to_owned(), seconds.to_owned()]).map_err(untold)?;
                let targets = fs::read_dir(provision::root().join("fuzz/corpus"))
                    .map_or(0, |corpora| corpora.count() as u64);
                Ok(Tally {
                    passed: targets,
                    ..Tally::default()
                })
            }
        }
    }
}

/// The PATH on which `python3` is one that has libtorrent.
fn path_with_libtorrent() -> Result<OsString> {
    let python = provision::python().context("no python with libtorrent")?;
    let folder = python
        .parent()
        .context("the interpreter stands in a folder")?;
    let rest = env::var_os("PATH").unwrap_or_default();
    let folders = [folder.to_owned()]
        .into_iter()
        .chain(env::split_paths(&rest));
    env::join_paths(folders).context("the PATH with the interpreter in front")
}

/// The debug binary: what the Rust tests have built, or built now where only other suites run.
fn binary() -> Result<PathBuf> {
    static BUILT: OnceLock<()> = OnceLock::new();
    let path = provision::target().join("debug/skep");
    let after_cargo = path.exists() && !env::args().any(|argument| argument == "--only");
    if !after_cargo && BUILT.set(()).is_ok() {
        run::foreground(
            Command::new("cargo")
                .args(["build", "--package", "skep"])
                .current_dir(provision::root()),
        )?;
    }
    Ok(path)
}

/// The load generator, built for release: it has to be faster than what it measures.
fn load() -> Result<PathBuf> {
    run::foreground(
        Command::new("cargo")
            .args(["build", "--quiet", "--release", "--package", "load"])
            .current_dir(provision::root()),
    )?;
    Ok(provision::target().join("release/load"))
}

/// Runs a command, shows its output, and adds up the tests it tells of.
fn counted(command: &Command, limit: Duration) -> Result<Tally, (Tally, anyhow::Error)> {
    let start = || {
        let mut leash = Leash::spawn(
            command,
            Terms {
                stop: "TERM",
                user: None,
                output: Output::Piped,
                folder: None,
            },
        )?;
        let stdout = leash.stdout().context("the output is piped")?;
        Ok((leash, stdout))
    };
    let (mut leash, stdout) = start().map_err(|error| (Tally::default(), error))?;
    let reader = thread::spawn(move || {
        let mut tally = Tally::default();
        for line in BufReader::new(stdout).lines().map_while(Result::ok) {
            println!("{line}");
            let told = tally_of(&line);
            tally.passed += told.passed;
            tally.failed += told.failed;
            tally.skipped += told.skipped;
        }
        tally
    });
    let status = leash.wait(limit);
    drop(leash);
    let tally = reader.join().unwrap_or_default();
    match status {
        Ok(status) if status.success() => Ok(tally),
        Ok(status) => Err((
            tally,
            anyhow::anyhow!("`{}` ended with {status}", run::shown(command)),
        )),
        Err(error) => Err((tally, error)),
    }
}

/// What a line of a suite's output tells: of cargo (`test result: ok. 3 passed; 0 failed; …`), of node
/// (`# pass 3`), of our own suites (`name: 3 passed, 0 failed in 2 s`, `skipped: a part: why`).
fn tally_of(line: &str) -> Tally {
    let words: Vec<&str> = line
        .split([' ', ';', ','])
        .filter(|word| !word.is_empty())
        .collect();
    let number = |at: usize| words.get(at).and_then(|word| word.parse().ok());
    let mut tally = Tally::default();
    match words.as_slice() {
        ["test", "result:", _, passed, "passed", failed, "failed", ..]
        | [_, passed, "passed", failed, "failed", "in", _, "s"] => {
            tally.passed = passed.parse().unwrap_or_default();
            tally.failed = failed.parse().unwrap_or_default();
        }
        ["skipped:", ..] => tally.skipped = 1,
        ["#" | "ℹ", "pass", _] => tally.passed = number(2).unwrap_or_default(),
        ["#" | "ℹ", "fail", _] => tally.failed = number(2).unwrap_or_default(),
        _ => {}
    }
    tally
}

fn summary(outcomes: &[(&Suite, Outcome, Duration)]) -> Result<()> {
    println!("\n=== summary");
    let (mut passed, mut failed, mut skipped) = (0, 0, 0);
    for (suite, outcome, took) in outcomes {
        let (mark, told) = match outcome {
            Outcome::Passed(tally) => {
                passed += 1;
                let parts = match tally.skipped {
                    0 => String::new(),
                    parts => format!(", {parts} skipped"),
                };
                ("ok", format!("{} passed{parts}", tally.passed))
            }
            Outcome::Failed(tally, why) => {
                failed += 1;
                (
                    "FAILED",
                    format!("{} passed, {} failed: {why}", tally.passed, tally.failed),
                )
            }
            Outcome::Skipped(why) => {
                skipped += 1;
                ("skipped", why.clone())
            }
        };
        println!(
            "{mark:<8} {:<10} {:>5} s  {told}",
            suite.name,
            took.as_secs()
        );
    }
    let rest = if skipped == 0 {
        String::new()
    } else {
        format!(", {skipped} skipped")
    };
    println!("{passed} passed, {failed} failed{rest}");
    if failed > 0 {
        bail!("{failed} of {} suites failed", outcomes.len());
    }
    Ok(())
}

const fn minutes(minutes: u64) -> Duration {
    Duration::from_secs(minutes * 60)
}

const fn command(name: &'static str, package: &'static str) -> Need {
    Need::Command { name, package }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tallies_are_read() {
        for (line, passed, failed, skipped) in [
            (
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out",
                12,
                0,
                0,
            ),
            (
                "test result: FAILED. 3 passed; 2 failed; 0 ignored",
                3,
                2,
                0,
            ),
            ("clients: 9 passed, 1 failed in 61 s", 9, 1, 0),
            ("skipped: transfers over IPv6: only root may", 0, 0, 1),
            ("# pass 7", 7, 0, 0),
            ("ℹ fail 2", 0, 2, 0),
            ("test config::tests::passed ... ok", 0, 0, 0),
        ] {
            let expected = Tally {
                passed,
                failed,
                skipped,
            };
            assert_eq!(tally_of(line), expected, "{line}");
        }
    }
}
