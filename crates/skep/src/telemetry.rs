//! The log on standard error, and the metrics.

use std::io::{self, IsTerminal};
use std::sync::Arc;

use anyhow::{Context, Result};
use metrics_exporter_prometheus::PrometheusBuilder;
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

/// Installs the process's metrics recorder; the result renders it in Prometheus' text format.
pub fn metrics() -> Result<Arc<dyn Fn() -> String + Send + Sync>> {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(|error| anyhow::anyhow!("cannot start metrics: {error}"))?;
    Ok(Arc::new(move || {
        handle.run_upkeep();
        handle.render()
    }))
}
