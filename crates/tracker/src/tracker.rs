use crate::access_feed::AccessFeed;
use crate::accounting::Accounting;
use crate::announce::Desk;
use crate::config::{Config, Deps};
use crate::full_scrape::FullScrape;
use crate::metering::Metering;
use crate::pace::Pace;
use crate::publish::{self, Publisher};
use crate::rates::Rates;
use crate::throttle::Throttle;
use crate::{http, snapshot, udp, upkeep, ws};
use anyhow::{Context, Result, bail};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::time::Duration;
use swarm::ConnectionIds;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// A tracker that holds its sockets and knows its swarm, ready to serve.
pub struct Tracker {
    config: Arc<Config>,
    deps: Deps,
    http: Vec<TcpListener>,
    certificates: Option<Arc<http::Certificates>>,
    http_addr: SocketAddr,
    udp: Vec<UdpSocket>,
    udp_addr: SocketAddr,
    feed: Option<AccessFeed>,
    accounting: Option<Arc<Accounting>>,
    publisher: Option<Publisher>,
    desk: Arc<Desk>,
    metering: Metering,
    /// Cancelled once the swarm of the last run is back.
    restored: CancellationToken,
}

/// Opens the sockets, restores the swarm, loads who may announce what, and reads back what the last
/// run had not credited yet.
///
/// # Errors
/// One line that says what could not be opened or read, and why.
pub async fn bind(config: Config, deps: Deps) -> Result<Tracker> {
    bind_on(config, deps, Sockets::default()).await
}

/// Sockets that somebody else has opened and will keep open over a restart.
#[derive(Debug, Default)]
pub struct Sockets {
    /// They listen on [`Config::http`]; without any it is opened.
    pub http: Vec<TcpListener>,
    /// They are bound to [`Config::udp`]; without any it is opened.
    pub udp: Vec<UdpSocket>,
}

/// As [`bind`], on these sockets. All of them are served, by more threads than configured if need be;
/// where there are fewer sockets than threads, threads share them.
///
/// # Errors
/// As [`bind`].
pub async fn bind_on(config: Config, deps: Deps, sockets: Sockets) -> Result<Tracker> {
    let config = Arc::new(config);
    let metering = Metering::new(&deps.activity);
    let (threads, given) = (config.http_threads.max(1), sockets.http);
    let http = match given.is_empty() {
        true => http::listen(config.http, threads),
        false => http::adopt(&given, threads),
    };
    let http =
        http.with_context(|| format!("cannot listen for announces on tcp {}", config.http))?;
    let (threads, given) = (config.udp_threads.max(1), sockets.udp);
    let udp = match given.is_empty() {
        true => udp::listen(config.udp, threads),
        false => udp::adopt(&given, threads),
    };
    let udp = udp.with_context(|| format!("cannot listen for announces on udp {}", config.udp))?;
    let certificates = match &config.tls {
        Some(files) => Some(Arc::new(http::Certificates::open(files)?)),
        None => None,
    };
    let http_addr = http
        .first()
        .context("no listener for announces over HTTP")?
        .local_addr()
        .context("cannot tell the address of the listener")?;
    let udp_addr = udp
        .first()
        .context("no socket for announces over UDP")?
        .local_addr()
        .context("cannot tell the address of the UDP socket")?;
    let set = deps.store.as_ref().map(store::Store::site);
    let interval = match &set {
        Some(site) => site.settings.announce_interval,
        None => seconds(config.interval),
    };
    let pace = Arc::new(Pace::new(interval, seconds(config.min_interval)));
    let now = swarm::UnixTime(deps.clock.now().0);
    deps.swarm.set_peer_ttl(pace.peer_ttl(now));
    let restored = CancellationToken::new();
    let back = restore(&config, &deps, now);
    // Without accounts nothing hangs on who is back already: a large swarm fills while it serves.
    let back = match &deps.store {
        Some(_) => back.await,
        None => {
            let done = restored.clone().drop_guard();
            let (deps, back) = (deps.clone(), back);
            tokio::spawn(async move {
                if back.await == 0 && deps.cache.is_shared() {
                    publish::restore(&deps.cache, &deps.swarm, &deps.access, now).await;
                }
                drop(done);
            });
            0
        }
    };
    let rates = Arc::new(Rates::default());
    let (mut feed, mut accounting) = (None, None);
    if let Some(store) = &deps.store {
        let books = Accounting::open(&config, store, &deps.entropy, metering.clone()).await?;
        let (pace, rates) = (pace.clone(), rates.clone());
        let owed = books.completions_owed();
        feed = Some(
            AccessFeed::load(store.clone(), &deps, pace, rates, metering.clone(), owed).await?,
        );
        if back == 0 && deps.cache.is_shared() {
            publish::restore(&deps.cache, &deps.swarm, &deps.access, now).await;
        }
        restored.cancel();
        books
            .renew_counters(store, &deps.swarm, &deps.access)
            .await?;
        accounting = Some(Arc::new(books));
    }
    let publisher = deps.cache.is_shared().then(|| {
        let credited = accounting.as_ref().map(|books| books.credited());
        let credited = credited.unwrap_or_default();
        Publisher::new(&deps, pace.clone(), credited, metering.clone())
    });
    let desk = Arc::new(Desk {
        swarm: deps.swarm.clone(),
        access: deps.access.clone(),
        activity: deps.activity.clone(),
        accounting: accounting.clone(),
        clock: deps.clock.clone(),
        pace,
        rates,
        throttle: Throttle::new(
            config.announces_per_minute,
            config.neighbours.clone(),
            deps.entropy.bytes(),
        ),
    });
    Ok(Tracker {
        config,
        deps,
        http,
        certificates,
        http_addr,
        udp,
        udp_addr,
        feed,
        accounting,
        publisher,
        desk,
        metering,
        restored,
    })
}

impl Tracker {
    /// Where HTTP announces are served.
    pub fn http_addr(&self) -> SocketAddr {
        self.http_addr
    }

    /// Where UDP announces are served.
    pub fn udp_addr(&self) -> SocketAddr {
        self.udp_addr
    }

    /// Cancelled once the peers of the last run are back. A tracker without accounts serves before.
    pub fn restored(&self) -> CancellationToken {
        self.restored.clone()
    }

    /// Serves until `shutdown` is cancelled; then finishes what is in hand, hands the store what is
    /// pending, and writes the swarm to disk. Dropping the future instead is like killing the
    /// process: nothing that was answered is lost.
    ///
    /// # Errors
    /// When a listener ends although nobody asked it to, or the swarm cannot be written.
    pub async fn run(self, shutdown: CancellationToken) -> Result<()> {
        // Its own token too, so that dropping this future stops the threads.
        let stop = shutdown.child_token();
        let _stop_on_drop = stop.clone().drop_guard();
        let valid_for = self.config.udp_connection_seconds;
        let key = self.config.udp_connection_key;
        let key = key.unwrap_or_else(|| self.deps.entropy.bytes());
        let ids = ConnectionIds::valid_for(valid_for, key);
        let mut listeners = JoinSet::new();
        for socket in self.udp {
            let server = udp::Server {
                socket,
                desk: self.desk.clone(),
                ids: ids.clone(),
                metering: self.metering.clone(),
            };
            listeners.spawn(udp::serve(server, stop.clone()));
        }
        let ws = Arc::new(ws::Server::new(
            self.desk.clone(),
            self.config.clone(),
            self.metering.clone(),
            self.deps.entropy.u64(),
            stop.clone(),
        ));
        let (upgrades, upgraded) = tokio::sync::mpsc::channel(UPGRADES);
        listeners.spawn(ws.take_over(upgraded));
        let full_scrape = FullScrape::new(&self.config, &self.deps.entropy).map(Arc::new);
        let parts = http::Parts {
            desk: self.desk.clone(),
            config: self.config.clone(),
            metering: self.metering.clone(),
            certificates: self.certificates.clone(),
            upgrades: Some(upgrades),
            full_scrape: full_scrape.clone(),
        };
        listeners.spawn(http::serve(self.http, parts, stop.clone()));

        let background = CancellationToken::new();
        let _end_on_drop = background.clone().drop_guard();
        let mut tasks = JoinSet::new();
        if let Some(certificates) = self.certificates {
            tasks.spawn(certificates.follow(background.clone()));
        }
        if let Some(feed) = self.feed {
            tasks.spawn(feed.follow(background.clone()));
        }
        if let Some(publisher) = self.publisher {
            tasks.spawn(publisher.run(self.config.publish_every, background.clone()));
        }
        if let Some(full_scrape) = full_scrape {
            let (swarm, access) = (self.deps.swarm.clone(), self.deps.access.clone());
            let (restored, end) = (self.restored.clone(), background.clone());
            tasks.spawn(async move {
                restored.cancelled().await;
                full_scrape.keep(swarm, access, end).await;
            });
        }
        let upkeep = upkeep::run(
            self.desk.clone(),
            self.config.clone(),
            self.metering.clone(),
            background.clone(),
        );
        let restored = self.restored.clone();
        tasks.spawn(async move {
            // What is not back yet must not be missing in the next snapshot.
            restored.cancelled().await;
            upkeep.await;
        });
        if let (Some(accounting), Some(store)) = (&self.accounting, &self.deps.store) {
            let (accounting, store) = (accounting.clone(), store.clone());
            let (swarm, access) = (self.deps.swarm.clone(), self.deps.access.clone());
            let every = self.config.flush_every;
            let end = background.clone();
            tasks.spawn(async move {
                accounting
                    .flush_loop(store, swarm, access, every, end)
                    .await
            });
        }

        let ended = tokio::select! {
            // Listeners end with it, too: that is not what they are watched for.
            biased;
            () = shutdown.cancelled() => None,
            ended = listeners.join_next() => ended,
        };
        stop.cancel();
        let in_hand = async { while listeners.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(IN_HAND, in_hand).await;
        // Listeners are silent now: the last flush sees everything.
        background.cancel();
        let flushed = async { while tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(LAST_FLUSH, flushed).await.is_err() {
            tracing::warn!(
                "the store did not answer in time: what is pending stays in the journal"
            );
        }
        if let Some(path) = &self.config.snapshot_path {
            self.restored.cancelled().await;
            snapshot::write(path, &self.deps.swarm).await?;
        }
        match ended {
            None => Ok(()),
            Some(Ok(Ok(()))) => bail!("a listener of the tracker ended by itself"),
            Some(Ok(Err(error))) => Err(error),
            Some(Err(error)) => Err(error).context("a listener of the tracker failed"),
        }
    }
}

/// Puts back the swarm of the last run, if it is to be kept. Returns how many peers there are again.
fn restore(
    config: &Config,
    deps: &Deps,
    now: swarm::UnixTime,
) -> impl Future<Output = usize> + use<> {
    let (path, swarm) = (config.snapshot_path.clone(), deps.swarm.clone());
    async move {
        match path {
            Some(path) => snapshot::restore(path, swarm, now).await,
            None => 0,
        }
    }
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX)
}

/// Connections on their way from the HTTP loops to those who speak WebSocket.
const UPGRADES: usize = 1024;
const IN_HAND: Duration = Duration::from_secs(3);
const LAST_FLUSH: Duration = Duration::from_secs(4);
