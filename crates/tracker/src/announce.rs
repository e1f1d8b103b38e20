use crate::accounting::{Accounting, Report};
use crate::pace::Pace;
use crate::rates::Rates;
use crate::throttle::Throttle;
use bittorrent::{Event, InfoHash, PeerId};
use domain::Clock;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use swarm::{
    Access, Activity, Announce, Answer, Counts, Denied, Families, Grant, Heard, Peers, Protocol,
    Swarm, UnixTime,
};

/// Where announces and scrapes of every protocol are decided, noted and answered.
pub(crate) struct Desk {
    pub(crate) swarm: Arc<Swarm>,
    pub(crate) access: Arc<Access>,
    pub(crate) activity: Arc<Activity>,
    pub(crate) accounting: Option<Arc<Accounting>>,
    pub(crate) clock: Clock,
    pub(crate) pace: Arc<Pace>,
    pub(crate) throttle: Throttle,
    pub(crate) rates: Arc<Rates>,
}

/// An announce, whichever way it came.
pub(crate) struct Request<'a> {
    pub(crate) protocol: Protocol,
    pub(crate) info_hash: InfoHash,
    pub(crate) passkey: Option<&'a str>,
    pub(crate) peer_id: PeerId,
    /// Where the request came from.
    pub(crate) from: IpAddr,
    /// Where other peers reach the client. Its port is 0 at the end only: the protocols' parsers see
    /// to that.
    pub(crate) contact: SocketAddr,
    /// Where they reach it over the other family of addresses, where that is believed (BEP 7).
    pub(crate) also: Option<SocketAddr>,
    /// Whether they can reach it there: a browser they cannot.
    pub(crate) dialable: bool,
    pub(crate) key: Option<u32>,
    pub(crate) uploaded: u64,
    pub(crate) downloaded: u64,
    pub(crate) left: Option<u64>,
    pub(crate) event: Event,
    /// How many peers to answer with at most.
    pub(crate) limit: usize,
    /// Which addresses the client has use for.
    pub(crate) families: Families,
    pub(crate) now: UnixTime,
}

/// What an announce is answered with, besides peers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Served {
    /// The torrent after it.
    pub(crate) counts: Counts,
    /// Whether it is about a torrent of the site and nobody is credited for it.
    pub(crate) uncredited: bool,
}

/// Why an announce or a scrape is not served. Its `Display` is a sentence for a person.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    #[error("{0}")]
    Denied(#[from] Denied),
    #[error("{0} is larger than anything that exists: restart your client")]
    Absurd(&'static str),
    #[error("too many announces from your address, please wait")]
    TooOften {
        /// Minutes.
        retry_in: u32,
    },
    #[error("the tracker cannot write down what you transferred right now, please wait")]
    Journal,
}

impl Refusal {
    /// After how many minutes asking again may help; `None` when it never will as it is.
    pub(crate) fn retry_in(&self) -> Option<u32> {
        match self {
            Self::Denied(denied) => denied.retry_in(),
            Self::Absurd(_) => None,
            Self::TooOften { retry_in } => Some(*retry_in),
            Self::Journal => Some(2),
        }
    }

    /// A short constant name, for counting.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Denied(denied) => denied.name(),
            Self::Absurd(_) => "absurd",
            Self::TooOften { .. } => "too_often",
            Self::Journal => "journal",
        }
    }
}

impl Desk {
    pub(crate) fn now(&self) -> UnixTime {
        UnixTime(self.clock.now().0)
    }

    /// Serves one announce: decides, writes down what it reports, takes it into the swarm, chooses
    /// peers. A refusal has changed nothing.
    pub(crate) fn announce(
        &self,
        request: &Request<'_>,
        peers: &mut Peers,
    ) -> Result<Served, Refusal> {
        let mut user = None;
        let outcome = self.serve(request, peers, &mut user);
        self.activity.heard(&request.heard(user, &outcome, peers));
        outcome
    }

    /// Tells `whose` announce it is, as soon as that is known.
    fn serve(
        &self,
        request: &Request<'_>,
        peers: &mut Peers,
        whose: &mut Option<swarm::UserId>,
    ) -> Result<Served, Refusal> {
        for (name, bytes) in [
            ("uploaded", request.uploaded),
            ("downloaded", request.downloaded),
        ] {
            if bytes > LARGEST_TOTAL {
                return Err(Refusal::Absurd(name));
            }
        }
        let decided = self.access.decide(request.info_hash, request.passkey);
        let grant = decided.inspect_err(|_| {
            *whose = request.passkey.and_then(|key| self.access.user_of(key));
        })?;
        let now = request.now;
        // Members answer for what they do; and leaving is welcome at any time.
        if grant.user.is_none() && request.event != Event::Stopped {
            let taken = self.throttle.take(request.from, now);
            taken.map_err(|retry_in| Refusal::TooOften { retry_in })?;
        }
        let user = grant.user.or_else(|| {
            grant.torrent?;
            self.swarm
                .account_of(grant.canonical, request.peer_id, request.contact.ip())
        });
        *whose = user;
        if !grant.downloads && request.left != Some(0) && request.event != Event::Stopped {
            return Err(Denied::Downloads.into());
        }
        let credits = self.accounting.is_some() && grant.torrent.is_some();
        let (mut event, mut completed) = (request.event, false);
        if let (Some(accounting), Some(torrent), Some(user)) =
            (&self.accounting, grant.torrent, user)
        {
            let report = Report {
                torrent,
                user,
                peer_id: request.peer_id,
                uploaded: request.uploaded,
                downloaded: request.downloaded,
                left: request.left,
                event: request.event,
                at: now,
                terms: self.rates.terms(&grant, self.pace.peer_ttl(now), now),
            };
            completed = accounting.record(report).map_err(|_| Refusal::Journal)?;
            if event == Event::Completed {
                // It is counted once for the user, not once for each of their clients.
                event = Event::None;
            }
        }
        let announce = Announce {
            peer_id: request.peer_id,
            user,
            addr: request.contact,
            dialable: request.dialable,
            key: request.key,
            left: request.left,
            event,
        };
        let query = announce.query(request.limit, request.families);
        let mut counts = self
            .swarm
            .announce(grant.canonical, &announce, &query, now, peers);
        if let Some(also) = request.also {
            counts = self.announce_also(&grant, &announce, also, peers, now);
        }
        if completed {
            counts.completed = self.swarm.add_completed(grant.canonical, 1, now);
        }
        Ok(Served {
            counts,
            uncredited: credits && user.is_none(),
        })
    }

    /// Takes in that the client is reached at another address too.
    fn announce_also(
        &self,
        grant: &Grant,
        announce: &Announce,
        also: SocketAddr,
        peers: &mut Peers,
        now: UnixTime,
    ) -> Counts {
        // It may have been there before, and been chosen for itself.
        peers.leave_out(also);
        let announce = Announce {
            addr: also,
            event: match announce.event {
                Event::Stopped | Event::Paused => announce.event,
                // What has happened has been told.
                Event::None | Event::Started | Event::Completed => Event::None,
            },
            ..*announce
        };
        self.swarm.insert_or_update(grant.canonical, &announce, now)
    }

    /// The counts of a torrent, or why they are not for this asker.
    pub(crate) fn scrape(
        &self,
        info_hash: InfoHash,
        passkey: Option<&str>,
    ) -> Result<Counts, Refusal> {
        let grant = self.access.decide(info_hash, passkey)?;
        Ok(self.swarm.query_state(grant.canonical))
    }
}

impl Request<'_> {
    /// The announce as it is remembered.
    fn heard(
        &self,
        user: Option<swarm::UserId>,
        outcome: &Result<Served, Refusal>,
        peers: &Peers,
    ) -> Heard {
        Heard {
            at: self.now,
            protocol: self.protocol,
            user,
            hash: self.info_hash,
            peer_id: self.peer_id,
            contact: self.contact,
            event: self.event,
            uploaded: self.uploaded,
            downloaded: self.downloaded,
            left: self.left,
            answer: match outcome {
                Ok(Served { counts, .. }) => Answer::Served {
                    seeders: counts.seeders,
                    leechers: counts.leechers,
                    peers: (peers.v4.len() + peers.v6.len()) as u32,
                },
                Err(refusal) => Answer::Refused(refusal.name()),
            },
        }
    }
}

/// An exbibyte.
const LARGEST_TOTAL: u64 = 1 << 60;

/// Counters on the wire have 32 bits.
pub(crate) fn wire_count(count: u64) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
