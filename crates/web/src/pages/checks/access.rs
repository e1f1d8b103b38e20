//! Every role at every channel of a topic: a hidden one is as good as none.

use axum::http::StatusCode;
use domain::{Audience, ForumRights, TorrentState, Viewer};

use crate::pages::samples::{self, posted, torrent};
use crate::testing::{Browser, Site};

/// What the roles get: guest, member, member of the group, author, administrator.
type Row = (&'static str, [u16; 5]);

async fn status(browser: &mut Browser, path: &str) -> u16 {
    // live counters never end: their headers say enough
    if path.ends_with("/live") {
        return browser.status(path).await.as_u16();
    }
    let answer = browser.get(path).await;
    match answer.status {
        StatusCode::SEE_OTHER if answer.location().starts_with("/login") => 401,
        status => status.as_u16(),
    }
}

async fn check(rights: impl Fn(Audience) -> ForumRights, state: TorrentState, rows: &[Row]) {
    let site = Site::new().await;
    let mut admin = site.admin("admin").await;
    let store = &site.app.store;
    let now = site.app.now();
    let group = store
        .create_group(
            &store::NewGroup {
                name: "Crew".into(),
                description: String::new(),
            },
            now,
        )
        .await
        .unwrap();
    let mut author = site.member("author").await;
    let mut insider = site.member("insider").await;
    let mut member = site.member("member").await;
    let mut guest = site.guest();
    for user in [author.user(), insider.user()] {
        store.add_to_group(group, user, now).await.unwrap();
    }
    let rights = rights(Audience::Group(group));
    let forum = samples::forum(&site, "Secret garden", rights, samples::taking_all()).await;
    let topic = posted(
        &mut author,
        forum,
        "Hidden treasure",
        Some(&torrent("treasure")),
    )
    .await;
    let viewer = Viewer {
        user: Some(author.user()),
        groups: vec![group],
        ..Viewer::default()
    };
    let place = store.torrent_of_topic(&viewer, topic).await.unwrap();
    if state != TorrentState::NotApproved {
        let id = place.torrent.id;
        store
            .set_torrent_state(id, TorrentState::NotApproved, state, admin.user(), "", now)
            .await
            .unwrap();
    }
    let first = place.topic.first_post;
    for (channel, expected) in rows {
        let path = channel
            .replace("{forum}", &forum.to_string())
            .replace("{topic}", &topic.to_string())
            .replace("{post}", &first.to_string());
        let everyone = [
            &mut guest,
            &mut member,
            &mut insider,
            &mut author,
            &mut admin,
        ];
        let roles = ["guest", "member", "insider", "author", "admin"];
        for ((browser, role), expected) in everyone.into_iter().zip(roles).zip(expected) {
            assert_eq!(status(browser, &path).await, *expected, "{path} for {role}");
        }
    }
    // Lists never name what the viewer may not read.
    for (browser, reads) in [(&mut guest, rows[1].1[0]), (&mut member, rows[1].1[1])] {
        for list in ["/", "/torrents", "/forums/1"] {
            let text = browser.get(list).await.text();
            assert_eq!(text.contains("Hidden treasure"), reads == 200, "{list}");
        }
    }
    // A hidden topic answers exactly like one that does not exist.
    if rows[1].1[1] == 404 {
        for (there, missing) in [
            (format!("/topics/{topic}"), "/topics/999".to_owned()),
            (format!("/dl/{topic}"), "/dl/999".to_owned()),
            (format!("/forums/{forum}"), "/forums/999".to_owned()),
            (format!("/posts/{first}"), "/posts/999".to_owned()),
        ] {
            let (a, b) = (member.get(&there).await, member.get(&missing).await);
            assert_eq!(a.status, b.status, "{there}");
            assert_eq!(
                a.text().replace(&there, ""),
                b.text().replace(&missing, ""),
                "{there}"
            );
        }
    }
}

#[tokio::test]
async fn a_forum_for_a_group_does_not_exist_for_others() {
    let rights = |group| ForumRights {
        see: group,
        read: group,
        post: group,
        reply: group,
        attach: group,
        download: group,
    };
    check(
        rights,
        TorrentState::NotApproved,
        &[
            ("/forums/{forum}", [404, 404, 200, 200, 200]),
            ("/topics/{topic}", [404, 404, 200, 200, 200]),
            ("/topics/{topic}/live", [404, 404, 200, 200, 200]),
            ("/dl/{topic}", [404, 404, 200, 200, 200]),
            ("/dl/{topic}?original", [404, 404, 403, 200, 403]),
            ("/dl/{topic}/files", [404, 404, 200, 200, 200]),
            ("/posts/{post}", [404, 404, 303, 303, 303]),
            ("/viewtopic.php?p={post}", [404, 404, 301, 301, 301]),
            ("/posting/new?forum={forum}", [401, 404, 200, 200, 200]),
            ("/posting/reply?topic={topic}", [401, 404, 200, 200, 200]),
            (
                "/posting/reply?topic={topic}&quote={post}",
                [401, 404, 200, 200, 200],
            ),
            ("/posting/quote?post={post}", [401, 404, 200, 200, 200]),
            ("/posting/edit?post={post}", [401, 404, 403, 200, 200]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_forum_may_be_seen_and_not_read() {
    let rights = |group| ForumRights {
        read: group,
        ..ForumRights::default()
    };
    check(
        rights,
        TorrentState::NotApproved,
        &[
            ("/forums/{forum}", [403, 403, 200, 200, 200]),
            ("/topics/{topic}", [403, 403, 200, 200, 200]),
            ("/topics/{topic}/live", [404, 404, 200, 200, 200]),
            ("/dl/{topic}", [404, 404, 200, 200, 200]),
            ("/dl/{topic}/files", [404, 404, 200, 200, 200]),
            ("/posting/new?forum={forum}", [401, 403, 200, 200, 200]),
            ("/posting/reply?topic={topic}", [401, 404, 200, 200, 200]),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_public_forum_lets_members_download() {
    check(
        |_| ForumRights::default(),
        TorrentState::NotApproved,
        &[
            ("/forums/{forum}", [200, 200, 200, 200, 200]),
            ("/topics/{topic}", [200, 200, 200, 200, 200]),
            ("/topics/{topic}/live", [200, 200, 200, 200, 200]),
            ("/dl/{topic}", [401, 200, 200, 200, 200]),
            ("/dl/{topic}?original", [401, 403, 403, 200, 403]),
            ("/dl/{topic}/files", [200, 200, 200, 200, 200]),
            ("/posting/new?forum={forum}", [401, 200, 200, 200, 200]),
            ("/posting/edit?post={post}", [401, 403, 403, 200, 200]),
        ],
    )
    .await;
}

#[tokio::test]
async fn frozen_torrents_are_withheld() {
    // closed: from its author, too
    check(
        |_| samples::public(),
        TorrentState::Closed,
        &[
            ("/dl/{topic}", [409, 409, 409, 409, 200]),
            ("/topics/{topic}", [200, 200, 200, 200, 200]),
            ("/dl/{topic}?original", [409, 409, 409, 409, 403]),
        ],
    )
    .await;
    // being checked: its author has it
    check(
        |_| samples::public(),
        TorrentState::Checking,
        &[
            ("/dl/{topic}", [409, 409, 409, 200, 200]),
            ("/topics/{topic}", [200, 200, 200, 200, 200]),
        ],
    )
    .await;
}
