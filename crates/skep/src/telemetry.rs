//! The log on standard error, and the metrics.

use std::io::{self, IsTerminal};
use std::time::Duration;

use anyhow::{Context, Result};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::config::log::Log;

/// Starts logging to standard error: text for people, coloured on a terminal, or one JSON object a line.
pub fn log(log: &Log) -> Result<()> {
    let filter = EnvFilter::try_new(&log.level).context("log.level")?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr);
    let started = if log.json {
        builder
            .json()
            .flatten_event(true)
            .with_current_span(false)
            .with_span_list(false)
            .try_init()
    } else {
        builder
            .with_ansi(io::stderr().is_terminal())
            .with_target(false)
            .try_init()
    };
    started.map_err(|error| anyhow::anyhow!("cannot start the log: {error}"))
}

/// Installs the process's metrics recorder.
///
/// What is measured piles up until it is rendered or [`upkeep`] runs.
pub fn metrics() -> Result<PrometheusHandle> {
    let recorder = PrometheusBuilder::new()
        .set_buckets(&SECONDS)
        .context("the bounds of the histograms")?
        .build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(|error| anyhow::anyhow!("cannot start metrics: {error}"))?;
    Ok(handle)
}

/// Folds what was measured into the histograms every few seconds, whether anybody asks for it or not.
pub async fn upkeep(metrics: PrometheusHandle, stop: CancellationToken) {
    let mut every = tokio::time::interval(Duration::from_secs(5));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = every.tick() => metrics.run_upkeep(),
        }
    }
}

/// Upper bounds of the histograms; all of them measure seconds.
const SECONDS: [f64; 14] = [
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0,
];
