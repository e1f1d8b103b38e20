use super::link::Link;
use super::relay::Taken;
use super::server::Server;
use crate::announce::{self, Refusal, wire_count};
use crate::config::Config;
use crate::metering::Metering;
use bittorrent::wire::http::EndpointError;
use bittorrent::wire::ws::{
    Action, Announce, AnnounceAnswer, Answer, Request, ScrapeEntry, write_announce, write_answer,
    write_failure, write_offer, write_scrape,
};
use bittorrent::{Event, InfoHash, PeerId};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use swarm::{Families, Peers};
use tokio::time::Instant;

/// What one connection has announced, and what its messages do.
pub(crate) struct Session {
    server: Arc<Server>,
    from: SocketAddr,
    passkey: Result<Option<String>, EndpointError>,
    link: Arc<Link>,
    /// The swarms it is in. Pages have few; whoever has many uses one connection for all.
    joined: Vec<Joined>,
    budget: Budget,
}

/// One peer in one swarm, with what it reported last.
struct Joined {
    info_hash: InfoHash,
    peer_id: PeerId,
    uploaded: u64,
    downloaded: u64,
    left: Option<u64>,
}

/// Messages come faster than anybody's would.
#[derive(Debug)]
pub(crate) struct Flood;

impl Session {
    pub(crate) fn new(
        server: Arc<Server>,
        from: SocketAddr,
        passkey: Result<Option<String>, EndpointError>,
    ) -> Self {
        Self {
            server,
            from,
            passkey,
            link: Arc::new(Link::new(from.ip())),
            joined: Vec::new(),
            budget: Budget::new(Instant::now()),
        }
    }

    pub(crate) fn link(&self) -> &Arc<Link> {
        &self.link
    }

    pub(crate) fn config(&self) -> &Arc<Config> {
        &self.server.config
    }

    pub(crate) fn metering(&self) -> &Metering {
        &self.server.metering
    }

    /// Whether it is in no swarm.
    pub(crate) fn is_empty(&self) -> bool {
        self.joined.is_empty()
    }

    /// How long it may announce nothing before its swarms forget it.
    pub(crate) fn patience(&self) -> Duration {
        let desk = &self.server.desk;
        Duration::from_secs(desk.pace.peer_ttl(desk.now()).into())
    }

    /// Counts a frame that needs no more than that.
    pub(crate) fn spend(&mut self) -> Result<(), Flood> {
        self.budget.spend(Instant::now())
    }

    /// Does what a message says; answers are on their way over the link.
    pub(crate) fn take(&mut self, message: &str) -> Result<(), Flood> {
        self.spend()?;
        match Request::parse(message) {
            Ok(Request::Announce(announce)) => {
                self.metering().ws.announces.increment(1);
                let about = (Some(Action::Announce), Some(announce.info_hash));
                if let Err(refused) = self.announce(&announce) {
                    self.refuse(about, refused);
                }
            }
            Ok(Request::Answer(answer)) => {
                let about = (Some(Action::Announce), Some(answer.info_hash));
                if let Err(refused) = self.answer(&answer) {
                    self.refuse(about, refused);
                }
            }
            Ok(Request::Scrape(hashes)) => {
                self.metering().ws.scrapes.increment(1);
                if let Err(refused) = self.scrape(&hashes) {
                    self.refuse((Some(Action::Scrape), None), refused);
                }
            }
            Err(error) => {
                self.metering().ws.refused("malformed");
                self.fail((error.action, error.info_hash), &error.to_string());
            }
        }
        Ok(())
    }

    /// Leaves all swarms, as a browser does whose page is closed.
    pub(crate) fn leave_all(&mut self) {
        for joined in std::mem::take(&mut self.joined) {
            self.leave(&joined);
        }
    }

    fn announce(&mut self, announce: &Announce<'_>) -> Result<(), Refused> {
        let (info_hash, peer_id) = (announce.info_hash, announce.peer_id);
        let stopped = announce.event == Event::Stopped;
        let known = self.position(info_hash, peer_id);
        if !stopped {
            if known.is_none() && self.joined.len() >= SWARMS_MAX {
                return Err(Refused::Swarms);
            }
            if !self.server.relay.admits(info_hash, peer_id, &self.link) {
                return Err(Refused::Taken);
            }
        }
        let joined = Joined {
            info_hash,
            peer_id,
            uploaded: announce.uploaded,
            downloaded: announce.downloaded,
            left: announce.left,
        };
        let counts = match self.report(&joined, announce.event) {
            Ok(counts) => counts,
            Err(refused) => {
                self.forget(known);
                return Err(refused);
            }
        };
        let desk = &self.server.desk;
        let least = self.config().min_interval.max(self.config().ws_interval);
        let least = u32::try_from(least.as_secs()).unwrap_or(u32::MAX);
        let answer = AnnounceAnswer {
            info_hash,
            interval: desk.pace.interval().min(least),
            complete: counts.seeders,
            incomplete: counts.leechers,
        };
        let mut out = Vec::with_capacity(256);
        write_announce(&mut out, &answer);
        if stopped {
            self.forget(known);
            self.link.send(&out);
            return Ok(());
        }
        let wanted = announce
            .numwant
            .map_or(usize::MAX, |wanted| wanted as usize);
        let offers = announce.offers.len().min(wanted);
        let offers = &announce.offers[..offers.min(self.config().ws_offers)];
        let seeding = announce.left == Some(0) || announce.event == Event::Paused;
        let mut others = Vec::new();
        let (relay, link) = (&self.server.relay, &self.link);
        relay.enter(info_hash, peer_id, link, seeding, offers.len(), &mut others)?;
        link.send(&out);
        let mut relayed = 0;
        for (offer, other) in offers.iter().zip(&others) {
            out.clear();
            write_offer(&mut out, info_hash, peer_id, offer.id, offer.offer);
            relayed += u64::from(other.send(&out));
        }
        self.metering().ws_offers.increment(relayed);
        match known {
            Some(at) => self.joined[at] = joined,
            None => self.joined.push(joined),
        }
        Ok(())
    }

    fn answer(&self, answer: &Answer<'_>) -> Result<(), Refused> {
        let (info_hash, peer_id) = (answer.info_hash, answer.peer_id);
        if self.position(info_hash, peer_id).is_none() {
            return Err(Refused::NotJoined);
        }
        let from = (peer_id, &self.link);
        // Whoever offered may have gone meanwhile.
        if let Some(to) = self.server.relay.find(info_hash, from, answer.to_peer_id) {
            let mut out = Vec::new();
            write_answer(&mut out, info_hash, peer_id, answer.offer_id, answer.answer);
            self.metering().ws_answers.increment(to.send(&out).into());
        }
        Ok(())
    }

    /// Torrents the asker may not know of are left out, as over HTTP.
    fn scrape(&self, hashes: &[InfoHash]) -> Result<(), Refused> {
        let passkey = self.passkey()?;
        let mut entries = Vec::with_capacity(hashes.len());
        let mut refusal = None;
        for &info_hash in hashes {
            match self.server.desk.scrape(info_hash, passkey) {
                Ok(counts) => entries.push(ScrapeEntry {
                    info_hash,
                    complete: counts.seeders,
                    incomplete: counts.leechers,
                    downloaded: wire_count(counts.completed),
                }),
                Err(refused) => refusal = Some(refused),
            }
        }
        match refusal {
            Some(refusal) if entries.is_empty() => Err(refusal.into()),
            _ => {
                let mut out = Vec::new();
                write_scrape(&mut out, &entries, SCRAPE_INTERVAL);
                self.link.send(&out);
                Ok(())
            }
        }
    }

    /// Tells the desk.
    fn report(&self, joined: &Joined, event: Event) -> Result<swarm::Counts, Refused> {
        let desk = &self.server.desk;
        let request = announce::Request {
            protocol: swarm::Protocol::WebSocket,
            from: self.from.ip(),
            info_hash: joined.info_hash,
            passkey: self.passkey()?,
            peer_id: joined.peer_id,
            contact: self.from,
            also: None,
            dialable: false,
            key: None,
            uploaded: joined.uploaded,
            downloaded: joined.downloaded,
            left: joined.left,
            event,
            limit: 0,
            families: Families::Both,
            now: desk.now(),
        };
        let served = desk.announce(&request, &mut Peers::default())?;
        Ok(served.counts)
    }

    fn passkey(&self) -> Result<Option<&str>, Refused> {
        match &self.passkey {
            Ok(passkey) => Ok(passkey.as_deref()),
            Err(error) => Err(Refused::Url(*error)),
        }
    }

    fn position(&self, info_hash: InfoHash, peer_id: PeerId) -> Option<usize> {
        self.joined
            .iter()
            .position(|joined| joined.info_hash == info_hash && joined.peer_id == peer_id)
    }

    /// Offers no longer reach a browser that has stopped or is refused.
    fn forget(&mut self, known: Option<usize>) {
        if let Some(at) = known {
            let joined = self.joined.swap_remove(at);
            let (relay, link) = (&self.server.relay, &self.link);
            relay.leave(joined.info_hash, joined.peer_id, link);
        }
    }

    fn leave(&self, joined: &Joined) {
        let (relay, link) = (&self.server.relay, &self.link);
        let here = relay.leave(joined.info_hash, joined.peer_id, link);
        // A member's browser that has come back over another connection is the same peer there.
        if here || matches!(self.passkey, Ok(None)) {
            // A refusal has been told or will be; nobody listens now.
            let _ = self.report(joined, Event::Stopped);
        }
    }

    fn refuse(&self, about: (Option<Action>, Option<InfoHash>), refused: Refused) {
        self.metering().ws.refused(refused.name());
        self.fail(about, &refused.to_string());
    }

    fn fail(&self, (action, info_hash): (Option<Action>, Option<InfoHash>), sentence: &str) {
        let mut out = Vec::new();
        write_failure(&mut out, action, info_hash, sentence);
        self.link.send(&out);
    }
}

/// Why a message is not done. Its `Display` is a sentence for a person.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error("{0}")]
    Desk(#[from] Refusal),
    #[error("{0}")]
    Url(EndpointError),
    #[error("another client in this swarm uses the same peer id: reload the page")]
    Taken,
    #[error("one connection can be in at most {SWARMS_MAX} swarms")]
    Swarms,
    #[error("announce the torrent before you answer offers for it")]
    NotJoined,
}

impl From<Taken> for Refused {
    fn from(Taken: Taken) -> Self {
        Self::Taken
    }
}

impl Refused {
    fn name(&self) -> &'static str {
        match self {
            Self::Desk(refusal) => refusal.name(),
            Self::Url(_) => "url",
            Self::Taken => "peer_id_taken",
            Self::Swarms => "swarms",
            Self::NotJoined => "not_joined",
        }
    }
}

/// How many messages a connection may send: so many at once, and then so many a second.
struct Budget {
    left: f32,
    at: Instant,
}

impl Budget {
    fn new(now: Instant) -> Self {
        Self {
            left: BURST,
            at: now,
        }
    }

    fn spend(&mut self, now: Instant) -> Result<(), Flood> {
        let earned = (now - self.at).as_secs_f32() * PER_SECOND;
        self.at = now;
        self.left = (self.left + earned).min(BURST) - 1.0;
        if self.left < 0.0 { Err(Flood) } else { Ok(()) }
    }
}

/// How many swarms one connection may be in.
const SWARMS_MAX: usize = 256;
/// One announce for each of them at once, and answers to as many offers.
const BURST: f32 = 512.0;
const PER_SECOND: f32 = 50.0;
/// Seconds between scrapes of one client.
const SCRAPE_INTERVAL: u32 = 300;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_a_flood_is_not() {
        let start = Instant::now();
        let mut budget = Budget::new(start);
        let at_once = (0..).take_while(|_| budget.spend(start).is_ok()).count();
        assert_eq!(at_once, BURST as usize);
        let mut budget = Budget::new(start);
        for n in 0..10_000 {
            let now = start + Duration::from_secs_f32(n as f32 / (PER_SECOND - 1.0));
            assert!(budget.spend(now).is_ok(), "{n}");
        }
    }
}
