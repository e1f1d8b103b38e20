//! `cargo xtask test`.

use anyhow::Result;

/// To come.
pub fn run(_arguments: &[String]) -> Result<()> {
    Ok(())
}
