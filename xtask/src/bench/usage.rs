//! The processor time of a process and of those below it, from `/proc`.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

/// The processes that one has started and that still run, first ones first.
pub fn children(pid: u32) -> Vec<u32> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace()
        .filter_map(|pid| pid.parse().ok())
        .collect()
}

/// Processor time of a process, and of all below it that run or were waited for, in microseconds.
pub fn of_family(pid: u32) -> f64 {
    let own: u64 = fields(pid, 11..15).into_iter().sum();
    own as f64 * TICK + children(pid).into_iter().map(of_family).sum::<f64>()
}

/// Waits until a process does nothing for a while: until it has read what it reads at its start.
pub fn wait_for_rest(pid: u32) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    let time = || -> u64 { fields(pid, 11..13).into_iter().sum() };
    let (mut last, mut quiet) = (time(), 0);
    while quiet < 4 {
        ensure!(Instant::now() < end, "process {pid} does not come to rest");
        thread::sleep(Duration::from_millis(100));
        let now = time();
        // now and then anything looks at its clock
        quiet = if now <= last + 1 { quiet + 1 } else { 0 };
        last = now;
    }
    Ok(())
}

/// Some of the numbers behind the name in `/proc/PID/stat`; none when the process is gone.
fn fields(pid: u32, which: std::ops::Range<usize>) -> Vec<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // the name, in brackets, may hold spaces
    let numbers = stat.rsplit_once(')').map_or("", |(_, after)| after);
    numbers
        .split_whitespace()
        .skip(which.start)
        .take(which.len())
        .filter_map(|number| number.parse().ok())
        .collect()
}

/// A hundred ticks a second, on every Linux there is.
const TICK: f64 = 1e4;
const PATIENCE: Duration = Duration::from_secs(60);
