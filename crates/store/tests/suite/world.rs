//! A site of one's own for every test, on either engine.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use bittorrent::{InfoHash, InfoHashV2, InfoHashes};
use domain::{
    Audience, CategoryId, Entropy, ForumId, ForumPolicy, ForumRights, Passkey, TopicId,
    TorrentState, UnixTime, UserId, Viewer,
};
use sqlx::Connection;
use store::{
    ForumDetails, NewAccount, NewForum, NewReply, NewTopic, NewTorrent, NewTorrentFile, Options,
    Posted, Store, TokenHash,
};

/// Makes a test for each engine of every `async fn name(w: &World) { … }`.
macro_rules! on_both_engines {
    ($(async fn $name:ident($w:ident: &World) $body:block)+) => {
        $(async fn $name($w: &crate::world::World) $body)+

        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                let world = crate::world::World::sqlite().await;
                crate::world::run(world, |w| Box::pin(async move { super::$name(w).await })).await;
            })+
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            async fn $name() {
                let Some(world) = crate::world::World::postgres().await else { return };
                crate::world::run(world, |w| Box::pin(async move { super::$name(w).await })).await;
            })+
        }
    };
}

pub type Body = for<'w> fn(&'w World) -> std::pin::Pin<Box<dyn Future<Output = ()> + Send + 'w>>;

/// Runs a test, lets the doctor look, and clears up whatever happened.
pub async fn run(world: World, body: Body) {
    let world = std::sync::Arc::new(world);
    let task = tokio::spawn({
        let world = world.clone();
        async move {
            body(&world).await;
            if world.healthy.load(Ordering::Relaxed) == 1 {
                assert_eq!(
                    world.store.doctor().await.unwrap(),
                    [],
                    "the doctor finds something"
                );
            }
        }
    });
    let outcome = task.await;
    world.clear_up().await;
    if let Err(error) = outcome {
        std::panic::resume_unwind(error.into_panic());
    }
}

pub struct World {
    pub store: Store,
    /// Opens the same database again.
    pub url: String,
    place: Place,
    next: AtomicU64,
    healthy: AtomicI64,
}

enum Place {
    Folder(#[allow(dead_code)] tempfile::TempDir),
    Schema { server: String, name: String },
}

pub const NOW: UnixTime = UnixTime(1_800_000_000);

impl World {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("skep.db").display());
        Self::new(url, Place::Folder(folder)).await
    }

    /// `None` when no server is named, which CI does not accept.
    pub async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var("SKEP_TEST_POSTGRES") else {
            assert!(
                std::env::var_os("CI").is_none(),
                "SKEP_TEST_POSTGRES must name a server in CI"
            );
            static LOUD: std::sync::Once = std::sync::Once::new();
            // Written past the capture of test output, so that nobody overlooks it.
            LOUD.call_once(|| {
                let line =
                    "\nskipped: PostgreSQL tests of store (SKEP_TEST_POSTGRES is not set)\n\n";
                let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
            });
            return None;
        };
        let mut random = [0; 8];
        std::io::Read::read_exact(
            &mut std::fs::File::open("/dev/urandom").unwrap(),
            &mut random,
        )
        .unwrap();
        let name = format!("skep_test_{:016x}", u64::from_le_bytes(random));
        admin(&server, &format!("create schema {name}")).await;
        let mark = if server.contains('?') { '&' } else { '?' };
        let url = format!("{server}{mark}options=-c%20search_path%3D{name}");
        Some(Self::new(url, Place::Schema { server, name }).await)
    }

    async fn new(url: String, place: Place) -> Self {
        let store = Store::open(&url, Options::default()).await.unwrap();
        Self {
            store,
            url,
            place,
            next: AtomicU64::new(1),
            healthy: AtomicI64::new(1),
        }
    }

    /// The test breaks the database on purpose: the doctor need not be happy at the end.
    pub fn expect_damage(&self) {
        self.healthy.store(0, Ordering::Relaxed);
    }

    pub async fn clear_up(&self) {
        self.store.close().await;
        if let Place::Schema { server, name } = &self.place {
            admin(server, &format!("drop schema {name} cascade")).await;
        }
    }

    /// Runs SQL behind the store's back.
    pub async fn sql(&self, sql: &str) {
        let sql = sqlx::AssertSqlSafe(sql.to_owned());
        match self.url.strip_prefix("sqlite:") {
            Some(path) => {
                let options = sqlx::sqlite::SqliteConnectOptions::new()
                    .filename(path)
                    .foreign_keys(false)
                    .busy_timeout(std::time::Duration::from_secs(10));
                let mut connection = sqlx::SqliteConnection::connect_with(&options)
                    .await
                    .unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            None => {
                let mut connection = sqlx::PgConnection::connect(&self.url).await.unwrap();
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        }
    }

    /// A number that no one else in this world has.
    pub fn fresh(&self) -> u64 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    pub fn account(&self, name: &str) -> NewAccount {
        NewAccount {
            name: name.parse().unwrap(),
            email: None,
            password_hash: "$argon2id$test".to_owned(),
            passkey: self.passkey(),
            admin: false,
            invite: None,
            language: None,
            now: NOW,
        }
    }

    pub fn passkey(&self) -> Passkey {
        Passkey::generate(&Entropy::seeded(self.fresh()))
    }

    pub async fn user(&self, name: &str) -> UserId {
        self.store.register(&self.account(name)).await.unwrap()
    }

    pub async fn admin(&self, name: &str) -> UserId {
        let account = NewAccount {
            admin: true,
            ..self.account(name)
        };
        self.store.register(&account).await.unwrap()
    }

    pub async fn category(&self, title: &str) -> CategoryId {
        self.store
            .create_category(&title.parse().unwrap())
            .await
            .unwrap()
    }

    pub async fn forum(&self, title: &str) -> ForumId {
        let category = self.category(title).await;
        self.forum_in(category, None, title, ForumRights::default())
            .await
    }

    pub async fn forum_in(
        &self,
        category: CategoryId,
        parent: Option<ForumId>,
        title: &str,
        rights: ForumRights,
    ) -> ForumId {
        let details = details(title, rights);
        self.store
            .create_forum(&NewForum {
                category,
                parent,
                details,
            })
            .await
            .unwrap()
    }

    /// A forum that only the staff sees.
    pub async fn hidden_forum(&self, title: &str) -> ForumId {
        let category = self.category(title).await;
        let rights = ForumRights {
            see: Audience::Staff,
            ..ForumRights::default()
        };
        self.forum_in(category, None, title, rights).await
    }

    pub fn topic(&self, forum: ForumId, author: UserId, title: &str) -> NewTopic {
        NewTopic {
            forum,
            author,
            title: title.parse().unwrap(),
            text: format!("text of {title}").parse().unwrap(),
            now: NOW,
            torrent: None,
        }
    }

    pub async fn post(&self, forum: ForumId, author: UserId, title: &str) -> Posted {
        self.store
            .post_torrent_topic(&self.topic(forum, author, title))
            .await
            .unwrap()
    }

    pub async fn post_torrent(&self, forum: ForumId, author: UserId, title: &str) -> Posted {
        let torrent = Some(self.torrent(title));
        let topic = NewTopic {
            torrent,
            ..self.topic(forum, author, title)
        };
        self.store.post_torrent_topic(&topic).await.unwrap()
    }

    pub async fn reply(&self, topic: TopicId, author: UserId, text: &str) -> Posted {
        self.store.reply(&reply(topic, author, text)).await.unwrap()
    }

    /// A v1 torrent that no one else in this world has.
    pub fn torrent(&self, name: &str) -> NewTorrent {
        torrent(name, InfoHashes::from_v1(v1(self.fresh())))
    }

    pub fn secret(&self) -> TokenHash {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&self.fresh().to_le_bytes());
        TokenHash(hash)
    }
}

/// Why a test deletes something.
pub fn why() -> store::Deletion {
    store::Deletion {
        by: UserId(1),
        reason: "a copy of another".to_owned(),
        now: NOW,
    }
}

pub fn reply(topic: TopicId, author: UserId, text: &str) -> NewReply {
    NewReply {
        topic,
        author,
        text: text.parse().unwrap(),
        now: NOW,
        ignore_lock: false,
    }
}

pub fn details(title: &str, rights: ForumRights) -> ForumDetails {
    ForumDetails {
        title: title.parse().unwrap(),
        description: format!("about {title}").parse().unwrap(),
        rights,
        policy: ForumPolicy::default(),
    }
}

pub fn v1(number: u64) -> InfoHash {
    let mut hash = [0x11; 20];
    hash[..8].copy_from_slice(&number.to_le_bytes());
    hash.into()
}

pub fn v2(number: u64) -> InfoHashV2 {
    let mut hash = [0x22; 32];
    hash[..8].copy_from_slice(&number.to_le_bytes());
    hash.into()
}

pub fn torrent(name: &str, hashes: InfoHashes) -> NewTorrent {
    NewTorrent {
        hashes,
        name: name.to_owned(),
        total_size: 300,
        piece_length: 16384,
        piece_count: 1,
        private: true,
        comment: Some("a comment".to_owned()),
        creation_date: Some(UnixTime(1_700_000_000)),
        files: vec![
            NewTorrentFile {
                path: "a/one.bin".to_owned(),
                length: 100,
                pieces_root: None,
            },
            NewTorrentFile {
                path: "a/two.bin".to_owned(),
                length: 200,
                pieces_root: Some([7; 32]),
            },
        ],
        filename: format!("{name}.torrent"),
        blob: format!("blob of {name}"),
        original_blob: format!("original of {name}"),
        state: TorrentState::NotApproved,
    }
}

pub fn guest() -> Viewer {
    Viewer::guest()
}

pub fn member(user: UserId) -> Viewer {
    Viewer {
        user: Some(user),
        name: "member".to_owned(),
        ..Viewer::guest()
    }
}

pub fn staff(user: UserId) -> Viewer {
    Viewer {
        admin: true,
        ..member(user)
    }
}

async fn admin(server: &str, sql: &str) {
    let mut connection = sqlx::PgConnection::connect(server)
        .await
        .unwrap_or_else(|error| {
            panic!("SKEP_TEST_POSTGRES names a server that does not answer: {error}")
        });
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
}
