//! What every handler can reach.

use std::ops::Deref;
use std::sync::Arc;

use blobs::Blobs;
use domain::{Clock, Entropy, UnixTime};
use parking_lot::Mutex;
use store::Store;
use swarm::{Activity, Swarm};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::limits::Limits;
use crate::pages::topic::live::Watchers;
use crate::passwords::Passwords;
use crate::posting::Drafts;
use crate::tally::Tally;
use crate::tracker_status::Largest;

/// Renders the process's metrics in Prometheus' text format.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Names what the process still lacks to be useful; empty when it is ready.
pub type Missing = Arc<dyn Fn() -> Vec<String> + Send + Sync>;

/// What the web role works with. It opens nothing itself.
pub struct Deps {
    /// Durable truth.
    pub store: Store,
    /// `.torrent` files.
    pub blobs: Blobs,
    /// Live counters, when the tracker runs in this process.
    pub swarm: Option<Arc<Swarm>>,
    /// What the tracker heard lately, when it runs in this process.
    pub activity: Option<Arc<Activity>>,
    /// The time.
    pub clock: Clock,
    /// Randomness fit for secrets.
    pub entropy: Entropy,
    /// The one-time token of the set-up page, on a site without an administrator.
    pub setup_token: Option<String>,
    /// `/metrics`; without it the page is empty.
    pub metrics: Option<RenderMetrics>,
    /// What else must be up for `/readyz`, besides the store.
    pub missing: Option<Missing>,
    /// A socket that listens already, which somebody else keeps open over a restart; without one the
    /// address of the configuration is listened on.
    pub listener: Option<std::net::TcpListener>,
}

/// The state of the web role; cloning is one reference count.
#[derive(Clone)]
pub struct App(Arc<Inner>);

/// The fields behind [`App`].
pub struct Inner {
    /// Settings.
    pub config: Config,
    /// Durable truth.
    pub store: Store,
    /// `.torrent` files.
    pub blobs: Blobs,
    /// Live counters, when the tracker runs in this process.
    pub swarm: Option<Arc<Swarm>>,
    /// What the tracker heard lately, when it runs in this process.
    pub activity: Option<Arc<Activity>>,
    /// The time.
    pub clock: Clock,
    /// Randomness fit for secrets.
    pub entropy: Entropy,
    /// How often who may do what.
    pub limits: Limits,
    /// Hashing of passwords.
    pub passwords: Passwords,
    /// Uploads kept between two submissions of a form.
    pub drafts: Drafts,
    /// Page views and downloads not written yet.
    pub tally: Tally,
    /// The largest swarms, as last looked for.
    pub largest: Largest,
    /// Open live counters.
    pub watchers: Watchers,
    /// The one-time token of the set-up page; gone once used.
    pub setup_token: Mutex<Option<String>>,
    /// Places for log-in attempts that are held back.
    pub held_back: Semaphore,
    /// `/metrics`.
    pub metrics: Option<RenderMetrics>,
    /// What else must be up.
    pub missing: Option<Missing>,
    /// Key of the tokens in visitors' forms.
    pub secret: [u8; 32],
    /// Cancelled when the role stops: long answers (live counters) must end then.
    pub stop: CancellationToken,
}

impl App {
    /// The state for these settings and dependencies.
    pub fn new(config: Config, deps: Deps) -> Self {
        let secret = config.secret.unwrap_or_else(|| deps.entropy.bytes());
        App(Arc::new(Inner {
            passwords: Passwords::new(config.hashing_slots, deps.entropy.clone()),
            config,
            store: deps.store,
            blobs: deps.blobs,
            swarm: deps.swarm,
            activity: deps.activity,
            largest: Largest::default(),
            clock: deps.clock,
            entropy: deps.entropy,
            limits: Limits::default(),
            drafts: Drafts::default(),
            tally: Tally::default(),
            watchers: Watchers::default(),
            setup_token: Mutex::new(deps.setup_token),
            held_back: Semaphore::new(HELD_BACK),
            metrics: deps.metrics,
            missing: deps.missing,
            secret,
            stop: CancellationToken::new(),
        }))
    }

    /// The present moment.
    pub fn now(&self) -> UnixTime {
        self.clock.now()
    }
}

/// How many log-in attempts wait at a time; beyond that they are slow enough without.
const HELD_BACK: usize = 256;

impl Deref for App {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}
