//! What the tracker does now: for the administrators' page and for the API alike.

use std::collections::HashMap;
use std::sync::Arc;

use bittorrent::{Event, InfoHash};
use domain::{TopicId, UnixTime};
use parking_lot::Mutex;
use serde::Serialize;
use store::Registration;
use swarm::{Activity, Answer, Counts, Heard, Protocol, Swarm};
use utoipa::ToSchema;

use crate::error::{Error, Result};
use crate::format::rfc3339;
use crate::state::App;

/// What the tracker does now.
#[derive(Serialize, ToSchema)]
pub struct Status {
    /// Whether the tracker runs in this process; else everything but this is `null`.
    pub here: bool,
    pub rates: Option<Rates>,
    /// Counted since this process started.
    pub since_start: Option<Totals>,
    pub swarm: Option<SwarmTotals>,
    /// The swarms with most peers, the largest first; at most some seconds old.
    pub largest: Option<Vec<TopSwarm>>,
    /// The last announces that were refused, the newest first.
    pub refused: Option<Vec<Announce>>,
    /// Hashes that are announced without being registered, in the last hour or two.
    pub unregistered: Option<Vec<Asked>>,
    /// Programs of the clients that announced last.
    pub clients: Option<Vec<ClientShare>>,
    /// Of how many announces one is taken notice of, for the lists of announces, of unregistered
    /// hashes and of clients; rates and totals are of all.
    pub one_in: Option<u64>,
}

/// How much happens, per second, on average of the last ten.
#[derive(Serialize, ToSchema, Clone, Default)]
pub struct Rates {
    /// How long the average is, in seconds; 0 when the tracker has only just started.
    pub seconds: u32,
    /// Announces, answered or refused.
    pub announces: f64,
    /// Announces that were answered with peers.
    pub answers: ByProtocol<f64>,
    /// Scrapes.
    pub scrapes: ByProtocol<f64>,
    /// Refusals.
    pub refusals: f64,
}

/// A number for every protocol.
#[derive(Serialize, ToSchema, Clone, Copy, Default)]
pub struct ByProtocol<T> {
    pub http: T,
    pub udp: T,
    /// WebSocket.
    pub ws: T,
}

impl<T: Copy> ByProtocol<T> {
    fn of([http, udp, ws]: [T; 3]) -> Self {
        ByProtocol { http, udp, ws }
    }
}

/// What happened since the start.
#[derive(Serialize, ToSchema, Clone)]
pub struct Totals {
    /// Announces, answered or refused.
    pub announces: u64,
    /// Announces that were answered with peers.
    pub answers: ByProtocol<u64>,
    /// Scrapes.
    pub scrapes: ByProtocol<u64>,
    /// What was refused, the commonest reason first.
    pub refusals: Vec<Refusals>,
}

/// How often something was refused for one reason.
#[derive(Serialize, ToSchema, Clone)]
pub struct Refusals {
    /// `http`, `udp` or `ws`.
    pub protocol: &'static str,
    /// `unregistered`, `passkey_unknown`, `banned` …
    pub reason: &'static str,
    /// Since the start.
    pub count: u64,
    /// Per second, on average of the last ten.
    pub rate: f64,
}

/// The numbers of all swarms together.
#[derive(Serialize, ToSchema, Clone)]
pub struct SwarmTotals {
    pub torrents: u64,
    pub seeders: u64,
    pub leechers: u64,
}

/// A large swarm.
#[derive(Serialize, ToSchema, Clone)]
pub struct TopSwarm {
    pub info_hash: String,
    pub seeders: u32,
    pub leechers: u32,
    pub completed: u64,
    /// The torrent's name, when it is registered and known.
    pub name: Option<String>,
    /// The topic it stands in, when it does.
    pub topic_id: Option<i64>,
}

/// A hash that is announced without being registered.
#[derive(Serialize, ToSchema, Clone)]
pub struct Asked {
    pub info_hash: String,
    /// How often, at most.
    pub count: u64,
    /// By how much that may be too many.
    pub error: u64,
}

/// How many clients run a program.
#[derive(Serialize, ToSchema, Clone)]
pub struct ClientShare {
    /// `null` for those whose peer id tells nothing.
    pub name: Option<&'static str>,
    pub clients: u64,
}

/// An announce and what became of it.
#[derive(Serialize, ToSchema, Clone)]
pub struct Announce {
    pub at: String,
    /// `http`, `udp` or `ws`.
    pub protocol: &'static str,
    /// The account, where the passkey or an earlier announce tells.
    pub account_id: Option<i64>,
    pub info_hash: String,
    /// The torrent's name, when it is registered and known.
    pub name: Option<String>,
    /// Program and version, when the peer id tells.
    pub client: Option<String>,
    pub peer_id: String,
    pub ip: String,
    pub port: u16,
    /// `started`, `stopped`, `completed`, `paused`; `null` for a regular announce.
    pub event: Option<&'static str>,
    /// Bytes it says to have sent since it started.
    pub uploaded: u64,
    /// Bytes it says to have got since it started.
    pub downloaded: u64,
    /// Bytes it says to lack.
    pub left: Option<u64>,
    /// What it was told; `null` when it was refused.
    pub answer: Option<Told>,
    /// Why it was refused; `null` when it was answered.
    pub refused: Option<&'static str>,
    #[serde(skip)]
    pub when: UnixTime,
}

/// What an announce was told.
#[derive(Serialize, ToSchema, Clone)]
pub struct Told {
    pub seeders: u32,
    pub leechers: u32,
    /// Peers in the answer.
    pub peers: u32,
}

impl Status {
    /// As things stand. One statement.
    pub async fn now(app: &App) -> Result<Status> {
        let (Some(swarm), Some(activity)) = (&app.swarm, &app.activity) else {
            return Ok(Status::elsewhere());
        };
        let totals = swarm.totals();
        let largest = app.largest.now(app, swarm).await?;
        let refused = activity.recent(SHOWN, |heard| matches!(heard.answer, Answer::Refused(_)));
        let hashes = largest.iter().map(|(hash, _)| *hash);
        let names = Names::of(app, hashes.chain(refused.iter().map(|heard| heard.hash))).await?;
        let clients = looking(activity, |activity| activity.clients()).await?;
        Ok(Status {
            here: true,
            rates: Some(Rates::of(activity)),
            since_start: Some(Totals::of(activity)),
            swarm: Some(SwarmTotals {
                torrents: totals.torrents,
                seeders: totals.seeders,
                leechers: totals.leechers,
            }),
            largest: Some(
                largest
                    .iter()
                    .map(|(hash, counts)| names.top(*hash, counts))
                    .collect(),
            ),
            refused: Some(refused.iter().map(|heard| names.announce(heard)).collect()),
            unregistered: Some(
                activity
                    .most_asked(SHOWN)
                    .into_iter()
                    .map(|asked| Asked {
                        info_hash: asked.hash.to_string(),
                        count: asked.count,
                        error: asked.error,
                    })
                    .collect(),
            ),
            clients: Some(
                clients
                    .into_iter()
                    .map(|share| ClientShare {
                        name: share.name,
                        clients: share.clients,
                    })
                    .collect(),
            ),
            one_in: Some(activity.one_in()),
        })
    }

    fn elsewhere() -> Status {
        Status {
            here: false,
            rates: None,
            since_start: None,
            swarm: None,
            largest: None,
            refused: None,
            unregistered: None,
            clients: None,
            one_in: None,
        }
    }
}

impl Rates {
    fn of(activity: &Activity) -> Self {
        let last = activity.last(RATE_OVER);
        let rate = |count: u64| per_second(count, last.seconds);
        let refused = last.tally.refused.iter().map(|(.., count)| count).sum();
        Rates {
            seconds: last.seconds,
            announces: rate(last.tally.requests()),
            answers: ByProtocol::of(last.tally.served.map(rate)),
            scrapes: ByProtocol::of(last.tally.scrapes.map(rate)),
            refusals: rate(refused),
        }
    }
}

impl Totals {
    fn of(activity: &Activity) -> Self {
        let (all, last) = (activity.tally(), activity.last(RATE_OVER));
        let lately = |protocol: Protocol, reason| {
            let mut same = last.tally.refused.iter();
            let found = same.find(|(by, why, _)| (*by, *why) == (protocol, reason));
            per_second(found.map_or(0, |(.., count)| *count), last.seconds)
        };
        let mut refusals: Vec<_> = all
            .refused
            .iter()
            .map(|&(protocol, reason, count)| Refusals {
                protocol: protocol.name(),
                reason,
                count,
                rate: lately(protocol, reason),
            })
            .collect();
        refusals.sort_by_key(|refusals| std::cmp::Reverse(refusals.count));
        Totals {
            announces: all.requests(),
            answers: ByProtocol::of(all.served),
            scrapes: ByProtocol::of(all.scrapes),
            refusals,
        }
    }
}

/// The last announces of one account or one torrent, the newest first; none where the tracker runs in
/// another process. One statement.
pub async fn announces(
    app: &App,
    wanted: impl Fn(&Heard) -> bool + Send + 'static,
) -> Result<Vec<Announce>> {
    let Some(activity) = &app.activity else {
        return Ok(Vec::new());
    };
    let found = looking(activity, move |activity| activity.recent(ANNOUNCES, wanted)).await?;
    let names = Names::of(app, found.iter().map(|heard| heard.hash)).await?;
    Ok(found.iter().map(|heard| names.announce(heard)).collect())
}

/// The largest swarms, looked for now and then.
#[derive(Default)]
pub struct Largest(Mutex<Option<(UnixTime, Found)>>);

type Found = Arc<Vec<(InfoHash, Counts)>>;

impl Largest {
    async fn now(&self, app: &App, swarm: &Arc<Swarm>) -> Result<Found> {
        let now = app.now();
        if let Some((at, found)) = &*self.0.lock()
            && (0..LARGEST_FOR).contains(&(now.0 - at.0))
        {
            return Ok(found.clone());
        }
        let swarm = swarm.clone();
        let found = tokio::task::spawn_blocking(move || swarm.largest(SHOWN)).await;
        let found = Arc::new(found.map_err(Error::internal)?);
        *self.0.lock() = Some((now, found.clone()));
        Ok(found)
    }
}

/// Torrents that hashes lead to.
struct Names(HashMap<InfoHash, Arc<Registration>>);

impl Names {
    async fn of(app: &App, hashes: impl Iterator<Item = InfoHash>) -> Result<Self> {
        let mut hashes: Vec<InfoHash> = hashes.collect();
        hashes.sort_unstable();
        hashes.dedup();
        let mut names = HashMap::new();
        for found in app.store.registrations_with(&hashes).await? {
            let found = Arc::new(found);
            for hash in found.hashes.wire_hashes() {
                names.insert(hash, found.clone());
            }
        }
        Ok(Names(names))
    }

    fn name(&self, hash: InfoHash) -> Option<String> {
        let name = &self.0.get(&hash)?.name;
        (!name.is_empty()).then(|| name.clone())
    }

    fn top(&self, hash: InfoHash, counts: &Counts) -> TopSwarm {
        TopSwarm {
            info_hash: hash.to_string(),
            seeders: counts.seeders,
            leechers: counts.leechers,
            completed: counts.completed,
            name: self.name(hash),
            topic_id: self
                .0
                .get(&hash)
                .and_then(|found| found.topic)
                .map(|TopicId(topic)| topic),
        }
    }

    fn announce(&self, heard: &Heard) -> Announce {
        let client = heard.peer_id.client();
        let (answer, refused) = match heard.answer {
            Answer::Served {
                seeders,
                leechers,
                peers,
            } => {
                let told = Told {
                    seeders,
                    leechers,
                    peers,
                };
                (Some(told), None)
            }
            Answer::Refused(reason) => (None, Some(reason)),
        };
        Announce {
            at: rfc3339(UnixTime(heard.at.0)),
            protocol: heard.protocol.name(),
            account_id: heard.user.map(|user| user.0),
            info_hash: heard.hash.to_string(),
            name: self.name(heard.hash),
            client: client.map(|client| format!("{} {}", client.name, client.version)),
            peer_id: heard.peer_id.to_string(),
            ip: heard.contact.ip().to_string(),
            port: heard.contact.port(),
            event: match heard.event {
                Event::None => None,
                Event::Started => Some("started"),
                Event::Stopped => Some("stopped"),
                Event::Completed => Some("completed"),
                Event::Paused => Some("paused"),
            },
            uploaded: heard.uploaded,
            downloaded: heard.downloaded,
            left: heard.left,
            answer,
            refused,
            when: UnixTime(heard.at.0),
        }
    }
}

/// Looks through what is kept, off the threads that answer.
async fn looking<T: Send + 'static>(
    activity: &Arc<Activity>,
    look: impl FnOnce(&Activity) -> T + Send + 'static,
) -> Result<T> {
    let activity = activity.clone();
    let found = tokio::task::spawn_blocking(move || look(&activity)).await;
    found.map_err(Error::internal)
}

fn per_second(count: u64, seconds: u32) -> f64 {
    match seconds {
        0 => 0.0,
        seconds => (count as f64 / f64::from(seconds) * 10.0).round() / 10.0,
    }
}

/// Seconds that rates are an average of.
const RATE_OVER: u32 = 10;
/// Seconds that the largest swarms are not looked for again.
const LARGEST_FOR: i64 = 5;
/// Lines of a list.
const SHOWN: usize = 20;
/// Announces of an account or a torrent.
const ANNOUNCES: usize = 100;
