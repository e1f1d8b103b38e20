//! How many crates of others the binary is built from.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::Finding;

/// Holds the number that may not be passed, alone on its line.
const CEILING: &str = "xtask/dependency-ceiling.txt";

/// Counts the third-party crates that `cargo build -p skep` compiles, and compares with the ceiling.
pub fn count(root: &Path) -> Result<(String, Option<Finding>)> {
    let output = crate::run::cargo()
        .args([
            "tree",
            "--offline",
            "--package",
            "skep",
            "--edges",
            "normal,build",
            "--prefix",
            "none",
        ])
        .args(["--format", "{p}"])
        .current_dir(root)
        .output()
        .context("starting cargo tree")?;
    ensure!(
        output.status.success(),
        "cargo tree: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let crates = third_party(&String::from_utf8_lossy(&output.stdout)).len();
    let text =
        fs::read_to_string(root.join(CEILING)).with_context(|| format!("reading {CEILING}"))?;
    let number = text
        .lines()
        .find(|line| !line.starts_with('#'))
        .unwrap_or_default()
        .trim();
    let ceiling: usize = number
        .parse()
        .with_context(|| format!("{CEILING} says `{number}`"))?;
    Ok((
        format!("dependencies: {crates} crates of others, at most {ceiling}"),
        judge(crates, ceiling),
    ))
}

/// The crates of a `cargo tree` that do not come from a folder of ours: name and version.
pub fn third_party(tree: &str) -> BTreeSet<&str> {
    let ours =
        |line: &str| line.contains(" (/") || line.contains(" (file:") || line.contains(":\\");
    tree.lines()
        .map(|line| {
            line.trim_end_matches(" (*)")
                .trim_end_matches(" (proc-macro)")
        })
        .filter(|line| !line.is_empty() && !ours(line))
        .collect()
}

pub fn judge(crates: usize, ceiling: usize) -> Option<Finding> {
    (crates > ceiling).then(|| Finding {
        file: CEILING.into(),
        line: 0,
        rule: "dependencies",
        what: format!(
            "the binary is built from {crates} crates of others, {} too many",
            crates - ceiling
        ),
        todo: "do without, or raise the number in a commit that says what the new ones are worth"
            .to_owned(),
    })
}
