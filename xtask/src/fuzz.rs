//! `cargo xtask fuzz`: every parser under libFuzzer, on the stable compiler.
//!
//! The coverage that guides libFuzzer is an LLVM pass that stable rustc can be told to run. The flags
//! go to the target triple alone, so that build scripts stay as they are, and everything is built into
//! `target/fuzz`, so that the main build stays too. Beside the compiler this takes a C++ compiler, for
//! libFuzzer itself.

use std::collections::VecDeque;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};

use crate::run::{self, Leash, Output, Terms};

const RUSTFLAGS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing";

/// The longest input, the most memory and the longest time for one input.
const LIMITS: [&str; 4] = [
    "-max_len=8192",
    "-rss_limit_mb=1024",
    "-malloc_limit_mb=512",
    "-timeout=10",
];

/// How many targets run side by side.
const AT_ONCE: usize = 2;

/// `fuzz [--seconds N] [--input FILE] [[--only] TARGET…]`: without targets all of them, 60 seconds
/// each; with `--input` the one target on that file alone.
pub fn run(arguments: &[String]) -> Result<()> {
    let fuzz = Fuzz::new()?;
    let mut seconds = 60;
    let mut input = None;
    let mut names: Vec<String> = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => {
                let value = arguments.next().context("--seconds wants a number")?;
                seconds = value
                    .parse()
                    .with_context(|| format!("--seconds {value}"))?;
            }
            "--input" => input = Some(arguments.next().context("--input wants a file")?.clone()),
            "--only" => {
                let value = arguments
                    .next()
                    .context("--only wants the name of a target")?;
                names.extend(value.split(',').map(str::to_owned));
            }
            flag if flag.starts_with('-') => bail!("unknown argument `{flag}`"),
            name => names.push(name.to_owned()),
        }
    }
    let known = fuzz.targets()?;
    if let Some(name) = names.iter().find(|name| !known.contains(name)) {
        bail!(
            "there is no target `{name}`; there are {}",
            known.join(", ")
        );
    }
    if names.is_empty() {
        names = known;
    }

    let binary = fuzz.build()?;
    match input {
        Some(input) => {
            ensure!(
                names.len() == 1,
                "--input wants one target to run the file through"
            );
            run::foreground(
                Command::new(&binary)
                    .env("SKEP_FUZZ_TARGET", &names[0])
                    .arg(&input),
            )
        }
        None => fuzz.run_all(&binary, &names, seconds),
    }
}

struct Fuzz {
    root: PathBuf,
}

impl Fuzz {
    fn new() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"))
            .parent()
            .context("xtask has no parent folder")?;
        Ok(Self {
            root: root.to_owned(),
        })
    }

    /// Every target has a corpus, and the other way round: a test of the fuzz crate sees to it.
    fn targets(&self) -> Result<Vec<String>> {
        let corpora = self.root.join("fuzz/corpus");
        let mut names = Vec::new();
        for entry in
            fs::read_dir(&corpora).with_context(|| format!("reading {}", corpora.display()))?
        {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn build(&self) -> Result<PathBuf> {
        let triple = host()?;
        let folder = self.folder();
        let mut build = run::cargo();
        build
            .current_dir(&self.root)
            .args([
                "build",
                "--quiet",
                "--package",
                "fuzz",
                "--features",
                "libfuzzer",
                "--profile",
                "fuzz",
            ])
            .args(["--target", &triple, "--target-dir"])
            .arg(&folder)
            .env_remove("CARGO_ENCODED_RUSTFLAGS")
            .env("RUSTFLAGS", RUSTFLAGS);
        println!("building the targets; the first time this compiles libFuzzer and takes a minute");
        run::foreground(&mut build)
            .context("building the fuzz targets (a C++ compiler is needed, such as g++)")?;
        Ok(folder.join(triple).join("fuzz/fuzz"))
    }

    fn folder(&self) -> PathBuf {
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), PathBuf::from);
        target.join("fuzz")
    }

    fn run_all(&self, binary: &Path, names: &[String], seconds: u64) -> Result<()> {
        let mut waiting: VecDeque<&String> = names.iter().collect();
        let mut running: Vec<Run> = Vec::new();
        let mut failed = Vec::new();
        while !(waiting.is_empty() && running.is_empty()) {
            while running.len() < AT_ONCE
                && let Some(name) = waiting.pop_front()
            {
                running.push(self.start(binary, name, seconds)?);
            }
            thread::sleep(Duration::from_millis(100));
            let mut still_running = Vec::new();
            for mut run in running {
                match run.leash.try_wait()? {
                    None => still_running.push(run),
                    Some(status) if status.success() => println!("{}", run.summary()),
                    Some(_) => {
                        eprintln!("{}", run.failure());
                        failed.push(run.name);
                    }
                }
            }
            running = still_running;
        }
        ensure!(
            failed.is_empty(),
            "{} failed: {}",
            plural(failed.len()),
            failed.join(", ")
        );
        Ok(())
    }

    fn start(&self, binary: &Path, name: &str, seconds: u64) -> Result<Run> {
        let folder = self.folder().join("runs").join(name);
        let (found, crashes) = (folder.join("corpus"), folder.join("crashes"));
        for folder in [&found, &crashes] {
            fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
        }
        let mut command = Command::new(binary);
        command
            .env("SKEP_FUZZ_TARGET", name)
            .env("RUST_BACKTRACE", "0")
            .arg(format!("-max_total_time={seconds}"))
            .arg(format!("-artifact_prefix={}/", crashes.display()))
            .arg("-print_final_stats=1")
            .args(LIMITS);
        let dictionary = self.root.join(format!("fuzz/dictionaries/{name}.dict"));
        if dictionary.exists() {
            command.arg(format!("-dict={}", dictionary.display()));
        }
        command
            .arg(found)
            .arg(self.root.join("fuzz/corpus").join(name));
        let log = folder.join("log");
        let terms = Terms {
            stop: "TERM",
            user: None,
            output: Output::File(&log),
            folder: None,
        };
        Ok(Run {
            name: name.to_owned(),
            seconds,
            leash: Leash::spawn(&command, terms)?,
            log,
        })
    }
}

/// A target under way.
struct Run {
    name: String,
    seconds: u64,
    leash: Leash,
    log: PathBuf,
}

impl Run {
    fn summary(&self) -> String {
        let log = self.read_log();
        let stat = |key: &str| {
            let line = log.lines().rev().find_map(|line| line.strip_prefix(key));
            line.map_or("?", str::trim).to_owned()
        };
        format!(
            "{:<9} {} s, {} inputs tried, {} kept, {} MiB at most",
            self.name,
            self.seconds,
            stat("stat::number_of_executed_units:"),
            stat("stat::new_units_added:"),
            stat("stat::peak_rss_mb:"),
        )
    }

    fn failure(&self) -> String {
        let log = self.read_log();
        let lines: Vec<&str> = log.lines().collect();
        let cause = lines.iter().position(|line| line.contains("panicked at"));
        let tail = lines[cause.unwrap_or(lines.len().saturating_sub(20))..].join("\n");
        let input = lines
            .iter()
            .find_map(|line| Some(line.split_once("Test unit written to ")?.1));
        let advice = match input {
            Some(input) => format!(
                "run it again:  cargo xtask fuzz {} --input {input}\nwhen it is mended, keep it:  cp {input} fuzz/corpus/{}/",
                self.name, self.name
            ),
            None => format!("the whole log is {}", self.log.display()),
        };
        format!("{tail}\n\n{} failed\n{advice}", self.name)
    }

    fn read_log(&self) -> String {
        fs::read(&self.log).map_or_else(
            |_| String::new(),
            |log| String::from_utf8_lossy(&log).into_owned(),
        )
    }
}

fn host() -> Result<String> {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc)
        .arg("-vV")
        .output()
        .context("asking rustc for its host")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("rustc -vV names no host")?.to_owned())
}

fn plural(count: usize) -> String {
    format!("{count} fuzz target{}", if count == 1 { "" } else { "s" })
}
