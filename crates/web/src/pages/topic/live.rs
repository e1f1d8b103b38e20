//! `GET /topics/{id}/live`: the torrent's counters as server-sent events.
//!
//! The event `counts` carries `{"seeders","leechers","completed"}` at once and whenever they change,
//! looked at every second. Whether the viewer may still read is asked of memory every second, too; a
//! stream ends after ten minutes, and the browser's reconnection is checked in full.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use domain::{Right, TopicId, Viewer};
use futures_util::stream;
use parking_lot::Mutex;
use tokio::time::{Instant, Interval, MissedTickBehavior};

use super::counts::Counts;
use crate::error::{Error, Result};
use crate::extract::Id;
use crate::layout::Shell;
use crate::limits::RetryAfter;
use crate::state::App;

/// How many streams are open, per address.
#[derive(Clone, Default)]
pub struct Watchers(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One open stream; counted until dropped.
struct Seat {
    watchers: Watchers,
    address: IpAddr,
}

impl Watchers {
    fn sit(&self, address: IpAddr) -> Option<Seat> {
        let mut open = self.0.lock();
        let total: usize = open.values().sum();
        let here = open.entry(address).or_default();
        if *here >= PER_ADDRESS || total >= IN_ALL {
            return None;
        }
        *here += 1;
        Some(Seat { watchers: self.clone(), address })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.watchers.0.lock();
        if let Some(here) = open.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                open.remove(&self.address);
            }
        }
    }
}

struct Watch {
    app: App,
    viewer: Viewer,
    topic: TopicId,
    place: store::TorrentPlace,
    sent: Option<Counts>,
    tick: Interval,
    until: Instant,
    _seat: Seat,
}

pub async fn show(State(app): State<App>, shell: Shell, Id(topic): Id<TopicId>) -> Result<Response> {
    let viewer = shell.viewer().clone();
    let place = app.store.torrent_of_topic(&viewer, topic).await?;
    let seat = app.watchers.sit(shell.visit().address).ok_or(Error::TooMany(RetryAfter(60)))?;
    let mut tick = tokio::time::interval(if app.swarm.is_some() { LOOK } else { ASK });
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let until = Instant::now() + LONGEST;
    let watch = Watch { app, viewer, topic, place, sent: None, tick, until, _seat: seat };
    let events = stream::unfold(watch, |mut watch| async move {
        let event = watch.next().await?;
        Some((Ok::<_, Infallible>(event), watch))
    });
    let alive = KeepAlive::new().interval(HEARTBEAT);
    Ok(Sse::new(events).keep_alive(alive).into_response())
}

impl Watch {
    /// The next change; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        let stop = self.app.stop.clone();
        loop {
            stop.run_until_cancelled(self.tick.tick()).await?;
            let forum = self.place.topic.forum;
            if Instant::now() > self.until
                || !self.app.store.site().may(&self.viewer, forum, Right::Read)
            {
                return None;
            }
            if self.app.swarm.is_none() {
                let asked = self.app.store.torrent_of_topic(&self.viewer, self.topic).await;
                self.place = asked.ok()?;
            }
            let counts = Counts::of(&self.app, &self.place.torrent);
            if self.sent == Some(counts) {
                continue;
            }
            self.sent = Some(counts);
            return Event::default().event("counts").json_data(counts).ok();
        }
    }
}

/// Between two looks at the swarm's memory.
const LOOK: Duration = Duration::from_secs(1);
/// Between two questions to the store, where the tracker runs elsewhere.
const ASK: Duration = Duration::from_secs(5);
const HEARTBEAT: Duration = Duration::from_secs(20);
const LONGEST: Duration = Duration::from_secs(600);
const PER_ADDRESS: usize = 24;
const IN_ALL: usize = 10_000;
