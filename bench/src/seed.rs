//! A site that looks lived in: people, forums, topics with torrents, posts over years.

use std::collections::HashSet;

use anyhow::{Context, Result, ensure};
use bittorrent::{InfoHash, InfoHashV2, InfoHashes};
use domain::{
    Entropy, ForumId, Passkey, PostId, TopicId, TorrentId, TorrentState, UnixTime, UserId, UserName,
};
use store::{
    ImportPost, ImportTopic, ImportTorrent, ImportUser, NewTorrentFile, Store, TorrentCounters,
};

use crate::dice::Dice;
use crate::forums::{Forum, forums};
use crate::words;

/// How much to make.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeedSize {
    /// Topics, nine of ten with a torrent.
    pub topics: u64,
    /// Posts in all, at least as many as topics.
    pub posts: u64,
    /// Accounts; the first is an administrator.
    pub users: u64,
}

impl SeedSize {
    /// What the site's speed is promised for.
    pub const FULL: Self = Self {
        topics: 200_000,
        posts: 1_000_000,
        users: 10_000,
    };
}

/// What to make.
#[derive(Debug, Clone)]
pub struct Seed {
    /// How much.
    pub size: SeedSize,
    /// The same seed makes the same site.
    pub seed: u64,
    /// The newest post was just written.
    pub now: UnixTime,
    /// Key of the stored `.torrent` that all torrents share.
    pub blob: String,
}

/// Fills an empty store; `progress` hears how many posts are written. Forums, users, topics and posts
/// have the ids 1, 2, 3 …
///
/// # Errors
/// When the store is not empty or does not take a row.
pub async fn seed(store: &Store, what: &Seed, mut progress: impl FnMut(u64)) -> Result<()> {
    let SeedSize {
        topics,
        posts,
        users,
    } = what.size;
    ensure!(
        users > 0 && posts >= topics,
        "a site needs users, and a post for every topic"
    );
    let there = store.totals().await?;
    ensure!(
        there.users + there.topics == 0,
        "the store is not empty: fill a new one"
    );
    let mut site = Site {
        dice: Dice::new(what.seed),
        forums: forums(store).await.context("cannot make the forums")?,
        what,
        topics: Vec::new(),
    };
    store
        .import_users(&site.people()?)
        .await
        .context("cannot write the accounts")?;
    let mut chunk = Chunk::default();
    for number in 1..=posts {
        site.post(number, &mut chunk)?;
        if chunk.posts.len() >= CHUNK || number == posts {
            chunk
                .write(store)
                .await
                .context("cannot write topics and posts")?;
            progress(number);
        }
    }
    store.recount().await.context("cannot count the rows")?;
    store
        .optimize()
        .await
        .context("cannot refresh the statistics")?;
    Ok(())
}

/// Posts written at once.
const CHUNK: usize = 10_000;

/// Seconds between the first post and the last.
const SPAN: u64 = 5 * 365 * 86_400;

struct Site<'a> {
    dice: Dice,
    forums: Vec<Forum>,
    what: &'a Seed,
    /// The author of every topic so far: topic n stands at n - 1.
    topics: Vec<UserId>,
}

#[derive(Default)]
struct Chunk {
    topics: Vec<ImportTopic>,
    posts: Vec<ImportPost>,
    torrents: Vec<ImportTorrent>,
}

impl Chunk {
    async fn write(&mut self, store: &Store) -> Result<()> {
        store.import_topics(&self.topics).await?;
        store.import_posts(&self.posts).await?;
        store.import_torrents(&self.torrents).await?;
        *self = Self::default();
        Ok(())
    }
}

impl Site<'_> {
    fn people(&mut self) -> Result<Vec<ImportUser>> {
        let entropy = Entropy::seeded(self.what.seed);
        let mut taken = HashSet::new();
        let mut people = Vec::new();
        while (people.len() as u64) < self.what.size.users {
            let id = people.len() as i64 + 1;
            let name: UserName = words::user_name(&mut self.dice)
                .parse()
                .or_else(|_| format!("member {id}").parse())
                .context("a generated name")?;
            // Names run out before the people do.
            let name = match taken.insert(name.key()) {
                true => name,
                false => format!("{} {id}", self.dice.pick(&["Bee", "Drone", "Hive", "Comb"]))
                    .parse()
                    .context("a generated name")?,
            };
            taken.insert(name.key());
            let age = self.dice.below(SPAN);
            let seen = if id <= 40 {
                self.dice.below(600)
            } else {
                self.dice.below(age.max(1))
            };
            people.push(ImportUser {
                id: UserId(id),
                name,
                email: None,
                password_hash: NO_PASSWORD.to_owned(),
                passkey: Passkey::generate(&entropy),
                admin: id == 1,
                created_at: self.what.now.plus(-(age as i64)),
                last_seen_at: Some(self.what.now.plus(-(seen as i64))),
                uploaded: self.dice.low(1 << 43),
                downloaded: self.dice.low(1 << 42),
            });
        }
        Ok(people)
    }

    /// Writes post `number`, which begins a topic when one is due.
    fn post(&mut self, number: u64, chunk: &mut Chunk) -> Result<()> {
        let SeedSize {
            topics,
            posts,
            users,
        } = self.what.size;
        let author = UserId(1 + self.dice.low(users) as i64);
        let back = SPAN - (u128::from(SPAN) * u128::from(number) / u128::from(posts)) as u64;
        let at = self.what.now.plus(-(back as i64));
        let due = (u128::from(number) * u128::from(topics)).div_ceil(u128::from(posts));
        let begun = self.topics.len() as u128;
        let (topic, text) = if begun < due {
            self.topics.push(author);
            let topic = TopicId(self.topics.len() as i64);
            self.begin(topic, PostId(number as i64), author, at, chunk)?;
            (topic, self.first_text())
        } else {
            (self.answered(), self.reply_text())
        };
        let id = PostId(number as i64);
        chunk.posts.push(ImportPost {
            id,
            topic,
            author,
            created_at: at,
            text,
        });
        Ok(())
    }

    /// The topic that somebody answers: a recent one, any, or one of the first that never end.
    fn answered(&mut self) -> TopicId {
        let begun = self.topics.len() as u64;
        let back = match self.dice.below(100) {
            0..70 => self.dice.low(begun.min(2000)),
            70..80 => self.dice.below(begun),
            // every fiftieth topic is talked about a lot
            80..95 => {
                let popular = 1 + self.dice.below(begun.div_ceil(50)) * 50;
                return TopicId(popular as i64);
            }
            _ => begun - 1 - self.dice.below(begun.min(10)),
        };
        TopicId((begun - back) as i64)
    }

    fn begin(
        &mut self,
        topic: TopicId,
        post: PostId,
        author: UserId,
        at: UnixTime,
        chunk: &mut Chunk,
    ) -> Result<()> {
        let forum = self.forum();
        let dice = &mut self.dice;
        let title = if forum.talk {
            words::question(dice)
        } else {
            words::release(dice)
        };
        chunk.topics.push(ImportTopic {
            id: topic,
            forum: forum.id,
            author,
            title: title.parse().context("a generated title")?,
            created_at: at,
            views: dice.low(5000),
            pinned: dice.below(500) == 0,
            locked: dice.happens(1),
        });
        if !forum.talk {
            let torrent = self.torrent(topic, post, forum.id, author, at, &title);
            chunk.torrents.push(torrent);
        }
        Ok(())
    }

    /// Nine of ten topics are releases; the first forums get most of them.
    fn forum(&mut self) -> Forum {
        let talk = self.dice.happens(10);
        let fitting: Vec<Forum> = self
            .forums
            .iter()
            .copied()
            .filter(|f| f.talk == talk)
            .collect();
        fitting[self.dice.low(fitting.len() as u64) as usize]
    }

    fn torrent(
        &mut self,
        topic: TopicId,
        post: PostId,
        forum: ForumId,
        author: UserId,
        at: UnixTime,
        title: &str,
    ) -> ImportTorrent {
        let id = TorrentId(topic.0);
        let dice = &mut self.dice;
        let name: String = title
            .chars()
            .map(|c| if c.is_alphanumeric() { c } else { '.' })
            .collect();
        let files: Vec<NewTorrentFile> = match dice.below(2) {
            0 => vec![file(format!("{name}.mkv"), dice)],
            _ => (1..=1 + dice.low(24))
                .map(|number| file(format!("{name}/{number:02}.{}", dice.pick(ENDINGS)), dice))
                .collect(),
        };
        let total_size: u64 = files.iter().map(|file| file.length).sum();
        let (v1, v2) = (
            InfoHash::from(dice.bytes::<20>()),
            InfoHashV2::from(dice.bytes::<32>()),
        );
        let hashes = match dice.below(20) {
            0 => InfoHashes::from_v2(v2),
            1..4 => InfoHashes::hybrid(v1, v2),
            _ => InfoHashes::from_v1(v1),
        };
        let piece_length = 1 << 20;
        let seeders = if dice.happens(15) { 0 } else { dice.low(300) };
        ImportTorrent {
            id,
            topic,
            post,
            forum,
            author,
            hashes,
            filename: format!("{name}.torrent"),
            name,
            total_size,
            piece_length,
            piece_count: total_size.div_ceil(piece_length),
            private: dice.happens(70),
            files,
            blob: self.what.blob.clone(),
            original_blob: self.what.blob.clone(),
            state: dice.pick(STATES),
            registered_at: at,
            counters: TorrentCounters {
                torrent: id,
                seeders,
                leechers: dice.low(100),
                completed: dice.low(5000),
                last_seed_at: Some(self.what.now.plus(-(dice.low(SPAN) as i64))),
            },
        }
    }

    fn first_text(&mut self) -> String {
        let dice = &mut self.dice;
        let (sentences, more) = (3 + dice.below(6), 1 + dice.below(5));
        format!(
            "[b]{}[/b]\n\n{}\n\n[spoiler=\"{}\"]{}[/spoiler]\n[url=https://example.org/{}]{}[/url]",
            words::release(dice),
            words::paragraph(dice, sentences),
            words::question(dice),
            words::paragraph(dice, more),
            dice.below(100_000),
            words::paragraph(dice, 1),
        )
    }

    fn reply_text(&mut self) -> String {
        let dice = &mut self.dice;
        let sentences = 1 + dice.low(6);
        let text = words::paragraph(dice, sentences);
        match dice.below(10) {
            0 => format!(
                "[quote=\"{}\"]{}[/quote]\n{text}",
                words::user_name(dice),
                words::paragraph(dice, 1)
            ),
            1 => format!("{text} [i]{}[/i]", words::paragraph(dice, 1)),
            _ => text,
        }
    }
}

fn file(path: String, dice: &mut Dice) -> NewTorrentFile {
    NewTorrentFile {
        path,
        length: 1 + dice.low(8 << 30),
        pieces_root: None,
    }
}

/// Nobody can log in with this.
const NO_PASSWORD: &str = "$argon2id$v=19$m=8,t=1,p=1$c2VlZHNlZWQ$";

const ENDINGS: &[&str] = &["mkv", "flac", "pdf", "srt", "jpg", "iso", "txt"];

const STATES: &[TorrentState] = &[
    TorrentState::Approved,
    TorrentState::Approved,
    TorrentState::Approved,
    TorrentState::Approved,
    TorrentState::NotApproved,
    TorrentState::NotApproved,
    TorrentState::Doubtful,
    TorrentState::NeedsEdit,
    TorrentState::Temporary,
    TorrentState::Closed,
];

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Page, Viewer};
    use store::{Options, TopicSort, TorrentFilter};

    const NOW: UnixTime = UnixTime(1_800_000_000);

    fn small(seed: u64) -> Seed {
        let size = SeedSize {
            topics: 400,
            posts: 2_000,
            users: 150,
        };
        Seed {
            size,
            seed,
            now: NOW,
            blob: "b".repeat(64),
        }
    }

    async fn filled(what: &Seed) -> Store {
        let store = Store::open("sqlite::memory:", Options::default())
            .await
            .unwrap();
        seed(&store, what, |_| {}).await.unwrap();
        store
    }

    #[tokio::test]
    async fn a_seeded_site_is_healthy_and_of_the_size_asked_for() {
        let store = filled(&small(1)).await;
        assert_eq!(store.doctor().await.unwrap(), []);
        let totals = store.totals().await.unwrap();
        assert_eq!(
            (totals.users, totals.topics, totals.posts),
            (150, 400, 2_000)
        );
        assert!((300..400).contains(&totals.torrents), "{}", totals.torrents);
        let guest = Viewer::guest();
        let index = store.index_page(&guest, NOW).await.unwrap();
        assert_eq!((index.latest.len(), index.online.len()), (10, 40));
        let first = index.categories[0].forums[0].id;
        let forum = store
            .forum_page(&guest, first, TopicSort::LastPost, Page::first(50))
            .await;
        assert!(forum.unwrap().topics.iter().any(|topic| topic.replies > 0));
        let all = TorrentFilter::default();
        assert!(
            store
                .torrents_page(&guest, &all, Page::first(50))
                .await
                .unwrap()
                .total
                > 0
        );
        assert!(
            seed(&store, &small(1), |_| {}).await.is_err(),
            "a second time is refused"
        );
    }

    #[tokio::test]
    async fn a_seed_decides_the_whole_site() {
        let shown = async |seed| {
            let store = filled(&small(seed)).await;
            format!(
                "{:?}",
                store.index_page(&Viewer::guest(), NOW).await.unwrap()
            )
        };
        assert_eq!(shown(7).await, shown(7).await);
        assert_ne!(shown(7).await, shown(8).await);
    }
}
