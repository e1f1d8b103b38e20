//! What the site decides holds at the next announce.

use crate::udp_client::{Answer, Udp};
use crate::world::*;
use domain::{Audience, ForumRights, TorrentState, UnixTime};
use std::sync::atomic::Ordering;
use std::time::Duration;
use store::NewGroup;
use swarm::Policy;

/// How long a decision of the site may take to reach the tracker: a second, and what a busy machine
/// adds.
const SOON: Duration = Duration::from_secs(3);

/// Waits until an announce is answered with a failure that contains `reason`, or served if empty.
async fn until(tracker: &Running, target: &str, reason: &str) {
    let ask = async || match tracker.get(target).await.failure() {
        None => reason.is_empty().then_some(()),
        Some(why) => (!reason.is_empty() && why.contains(reason)).then_some(()),
    };
    within(SOON, eventually(ask)).await;
}

#[tokio::test]
async fn what_the_site_decides_holds_at_once() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let target = format!("/announce/{}?{}", ann.passkey, Say::about(torrent));
    until(&tracker, &target, "").await;
    let now = UnixTime(START);
    world.store.ban(ann.user, "cheating", now).await.unwrap();
    until(&tracker, &target, "banned: cheating").await;
    world.store.unban(ann.user).await.unwrap();
    until(&tracker, &target, "").await;

    let (open, closed) = (TorrentState::default(), TorrentState::Closed);
    world.set_state(torrent, open, closed).await;
    until(&tracker, &target, "frozen").await;
    world.set_state(torrent, closed, open).await;
    until(&tracker, &target, "").await;

    let passkey = "f".repeat(32);
    world
        .store
        .reset_passkey(ann.user, &passkey.parse().unwrap())
        .await
        .unwrap();
    until(&tracker, &target, "passkey is unknown").await;
    let target = format!("/announce/{passkey}?{}", Say::about(torrent));
    until(&tracker, &target, "").await;

    let bob = world.member("Bob").await;
    let target = format!("/announce/{}?{}", bob.passkey, Say::about(torrent));
    until(&tracker, &target, "").await;
    let later = world.torrent(2).await;
    let target = format!("/announce/{}?{}", bob.passkey, Say::about(later));
    until(&tracker, &target, "").await;
    world
        .store
        .delete_topic(
            later.topic,
            &store::Deletion {
                by: ann.user,
                reason: "a copy of another".to_owned(),
                now: UnixTime(START),
            },
        )
        .await
        .unwrap();
    until(
        &tracker,
        &target,
        "this torrent was deleted from the site: a copy of another",
    )
    .await;
    // Its peers go, too.
    let gone = || (tracker.swarm.query_state(later.hash).leechers == 0).then_some(());
    eventually(async || gone()).await;
    tracker.stop().await;
}

#[tokio::test]
async fn what_a_front_end_says_holds_at_once() {
    let world = World::new().await;
    let store = &world.store;
    let now = UnixTime(START);
    let tracker = world.start().await;
    let key = "c0ffee".repeat(5).parse::<domain::Passkey>().unwrap();
    let (user, _) = store.add_foreign_user(7, &key, now).await.unwrap();
    let mut torrent = world.torrent(1).await;
    torrent.hash = bittorrent::InfoHash::from([0x77; 20]);
    let target = format!("/announce/{}?{}", key.as_str(), Say::about(torrent));
    until(&tracker, &target, "not registered").await;
    let new = store::NewRegistration {
        hashes: bittorrent::InfoHashes::from_v1(torrent.hash),
        private: true,
        by: user.user,
        now,
    };
    let (made, _) = store.register_torrent(&new).await.unwrap();
    until(&tracker, &target, "").await;
    let anonymous = format!("/announce?{}", Say::about(torrent));
    until(&tracker, &anonymous, "needs your passkey").await;

    let change = |change| async move {
        store.change_foreign_user(7, &change, now).await.unwrap();
    };
    let seeds_only = store::ForeignChange {
        may_download: Some(false),
        ..Default::default()
    };
    change(seeds_only).await;
    until(&tracker, &target, "may seed but not download").await;
    let seeder = Say {
        left: 0,
        ..Say::about(torrent)
    };
    let seeding = format!("/announce/{}?{seeder}", key.as_str());
    until(&tracker, &seeding, "").await;
    let leaving = Say {
        event: "stopped",
        ..Say::about(torrent)
    };
    let leaving = format!("/announce/{}?{leaving}", key.as_str());
    until(&tracker, &leaving, "").await;
    let banned = store::ForeignChange {
        ban: Some(Some("cheats".to_owned())),
        may_download: Some(true),
        ..Default::default()
    };
    change(banned).await;
    until(&tracker, &target, "your account is banned: cheats").await;
    let lifted = store::ForeignChange {
        ban: Some(None),
        ..Default::default()
    };
    change(lifted).await;
    until(&tracker, &target, "").await;

    let why = store::Deletion {
        by: user.user,
        reason: String::new(),
        now,
    };
    store.delete_registration(made.torrent, &why).await.unwrap();
    until(
        &tracker,
        &target,
        "deleted from the site: remove it from your client",
    )
    .await;
    // A tracker that starts only now knows it too.
    tracker.stop().await;
    let tracker = world.start().await;
    until(&tracker, &target, "was deleted").await;
    store.register_torrent(&new).await.unwrap();
    until(&tracker, &target, "").await;
    store.remove_foreign_user(7).await.unwrap();
    until(&tracker, &target, "passkey is unknown").await;
    tracker.stop().await;
}

#[tokio::test]
async fn what_was_heard_is_remembered_with_its_answer() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let activity = &tracker.activity;
    let target = format!("/announce/{}?{}", ann.passkey, Say::about(torrent));
    until(&tracker, &target, "").await;
    let mut udp = Udp::connect(tracker.udp).await;
    let path = format!("/announce/{}", ann.passkey);
    udp.announce(&Say::peer(2, torrent), Some(&path)).await;
    let user = swarm::UserId(ann.user.0);
    let mine = activity.recent(10, |heard| heard.user == Some(user));
    assert_eq!(mine.len(), 2);
    let protocols = [swarm::Protocol::Http, swarm::Protocol::Udp];
    for protocol in protocols {
        let heard = mine
            .iter()
            .find(|heard| heard.protocol == protocol)
            .unwrap();
        assert_eq!((heard.hash, heard.left), (torrent.hash, Some(1000)));
        assert!(matches!(heard.answer, swarm::Answer::Served { leechers, .. } if leechers > 0));
    }
    assert_eq!(activity.tally().served, [1, 1, 0]);

    // Of what threads hear within one second nobody can say what was first.
    world.seconds.fetch_add(1, Ordering::Relaxed);
    world
        .store
        .ban(ann.user, "cheating", UnixTime(START))
        .await
        .unwrap();
    until(&tracker, &target, "banned").await;
    let mine = activity.recent(1, |heard| heard.user == Some(user));
    assert_eq!(
        mine[0].answer,
        swarm::Answer::Refused("banned"),
        "whose it is, is known all the same"
    );
    let unknown = Say {
        hash: bittorrent::InfoHash::from([9; 20]),
        ..Say::about(torrent)
    };
    let asked = format!("/announce?{unknown}");
    until(&tracker, &asked, "not registered").await;
    assert_eq!(activity.most_asked(1)[0].hash, unknown.hash);
    tracker.get("/announce?nonsense").await;
    let reasons: Vec<_> = activity
        .tally()
        .refused
        .iter()
        .map(|(_, why, _)| *why)
        .collect();
    assert!(reasons.contains(&"banned") && reasons.contains(&"malformed"));
    tracker.stop().await;
}

/// What a client is told over HTTP and over UDP; empty when it is served.
async fn answers(tracker: &Running, udp: &mut Udp, path: &str, say: &Say) -> [String; 2] {
    let over_http = tracker.get(&format!("{path}?{say}")).await.failure();
    let over_udp = match udp.announce(say, Some(path)).await {
        Answer::Error(why) => Some(why),
        _ => None,
    };
    [over_http, over_udp].map(Option::unwrap_or_default)
}

/// What a client is told, when nothing is changing.
async fn told(tracker: &Running, udp: &mut Udp, path: &str, say: &Say) -> String {
    let [over_http, over_udp] = answers(tracker, udp, path, say).await;
    assert_eq!(over_http, over_udp, "{path}");
    over_http
}

async fn until_told(tracker: &Running, udp: &mut Udp, path: &str, say: &Say, expected: &str) {
    within(SOON, async {
        while answers(tracker, udp, path, say).await != [expected; 2] {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_forum_keeps_its_torrents_to_those_who_may_read_it() {
    let world = World::new().await;
    let now = UnixTime(START);
    let (ann, bob) = (world.member("Ann").await, world.member("Bob").await);
    let friends = NewGroup {
        name: "Friends".to_owned(),
        description: String::new(),
    };
    let friends = world.store.create_group(&friends, now).await.unwrap();
    world
        .store
        .add_to_group(friends, ann.user, now)
        .await
        .unwrap();
    let open = ForumRights::default();
    let hidden = ForumRights {
        see: Audience::Group(friends),
        ..open
    };
    let above = world.forum(None, hidden).await;
    // Public as far as the torrent and its own forum go: what hides it stands above.
    let below = world.forum(Some(above), open).await;
    let torrent = world.torrent_in(below, 1, false).await;
    let tracker = world.start().await;
    let mut udp = Udp::connect(tracker.udp).await;
    let say = Say::about(torrent);
    let unknown = Say {
        hash: [99; 20].into(),
        ..say.clone()
    };
    let (of_ann, of_bob) = (
        format!("/announce/{}", ann.passkey),
        format!("/announce/{}", bob.passkey),
    );
    assert_eq!(told(&tracker, &mut udp, &of_ann, &say).await, "");
    let nothing = told(&tracker, &mut udp, &of_bob, &unknown).await;
    assert!(nothing.contains("not registered"), "{nothing}");
    assert_eq!(told(&tracker, &mut udp, &of_bob, &say).await, nothing);
    assert_eq!(told(&tracker, &mut udp, "/announce", &say).await, nothing);
    let scrape = |who: &str| format!("/scrape{who}?info_hash={}", escape(say.hash.as_bytes()));
    let of = |passkey: &str| format!("/{passkey}");
    assert_eq!(tracker.refusal(&scrape(&of(&bob.passkey))).await, nothing);
    assert_eq!(tracker.refusal(&scrape("")).await, nothing);
    assert!(
        tracker
            .get(&scrape(&of(&ann.passkey)))
            .await
            .failure()
            .is_none()
    );
    let counted = udp.scrape(&[[1; 20], [99; 20]]).await;
    assert_eq!(counted, Answer::Scrape(vec![[0; 3], [0; 3]]));

    // Who comes into the group and who goes, what the forum allows, and where it stands: all of it
    // holds at once.
    world
        .store
        .add_to_group(friends, bob.user, now)
        .await
        .unwrap();
    until_told(&tracker, &mut udp, &of_bob, &say, "").await;
    world
        .store
        .remove_from_group(friends, bob.user)
        .await
        .unwrap();
    until_told(&tracker, &mut udp, &of_bob, &say, &nothing).await;
    world
        .store
        .move_forum(below, world.category, None, 0)
        .await
        .unwrap();
    until_told(&tracker, &mut udp, &of_bob, &say, "").await;
    assert_eq!(told(&tracker, &mut udp, "/announce", &say).await, "");
    let staff = ForumRights {
        download: Audience::Staff,
        ..open
    };
    world
        .store
        .update_forum(below, &details(staff))
        .await
        .unwrap();
    let closed = "your account may not download from the forum of this torrent: ask the staff";
    until_told(&tracker, &mut udp, &of_bob, &say, closed).await;
    let guest = told(&tracker, &mut udp, "/announce", &say).await;
    assert!(guest.contains("needs your passkey"), "{guest}");
    world.store.set_admin(bob.user, true).await.unwrap();
    until_told(&tracker, &mut udp, &of_bob, &say, "").await;
    let unread = ForumRights {
        read: Audience::Members,
        ..open
    };
    world
        .store
        .update_forum(below, &details(unread))
        .await
        .unwrap();
    until_told(&tracker, &mut udp, &of_ann, &say, "").await;
    assert_eq!(told(&tracker, &mut udp, "/announce", &say).await, nothing);
    tracker.stop().await;
}

#[tokio::test]
async fn the_interval_follows_the_settings_of_the_site() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let mut udp = Udp::connect(tracker.udp).await;
    let path = format!("/announce/{}", ann.passkey);
    let mut ask = async || {
        let say = Say::about(torrent);
        let over_http = tracker.announce(&path, &say).await.int("interval").unwrap();
        match udp.announce(&say, Some(&path)).await {
            Answer::Announce { interval, .. } => (over_http, interval),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(ask().await, (1800, 1800));
    let mut settings = world.store.site().settings.clone();
    settings.set("announce_interval", "900").unwrap();
    world.store.set_settings(&settings).await.unwrap();
    within(SOON, async {
        while ask().await != (900, 900) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    tracker.stop().await;
    // The next one begins with it.
    let tracker = world.start().await;
    let reply = tracker.announce(&path, &Say::about(torrent)).await;
    assert_eq!(reply.int("interval"), Some(900));
    tracker.stop().await;
}

#[tokio::test]
async fn refusals_say_why_and_when_to_come_back() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let say = Say::about(torrent);
    let reply = tracker.get(&format!("/announce?{say}")).await;
    assert!(reply.failure().unwrap().contains("needs your passkey"));
    assert_eq!(reply.bytes("retry in").unwrap(), b"never");
    let unknown = Say {
        hash: [9; 20].into(),
        ..say.clone()
    };
    let reply = tracker
        .get(&format!("/announce/{}?{unknown}", ann.passkey))
        .await;
    assert!(reply.failure().unwrap().contains("not registered"));
    assert_eq!(reply.int("retry in"), Some(30));
    let wrong = "0123456789abcdef0123456789abcdef";
    let sentence = tracker.refusal(&format!("/announce/{wrong}?{say}")).await;
    assert!(
        sentence.contains("unknown") && !sentence.contains(wrong),
        "{sentence}"
    );
    assert_eq!(tracker.swarm.totals().peers(), 0);
    tracker.stop().await;
}

#[tokio::test]
async fn public_torrents_need_no_passkey_and_count_for_nobody() {
    let world = World::new().await;
    let (torrent, ann) = (world.public_torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    tracker
        .announce("/announce", &Say::peer(1, torrent).totals(100, 100))
        .await;
    let path = format!("/announce/{}", ann.passkey);
    tracker
        .announce(&path, &Say::peer(2, torrent).totals(7, 3))
        .await;
    tracker.stop().await;
    assert_eq!(world.credit(&ann).await, (7, 3));
}

#[tokio::test]
async fn an_open_tracker_serves_any_hash() {
    let world = World::new().await;
    let tracker = world.start_as(Policy::Open, world.config()).await;
    let torrent = world.torrent(1).await;
    let any = Say {
        hash: [77; 20].into(),
        ..Say::about(torrent)
    };
    tracker.announce("/announce", &any).await;
    tracker.announce("/announce/leftover0123", &any).await;
    assert_eq!(tracker.swarm.totals().peers(), 1);
    tracker.stop().await;
}

#[tokio::test]
async fn a_tracker_without_a_store_serves_what_it_is_told_to() {
    let world = World::new().await;
    let mut deps = world.deps(Policy::Listed);
    deps.store = None;
    deps.access.set_lists([[5; 20].into()], []);
    let access = deps.access.clone();
    let tracker = tracker::bind(world.config(), deps).await.unwrap();
    let addr = tracker.http_addr();
    let stop = tokio_util::sync::CancellationToken::new();
    let task = tokio::spawn(tracker.run(stop.clone()));
    let torrent = world.torrent(1).await;
    let announce = async |hash: [u8; 20]| {
        let say = Say {
            hash: hash.into(),
            ..Say::about(torrent)
        };
        Http::connect(addr)
            .await
            .get(&format!("/announce?{say}"))
            .await
            .failure()
    };
    assert_eq!(announce([5; 20]).await, None);
    assert!(announce([6; 20]).await.unwrap().contains("does not serve"));
    access.set_lists([[6; 20].into()], []);
    assert_eq!(announce([6; 20]).await, None);
    stop.cancel();
    task.await.unwrap().unwrap();
}

#[tokio::test]
async fn why_a_torrent_is_frozen_is_told_to_those_who_may_know_of_it() {
    let world = World::new().await;
    let ann = world.member("Ann").await;
    let hidden = ForumRights {
        see: Audience::Staff,
        ..ForumRights::default()
    };
    let hidden = world.forum(None, hidden).await;
    let torrents = [
        world.public_torrent(1).await,
        world.torrent(2).await,
        world.torrent_in(hidden, 3, true).await,
        world.torrent_in(hidden, 4, false).await,
    ];
    for torrent in torrents {
        let (open, closed) = (TorrentState::default(), TorrentState::Closed);
        world.set_state(torrent, open, closed).await;
    }
    let tracker = world.start().await;
    let mut udp = Udp::connect(tracker.udp).await;
    let mine = format!("/announce/{}", ann.passkey);
    let unknown =
        "this torrent is not registered here: post it on the site first, or download it anew";
    for (torrent, guest, member) in [
        (torrents[0], "frozen", "frozen"),
        (torrents[1], "needs your passkey", "frozen"),
        (torrents[2], unknown, unknown),
        (torrents[3], unknown, unknown),
    ] {
        let say = Say::about(torrent);
        for (path, expected) in [("/announce", guest), (&mine, member)] {
            let why = told(&tracker, &mut udp, path, &say).await;
            assert!(why.contains(expected), "{path} {}: {why}", torrent.hash);
        }
        // The whole sentence, and to clients that send no path at all.
        let why = match udp.announce(&say, None).await {
            Answer::Error(why) => why,
            answer => panic!("{answer:?}"),
        };
        assert!(why.contains(guest), "{why}");
    }
    tracker.stop().await;
}
