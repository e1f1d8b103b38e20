//! To come.

/// Runs the command with the arguments behind its name.
pub fn run(_arguments: &[String]) -> anyhow::Result<()> {
    Ok(())
}
