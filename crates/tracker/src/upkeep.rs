use crate::announce::Desk;
use crate::config::Config;
use crate::metering::Metering;
use crate::snapshot;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Lets peers go whose time is over, keeps the gauges true, and writes the swarm to disk now and
/// then, until `end` is cancelled.
pub(crate) async fn run(
    desk: Arc<Desk>,
    config: Arc<Config>,
    metering: Metering,
    end: CancellationToken,
) {
    let swarm = &desk.swarm;
    let mut tick = tokio::time::interval(TICK);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Skip);
    let mut written = tokio::time::Instant::now();
    let mut pause = config.snapshot_every.min(SNAPSHOT_SOON);
    let (mut failing, mut evicting) = (false, false);
    loop {
        tokio::select! {
            () = end.cancelled() => return,
            _ = tick.tick() => {}
        }
        desk.activity.mark(desk.now());
        let families = desk.activity.tally().families;
        for (counter, count) in metering.contacts.iter().zip(families) {
            counter.absolute(count);
        }
        swarm.set_peer_ttl(desk.pace.peer_ttl(desk.now()));
        let totals = swarm.totals();
        metering.torrents.set(totals.torrents as f64);
        metering.seeders.set(totals.seeders as f64);
        metering.leechers.set(totals.leechers as f64);
        metering.evicted.absolute(totals.evicted);
        if let (true, Some(most)) = (totals.evicted > 0 && !evicting, swarm.config().max_peers) {
            evicting = true;
            tracing::warn!(
                swarm.max_peers = most,
                "there are as many peers as may be: for each that comes, one that was not heard of for long goes"
            );
        }
        // Once round everything in about a minute.
        let mut budget = (totals.peers() + totals.torrents) as usize / TICKS_PER_ROUND + SLICE;
        while budget > 0 {
            let slice = budget.min(SLICE);
            let expired = swarm.expire(desk.now(), slice);
            metering.expired.increment(expired.peers as u64);
            budget -= slice;
            tokio::task::yield_now().await;
        }
        let Some(path) = &config.snapshot_path else {
            continue;
        };
        if written.elapsed() >= pause {
            let began = tokio::time::Instant::now();
            let outcome = snapshot::write(path, swarm).await;
            written = tokio::time::Instant::now();
            // A small swarm is written often, so that a crash costs next to nothing; a large one as
            // often as the disk can bear.
            pause = ((written - began) * SNAPSHOT_SHARE)
                .max(SNAPSHOT_SOON)
                .min(config.snapshot_every);
            match outcome {
                Ok(()) => failing = false,
                Err(error) if !failing => {
                    failing = true;
                    tracing::error!(
                        error = format!("{error:#}"),
                        "the swarm would not survive a crash"
                    );
                }
                Err(_) => {}
            }
        }
    }
}

const TICK: Duration = Duration::from_secs(1);
const TICKS_PER_ROUND: usize = 60;
const SLICE: usize = 4096;
/// The shortest pause between two snapshots, unless the configuration wants a shorter one.
const SNAPSHOT_SOON: Duration = Duration::from_secs(5);
/// How many times longer than writing a snapshot the pause after it is.
const SNAPSHOT_SHARE: u32 = 20;
