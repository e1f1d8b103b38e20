//! SIGTERM and SIGINT.

use std::time::Duration;

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// The two signals that ask for an end.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Takes them over; from here on they no longer end the process by themselves.
    pub fn new() -> Result<Self> {
        let take = |kind| signal(kind).context("cannot listen for signals");
        Ok(Self {
            terminate: take(SignalKind::terminate())?,
            interrupt: take(SignalKind::interrupt())?,
        })
    }

    /// Waits for the next one and names it.
    pub async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }

    /// Waits for a second one, sent by somebody who asked again.
    ///
    /// What arrives at almost the same moment is the first one once more: `timeout` and some supervisors send it to
    /// the process and to its whole group.
    pub async fn again(&mut self) -> &'static str {
        let settled = tokio::time::sleep(SAME_MOMENT);
        tokio::pin!(settled);
        loop {
            tokio::select! {
                biased;
                () = &mut settled => return self.next().await,
                _ = self.next() => {}
            }
        }
    }
}

const SAME_MOMENT: Duration = Duration::from_millis(250);
