//! A site with members and torrents, a tracker on it, and a client's words.

use bittorrent::{InfoHash, InfoHashV2, InfoHashes};
use cache::Cache;
use domain::{
    CategoryId, Clock, Entropy, ForumId, ForumRights, Passkey, TorrentId, TorrentState, UnixTime,
    UserId,
};
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use store::{
    ForumDetails, NewAccount, NewForum, NewTopic, NewTorrent, NewTorrentFile, Options, Store,
};
use swarm::{Access, Policy, Swarm};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracker::{Config, Deps};

pub const START: i64 = 1_800_000_000;

pub struct World {
    pub dir: TempDir,
    pub store: Store,
    pub seconds: Arc<AtomicI64>,
    pub category: CategoryId,
    forum: ForumId,
    pub admin: UserId,
    /// Where its trackers publish.
    pub cache: Cache,
    seeds: AtomicU64,
}

pub struct Member {
    pub user: UserId,
    pub passkey: String,
}

#[derive(Clone, Copy)]
pub struct Torrent {
    pub id: TorrentId,
    pub topic: domain::TopicId,
    pub hash: InfoHash,
    /// The truncated v2 hash of a hybrid.
    pub second: Option<InfoHash>,
}

/// A tracker that serves.
pub struct Running {
    pub http: SocketAddr,
    pub udp: SocketAddr,
    pub swarm: Arc<Swarm>,
    pub activity: Arc<swarm::Activity>,
    pub access: Arc<Access>,
    stop: CancellationToken,
    task: JoinHandle<anyhow::Result<()>>,
}

impl World {
    pub async fn new() -> Self {
        Self::on("sqlite::memory:").await
    }

    pub async fn on(url: &str) -> Self {
        let store = Store::open(url, Options::default()).await.unwrap();
        let admin = register(&store, "Keeper").await.user;
        let category = store
            .create_category(&"Films".parse().unwrap())
            .await
            .unwrap();
        let forum = store
            .create_forum(&NewForum {
                category,
                parent: None,
                details: details(ForumRights::default()),
            })
            .await
            .unwrap();
        Self {
            category,
            dir: tempfile::tempdir().unwrap(),
            store,
            seconds: Arc::new(AtomicI64::new(START)),
            forum,
            admin,
            cache: Cache::open("memory").unwrap(),
            seeds: AtomicU64::new(1),
        }
    }

    /// Another forum, below `parent` where one is named.
    pub async fn forum(&self, parent: Option<ForumId>, rights: ForumRights) -> ForumId {
        let forum = NewForum {
            category: self.category,
            parent,
            details: details(rights),
        };
        self.store.create_forum(&forum).await.unwrap()
    }

    pub async fn member(&self, name: &str) -> Member {
        register(&self.store, name).await
    }

    pub async fn torrent(&self, n: u8) -> Torrent {
        self.post(n, true, InfoHashes::from_v1(InfoHash::from([n; 20])))
            .await
    }

    pub async fn public_torrent(&self, n: u8) -> Torrent {
        self.post(n, false, InfoHashes::from_v1(InfoHash::from([n; 20])))
            .await
    }

    pub async fn hybrid(&self, n: u8) -> Torrent {
        let v2 = InfoHashV2::from([n ^ 0xff; 32]);
        self.post(n, true, InfoHashes::hybrid(InfoHash::from([n; 20]), v2))
            .await
    }

    /// A torrent in another forum.
    pub async fn torrent_in(&self, forum: ForumId, n: u8, private: bool) -> Torrent {
        let hashes = InfoHashes::from_v1(InfoHash::from([n; 20]));
        self.post_in(forum, n, private, hashes).await
    }

    async fn post(&self, n: u8, private: bool, hashes: InfoHashes) -> Torrent {
        self.post_in(self.forum, n, private, hashes).await
    }

    async fn post_in(&self, forum: ForumId, n: u8, private: bool, hashes: InfoHashes) -> Torrent {
        let torrent = NewTorrent {
            hashes,
            name: format!("film {n}"),
            total_size: 1 << 20,
            piece_length: 1 << 14,
            piece_count: 64,
            private,
            comment: None,
            creation_date: None,
            files: vec![NewTorrentFile {
                path: format!("film {n}.mkv"),
                length: 1 << 20,
                pieces_root: None,
            }],
            filename: format!("film {n}.torrent"),
            blob: "0".repeat(64),
            original_blob: "0".repeat(64),
            state: TorrentState::default(),
        };
        let topic = NewTopic {
            forum,
            author: self.admin,
            title: format!("Film {n}").parse().unwrap(),
            text: "A film.".parse().unwrap(),
            now: UnixTime(START),
            torrent: Some(torrent),
        };
        let posted = self.store.post_torrent_topic(&topic).await.unwrap();
        Torrent {
            id: posted.torrent.unwrap(),
            topic: posted.topic,
            hash: InfoHash::from([n; 20]),
            second: hashes.wire_hashes().nth(1),
        }
    }

    pub async fn set_state(&self, torrent: Torrent, from: TorrentState, to: TorrentState) {
        let now = UnixTime(START);
        self.store
            .set_torrent_state(torrent.id, from, to, self.admin, "", now)
            .await
            .unwrap();
    }

    pub fn config(&self) -> Config {
        Config {
            http: "127.0.0.1:0".parse().unwrap(),
            udp: "127.0.0.1:0".parse().unwrap(),
            udp_threads: 2,
            journal_dir: self.dir.path().join("journal"),
            snapshot_path: Some(self.dir.path().join("swarm.snapshot")),
            flush_every: Duration::from_millis(20),
            publish_every: Duration::from_millis(20),
            ..Config::default()
        }
    }

    pub async fn start(&self) -> Running {
        self.start_as(Policy::Registered, self.config()).await
    }

    /// A tracker that hands nothing to the store unless it is stopped.
    pub async fn start_without_flushing(&self) -> Running {
        let config = Config {
            flush_every: Duration::from_secs(3600),
            ..self.config()
        };
        self.start_as(Policy::Registered, config).await
    }

    /// Deletes a torrent with its topic.
    pub async fn delete(&self, torrent: &Torrent) {
        let why = store::Deletion {
            by: self.admin,
            reason: String::new(),
            now: domain::UnixTime(START),
        };
        self.store.delete_topic(torrent.topic, &why).await.unwrap();
    }

    pub async fn start_as(&self, policy: Policy, config: Config) -> Running {
        self.start_with(config, self.deps(policy)).await
    }

    pub async fn start_with(&self, config: Config, deps: Deps) -> Running {
        let swarm = deps.swarm.clone();
        let (access, activity) = (deps.access.clone(), deps.activity.clone());
        // A tracker that was killed lets go of its journal a moment later.
        let tracker =
            eventually(
                async || match tracker::bind(config.clone(), deps.clone()).await {
                    Ok(tracker) => Some(tracker),
                    Err(error) if format!("{error:#}").contains("another process") => None,
                    Err(error) => panic!("{error:#}"),
                },
            )
            .await;
        let (http, udp) = (tracker.http_addr(), tracker.udp_addr());
        let stop = CancellationToken::new();
        let task = tokio::spawn(tracker.run(stop.clone()));
        Running {
            http,
            udp,
            swarm,
            activity,
            access,
            stop,
            task,
        }
    }

    pub fn deps(&self, policy: Policy) -> Deps {
        let seconds = self.seconds.clone();
        let seed = self.seeds.fetch_add(1, Ordering::Relaxed);
        Deps {
            swarm: Arc::new(Swarm::new(swarm::Config::default(), [seed as u8; 16])),
            access: Arc::new(Access::new(policy, [seed as u8; 16])),
            activity: Arc::new(swarm::Activity::new(1 << 10, 1)),
            store: Some(self.store.clone()),
            cache: self.cache.clone(),
            clock: Clock::new(move || UnixTime(seconds.load(Ordering::Relaxed))),
            entropy: Entropy::seeded(seed),
        }
    }

    /// Uploaded and downloaded, as the member's account has it now.
    pub async fn credit(&self, member: &Member) -> (u64, u64) {
        credit(&self.store, member.user).await
    }

    pub async fn wait_for_credit(&self, member: &Member, expected: (u64, u64)) {
        eventually(async || (self.credit(member).await == expected).then_some(())).await;
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

pub fn details(rights: ForumRights) -> ForumDetails {
    ForumDetails {
        title: "Old films".parse().unwrap(),
        description: "Public domain.".parse().unwrap(),
        rights,
        policy: Default::default(),
    }
}

async fn register(store: &Store, name: &str) -> Member {
    let passkey: Passkey = format!("{:0<32}", hex(name.as_bytes())).parse().unwrap();
    let account = NewAccount {
        name: name.parse().unwrap(),
        email: None,
        password_hash: "$argon2id$".to_owned(),
        passkey: passkey.clone(),
        admin: false,
        invite: None,
        language: None,
        now: UnixTime(START),
    };
    let user = store.register(&account).await.unwrap();
    Member {
        user,
        passkey: passkey.as_str().to_owned(),
    }
}

pub async fn credit(store: &Store, user: UserId) -> (u64, u64) {
    let account = store.account(user).await.unwrap();
    (account.uploaded, account.downloaded)
}

impl Running {
    /// Ends it the orderly way.
    pub async fn stop(self) {
        self.stop.cancel();
        self.task.await.unwrap().unwrap();
    }

    /// Ends it as a crash would: nothing is flushed, nothing is written.
    pub async fn kill(self) {
        self.task.abort();
        assert!(self.task.await.unwrap_err().is_cancelled());
    }

    /// One request on a connection of its own.
    pub async fn get(&self, target: &str) -> Reply {
        Http::connect(self.http).await.get(target).await
    }

    /// An announce that must be served.
    pub async fn announce(&self, path: &str, say: &Say) -> Reply {
        let reply = self.get(&format!("{path}?{say}")).await;
        assert_eq!(reply.failure(), None, "{path}?{say}");
        reply
    }

    /// An announce that must be refused; the sentence.
    pub async fn refusal(&self, target: &str) -> String {
        let reply = self.get(target).await;
        assert_eq!(reply.status, 200, "{target}");
        reply
            .failure()
            .unwrap_or_else(|| panic!("{target} was served"))
    }
}

/// What a client says in an announce.
#[derive(Clone)]
pub struct Say {
    pub hash: InfoHash,
    pub peer: u8,
    pub port: u16,
    pub uploaded: u64,
    pub downloaded: u64,
    pub left: u64,
    pub event: &'static str,
    pub more: &'static str,
}

impl Say {
    pub fn about(torrent: Torrent) -> Self {
        Self {
            hash: torrent.hash,
            peer: 1,
            port: 6881,
            uploaded: 0,
            downloaded: 0,
            left: 1000,
            event: "",
            more: "",
        }
    }

    pub fn peer(peer: u8, torrent: Torrent) -> Self {
        Self {
            peer,
            port: 7000 + u16::from(peer),
            ..Self::about(torrent)
        }
    }

    pub fn totals(self, uploaded: u64, downloaded: u64) -> Self {
        Self {
            uploaded,
            downloaded,
            ..self
        }
    }

    pub fn event(self, event: &'static str) -> Self {
        Self { event, ..self }
    }
}

impl std::fmt::Display for Say {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "info_hash={}&peer_id={}&port={}&uploaded={}&downloaded={}&left={}",
            escape(self.hash.as_bytes()),
            escape(&[self.peer; 20]),
            self.port,
            self.uploaded,
            self.downloaded,
            self.left
        )?;
        if !self.event.is_empty() {
            write!(f, "&event={}", self.event)?;
        }
        f.write_str(self.more)
    }
}

pub fn escape(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("%{byte:02x}")).collect()
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A connection to the HTTP listener.
pub struct Http {
    pub stream: TcpStream,
    input: Vec<u8>,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub head: String,
    pub body: Vec<u8>,
}

impl Http {
    pub async fn connect(addr: SocketAddr) -> Self {
        Self {
            stream: TcpStream::connect(addr).await.unwrap(),
            input: Vec::new(),
        }
    }

    pub async fn send(&mut self, bytes: impl AsRef<[u8]>) {
        self.stream.write_all(bytes.as_ref()).await.unwrap();
    }

    pub async fn get(&mut self, target: &str) -> Reply {
        self.send(format!("GET {target} HTTP/1.1\r\nHost: tracker\r\n\r\n"))
            .await;
        self.reply().await.expect("an answer")
    }

    /// The next answer; `None` when the connection was closed instead.
    pub async fn reply(&mut self) -> Option<Reply> {
        loop {
            if let Some(reply) = self.whole() {
                return Some(reply);
            }
            let read = self.stream.read_buf(&mut self.input);
            let read = tokio::time::timeout(PATIENCE, read)
                .await
                .expect("an answer in time");
            if !matches!(read, Ok(n) if n > 0) {
                assert!(self.input.is_empty(), "half an answer");
                return None;
            }
        }
    }

    fn whole(&mut self) -> Option<Reply> {
        let end = self.input.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
        let head = String::from_utf8(self.input[..end].to_vec()).unwrap();
        let field = |name: &str| {
            head.lines()
                .find_map(|line| line.strip_prefix(name)?.trim().parse::<usize>().ok())
        };
        let len = field("Content-Length:").expect("a length");
        let body = self.input.get(end..end + len)?.to_vec();
        self.input.drain(..end + len);
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Some(Reply { status, head, body })
    }
}

impl Reply {
    /// Reads the bencoded body.
    pub fn read<T>(&self, read: impl FnOnce(bencode::Value<'_, '_>) -> T) -> T {
        let limits = bencode::Limits::default();
        let document = bencode::Document::parse(&self.body, bencode::Mode::Strict, &limits);
        read(document.expect("a bencoded answer").root())
    }

    pub fn int(&self, key: &str) -> Option<i64> {
        self.read(|root| root.get(key.as_bytes())?.as_int())
    }

    pub fn bytes(&self, key: &str) -> Option<Vec<u8>> {
        self.read(|root| Some(root.get(key.as_bytes())?.as_bytes()?.to_vec()))
    }

    pub fn failure(&self) -> Option<String> {
        let reason = self.bytes("failure reason")?;
        Some(String::from_utf8(reason).expect("a sentence"))
    }

    /// Seeders and leechers.
    pub fn counts(&self) -> (i64, i64) {
        (
            self.int("complete").unwrap(),
            self.int("incomplete").unwrap(),
        )
    }

    /// The compact IPv4 peers, sorted.
    pub fn peers(&self) -> Vec<SocketAddr> {
        compact_v4(&self.bytes("peers").expect("compact peers"))
    }
}

pub fn compact_v4(bytes: &[u8]) -> Vec<SocketAddr> {
    assert_eq!(bytes.len() % 6, 0);
    let mut peers: Vec<_> = bytes
        .chunks_exact(6)
        .map(|at| {
            let ip: [u8; 4] = at[..4].try_into().unwrap();
            SocketAddr::from((ip, u16::from_be_bytes([at[4], at[5]])))
        })
        .collect();
    peers.sort();
    peers
}

/// Asks again and again until there is an answer.
pub async fn eventually<T>(ask: impl AsyncFn() -> Option<T>) -> T {
    within(PATIENCE, async {
        loop {
            if let Some(answer) = ask().await {
                return answer;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
}

pub async fn within<T>(limit: Duration, future: impl Future<Output = T>) -> T {
    tokio::time::timeout(limit, future)
        .await
        .expect("it happens in time")
}

pub const PATIENCE: Duration = Duration::from_secs(20);
