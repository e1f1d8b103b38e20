//! What a process has used, from `/proc`.

use std::fs;

use anyhow::{Context, Result};

/// Processor time in microseconds, memory in bytes.
pub struct Usage {
    pub user: f64,
    pub system: f64,
    pub memory: u64,
}

impl Usage {
    /// What was used since, for each of so many answers.
    pub fn since(&self, before: &Self, answers: u64) -> String {
        let (user, system) = (self.user - before.user, self.system - before.system);
        let answers = answers.max(1) as f64;
        format!(
            "cpu_us={:.3} user_us={:.3} system_us={:.3} memory_mb={:.1}",
            (user + system) / answers,
            user / answers,
            system / answers,
            self.memory as f64 / 1e6,
        )
    }
}

/// What the process has used so far.
pub fn of(pid: u32) -> Result<Usage> {
    let read = |name: &str| {
        let path = format!("/proc/{pid}/{name}");
        fs::read_to_string(&path).with_context(|| format!("cannot read {path}"))
    };
    // the name, in brackets, may hold spaces
    let stat = read("stat")?;
    let (_, fields) = stat.rsplit_once(')').context("an odd /proc/…/stat")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |at: usize| -> Result<f64> {
        let ticks: u64 = fields.get(at).context("a short /proc/…/stat")?.parse()?;
        // a hundred ticks a second, on every Linux there is
        Ok(ticks as f64 * 1e4)
    };
    let memory = read("statm")?;
    let pages: u64 = memory
        .split_whitespace()
        .nth(1)
        .context("a short /proc/…/statm")?
        .parse()?;
    Ok(Usage {
        user: ticks(11)?,
        system: ticks(12)?,
        memory: pages * 4096,
    })
}
