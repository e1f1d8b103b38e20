//! The tracker against a model that is written down again from what was heard, for random lives of
//! clients, crashes, and a store that fails. `SKEP_MODEL_SEEDS` says how many lives.

use crate::accounting::Accounting;
use crate::announce::{Desk, Request};
use crate::config::Config;
use crate::metering::Metering;
use crate::pace::Pace;
use crate::rates::Rates;
use crate::throttle::Throttle;
use bittorrent::{Event, InfoHash, InfoHashV2, InfoHashes, PeerId};
use domain::{Clock, Entropy, Factors};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use store::{
    ForumDetails, NewAccount, NewForum, NewTopic, NewTorrent, NewTorrentFile, Options, ShareTotals,
    Store,
};
use swarm::{
    Access, Account, Families, Peers, Policy, Query, Registration, Swarm, TorrentId, UnixTime,
    UserId,
};

#[tokio::test]
async fn accounts_are_what_a_simple_model_says() {
    let number = |name: &str| std::env::var(name).ok().map(|n| n.parse::<u64>().unwrap());
    let seeds = number("SKEP_MODEL_SEEDS").unwrap_or(40);
    let first = number("SKEP_MODEL_FIRST").unwrap_or(1);
    let mut stage = Stage::new().await;
    let mut heard = 0;
    for seed in first..first + seeds {
        // A store that has seen some lives is as good as any, but slower.
        if seed % 500 == 0 {
            stage = Stage::new().await;
        }
        heard += Life::new(&stage, seed).await.live(150).await;
    }
    println!("{seeds} lives, {heard} announces");
    assert!(heard > seeds * 50);
}

/// What many lives share.
struct Stage {
    store: Store,
    down: Store,
    forum: domain::ForumId,
    author: domain::UserId,
}

impl Stage {
    async fn new() -> Self {
        let open = || Store::open("sqlite::memory:", Options::default());
        let (store, down) = (open().await.unwrap(), open().await.unwrap());
        down.close().await;
        let author = register(&store, "Keeper", 0).await;
        let category = "Films".parse().unwrap();
        let forum = NewForum {
            category: store.create_category(&category).await.unwrap(),
            parent: None,
            details: ForumDetails {
                title: "Films".parse().unwrap(),
                description: "".parse().unwrap(),
                rights: Default::default(),
                policy: Default::default(),
            },
        };
        let forum = store.create_forum(&forum).await.unwrap();
        Self {
            store,
            down,
            forum,
            author,
        }
    }

    async fn torrent(&self, seed: u64, n: u8) -> (TorrentId, Vec<InfoHash>) {
        let mut hash = [n; 20];
        hash[..8].copy_from_slice(&seed.to_be_bytes());
        let mut v2 = [n | 0x80; 32];
        v2[..8].copy_from_slice(&seed.to_be_bytes());
        let hashes = InfoHashes::hybrid(hash.into(), InfoHashV2::from(v2));
        let torrent = NewTorrent {
            hashes,
            name: format!("film {seed} {n}"),
            total_size: 1 << 20,
            piece_length: 1 << 14,
            piece_count: 64,
            private: true,
            comment: None,
            creation_date: None,
            files: vec![NewTorrentFile {
                path: "film.mkv".to_owned(),
                length: 1 << 20,
                pieces_root: None,
            }],
            filename: "film.torrent".to_owned(),
            blob: "0".repeat(64),
            original_blob: "0".repeat(64),
            state: Default::default(),
        };
        let topic = NewTopic {
            forum: self.forum,
            author: self.author,
            title: format!("Film {seed} {n}").parse().unwrap(),
            text: "A film.".parse().unwrap(),
            now: domain::UnixTime(START),
            torrent: Some(torrent),
        };
        let posted = self.store.post_torrent_topic(&topic).await.unwrap();
        let id = TorrentId(posted.torrent.unwrap().0);
        (id, hashes.wire_hashes().collect())
    }
}

async fn register(store: &Store, name: &str, seed: u64) -> domain::UserId {
    let account = NewAccount {
        name: name.parse().unwrap(),
        email: None,
        password_hash: "$argon2id$".to_owned(),
        passkey: domain::Passkey::generate(&Entropy::seeded(seed)),
        admin: false,
        invite: None,
        language: None,
        now: domain::UnixTime(START),
    };
    store.register(&account).await.unwrap()
}

/// One run of everything, from first announce to the reckoning.
struct Life<'s> {
    stage: &'s Stage,
    random: Entropy,
    now: Arc<AtomicI64>,
    dir: tempfile::TempDir,
    desk: Desk,
    rates: Arc<Rates>,
    access: Arc<Access>,
    users: Vec<(UserId, String)>,
    torrents: Vec<(TorrentId, Vec<InfoHash>)>,
    factors: Vec<Factors>,
    freeleech_until: i64,
    clients: Vec<Client>,
    next_client: u64,
    model: Model,
    snapshot: Option<(Vec<u8>, Here)>,
}

/// A program that runs somewhere.
#[derive(Clone)]
struct Client {
    user: usize,
    torrent: usize,
    id: PeerId,
    uploaded: u64,
    downloaded: u64,
    left: u64,
    running: bool,
    said: Vec<Said>,
}

/// An announce, as it is on the wire.
#[derive(Clone, Copy)]
struct Said {
    uploaded: u64,
    downloaded: u64,
    left: u64,
    event: Event,
}

/// An announce, as it was heard, and what held.
struct Heard {
    id: PeerId,
    at: i64,
    said: Said,
    factors: Factors,
}

/// Who is in which swarm: seeding, when last heard, contacts by family.
type Here = BTreeMap<(usize, UserId, PeerId), (bool, i64, BTreeMap<bool, SocketAddr>)>;

#[derive(Default)]
struct Model {
    /// By user and torrent.
    heard: BTreeMap<(usize, usize), Vec<Heard>>,
    here: Here,
}

impl<'s> Life<'s> {
    async fn new(stage: &'s Stage, seed: u64) -> Self {
        let (mut users, mut torrents) = (Vec::new(), Vec::new());
        let access = Arc::new(Access::new(Policy::Registered, [seed as u8; 16]));
        for n in 0..3 {
            let name = format!("user {seed} {n}");
            let id = register(&stage.store, &name, seed * 8 + n + 1).await;
            let account = Account {
                user: UserId(id.0),
                banned: None,
                admin: false,
                groups: Box::default(),
                downloads: true,
            };
            access.upsert_user(&name, &account);
            users.push((UserId(id.0), name));
        }
        for n in 0..2 {
            torrents.push(stage.torrent(seed, n).await);
        }
        let dir = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicI64::new(START));
        let rates = Arc::new(Rates::default());
        let swarm = Arc::new(Swarm::new(swarm_config(), [seed as u8; 16]));
        let random = Entropy::seeded(seed);
        let accounting = open(dir.path(), &stage.store, &random).await;
        let mut life = Self {
            desk: desk(&swarm, &access, &rates, &now, Some(accounting)),
            factors: vec![Factors::default(); torrents.len()],
            freeleech_until: 0,
            clients: Vec::new(),
            next_client: seed << 8,
            model: Model::default(),
            snapshot: None,
            stage,
            random,
            now,
            dir,
            rates,
            access,
            users,
            torrents,
        };
        life.rates.set(None, LIMIT);
        (0..life.torrents.len()).for_each(|torrent| life.upsert(torrent));
        life
    }

    async fn live(mut self, steps: usize) -> u64 {
        for _ in 0..steps {
            self.step().await;
        }
        self.flush().await;
        self.reckon().await;
        self.model
            .heard
            .values()
            .map(|heard| heard.len() as u64)
            .sum()
    }

    fn dice(&self, sides: u64) -> u64 {
        self.random.u64() % sides
    }

    async fn step(&mut self) {
        let pause = [0, 1, 7, 60, 900, 1800, 1800, 2000][self.dice(8) as usize];
        self.now.fetch_add(pause, Ordering::Relaxed);
        match self.dice(100) {
            0..10 => self.start(),
            10..60 => self.proceed(),
            60..66 => self.repeat(),
            66..70 => self.restart(),
            70..76 => self.stop(),
            76..79 => self.change_factors(),
            79..81 => {
                let hours = self.dice(3) as i64;
                self.freeleech_until = self.now() + hours * 3600 - 1800;
                self.rates.set(Some(UnixTime(self.freeleech_until)), LIMIT);
            }
            81..84 => self.expire(),
            84..90 => self.flush().await,
            90..93 => self.fail().await,
            93..95 => self.lose_the_answer().await,
            95..97 => self.save(),
            _ => self.crash().await,
        }
    }

    fn now(&self) -> i64 {
        self.now.load(Ordering::Relaxed)
    }

    /// A client begins, or one more of the same user.
    fn start(&mut self) {
        let user = self.dice(self.users.len() as u64) as usize;
        let torrent = self.dice(self.torrents.len() as u64) as usize;
        let same = |client: &&Client| (client.user, client.torrent) == (user, torrent);
        // Of more that have left not all are remembered.
        if self.clients.iter().filter(same).count() >= 4 {
            return;
        }
        self.next_client += 1;
        let mut id = *b"-qB5000-............";
        id[8..16].copy_from_slice(&self.next_client.to_be_bytes());
        let left = if self.dice(3) == 0 { 0 } else { 1000 };
        self.clients.push(Client {
            user,
            torrent,
            id: id.into(),
            uploaded: 0,
            downloaded: 0,
            left,
            running: true,
            said: Vec::new(),
        });
        self.say(self.clients.len() - 1, Event::Started);
    }

    /// A client has transferred something since.
    fn proceed(&mut self) {
        let Some(at) = self.some_client() else { return };
        let (up, down) = (self.dice(5_000_001), self.dice(300));
        let absurd = if self.dice(12) == 0 { LIMIT * 4000 } else { 0 };
        let client = &mut self.clients[at];
        client.running = true;
        client.uploaded += up + absurd;
        let down = down.min(client.left);
        client.downloaded += down;
        client.left -= down;
        let event = match (down > 0 && client.left == 0, self.dice(20)) {
            (true, _) | (_, 0) => Event::Completed,
            (_, 1) => Event::Paused,
            // Another address of the same client, or one that starts twice.
            (_, 2) => Event::Started,
            _ => Event::None,
        };
        self.say(at, event);
        if self.dice(4) == 0 {
            // It announces over the other family too.
            self.say(at, event);
        }
    }

    /// A packet comes twice, or after a later one.
    fn repeat(&mut self) {
        let Some(at) = self.some_client() else { return };
        let said = &self.clients[at].said;
        let said = said[said.len() - 1 - self.dice(said.len().min(4) as u64) as usize];
        self.hear(at, said);
    }

    /// A client begins anew without a goodbye, and may say so; its totals go back.
    fn restart(&mut self) {
        let Some(at) = self.some_client() else { return };
        let started = self.dice(4) > 0;
        let client = &mut self.clients[at];
        (client.uploaded, client.downloaded) = (0, 0);
        self.say(at, if started { Event::Started } else { Event::None });
    }

    fn stop(&mut self) {
        let Some(at) = self.some_client() else { return };
        self.clients[at].running = false;
        self.say(at, Event::Stopped);
    }

    fn some_client(&self) -> Option<usize> {
        let clients = self.clients.len() as u64;
        (clients > 0).then(|| self.dice(clients) as usize)
    }

    fn say(&mut self, at: usize, event: Event) {
        let client = &mut self.clients[at];
        let said = Said {
            uploaded: client.uploaded,
            downloaded: client.downloaded,
            left: client.left,
            event,
        };
        client.said.push(said);
        self.hear(at, said);
    }

    /// The tracker hears an announce, and the model does.
    fn hear(&mut self, at: usize, said: Said) {
        let client = self.clients[at].clone();
        let (user, passkey) = self.users[client.user].clone();
        let (_, hashes) = &self.torrents[client.torrent];
        let hash = hashes[self.dice(2) as usize];
        let v6 = self.dice(2) == 1;
        let number = u16::from_be_bytes([client.id.as_bytes()[14], client.id.as_bytes()[15]]);
        let ip = if v6 { "[2001:db8::1]" } else { "203.0.113.1" };
        let contact: SocketAddr = format!("{ip}:{}", 1024 + number % 60_000).parse().unwrap();
        let now = self.now();
        let request = Request {
            protocol: swarm::Protocol::Http,
            from: contact.ip(),
            also: None,
            dialable: true,
            info_hash: hash,
            passkey: Some(&passkey),
            peer_id: client.id,
            contact,
            key: None,
            uploaded: said.uploaded,
            downloaded: said.downloaded,
            left: Some(said.left),
            event: said.event,
            limit: 50,
            families: Families::Both,
            now: UnixTime(now),
        };
        self.desk.announce(&request, &mut Peers::default()).unwrap();
        let free = now < self.freeleech_until;
        let factors = self.factors[client.torrent];
        let heard = Heard {
            id: client.id,
            at: now,
            said,
            factors: if free { factors.free() } else { factors },
        };
        let key = (client.user, client.torrent);
        self.model.heard.entry(key).or_default().push(heard);
        let key = (client.torrent, user, client.id);
        if said.event == Event::Stopped {
            self.model.here.remove(&key);
        } else {
            let peer = self.model.here.entry(key).or_default();
            (peer.0, peer.1) = (said.left == 0, now);
            peer.2.insert(v6, contact);
        }
    }

    fn change_factors(&mut self) {
        let torrent = self.dice(self.torrents.len() as u64) as usize;
        let percents = [(100, 100), (100, 0), (100, 50), (200, 100), (0, 33)];
        let (up, down) = percents[self.dice(5) as usize];
        self.factors[torrent] = Factors::new(up, down).unwrap();
        self.upsert(torrent);
    }

    fn upsert(&mut self, torrent: usize) {
        let (id, hashes) = &self.torrents[torrent];
        let registration = Registration {
            torrent: *id,
            canonical: hashes[0],
            private: true,
            frozen: None,
            forum: None,
            upload_percent: self.factors[torrent].upload_percent(),
            download_percent: self.factors[torrent].download_percent(),
        };
        self.access.upsert_torrent(hashes, &registration);
    }

    fn expire(&mut self) {
        let now = self.now();
        while !self
            .desk
            .swarm
            .expire(UnixTime(now), 1 << 20)
            .round_complete
        {}
        self.model.here.retain(|_, (_, at, _)| now - *at <= TTL);
        self.compare_swarm();
    }

    async fn flush(&self) {
        let accounting = self.desk.accounting.as_ref().unwrap();
        accounting
            .flush_all(&self.stage.store, &self.desk.swarm, &self.access)
            .await
            .unwrap();
        self.compare_completed().await;
    }

    /// The store is down.
    async fn fail(&self) {
        let accounting = self.desk.accounting.as_ref().unwrap();
        let pending = accounting.pending();
        let flushed = accounting
            .flush_all(&self.stage.down, &self.desk.swarm, &self.access)
            .await;
        assert_eq!(flushed.is_err(), pending > 0);
    }

    /// The store takes it, but the tracker does not learn of that.
    async fn lose_the_answer(&self) {
        let accounting = self.desk.accounting.as_ref().unwrap();
        accounting.apply_unnoticed(&self.stage.store).await;
    }

    fn save(&mut self) {
        let mut bytes = Vec::new();
        self.desk.swarm.snapshot(&mut bytes).unwrap();
        self.snapshot = Some((bytes, self.model.here.clone()));
    }

    /// The process ends at once and begins again, with the last snapshot or without one.
    async fn crash(&mut self) {
        let swarm = Arc::new(Swarm::new(swarm_config(), [self.dice(256) as u8; 16]));
        let none = Arc::new(Swarm::new(swarm_config(), [0; 16]));
        self.desk = desk(&none, &self.access, &self.rates, &self.now, None);
        self.model.here.clear();
        let now = self.now();
        if let Some((bytes, here)) = &self.snapshot
            && self.dice(4) > 0
        {
            swarm.restore(&mut &bytes[..], UnixTime(now)).unwrap();
            self.model.here = here.clone();
            self.model.here.retain(|_, (_, at, _)| now - *at <= TTL);
        }
        let store = &self.stage.store;
        let accounting = open(self.dir.path(), store, &self.random).await;
        let owed = accounting.completions_owed();
        for (torrent, hashes) in &self.torrents {
            let known = self.completed_in_store(*torrent).await;
            let completed = known + owed.get(torrent).copied().unwrap_or(0);
            swarm.set_completed(hashes[0], completed, UnixTime(now));
        }
        accounting
            .renew_counters(store, &swarm, &self.access)
            .await
            .unwrap();
        self.desk = desk(
            &swarm,
            &self.access,
            &self.rates,
            &self.now,
            Some(accounting),
        );
        self.compare_swarm();
        if self.dice(2) > 0 {
            self.flush().await;
        }
    }

    fn compare_swarm(&self) {
        for (torrent, (_, hashes)) in self.torrents.iter().enumerate() {
            let here = || {
                let all = self.model.here.iter();
                all.filter(move |(key, _)| key.0 == torrent)
                    .map(|(_, peer)| peer)
            };
            let seeders = here().filter(|(seeding, ..)| *seeding).count() as u32;
            let counts = self.desk.swarm.query_state(hashes[0]);
            let all = here().count() as u32;
            assert_eq!((counts.seeders, counts.leechers), (seeders, all - seeders));
            let query = Query {
                asker: None,
                endpoint: None,
                seeding: false,
                limit: 200,
                families: Families::Both,
            };
            let peers = self.desk.swarm.query_peers(hashes[0], &query);
            let v4 = peers.v4.iter().map(|at| SocketAddr::from(*at));
            let v6 = peers.v6.iter().map(|at| SocketAddr::from(*at));
            let contacts: BTreeSet<_> = v4.chain(v6).collect();
            let expected: BTreeSet<_> = here().flat_map(|peer| peer.2.values().copied()).collect();
            assert_eq!(contacts, expected);
        }
    }

    async fn completed_in_store(&self, torrent: TorrentId) -> u64 {
        let (_, changes) = self.stage.store.access_after(i64::MAX).await.unwrap();
        assert!(changes.is_empty());
        let id = domain::TorrentId(torrent.0);
        self.stage.store.torrent_completed(id).await.unwrap()
    }

    /// Everything that was heard is in the store: each user who completed a torrent counts once.
    async fn compare_completed(&self) {
        for (n, (torrent, hashes)) in self.torrents.iter().enumerate() {
            let completes =
                |heard: &Heard| heard.said.event == Event::Completed && heard.said.left == 0;
            let of_it = self.model.heard.iter().filter(|(key, _)| key.1 == n);
            let users = of_it
                .filter(|(_, heard)| heard.iter().any(completes))
                .count() as u64;
            assert_eq!(self.completed_in_store(*torrent).await, users);
            assert_eq!(self.desk.swarm.query_state(hashes[0]).completed, users);
        }
    }

    /// All accounts, all columns.
    async fn reckon(&self) {
        let store = &self.stage.store;
        let mut suspect = BTreeMap::new();
        for open in store.suspicions(None, u32::MAX).await.unwrap() {
            suspect.insert(
                (open.user.0, open.torrent.0),
                (open.raw_uploaded, open.uploaded),
            );
        }
        for (u, (user, _)) in self.users.iter().enumerate() {
            let user = domain::UserId(user.0);
            let shares = store
                .shares_of_user(user, domain::TorrentId(0), 99)
                .await
                .unwrap();
            let shares: BTreeMap<i64, ShareTotals> = shares
                .into_iter()
                .map(|of| (of.torrent.0, of.share))
                .collect();
            let (mut uploaded, mut downloaded) = (0, 0);
            for (t, (torrent, _)) in self.torrents.iter().enumerate() {
                let expected = self
                    .model
                    .heard
                    .get(&(u, t))
                    .map(|heard| Reckoning::of(heard));
                let share = shares.get(&torrent.0);
                assert_eq!(share, expected.as_ref().map(|expected| &expected.totals));
                let Some(expected) = expected else { continue };
                uploaded += expected.totals.uploaded;
                downloaded += expected.totals.downloaded;
                let kept_apart = suspect.get(&(user.0, torrent.0)).copied();
                assert_eq!(kept_apart.unwrap_or_default(), expected.suspect);
            }
            let account = store.account(user).await.unwrap();
            assert_eq!(
                (account.uploaded, account.downloaded),
                (uploaded, downloaded)
            );
        }
    }
}

/// What a user has of a torrent, worked out from everything their clients ever said.
struct Reckoning {
    totals: ShareTotals,
    /// Bytes as they were reported, and as they would have counted.
    suspect: (u64, u64),
}

impl Reckoning {
    fn of(heard: &[Heard]) -> Self {
        let clients: BTreeSet<PeerId> = heard.iter().map(|heard| heard.id).collect();
        let (mut raw, mut hundredths, mut suspect) = ((0, 0), (0, 0), (0, 0));
        let (mut seeding, mut leeching) = (Vec::new(), Vec::new());
        for client in clients {
            let mut last: Option<&Heard> = None;
            let mut highest = (0, 0);
            for now in heard.iter().filter(|heard| heard.id == client) {
                let (up, down) = (now.said.uploaded, now.said.downloaded);
                let anew = now.said.event == Event::Started && (up < highest.0 || down < highest.1);
                if anew {
                    highest = (0, 0);
                }
                let more = (up.saturating_sub(highest.0), down.saturating_sub(highest.1));
                highest = (highest.0.max(up), highest.1.max(down));
                let silent = last.map_or(TTL, |last| now.at - last.at).max(10) as u64;
                let (up_percent, down_percent) = (
                    u64::from(now.factors.upload_percent()),
                    u64::from(now.factors.download_percent()),
                );
                if more.0 > LIMIT * silent {
                    suspect.0 += more.0;
                    suspect.1 += more.0 * up_percent / 100;
                } else {
                    raw.0 += more.0;
                    hundredths.0 += more.0 * up_percent;
                }
                raw.1 += more.1;
                hundredths.1 += more.1 * down_percent;
                if let Some(last) = last
                    && last.said.event != Event::Stopped
                    && !anew
                {
                    let time = (last.at.max(now.at - TTL), now.at);
                    if last.said.left == 0 && now.said.left == 0 {
                        seeding.push(time);
                    } else {
                        leeching.push(time);
                    }
                }
                last = Some(now);
            }
        }
        let completed = heard
            .iter()
            .find(|heard| heard.said.event == Event::Completed && heard.said.left == 0);
        let (first, last) = (&heard[0], &heard[heard.len() - 1]);
        let totals = ShareTotals {
            uploaded: hundredths.0 / 100,
            downloaded: hundredths.1 / 100,
            raw_uploaded: raw.0,
            raw_downloaded: raw.1,
            seeding_seconds: union(seeding),
            leeching_seconds: union(leeching),
            left: Some(last.said.left),
            first_at: domain::UnixTime(first.at),
            last_at: domain::UnixTime(last.at),
            completed_at: completed.map(|heard| domain::UnixTime(heard.at)),
            client: Some(last.id),
        };
        Self { totals, suspect }
    }
}

/// How many seconds lie in at least one of these stretches.
fn union(mut stretches: Vec<(i64, i64)>) -> u64 {
    stretches.sort_unstable();
    let (mut seconds, mut until) = (0, i64::MIN);
    for (from, to) in stretches {
        seconds += (to - from.max(until).min(to)) as u64;
        until = until.max(to);
    }
    seconds
}

async fn open(dir: &Path, store: &Store, random: &Entropy) -> Arc<Accounting> {
    let config = Config {
        journal_dir: dir.to_path_buf(),
        journal_segment: 2000,
        journal_kept: 20,
        ..Config::default()
    };
    let books = Accounting::open(&config, store, random, Metering::new(&activity())).await;
    Arc::new(books.unwrap())
}

fn desk(
    swarm: &Arc<Swarm>,
    access: &Arc<Access>,
    rates: &Arc<Rates>,
    now: &Arc<AtomicI64>,
    accounting: Option<Arc<Accounting>>,
) -> Desk {
    let seconds = now.clone();
    Desk {
        swarm: swarm.clone(),
        access: access.clone(),
        activity: activity(),
        accounting,
        clock: Clock::new(move || domain::UnixTime(seconds.load(Ordering::Relaxed))),
        pace: Arc::new(Pace::new(1800, 60)),
        rates: rates.clone(),
        throttle: Throttle::new(0, Vec::new(), [1; 16]),
    }
}

fn activity() -> Arc<swarm::Activity> {
    Arc::new(swarm::Activity::new(1, 1))
}

fn swarm_config() -> swarm::Config {
    swarm::Config {
        peer_ttl: TTL as u32,
        max_peers_per_user: 1000,
        ..swarm::Config::default()
    }
}

const START: i64 = 1_800_000_000;
/// What follows from an interval of half an hour.
const TTL: i64 = 3660;
const LIMIT: u64 = 1_000_000;
