//! Everything that runs in this process: opened, bound, started, and ended in good order.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Error, Result, anyhow};
use blobs::Blobs;
use domain::{Clock, Entropy};
use metrics_exporter_prometheus::PrometheusHandle;
use store::Store;
use swarm::{Access, Activity, Identities, Policy, Swarm};
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use super::health::Health;
use super::inherited::Inherited;
use super::lists::Lists;
use super::probes::Probes;
use super::{addresses, roles, watch};
use crate::config::Config;
use crate::data::Data;
use crate::{open, telemetry, world};

/// The roles of this process and what they share.
pub struct House {
    /// The roles and the tasks beside them.
    tasks: JoinSet<Result<()>>,
    /// Ends all of them.
    stop: CancellationToken,
    store: Option<Store>,
    /// The line with the set-up link, while there is no administrator.
    pub setup: Option<String>,
    /// The line that says where everything listens.
    pub ready: String,
}

/// What roles are made of.
struct Parts<'a> {
    config: &'a Config,
    data: &'a Data,
    clock: Clock,
    entropy: Entropy,
    store: Option<Store>,
    swarm: Arc<Swarm>,
    activity: Arc<Activity>,
    metrics: PrometheusHandle,
    health: Health,
}

impl House {
    /// Opens and binds what is configured and starts it.
    pub async fn build(config: &Config, data: &Data, inherited: Inherited) -> Result<Self> {
        let entropy = world::entropy();
        let metrics = telemetry::metrics()?;
        let health = Health::default();
        let mut house = House {
            tasks: JoinSet::new(),
            stop: CancellationToken::new(),
            store: None,
            setup: None,
            ready: String::from("ready"),
        };
        let probes = match config.telemetry.listen {
            Some(addr) => Some(probes(addr, inherited.telemetry)?),
            None => None,
        };
        let watched = probes.as_ref().map(Probes::addr);
        if let Some(probes) = probes {
            // A start can take long: whoever watches it is told that it is one.
            let stop = house.stop.clone();
            house.beside(probes.run(health.clone(), metrics.clone(), stop));
        }
        let store = match needs_store(config) {
            true => Some(open::store(config).await?),
            false => None,
        };
        // before anything is said or begun: it is the likeliest to be wrong
        let blobs = match config.roles.web {
            true => Some(
                Blobs::open(&config.blobs)
                    .await
                    .context("cannot open the blobs")?,
            ),
            false => None,
        };
        let parts = Parts {
            config,
            data,
            clock: world::clock(),
            swarm: Arc::new(Swarm::new(swarm_limits(config), entropy.bytes())),
            activity: Arc::new(activity(config)),
            entropy,
            store: store.clone(),
            metrics: metrics.clone(),
            health: health.clone(),
        };
        let access = Access::new(config.tracker.access, parts.entropy.bytes());
        let access = Arc::new(access);
        let (tracker, lists) = match config.roles.tracker {
            true => {
                let lists = Lists::load(&config.tracker, &access)?;
                (
                    Some(parts.tracker(access.clone(), inherited.tracker).await?),
                    lists,
                )
            }
            false => (None, None),
        };
        let listening = tracker.as_ref().map(|t| (t.http_addr(), t.udp_addr()));
        let site = match (&store, blobs) {
            (Some(store), Some(blobs)) => {
                let site = parts.site(store, blobs, listening, inherited.web);
                Some(site.await?)
            }
            _ => None,
        };

        // nothing below can fail: either everything runs, or nothing does
        house.store = store.clone();
        if let Some((site, setup_token)) = site {
            let local = addresses::url("http", site.addr());
            let base = config.web.public_url.as_ref().unwrap_or(&local);
            house.setup = setup_token.map(|token| format!("setup {base}/setup?token={token}"));
            house.ready += &format!(" web={local}");
            house.tasks.spawn(bounded(site, house.stop.clone()));
        }
        if let (Some(tracker), Some((http, udp))) = (tracker, listening) {
            let (http, udp) = (addresses::url("http", http), addresses::url("udp", udp));
            house.ready += &format!(" tracker-http={http}/announce tracker-udp={udp}");
            health.awaits(tracker.restored());
            house.tasks.spawn(tracker.run(house.stop.clone()));
        }
        if let Some(addr) = watched {
            house.ready += &format!(" telemetry={}", addresses::url("http", addr));
        }
        if let Some(lists) = lists {
            house.beside(lists.follow(access, house.stop.clone()));
        }
        if let Some(store) = &store {
            health.asks(store);
        }
        let (folder, stop) = (config.data.clone(), house.stop.clone());
        let (looked_at, activity) = (store.clone(), parts.activity.clone());
        house.beside(watch::run(
            health.clone(),
            looked_at,
            activity,
            folder,
            stop,
        ));
        health.up();
        let stop = house.stop.clone();
        house.beside(async move { telemetry::upkeep(metrics, stop).await });
        if let Some(store) = store {
            let stop = house.stop.clone();
            let (pruned, clock, end) = (store.clone(), world::clock(), stop.clone());
            house.beside(async move { pruned.prune(clock, end.cancelled()).await });
            house.beside(async move { store.follow(stop.cancelled()).await });
        }
        Ok(house)
    }

    /// Waits until a role ends although nobody asked it to; why it did.
    pub async fn broken(&mut self) -> Error {
        early(self.tasks.join_next().await)
    }

    /// Asks everything to end and waits for it; then closes the store. The first error is returned.
    pub async fn close(&mut self) -> Option<Error> {
        self.stop.cancel();
        let mut first = None;
        while let Some(ended) = self.tasks.join_next().await {
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

    fn beside(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn(async {
            task.await;
            Ok(())
        });
    }
}

impl Parts<'_> {
    async fn tracker(
        &self,
        access: Arc<Access>,
        sockets: tracker::Sockets,
    ) -> Result<tracker::Tracker> {
        let deps = tracker::Deps {
            swarm: self.swarm.clone(),
            access,
            activity: self.activity.clone(),
            store: self.store.clone(),
            cache: self.config.cache.clone(),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
        };
        let udp_key = self.data.udp_key(&self.entropy)?;
        tracker::bind_on(roles::tracker(self.config, udp_key), deps, sockets)
            .await
            .context("cannot start the tracker")
    }

    /// The site, and the token of the set-up link while there is no administrator.
    async fn site(
        &self,
        store: &Store,
        blobs: Blobs,
        listening: Option<(SocketAddr, SocketAddr)>,
        listener: Option<TcpListener>,
    ) -> Result<(web::Web, Option<String>)> {
        let setup_token = match store.needs_setup().await.context("cannot read the store")? {
            true => Some(self.data.setup_token(&self.entropy)?),
            false => {
                self.data.forget_setup_token();
                None
            }
        };
        let metrics = self.metrics.clone();
        let health = self.health.clone();
        let deps = web::Deps {
            store: store.clone(),
            blobs,
            swarm: listening.map(|_| self.swarm.clone()),
            activity: listening.map(|_| self.activity.clone()),
            clock: self.clock.clone(),
            entropy: self.entropy.clone(),
            setup_token: setup_token.clone(),
            metrics: Some(Arc::new(move || metrics.render())),
            listener,
            missing: Some(Arc::new(move || health.missing())),
        };
        let secret = self.data.secret(&self.entropy)?;
        let site = web::bind(roles::web(self.config, secret, listening), deps)
            .await
            .context("cannot start the site")?;
        Ok((site, setup_token))
    }
}

/// A tracker that serves any hash, or a list, works on a machine without a database.
pub fn needs_store(config: &Config) -> bool {
    config.roles.web || config.tracker.access == Policy::Registered
}

/// Where no account is asked for, peers are kept as small as can be.
fn swarm_limits(config: &Config) -> swarm::Config {
    swarm::Config {
        identities: match config.tracker.access {
            Policy::Registered => Identities::Full,
            Policy::Open | Policy::Listed => Identities::Contact,
        },
        max_peers: config.tracker.max_peers,
        ..swarm::Config::default()
    }
}

/// Where anyone may announce there are too many to keep the last ones of everybody.
fn activity(config: &Config) -> Activity {
    match config.tracker.access {
        Policy::Registered => Activity::new(16 << 10, 1),
        Policy::Open | Policy::Listed => Activity::new(4 << 10, 64),
    }
}

/// The socket for those who watch.
fn probes(addr: SocketAddr, inherited: Option<TcpListener>) -> Result<Probes> {
    let listener = inherited.map_or_else(|| TcpListener::bind(addr), Ok);
    Probes::on(listener.with_context(|| format!("cannot listen for telemetry.listen: {addr}"))?)
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

/// Why a role ended although nobody asked it to.
fn early(ended: Option<Result<Result<()>, JoinError>>) -> Error {
    match ended {
        Some(Ok(Err(error))) => error,
        Some(Err(panic)) => Error::new(panic).context("a role ended unexpectedly"),
        Some(Ok(Ok(()))) | None => anyhow!("a role ended by itself"),
    }
}

/// How long requests in hand may take after the stop.
const LAST_REQUESTS: Duration = Duration::from_secs(4);
