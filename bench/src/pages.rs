//! How long the site's pages take over a filled store: the web role in this process on a loopback
//! port, eight connections, pages picked at random.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use blobs::Blobs;
use domain::{Clock, Entropy, Page, Right, TopicId, UnixTime, UserId, Viewer};
use store::{NewSession, Store, StoreError};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::client::Client;
use crate::dice::Dice;
use crate::latency::Latency;

/// What to measure.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Connections that ask at the same time.
    pub connections: usize,
    /// Requests for each kind of page, over all connections.
    pub requests: usize,
    /// Seed of the choice of pages.
    pub seed: u64,
}

/// A line of the result.
#[derive(Debug, Clone)]
pub struct Row {
    /// Which page.
    pub page: &'static str,
    /// Who asks.
    pub viewer: &'static str,
    /// What it took.
    pub latency: Latency,
    /// Statements per request, on average.
    pub statements: f64,
    /// The largest page, in bytes.
    pub largest: usize,
}

/// Measures every kind of page, as a visitor and as a member.
pub async fn measure(store: &Store, now: UnixTime, plan: &Plan) -> Result<Vec<Row>> {
    let folder = std::env::temp_dir().join(format!("skep-bench-blobs-{}", std::process::id()));
    // another one in every run: a session is made from it
    let entropy = Entropy::seeded(plan.seed ^ now.0 as u64);
    let deps = web::Deps {
        store: store.clone(),
        blobs: Blobs::open(&format!("file:{}", folder.display())).await?,
        swarm: None,
        activity: None,
        clock: Clock::fixed(now),
        entropy: entropy.clone(),
        setup_token: None,
        listener: None,
        metrics: None,
        missing: None,
    };
    let config = web::Config {
        addr: SocketAddr::from(([127, 0, 0, 1], 0)),
        ..web::Config::default()
    };
    let web = web::bind(config, deps).await?;
    let addr = web.addr();
    let stop = CancellationToken::new();
    let running = tokio::spawn(web.run(stop.clone()));

    let member = session(store, &entropy, now).await?;
    let pages = addresses(store, plan).await?;
    let mut rows = Vec::new();
    for (viewer, cookie) in [("visitor", None), ("member", Some(member))] {
        for (page, paths) in &pages {
            // once unmeasured, so that every connection and cache is open
            let warm = Plan {
                requests: plan.requests / 10,
                ..plan.clone()
            };
            series(addr, paths, cookie.as_deref(), &warm).await?;
            let before = store.statements();
            let (latency, largest) = series(addr, paths, cookie.as_deref(), plan).await?;
            let statements = (store.statements() - before) as f64 / latency.requests as f64;
            rows.push(Row {
                page,
                viewer,
                latency,
                statements,
                largest,
            });
        }
    }
    stop.cancel();
    running.await??;
    let _ = std::fs::remove_dir_all(folder);
    Ok(rows)
}

/// What is asked for: the index, forums with a full page of topics, topics with a full page of posts;
/// only what a visitor may read.
async fn addresses(store: &Store, plan: &Plan) -> Result<[(&'static str, Arc<[String]>); 3]> {
    let guest = Viewer::guest();
    let forums: Arc<[String]> = store
        .site()
        .forums_with(&guest, Right::Read)
        .iter()
        .map(|forum| format!("/forums/{}", forum.id))
        .collect();
    let newest = store.totals().await?.topics;
    let mut dice = Dice::new(plan.seed);
    let mut topics = Vec::new();
    for _ in 0..LOOKED_AT {
        let id = TopicId(1 + dice.below(newest) as i64);
        match store.topic_page(&guest, id, Page::first(FULL_TOPIC)).await {
            Ok(page) if page.total >= u64::from(FULL_TOPIC) => topics.push(format!("/topics/{id}")),
            Ok(_) | Err(StoreError::NotFound(_)) => {}
            Err(error) => return Err(error).context("cannot look for topics"),
        }
    }
    ensure!(
        !forums.is_empty() && topics.len() >= 10,
        "the store has too few full forums and topics; fill one with `cargo xtask seed`"
    );
    Ok([
        ("index", Arc::from(["/".to_owned()])),
        ("forum", forums),
        ("topic", topics.into()),
    ])
}

/// Posts on a page of a topic.
const FULL_TOPIC: u32 = 20;

/// Topics looked at for those with a full page of posts, which are rare.
const LOOKED_AT: usize = 20_000;

/// One kind of page over all connections.
async fn series(
    addr: SocketAddr,
    paths: &Arc<[String]>,
    cookie: Option<&str>,
    plan: &Plan,
) -> Result<(Latency, usize)> {
    let mut connections = JoinSet::new();
    for connection in 0..plan.connections {
        let cookie = cookie.map(str::to_owned);
        let mut dice = Dice::new(plan.seed.wrapping_add(connection as u64));
        let requests = plan.requests / plan.connections;
        let paths = Arc::clone(paths);
        connections.spawn(async move {
            let mut client = Client::connect(addr, cookie).await?;
            let mut took = Vec::with_capacity(requests);
            let mut largest = 0;
            for _ in 0..requests {
                let path = &paths[dice.below(paths.len() as u64) as usize];
                let begun = Instant::now();
                largest = client.fetch(path).await?.max(largest);
                took.push(begun.elapsed());
            }
            Ok::<(Vec<Duration>, usize), anyhow::Error>((took, largest))
        });
    }
    let (mut all, mut largest) = (Vec::new(), 0);
    while let Some(ended) = connections.join_next().await {
        let (took, size) = ended??;
        all.extend(took);
        largest = largest.max(size);
    }
    Ok((Latency::of(all).context("nothing was measured")?, largest))
}

/// Logs the first member in; the value of the `Cookie` header.
async fn session(store: &Store, entropy: &Entropy, now: UnixTime) -> Result<String> {
    let accounts = store.accounts_after(UserId::from(0), 2).await?;
    let account = accounts
        .last()
        .context("the store has no users; fill it with `cargo xtask seed`")?;
    let secret = domain::Secret::generate(entropy);
    store
        .create_session(&NewSession {
            user: account.user,
            token: web::token_hash(&secret),
            csrf: entropy.bytes(),
            ip: "127.0.0.1".to_owned(),
            user_agent: "bench".to_owned(),
            now,
            expires_at: UnixTime(now.0 + 86_400),
        })
        .await?;
    Ok(format!("skep-session={}", secret.as_str()))
}

/// Says whether the goals are met: median below 5 ms, 99 of 100 below 25 ms, at most six statements.
pub fn check(rows: &[Row]) -> Result<()> {
    for row in rows {
        let name = format!("{} as {}", row.page, row.viewer);
        ensure!(
            row.latency.median < Duration::from_millis(5),
            "{name}: median above 5 ms"
        );
        ensure!(
            row.latency.p99 < Duration::from_millis(25),
            "{name}: p99 above 25 ms"
        );
        ensure!(row.statements <= 6.0, "{name}: more than six statements");
    }
    Ok(())
}
