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
use crate::limits::{RetryAfter, network};
use crate::state::App;

/// How many streams are open, per network.
#[derive(Clone, Default)]
pub struct Watchers(Arc<Mutex<HashMap<IpAddr, usize>>>);

/// One open stream; counted until dropped.
struct Seat {
    watchers: Watchers,
    network: IpAddr,
}

impl Watchers {
    fn sit(&self, address: IpAddr) -> Option<Seat> {
        let network = network(address);
        let mut open = self.0.lock();
        let total: usize = open.values().sum();
        let here = open.get(&network).copied().unwrap_or_default();
        if here >= PER_NETWORK || total >= IN_ALL {
            return None;
        }
        open.insert(network, here + 1);
        Some(Seat {
            watchers: self.clone(),
            network,
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self.watchers.0.lock();
        if let Some(here) = open.get_mut(&self.network) {
            *here -= 1;
            if *here == 0 {
                open.remove(&self.network);
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

pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Id(topic): Id<TopicId>,
) -> Result<Response> {
    let viewer = shell.viewer().clone();
    let place = app.store.torrent_of_topic(&viewer, topic).await?;
    let seat = app
        .watchers
        .sit(shell.visit().address)
        .ok_or(Error::TooMany(RetryAfter(60)))?;
    let mut tick = tokio::time::interval(if app.swarm.is_some() { LOOK } else { ASK });
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let until = Instant::now() + LONGEST;
    let watch = Watch {
        app,
        viewer,
        topic,
        place,
        sent: None,
        tick,
        until,
        _seat: seat,
    };
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
                let asked = self
                    .app
                    .store
                    .torrent_of_topic(&self.viewer, self.topic)
                    .await;
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
const ASK: Duration = Duration::from_secs(2);
const HEARTBEAT: Duration = Duration::from_secs(20);
const LONGEST: Duration = Duration::from_secs(600);
const PER_NETWORK: usize = 24;
const IN_ALL: usize = 10_000;

#[cfg(test)]
mod tests {
    use axum::body::{Body, HttpBody as _};
    use axum::http::Request;
    use bittorrent::{Event as Announced, PeerId};
    use std::pin::Pin;

    use super::*;
    use crate::pages::samples::{self, posted, read, torrent};
    use crate::testing::Site;

    /// The next piece of the stream.
    async fn next(body: &mut Body) -> Option<String> {
        let frame = std::future::poll_fn(|cx| Pin::new(&mut *body).poll_frame(cx)).await?;
        Some(String::from_utf8(frame.unwrap().into_data().unwrap().to_vec()).unwrap())
    }

    #[tokio::test]
    async fn counters_follow_the_swarm_until_the_role_stops() {
        let site = Site::new().await;
        let mut mira = site.member("mira").await;
        let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
        let topic = posted(&mut mira, forum, "Linux", Some(&torrent("live"))).await;
        let request = Request::get(format!("/topics/{topic}/live"))
            .body(Body::empty())
            .unwrap();
        let response = mira.raw(request).await;
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        let mut body = response.into_body();
        // from here on nothing but the stream waits, so time may run by itself
        tokio::time::pause();
        let first = next(&mut body).await.unwrap();
        assert_eq!(
            first,
            "event: counts\ndata: {\"seeders\":0,\"leechers\":0,\"completed\":0}\n\n"
        );
        let swarm = site.app.swarm.as_ref().unwrap();
        let announce = swarm::Announce {
            peer_id: PeerId::from([1; 20]),
            user: None,
            addr: "192.0.2.1:6881".parse().unwrap(),
            dialable: true,
            key: None,
            left: Some(0),
            event: Announced::Started,
        };
        let hash = read(&torrent("live")).hashes().canonical();
        swarm.insert_or_update(hash, &announce, swarm::UnixTime(crate::testing::START));
        let second = next(&mut body).await.unwrap();
        assert!(second.contains("\"seeders\":1"), "{second}");
        // without a change, only signs of life
        let third = next(&mut body).await.unwrap();
        assert!(third.starts_with(':'), "{third}");
        tokio::time::resume();
        // and the page itself says the same
        let page = mira.get(&format!("/topics/{topic}")).await.text();
        assert!(page.contains("data-seeders=\"1\""));
        site.app.stop.cancel();
        assert_eq!(next(&mut body).await, None);
    }

    #[tokio::test]
    async fn an_address_has_only_so_many_streams() {
        let watchers = Watchers::default();
        let here = IpAddr::from([192, 0, 2, 1]);
        let seats: Vec<_> = (0..PER_NETWORK)
            .map(|_| watchers.sit(here).unwrap())
            .collect();
        assert!(watchers.sit(here).is_none());
        assert!(watchers.sit(IpAddr::from([192, 0, 2, 2])).is_some());
        drop(seats);
        assert!(watchers.sit(here).is_some());
        assert!(
            watchers.0.lock().is_empty(),
            "nothing is kept of who has left"
        );
    }

    #[tokio::test]
    async fn an_ipv6_network_has_the_seats_of_one_address() {
        let watchers = Watchers::default();
        let host =
            |network: u16, host: u16| IpAddr::from([0x2001, 0xdb8, 0, network, host, 0, 0, host]);
        let seats: Vec<_> = (0..200).filter_map(|i| watchers.sit(host(7, i))).collect();
        assert_eq!(seats.len(), PER_NETWORK);
        assert!(watchers.sit(host(8, 0)).is_some());
        drop(seats);
        assert!(watchers.0.lock().is_empty());
    }
}
