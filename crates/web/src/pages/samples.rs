//! Forums, torrents and topics that tests begin with.

use bittorrent::{Builder, Metainfo, MetainfoLimits, Version};
use domain::{
    Audience, CategoryId, ForeignTrackers, ForumId, ForumPolicy, ForumRights, PrivatePolicy,
    TopicId,
};
use store::{ForumDetails, NewForum};

use crate::testing::{Answer, Browser, Site};

/// A forum with these rights and this policy, in a category of its own.
pub async fn forum(site: &Site, title: &str, rights: ForumRights, policy: ForumPolicy) -> ForumId {
    let category = category(site, &format!("{title}s")).await;
    below(site, category, None, title, rights, policy).await
}

/// A category.
pub async fn category(site: &Site, title: &str) -> CategoryId {
    site.app
        .store
        .create_category(&title.parse().unwrap())
        .await
        .unwrap()
}

/// A forum in a category or below another.
pub async fn below(
    site: &Site,
    category: CategoryId,
    parent: Option<ForumId>,
    title: &str,
    rights: ForumRights,
    policy: ForumPolicy,
) -> ForumId {
    let details = ForumDetails {
        title: title.parse().unwrap(),
        description: "About it".parse().unwrap(),
        rights,
        policy,
    };
    site.app
        .store
        .create_forum(&NewForum {
            category,
            parent,
            details,
        })
        .await
        .unwrap()
}

/// Everyone reads and downloads, members write.
pub fn public() -> ForumRights {
    ForumRights {
        download: Audience::Everyone,
        ..ForumRights::default()
    }
}

/// Takes public torrents of every version, with their trackers.
pub fn taking_all() -> ForumPolicy {
    ForumPolicy {
        private: PrivatePolicy::Allow,
        foreign: ForeignTrackers::Keep,
        ..ForumPolicy::default()
    }
}

/// A torrent with two files and two foreign trackers.
pub fn builder(name: &str) -> Builder {
    Builder::new(name)
        .version(Version::Hybrid)
        .piece_length(16_384)
        .file("a/one.bin", vec![1; 20_000])
        .file("two.txt", name.as_bytes().to_vec())
        .tier(["http://elsewhere.example/announce"])
        .tier(["udp://open.example:80/announce"])
        .web_seed("https://seeds.example/file")
        .comment("made by hand")
}

/// The bytes of [`builder`]'s torrent.
pub fn torrent(name: &str) -> Vec<u8> {
    builder(name).build().unwrap()
}

/// Reads a `.torrent`.
pub fn read(bytes: &[u8]) -> Metainfo {
    Metainfo::parse(bytes, &MetainfoLimits::default()).unwrap()
}

/// Posts a topic through the page.
pub async fn post(
    browser: &mut Browser,
    forum: ForumId,
    title: &str,
    file: Option<&[u8]>,
) -> Answer {
    let forum = forum.to_string();
    let fields = [
        ("forum", forum.as_str()),
        ("title", title),
        ("text", "A [b]post[/b]"),
    ];
    let file = file.map(|bytes| ("torrent", "my file.torrent", bytes));
    browser.upload("/posting/new", &fields, file).await
}

/// Posts a topic and finds its number in the redirect.
pub async fn posted(
    browser: &mut Browser,
    forum: ForumId,
    title: &str,
    file: Option<&[u8]>,
) -> TopicId {
    let answer = post(browser, forum, title, file).await.expect(303);
    let rest = answer.location().strip_prefix("/topics/").unwrap();
    rest.split('?').next().unwrap().parse().unwrap()
}
