//! `cargo xtask seed`, `cargo xtask pages` and `cargo xtask accounting`: the `bench` binary, built for release.

use std::process::Command;

use anyhow::{Context, Result, ensure};

/// Runs `bench COMMAND ARGUMENTS`.
pub fn run(command: &str, arguments: &[String]) -> Result<()> {
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "run",
            "--quiet",
            "--release",
            "--package",
            "bench",
            "--",
            command,
        ])
        .args(arguments)
        .status()
        .context("cannot start cargo")?;
    ensure!(status.success(), "it failed");
    Ok(())
}
