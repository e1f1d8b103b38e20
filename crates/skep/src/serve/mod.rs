//! `skep serve`: opens what is configured, binds the roles of this process, and stops them in good order.

mod addresses;
pub mod ports;
mod roles;
mod signals;

use std::fs;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow, bail};
use bittorrent::InfoHashV2;
use blobs::Blobs;
use store::Store;
use swarm::{Access, Swarm};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};

use crate::config::{self, Config, Sources};
use crate::data::Data;
use crate::{open, out, telemetry, world};

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
    ports::check(&config)?;
    let data = Data::open(&config.data)?;
    let _lock = data.lock()?;

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(cores.min(4))
        .max_blocking_threads(16)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    let outcome = runtime.block_on(serve(&config, &data));
    // blocking work that is left over was given its time in `serve`
    runtime.shutdown_background();
    outcome
}

async fn serve(config: &Config, data: &Data) -> Result<()> {
    let mut signals = signals::Signals::new()?;
    let mut house = tokio::select! {
        house = build(config, data) => house?,
        signal = signals.next() => {
            info!(signal, "stopped before everything was up");
            return Ok(());
        }
    };
    for line in house.lines.drain(..) {
        out::line(line);
    }
    let mut failed = tokio::select! {
        signal = signals.next() => {
            info!(signal, "stopping");
            None
        }
        ended = house.roles.join_next() => Some(early(ended)),
    };
    house.stop.cancel();
    tokio::select! {
        error = house.finish() => failed = failed.or(error),
        () = tokio::time::sleep(GRACE) => bail!("stopping took longer than {} s", GRACE.as_secs()),
        signal = signals.again() => {
            warn!(signal, "asked again, ending at once");
            process::exit(1);
        }
    }
    match failed {
        Some(error) => Err(error),
        None => {
            info!("stopped");
            Ok(())
        }
    }
}

/// Why a role ended although nobody asked it to.
fn early(ended: Option<Result<Result<()>, JoinError>>) -> Error {
    match ended {
        Some(Ok(Err(error))) => error,
        Some(Err(panic)) => Error::new(panic).context("a role ended unexpectedly"),
        Some(Ok(Ok(()))) | None => anyhow!("a role ended by itself"),
    }
}

/// Everything that runs, and what to say about it.
#[derive(Default)]
struct House {
    roles: JoinSet<Result<()>>,
    stop: CancellationToken,
    lines: Vec<String>,
    store: Option<Store>,
}

impl House {
    /// Waits for the roles to end, then closes the store; the first error of a role is returned.
    async fn finish(&mut self) -> Option<Error> {
        let mut first = None;
        while let Some(ended) = self.roles.join_next().await {
            if !matches!(ended, Ok(Ok(()))) {
                let error = early(Some(ended));
                error!(error = format!("{error:#}"), "a role did not stop well");
                first.get_or_insert(error);
            }
        }
        if let Some(store) = &self.store {
            store.close().await;
        }
        first
    }
}

async fn build(config: &Config, data: &Data) -> Result<House> {
    let (clock, entropy) = (world::clock(), world::entropy());
    let render = telemetry::metrics()?;
    let store = match needs_store(config) {
        true => Some(open::store(config).await?),
        false => None,
    };
    let site = store.as_ref().map(Store::site);
    let swarm = Arc::new(Swarm::new(roles::swarm(site.as_deref()), entropy.bytes()));
    let mut house = House::default();

    let tracker = match config.roles.tracker {
        true => {
            let deps = tracker::Deps {
                swarm: swarm.clone(),
                access: Arc::new(access(config, entropy.bytes())?),
                store: store.clone(),
                clock: clock.clone(),
                entropy: entropy.clone(),
            };
            let tracker_config = roles::tracker(config, site.as_deref());
            Some(
                tracker::bind(tracker_config, deps)
                    .await
                    .context("cannot start the tracker")?,
            )
        }
        false => None,
    };
    let mut ready = String::from("ready");
    if let Some(store) = store.clone().filter(|_| config.roles.web) {
        let blobs = Blobs::open(&config.blobs)
            .await
            .context("cannot open the blobs")?;
        let setup_token = match store.needs_setup().await.context("cannot read the store")? {
            true => Some(data.setup_token(&entropy)?),
            false => {
                data.forget_setup_token();
                None
            }
        };
        let deps = web::Deps {
            store,
            blobs,
            swarm: tracker.as_ref().map(|_| swarm.clone()),
            clock,
            entropy: entropy.clone(),
            setup_token: setup_token.clone(),
            metrics: Some(render),
            missing: None,
        };
        let listening = tracker
            .as_ref()
            .map(|tracker| (tracker.http_addr(), tracker.udp_addr()));
        let web_config = roles::web(config, data.secret(&entropy)?, listening);
        let site = web::bind(web_config, deps)
            .await
            .context("cannot start the site")?;
        let local = addresses::url("http", site.addr());
        if let Some(token) = setup_token {
            let base = config.web.public_url.as_deref().unwrap_or(&local);
            house
                .lines
                .push(format!("setup {base}/setup?token={token}"));
        }
        ready.push_str(&format!(" web={local}"));
        house.roles.spawn(bounded(site, house.stop.clone()));
    }
    if let Some(tracker) = tracker {
        let (http, udp) = (tracker.http_addr(), tracker.udp_addr());
        ready.push_str(&format!(
            " tracker-http={}/announce tracker-udp={}",
            addresses::url("http", http),
            addresses::url("udp", udp)
        ));
        house.roles.spawn(tracker.run(house.stop.clone()));
    }
    if let Some(store) = store {
        let stop = house.stop.clone();
        let followed = store.clone();
        house.roles.spawn(async move {
            followed.follow(stop.cancelled()).await;
            Ok(())
        });
        house.store = Some(store);
    }
    house.lines.push(ready);
    Ok(house)
}

/// Runs the site; requests that are still not finished some time after the stop are cut off.
async fn bounded(site: web::Web, stop: CancellationToken) -> Result<()> {
    let late = async {
        stop.cancelled().await;
        tokio::time::sleep(LAST_REQUESTS).await;
    };
    tokio::select! {
        ended = site.run(stop.clone()) => ended,
        () = late => {
            warn!("requests that did not finish were cut off");
            Ok(())
        }
    }
}

/// The access table, with the allow list where there is one; the tracker adds what the site knows.
fn access(config: &Config, seed: [u8; 16]) -> Result<Access> {
    let access = Access::new(config.tracker.access, seed);
    if let Some(path) = &config.tracker.allow_list {
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the allow list {}", path.display()))?;
        for (number, line) in text.lines().enumerate() {
            let hash = line.split('#').next().unwrap_or_default().trim();
            if !hash.is_empty() {
                let hash = match hash.parse::<InfoHashV2>() {
                    Ok(hash) => hash.truncated(),
                    Err(_) => hash
                        .parse()
                        .with_context(|| format!("{} line {}", path.display(), number + 1))?,
                };
                access.allow(hash);
            }
        }
    }
    Ok(access)
}

/// A tracker that serves any hash, or a list, works on a machine without a database.
fn needs_store(config: &Config) -> bool {
    config.roles.web || config.tracker.access == swarm::Policy::Registered
}

/// How long requests in hand may take after the stop.
const LAST_REQUESTS: Duration = Duration::from_secs(4);

/// How long stopping may take before the rest is given up.
const GRACE: Duration = Duration::from_secs(9);
