//! `cargo xtask seed`, `cargo xtask pages` and `cargo xtask accounting`: the `bench` binary, built for release.
//! `cargo xtask bench tracker`: everything about the tracker, measured side by side.

mod accounting;
mod figures;
mod http;
mod lab;
mod memory;
mod report;
mod rounds;
mod server;
mod tracker;
mod udp;
mod usage;
mod ws;

use anyhow::{Context, Result, ensure};

pub use tracker::run as tracker;

/// Runs `bench COMMAND ARGUMENTS`.
pub fn run(command: &str, arguments: &[String]) -> Result<()> {
    let status = crate::run::cargo()
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
