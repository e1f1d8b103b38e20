//! `bench COMMAND`: fills stores and measures over them. Numbers go to `docs/BENCHMARKS.md`, with the
//! command that printed them.

use std::collections::HashSet;
use std::fmt::Display;
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use bench::accounting;
use bench::pages::{self, Plan};
use bench::{Seed, SeedSize};
use blobs::Blobs;
use clap::{Parser, Subcommand};
use domain::{Audience, ForumId, UnixTime};
use store::{Options, Store};

/// Fills stores and measures over them.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Fills an empty data folder, or another store, with a site that looks lived in.
    Seed {
        /// Data folder of `skep serve --data`; its store and blobs are filled.
        #[arg(long, default_value = "skep-data")]
        data: String,
        /// Another store than the folder's: sqlite:PATH or postgres://…
        #[arg(long)]
        store: Option<String>,
        /// Topics, nine of ten with a torrent.
        #[arg(long, default_value_t = SeedSize::FULL.topics)]
        topics: u64,
        /// Posts in all.
        #[arg(long, default_value_t = SeedSize::FULL.posts)]
        posts: u64,
        /// Accounts; the first is the administrator.
        #[arg(long, default_value_t = SeedSize::FULL.users)]
        users: u64,
        /// The same number makes the same site.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Measures the index, forum pages and topic pages of a filled store; fails when a goal is missed.
    Pages {
        /// The filled store: sqlite:PATH or postgres://…
        #[arg(long, default_value = "sqlite:skep-data/skep.db")]
        store: String,
        /// Connections that ask at the same time.
        #[arg(long, default_value_t = 8)]
        connections: usize,
        /// Requests for each kind of page.
        #[arg(long, default_value_t = 20_000)]
        requests: usize,
    },
    /// Measures what it costs to credit what clients report to the users of a filled store.
    Accounting {
        /// The filled store: sqlite:PATH or postgres://…
        #[arg(long, default_value = "sqlite:skep-data/skep.db")]
        store: String,
        /// Clients, each of one user on one torrent.
        #[arg(long, default_value_t = 200_000)]
        clients: usize,
        /// How often each of them announces.
        #[arg(long, default_value_t = 4)]
        rounds: usize,
        /// Observations in a transaction.
        #[arg(long, default_value_t = 10_000)]
        batch: usize,
    },
    /// Writes down who may announce what to a filled store, for `load`.
    Members {
        /// The filled store: sqlite:PATH or postgres://…
        #[arg(long, default_value = "sqlite:skep-data/skep.db")]
        store: String,
        /// Takes the passkeys, one a line.
        #[arg(long)]
        passkeys: PathBuf,
        /// Takes the info-hashes in hex, one a line.
        #[arg(long)]
        hashes: PathBuf,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    match Arguments::parse().command {
        Command::Seed {
            data,
            store,
            topics,
            posts,
            users,
            seed,
        } => {
            std::fs::create_dir_all(&data).with_context(|| format!("cannot make {data}"))?;
            let blobs = Blobs::open(&format!("file:{data}/blobs")).await?;
            let blob = blobs.put(torrent()?).await?.to_string();
            let url = store.unwrap_or_else(|| format!("sqlite:{data}/skep.db"));
            let store = Store::open(&url, Options::default()).await?;
            let (now, begun) = (now()?, Instant::now());
            let what = Seed {
                size: SeedSize {
                    topics,
                    posts,
                    users,
                },
                seed,
                now,
                blob,
            };
            bench::seed(&store, &what, |written| {
                eprintln!("{written} of {posts} posts")
            })
            .await?;
            let findings = store.doctor().await?;
            anyhow::ensure!(
                findings.is_empty(),
                "the filled store is not sound: {findings:?}"
            );
            println!(
                "{topics} topics, {posts} posts, {users} users in {:.1} s",
                begun.elapsed().as_secs_f64()
            );
            store.close().await;
        }
        Command::Pages {
            store,
            connections,
            requests,
        } => {
            let store = Store::open(&store, Options::default()).await?;
            let plan = Plan {
                connections,
                requests,
                seed: 1,
            };
            let rows = pages::measure(&store, now()?, &plan).await?;
            println!(
                "| page | asked by | median ms | p99 ms | longest ms | statements | largest KB |"
            );
            println!("|---|---|---|---|---|---|---|");
            for row in &rows {
                let ms = |time: std::time::Duration| time.as_secs_f64() * 1000.0;
                println!(
                    "| {} | {} | {:.2} | {:.2} | {:.2} | {:.2} | {:.1} |",
                    row.page,
                    row.viewer,
                    ms(row.latency.median),
                    ms(row.latency.p99),
                    ms(row.latency.longest),
                    row.statements,
                    row.largest as f64 / 1024.0
                );
            }
            store.close().await;
            pages::check(&rows)?;
        }
        Command::Accounting {
            store,
            clients,
            rounds,
            batch,
        } => {
            let store = Store::open(&store, Options::default()).await?;
            let plan = accounting::Plan {
                clients,
                rounds,
                batch,
            };
            println!("| round | observations | µs each | own processor µs each |");
            println!("|---|---|---|---|");
            for (n, round) in accounting::measure(&store, &plan).await?.iter().enumerate() {
                let each = |time: std::time::Duration| {
                    time.as_secs_f64() * 1e6 / round.observations as f64
                };
                println!(
                    "| {} | {} | {:.2} | {:.2} |",
                    if n == 0 { "new rows" } else { "known rows" },
                    round.observations,
                    each(round.elapsed),
                    each(round.processor),
                );
            }
            store.close().await;
        }
        Command::Members {
            store,
            passkeys,
            hashes,
        } => {
            let store = Store::open(&store, Options::default()).await?;
            let access = store.access_snapshot().await?;
            let users = access
                .users
                .iter()
                .filter(|user| user.banned.is_none() && user.may_download);
            write_lines(&passkeys, users.map(|user| user.passkey.as_str()))?;
            // what every member may announce: forums that are for some, and what is frozen, are left out
            let for_all =
                |audience: &Audience| matches!(audience, Audience::Everyone | Audience::Members);
            let forums: HashSet<ForumId> = access
                .site
                .forums
                .iter()
                .filter(|forum| forum.know.iter().all(for_all) && for_all(&forum.download))
                .map(|forum| forum.forum)
                .collect();
            let torrents = access.torrents.iter().filter(|torrent| {
                !torrent.state.frozen() && torrent.forum.is_none_or(|forum| forums.contains(&forum))
            });
            write_lines(&hashes, torrents.map(|torrent| torrent.hashes.canonical()))?;
            store.close().await;
        }
    }
    Ok(())
}

fn write_lines(path: &Path, lines: impl Iterator<Item = impl Display>) -> Result<()> {
    let text: String = lines.map(|line| format!("{line}\n")).collect();
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn now() -> Result<UnixTime> {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .context("the clock stands before 1970")?;
    Ok(UnixTime(since.as_secs() as i64))
}

/// The `.torrent` that all topics of a filled site share.
fn torrent() -> Result<Vec<u8>> {
    let file = bittorrent::Builder::new("seed.bin")
        .single_file(vec![7; 1 << 16])
        .build()?;
    Ok(file)
}
