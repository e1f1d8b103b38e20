//! What this tracker knows, for others to read: torrents with their peers, and members.
//!
//! It is written behind, every few seconds and only what has changed; no announce waits for it. A cache
//! that is away is told of once, and when it is back everything is written anew.

mod credited;
mod members;
mod restore;
mod shape;

pub(crate) use credited::Credited;
pub(crate) use restore::restore;

use crate::config::Deps;
use crate::metering::Metering;
use crate::pace::Pace;
use bittorrent::InfoHash;
use cache::{Cache, CacheError, Write};
use members::Members;
use serde::Serialize;
use shape::{PEERS, TorrentState, torrent_key, user_key};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use store::{Store, StoreError};
use swarm::{Access, Swarm, UnixTime, UserId};
use tokio_util::sync::CancellationToken;

/// Writes what has changed to the cache.
pub(crate) struct Publisher {
    cache: Cache,
    swarm: Arc<Swarm>,
    access: Arc<Access>,
    store: Option<Store>,
    clock: domain::Clock,
    pace: Arc<Pace>,
    credited: Arc<Credited>,
    metering: Metering,
    members: Members,
    /// What is to be written.
    torrents: BTreeSet<InfoHash>,
    users: BTreeSet<UserId>,
    /// Who has posted which torrent, as far as it was asked.
    authors: BTreeMap<domain::TorrentId, domain::UserId>,
    /// The store did not answer in this round: it is not asked again.
    unanswered: bool,
    /// Which part of the swarm is asked next for what was touched in it.
    part: usize,
    /// Where going through everything has come to: part and place in it.
    walk: Option<(usize, u32)>,
    failing: bool,
}

impl Publisher {
    /// Begins to follow the swarm; everything in it is to be written.
    pub(crate) fn new(
        deps: &Deps,
        pace: Arc<Pace>,
        credited: Arc<Credited>,
        metering: Metering,
    ) -> Self {
        deps.swarm.follow_touched(TOUCHES);
        credited.follow();
        Self {
            cache: deps.cache.clone(),
            swarm: deps.swarm.clone(),
            access: deps.access.clone(),
            store: deps.store.clone(),
            clock: deps.clock.clone(),
            pace,
            credited,
            metering,
            members: Members::default(),
            torrents: BTreeSet::new(),
            users: BTreeSet::new(),
            authors: BTreeMap::new(),
            unanswered: false,
            part: 0,
            walk: Some((0, 0)),
            failing: false,
        }
    }

    /// Writes every `every`, and a last time when `end` is cancelled.
    pub(crate) async fn run(mut self, every: Duration, end: CancellationToken) {
        loop {
            let pause = match self.failing {
                true => every.max(RETRY),
                false => every,
            };
            tokio::select! {
                () = tokio::time::sleep(pause) => self.round().await,
                () = end.cancelled() => {
                    let _ = tokio::time::timeout(LAST_ROUND, self.round()).await;
                    return;
                }
            }
        }
    }

    async fn round(&mut self) {
        self.unanswered = false;
        // what is touched while the cache is away is found again by going through everything
        if !self.failing {
            self.collect();
        }
        match self.write().await {
            Ok(()) if self.failing => {
                self.failing = false;
                self.walk = Some((0, 0));
                tracing::info!("the cache can be written again: everything is published anew");
            }
            Ok(()) => {}
            Err(error) => {
                self.metering.publish_failures.increment(1);
                if !self.failing {
                    self.failing = true;
                    tracing::warn!(
                        %error,
                        "the state of the tracker is not published; announces go on, and it is tried again"
                    );
                }
            }
        }
    }

    /// Finds out what is to be written, as much as fits into one round.
    fn collect(&mut self) {
        for _ in 0..self.swarm.parts() {
            if self.torrents.len() >= ROUND {
                break;
            }
            for touch in self.swarm.drain_touched(self.part) {
                self.torrents.insert(touch.hash);
                if let Some(user) = touch.user {
                    self.members.look(user, touch.hash, &self.swarm);
                    self.users.insert(user);
                }
            }
            self.part = (self.part + 1) % self.swarm.parts();
        }
        self.users.append(&mut self.credited.drain());
        let now = self.now();
        let oldest = UnixTime(now.0 - i64::from(self.pace.peer_ttl(now)));
        let forgotten = UnixTime(now.0 - USER_TTL.as_secs() as i64);
        let changed = self.members.expire(ROUND, oldest, forgotten);
        self.users.extend(changed);
        self.go_through(now);
    }

    /// Goes on through everything there is.
    fn go_through(&mut self, now: UnixTime) {
        while let Some((part, from)) = self.walk {
            let room = ROUND.saturating_sub(self.torrents.len());
            if room == 0 {
                return;
            }
            let (hashes, next) = self.swarm.torrents_in(part, from, room.min(SLICE));
            self.walk = match next {
                Some(next) => Some((part, next)),
                None => Some((part + 1, 0)).filter(|(part, _)| *part < self.swarm.parts()),
            };
            for hash in hashes {
                let listing = self.swarm.list(hash, PEERS, now);
                let peers = listing.map(|listing| listing.peers).unwrap_or_default();
                for user in peers.iter().filter_map(|peer| peer.user) {
                    self.members.look(user, hash, &self.swarm);
                    self.users.insert(user);
                }
                self.torrents.insert(hash);
            }
        }
    }

    /// Writes what is to be written; what was, is no longer.
    async fn write(&mut self) -> Result<(), CacheError> {
        if self.torrents.is_empty() && self.users.is_empty() {
            // it may have been away and come back without anything in it
            return self.cache.read(&[NOBODYS.to_owned()]).await.map(drop);
        }
        while let Some(batch) = first(&self.torrents) {
            let writes = self.torrent_writes(&batch).await;
            self.cache.write(&writes).await?;
            self.metering.published.increment(batch.len() as u64);
            for hash in &batch {
                self.torrents.remove(hash);
            }
        }
        while let Some(batch) = first(&self.users) {
            let writes = self.user_writes(&batch).await;
            self.cache.write(&writes).await?;
            self.metering.published.increment(batch.len() as u64);
            for user in &batch {
                self.users.remove(user);
            }
        }
        Ok(())
    }

    async fn torrent_writes(&mut self, batch: &[InfoHash]) -> Vec<Write> {
        let torrent = |hash: &InfoHash| {
            let registration = self.access.registration(*hash)?;
            Some(domain::TorrentId(registration.torrent.0))
        };
        let torrents: Vec<_> = batch.iter().map(torrent).collect();
        self.ask_for_authors(&torrents).await;
        let now = self.now();
        let ttl = Duration::from_secs(self.pace.peer_ttl(now).into());
        let write = |(hash, torrent): (&InfoHash, &Option<domain::TorrentId>)| {
            let key = torrent_key(*hash);
            let Some(listing) = self.swarm.list(*hash, PEERS, now) else {
                return Write::Remove { key };
            };
            let author = torrent.and_then(|id| self.authors.get(&id));
            let state = TorrentState::new(*hash, author.map(|user| user.0), &listing);
            put(key, &state, ttl)
        };
        batch.iter().zip(&torrents).map(write).collect()
    }

    /// Learns who has posted these, of those of whom it is not known.
    async fn ask_for_authors(&mut self, torrents: &[Option<domain::TorrentId>]) {
        let unknown = torrents.iter().flatten().copied();
        let unknown: Vec<_> = unknown
            .filter(|torrent| !self.authors.contains_key(torrent))
            .collect();
        if unknown.is_empty() {
            return;
        }
        let asked = self.ask(async |store| store.torrent_authors(&unknown).await);
        if let Some(authors) = asked.await {
            if self.authors.len() >= AUTHORS {
                self.authors.clear();
            }
            self.authors.extend(authors);
        }
    }

    async fn user_writes(&mut self, batch: &[UserId]) -> Vec<Write> {
        let users: Vec<_> = batch.iter().map(|user| domain::UserId(user.0)).collect();
        let asked = self.ask(async |store| store.member_totals(&users).await);
        // without an answer what was known holds; when the store is back, they are credited
        if let Some(totals) = asked.await {
            self.members.learn(&totals);
        }
        let states = batch
            .iter()
            .filter_map(|user| Some((user, self.members.state(*user)?)));
        states
            .map(|(user, state)| put(user_key(*user), &state, USER_TTL))
            .collect()
    }

    /// What the store says, if there is one and it answers soon.
    async fn ask<T>(
        &mut self,
        question: impl AsyncFnOnce(&Store) -> Result<T, StoreError>,
    ) -> Option<T> {
        let store = self.store.clone().filter(|_| !self.unanswered)?;
        let answer = tokio::time::timeout(PATIENCE, question(&store)).await;
        let answer = answer.ok().and_then(Result::ok);
        self.unanswered = answer.is_none();
        answer
    }

    fn now(&self) -> UnixTime {
        UnixTime(self.clock.now().0)
    }
}

fn put(key: String, state: &impl Serialize, ttl: Duration) -> Write {
    let value = serde_json::to_vec(state).expect("plain fields can be written");
    Write::Put { key, value, ttl }
}

/// The first of them, as many as are written together.
fn first<T: Copy>(all: &BTreeSet<T>) -> Option<Vec<T>> {
    let batch: Vec<T> = all.iter().take(BATCH).copied().collect();
    (!batch.is_empty()).then_some(batch)
}

/// Touches kept in mind between two rounds; about 48 bytes each.
const TOUCHES: usize = 1 << 18;
/// Torrents in one round, and members with them.
const ROUND: usize = 10_000;
/// Of them, in one command.
const BATCH: usize = 250;
/// Torrents gone through at a time.
const SLICE: usize = 500;
/// How long a member is kept that does not announce.
const USER_TTL: Duration = Duration::from_secs(24 * 3600);
/// How long the store may take to answer.
const PATIENCE: Duration = Duration::from_secs(2);
const RETRY: Duration = Duration::from_secs(1);
const LAST_ROUND: Duration = Duration::from_secs(2);
/// No torrent has this key.
const NOBODYS: &str = "torrent::";
/// Authors that are kept in mind.
const AUTHORS: usize = 100_000;
