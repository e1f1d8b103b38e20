//! What a process has used, from `/proc`.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// Processor time in microseconds, memory in bytes.
pub struct Usage {
    pub user: f64,
    pub system: f64,
    pub memory: u64,
}

/// Whose use is reported.
#[derive(Clone, Copy, clap::Args)]
pub struct Watch {
    /// Of whom the processor time and the memory are reported
    #[arg(long)]
    server: Option<u32>,
    /// Waits at the end until that process rests, and reports its processor time with what it had put off
    #[arg(long, requires = "server")]
    settle: bool,
}

/// A watch that has begun.
pub struct Watching {
    watch: Watch,
    server: u32,
    before: Usage,
}

impl Watch {
    /// Notes what was used so far; nothing where nobody is watched.
    pub fn begin(self) -> Result<Option<Watching>> {
        let Some(server) = self.server else {
            return Ok(None);
        };
        Ok(Some(Watching {
            watch: self,
            server,
            before: of(server)?,
        }))
    }
}

impl Watching {
    /// What was used since, for each of so many answers and by so many peers.
    pub fn end(self, answers: u64, peers: u64) -> Result<String> {
        let after = of(self.server)?;
        let (user, system) = (
            after.user - self.before.user,
            after.system - self.before.system,
        );
        let each = |time: f64| time / answers.max(1) as f64;
        let mut text = format!(
            "cpu_us={:.3} user_us={:.3} system_us={:.3} memory_mb={:.1} growth_bytes_per_peer={:.1}",
            each(user + system),
            each(user),
            each(system),
            after.memory as f64 / 1e6,
            (after.memory as f64 - self.before.memory as f64) / peers.max(1) as f64,
        );
        if self.watch.settle {
            let (at_rest, after) = at_rest(self.server)?;
            let all = after.user + after.system - self.before.user - self.before.system;
            text += &format!(
                " settled_cpu_us={:.3} settling_s={:.1}",
                each(all),
                at_rest.as_secs_f64()
            );
        }
        Ok(text)
    }
}

/// Waits until the process does next to nothing. Returns how long that took, and what it had used by then.
fn at_rest(pid: u32) -> Result<(Duration, Usage)> {
    let began = Instant::now();
    let mut last = of(pid)?;
    let mut since = Duration::ZERO;
    let mut quiet = 0;
    while quiet < QUIET {
        ensure!(
            began.elapsed() < PATIENCE,
            "process {pid} does not come to rest"
        );
        thread::sleep(LOOK);
        let now = of(pid)?;
        let busy = now.user + now.system - last.user - last.system;
        match busy > LOOK.as_micros() as f64 * 0.05 {
            true => (quiet, since) = (0, began.elapsed()),
            false => quiet += 1,
        }
        last = now;
    }
    Ok((since, last))
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

const LOOK: Duration = Duration::from_millis(500);
/// Looks at which it must have rested, one after the other: longer than any of its periods.
const QUIET: u32 = 10;
const PATIENCE: Duration = Duration::from_secs(300);
