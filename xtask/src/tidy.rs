//! `cargo xtask tidy`: the invariants of the architecture, held against this repository.
//!
//! A rule is a function from the repository to findings. Each finding says where, which rule, what is
//! wrong and what to do. A line that has to break a rule of the source says so with
//! `tidy:allow(rule): reason`.

mod dependencies;
mod locales;
mod migrations;
mod repository;
mod rows;
mod sources;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use repository::Repository;

/// Something that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// Relative to the repository's root.
    file: PathBuf,
    /// From 1; 0 where the whole file is meant.
    line: usize,
    rule: &'static str,
    what: String,
    todo: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        write!(f, ": {}: {}\n    {}", self.rule, self.what, self.todo)
    }
}

/// Every rule, in the order it is checked.
const RULES: &[fn(&Repository) -> Vec<Finding>] = &[
    rows::layering,
    rows::borders,
    rows::lints,
    rows::clippy_files,
    sources::names,
    sources::sql,
    sources::leftovers,
    sources::machine_paths,
    migrations::same_lists,
    locales::same_keys,
    locales::known_keys,
];

/// `tidy`: takes no arguments.
pub fn run(arguments: &[String]) -> Result<()> {
    ensure!(arguments.is_empty(), "tidy takes no arguments");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .context("xtask has no parent folder")?;
    let repository = Repository::read(root)?;
    let mut findings: Vec<Finding> = RULES.iter().flat_map(|rule| rule(&repository)).collect();
    let (dependencies, too_many) = dependencies::count(root)?;
    findings.extend(too_many);
    findings.sort();
    for finding in &findings {
        eprintln!("{finding}");
    }
    for (path, lines) in sources::long_files(&repository) {
        println!(
            "note: {} has {lines} lines; look whether it does more than one job",
            path.display()
        );
    }
    println!("{dependencies}");
    match findings.len() {
        0 => Ok(()),
        1 => bail!("1 rule is broken"),
        n => bail!("{n} rules are broken"),
    }
}
