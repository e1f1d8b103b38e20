//! `skep serve`: opens what is configured, binds the roles of this process, and stops them in good order.

mod addresses;
mod files;
mod health;
pub mod house;
pub mod inherited;
mod lists;
pub mod ports;
mod probes;
mod roles;
mod signals;
mod watch;

use std::process;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tracing::{debug, info, warn};

use self::house::House;
use self::inherited::Inherited;
use self::signals::Signals;
use crate::config::{self, Config, Sources};
use crate::data::Data;
use crate::{out, telemetry};

/// The flags of `serve`.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub struct Flags {
    /// Those that set keys of the configuration.
    #[command(flatten)]
    pub keys: config::Flags,
    /// Those of parts that this build does not have.
    #[command(flatten)]
    pub later: Later,
}

/// Flags that are understood and concern parts to come.
#[derive(Clone, Debug, Default, clap::Args)]
#[group(skip)]
pub struct Later {
    /// Address of the DHT node.
    #[arg(long, value_name = "ADDR", hide = true)]
    dht: Option<String>,
    /// First nodes of the DHT.
    #[arg(long, value_name = "ADDR,…", hide = true)]
    dht_bootstrap: Option<String>,
}

impl Later {
    /// Takes over what stands in `other` and not here.
    pub fn join(&mut self, other: &Self) {
        self.dht = self.dht.take().or_else(|| other.dht.clone());
        self.dht_bootstrap = self
            .dht_bootstrap
            .take()
            .or_else(|| other.dht_bootstrap.clone());
    }

    fn given(&self) -> impl Iterator<Item = &str> {
        let flags = [
            ("--dht", &self.dht),
            ("--dht-bootstrap", &self.dht_bootstrap),
        ];
        flags
            .into_iter()
            .filter(|(_, value)| value.is_some())
            .map(|(name, _)| name)
    }
}

/// Runs the configured roles until a signal.
pub fn run(sources: &Sources, flags: &Flags) -> Result<()> {
    let config = config::load(sources)?;
    telemetry::log(&config.log)?;
    for name in config
        .unused
        .iter()
        .map(String::as_str)
        .chain(flags.later.given())
    {
        debug!(setting = name, "not used by this build's roles");
    }
    let inherited = Inherited::take(&config)?;
    ports::check(&config, &inherited)?;
    files::raise_limit(match config.roles.tracker {
        true => config.tracker.max_connections,
        false => 0,
    });
    let data = Data::open(&config.data)?;
    let _lock = data.lock()?;

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.min(4))
        .max_blocking_threads(16)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let outcome = runtime.block_on(serve(&config, &data, inherited));
    // blocking work that is left over was given its time in `serve`
    runtime.shutdown_background();
    outcome
}

async fn serve(config: &Config, data: &Data, inherited: Inherited) -> Result<()> {
    let mut signals = Signals::new()?;
    let mut house = tokio::select! {
        house = House::build(config, data, inherited) => house?,
        signal = signals.next() => {
            info!(signal, "stopped before everything was up");
            return Ok(());
        }
    };
    if let Some(setup) = &house.setup {
        out::told(setup);
    }
    out::told(&house.ready);
    info!(version = env!("CARGO_PKG_VERSION"), "Skep is up");

    let broken = tokio::select! {
        signal = signals.next() => {
            info!(signal, "stopping");
            None
        }
        error = house.broken() => Some(error),
    };
    let failed = tokio::select! {
        error = house.close() => broken.or(error),
        () = tokio::time::sleep(GRACE) => bail!("stopping took longer than {} s", GRACE.as_secs()),
        signal = signals.again() => {
            warn!(signal, "asked again, ending at once");
            process::exit(1);
        }
    };
    match failed {
        Some(error) => Err(error),
        None => {
            info!("stopped");
            Ok(())
        }
    }
}

/// How long stopping may take before the rest is given up.
const GRACE: Duration = Duration::from_secs(9);
