use crate::config::Deps;
use crate::metering::Metering;
use crate::pace::Pace;
use crate::rates::Rates;
use anyhow::{Context, Result};
use bittorrent::InfoHash;
use domain::Clock;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use store::{
    AccessChange, AccessDeletion, AccessForum, AccessSnapshot, AccessTorrent, AccessUser, Store,
    StoreError,
};
use swarm::{
    Access, Account, Audience, Deletion, ForumGate, ForumId, GroupId, Identities, Registration,
    Swarm, TorrentId, UnixTime, UserId,
};
use tokio_util::sync::CancellationToken;

/// Keeps the access table as the store has it: own changes at once, those of other processes within
/// a quarter of a second.
pub(crate) struct AccessFeed {
    store: Store,
    access: Arc<Access>,
    swarm: Arc<Swarm>,
    clock: Clock,
    metering: Metering,
    pace: Arc<Pace>,
    rates: Arc<Rates>,
    /// Up to which change the table is true.
    seq: i64,
    /// Completions that the store will know once it has what the last run left: at the first load,
    /// which takes nobody else's word for how many there are.
    owed: Option<HashMap<TorrentId, u64>>,
}

impl AccessFeed {
    /// Loads the whole table. `owed`: the completions of each torrent that are pending.
    pub(crate) async fn load(
        store: Store,
        deps: &Deps,
        pace: Arc<Pace>,
        rates: Arc<Rates>,
        metering: Metering,
        owed: HashMap<TorrentId, u64>,
    ) -> Result<Self> {
        let snapshot = store
            .access_snapshot()
            .await
            .context("cannot load who may announce from the store")?;
        let mut feed = Self {
            store,
            access: deps.access.clone(),
            swarm: deps.swarm.clone(),
            clock: deps.clock.clone(),
            metering,
            pace,
            rates,
            seq: snapshot.seq,
            owed: Some(owed),
        };
        feed.fill(snapshot);
        feed.owed = None;
        let (torrents, users) = feed.access.len();
        tracing::info!(
            access.torrents = torrents,
            access.users = users,
            "know who may announce"
        );
        Ok(feed)
    }

    /// Follows the store until `end` is cancelled.
    pub(crate) async fn follow(mut self, end: CancellationToken) {
        let mut told = self.store.subscribe();
        let mut failing = false;
        loop {
            tokio::select! {
                () = end.cancelled() => return,
                // The sender lives in the store this feed holds.
                _ = told.changed() => {}
                () = tokio::time::sleep(LOOK_EVERY) => {}
            }
            match self.catch_up().await {
                Ok(()) if failing => {
                    failing = false;
                    tracing::info!("follow again who may announce");
                }
                Ok(()) => {}
                Err(error) => {
                    self.metering.access_failures.increment(1);
                    if !failing {
                        failing = true;
                        tracing::error!(
                            %error,
                            "cannot follow who may announce: what was known stays in force"
                        );
                    }
                    tokio::time::sleep(LOOK_EVERY).await;
                }
            }
        }
    }

    async fn catch_up(&mut self) -> Result<(), StoreError> {
        loop {
            let (seq, changes) = self.store.access_after(self.seq).await?;
            for change in changes {
                self.apply(change);
            }
            if seq <= self.seq {
                return Ok(());
            }
            self.seq = seq;
        }
    }

    fn fill(&mut self, snapshot: AccessSnapshot) {
        self.apply(AccessChange::Site(snapshot.site));
        for user in snapshot.users {
            self.apply(AccessChange::User(user));
        }
        for torrent in snapshot.torrents {
            self.apply(AccessChange::Torrent(torrent));
        }
        for deletion in &snapshot.deleted {
            self.delete(deletion);
        }
    }

    /// Puts everything in the place of what is known, without a moment in which those who stay are
    /// refused.
    fn replace(&mut self, snapshot: AccessSnapshot) {
        let users = snapshot.users.iter().map(|user| UserId(user.user.0));
        let torrents = snapshot
            .torrents
            .iter()
            .map(|torrent| TorrentId(torrent.torrent.0));
        let gone = self.access.retain(&torrents.collect(), &users.collect());
        gone.into_iter()
            .for_each(|canonical| self.swarm.remove(canonical));
        self.fill(snapshot);
    }

    fn apply(&mut self, change: AccessChange) {
        match change {
            AccessChange::All(all) => self.replace(all),
            AccessChange::Site(site) => {
                self.access.set_forums(site.forums.iter().map(gate));
                let now = UnixTime(self.clock.now().0);
                self.pace.set(site.announce_interval, now);
                let freeleech_until = site.freeleech_until.map(|at| UnixTime(at.0));
                self.rates.set(freeleech_until, site.upload_speed_limit);
                self.swarm.set_peer_ttl(self.pace.peer_ttl(now));
            }
            AccessChange::User(AccessUser {
                user,
                passkey,
                banned,
                admin,
                groups,
                may_download,
            }) => {
                let banned = banned.map(|why| match why.trim() {
                    "" => Arc::from("ask the staff why"),
                    why => Arc::from(why),
                });
                let account = Account {
                    user: UserId(user.0),
                    banned,
                    admin,
                    groups: groups.into_iter().map(|group| GroupId(group.0)).collect(),
                    downloads: may_download,
                };
                self.access.upsert_user(passkey.as_str(), &account);
            }
            AccessChange::UserGone(user) => self.access.remove_user(UserId(user.0)),
            AccessChange::Torrent(torrent) => self.apply_torrent(&torrent),
            AccessChange::TorrentGone(torrent) => self.forget(torrent),
            AccessChange::TorrentDeleted(deletion) => self.delete(&deletion),
        }
    }

    fn forget(&self, torrent: domain::TorrentId) {
        if let Some(canonical) = self.access.remove_torrent(TorrentId(torrent.0)) {
            self.swarm.remove(canonical);
        }
    }

    fn delete(&self, deletion: &AccessDeletion) {
        let hashes: Vec<InfoHash> = deletion.hashes.wire_hashes().collect();
        let why = match deletion.reason.trim() {
            "" => Arc::from("remove it from your client"),
            why => Arc::from(why),
        };
        let forum = deletion.forum.map(|forum| ForumId(forum.0));
        let torrent = TorrentId(deletion.torrent.0);
        let known = self
            .access
            .delete_torrent(torrent, &hashes, &Deletion { why, forum });
        if let Some(canonical) = known {
            self.swarm.remove(canonical);
        }
    }

    fn apply_torrent(&mut self, torrent: &AccessTorrent) {
        let canonical = torrent.hashes.canonical();
        let hashes: Vec<InfoHash> = torrent.hashes.wire_hashes().collect();
        let known = self.access.registration(canonical).is_some();
        self.access.upsert_torrent(
            &hashes,
            &Registration {
                torrent: TorrentId(torrent.torrent.0),
                canonical,
                private: torrent.private,
                frozen: (!torrent.state.announceable()).then(|| frozen(torrent)),
                forum: torrent.forum.map(|forum| ForumId(forum.0)),
                upload_percent: torrent.upload_percent,
                download_percent: torrent.download_percent,
            },
        );
        // where peers are kept by contact, this is what makes a torrent one whose numbers are told
        let told = self.swarm.config().identities == Identities::Contact;
        let counted = self.swarm.query_state(canonical).completed;
        let owed = self.owed.as_ref();
        let owed = owed.and_then(|owed| owed.get(&TorrentId(torrent.torrent.0)));
        let completed = torrent.completed + owed.copied().unwrap_or(0);
        if !known && (told || completed > 0 || counted > 0) {
            // Of a private torrent the store knows all, and of others what the last run knew; the swarm
            // may have been kept with a completion that was not to be counted. Of one that is registered
            // only now it may have counted clients the store has not heard of.
            let counted = match torrent.private || self.owed.is_some() {
                true => 0,
                false => counted,
            };
            let now = UnixTime(self.clock.now().0);
            self.swarm
                .set_completed(canonical, counted.max(completed), now);
        }
    }
}

fn gate(forum: &AccessForum) -> (ForumId, ForumGate) {
    let know = forum.know.iter().copied().map(audience);
    let gate = ForumGate::new(know, audience(forum.download));
    (ForumId(forum.forum.0), gate)
}

fn audience(audience: domain::Audience) -> Audience {
    match audience {
        domain::Audience::Everyone => Audience::Everyone,
        domain::Audience::Members => Audience::Members,
        domain::Audience::Staff => Audience::Staff,
        domain::Audience::Group(group) => Audience::Group(GroupId(group.0)),
    }
}

/// The state in words, for the person behind the client.
fn frozen(torrent: &AccessTorrent) -> Arc<str> {
    let state = torrent.state.code().replace('_', " ");
    let topic = match torrent.forum {
        Some(_) => ", see its topic",
        None => "",
    };
    match torrent.reason.trim() {
        "" => format!("its state is \"{state}\"{topic}"),
        reason => format!("its state is \"{state}\" ({reason}){topic}"),
    }
    .into()
}

const LOOK_EVERY: Duration = Duration::from_millis(250);
