//! What clients report is credited exactly once, whatever ends when.

use crate::udp_client::Udp;
use crate::world::*;
use std::fs;
use std::sync::atomic::Ordering;
use tracker::Config;

#[tokio::test]
async fn reports_are_credited_within_moments() {
    let world = World::new().await;
    let torrent = world.torrent(1).await;
    let (ann, bob) = (world.member("Ann").await, world.member("Bob").await);
    let tracker = world.start().await;
    let (from_ann, from_bob) = (
        format!("/announce/{}", ann.passkey),
        format!("/announce/{}", bob.passkey),
    );
    let seed = |up| Say {
        left: 0,
        ..Say::peer(1, torrent).totals(up, 0)
    };
    tracker.announce(&from_ann, &seed(0).event("started")).await;
    tracker
        .announce(&from_bob, &Say::peer(2, torrent).event("started"))
        .await;
    tracker.announce(&from_ann, &seed(1000)).await;
    let done = Say {
        left: 0,
        ..Say::peer(2, torrent).totals(10, 1000)
    };
    tracker
        .announce(&from_bob, &done.clone().event("completed"))
        .await;
    world.wait_for_credit(&ann, (1000, 0)).await;
    world.wait_for_credit(&bob, (10, 1000)).await;
    tracker
        .announce(&from_bob, &done.totals(30, 1000).event("stopped"))
        .await;
    world.wait_for_credit(&bob, (30, 1000)).await;
    // A new session of the same client begins at zero again.
    tracker.announce(&from_ann, &seed(0).event("started")).await;
    tracker.announce(&from_ann, &seed(50)).await;
    world.wait_for_credit(&ann, (1050, 0)).await;
    tracker.stop().await;
    assert_eq!(world.store.doctor().await.unwrap(), []);
}

#[tokio::test]
async fn counters_reach_the_topic() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let path = format!("/announce/{}", ann.passkey);
    tracker.announce(&path, &Say::peer(1, torrent)).await;
    tracker
        .announce(
            &path,
            &Say {
                left: 0,
                ..Say::peer(2, torrent)
            },
        )
        .await;
    let done = Say {
        left: 0,
        ..Say::peer(1, torrent).event("completed")
    };
    tracker.announce(&path, &done).await;
    eventually(async || (counters(&world, torrent).await == (2, 0, 1)).then_some(())).await;
    // The swarm is lost in a crash: the topic must not go on showing it.
    tracker.kill().await;
    let tracker = world.start().await;
    assert_eq!(counters(&world, torrent).await, (0, 0, 1));
    assert_eq!(tracker.swarm.query_state(torrent.hash).completed, 1);
    tracker.announce(&path, &Say::peer(1, torrent)).await;
    eventually(async || (counters(&world, torrent).await == (0, 1, 1)).then_some(())).await;
    tracker.stop().await;
    let tracker = world.start().await;
    assert_eq!(counters(&world, torrent).await, (0, 1, 1));
    tracker.stop().await;
}

/// Seeders, leechers and completed downloads, as the site shows them.
async fn counters(world: &World, torrent: Torrent) -> (u64, u64, u64) {
    let guest = domain::Viewer::guest();
    let place = world
        .store
        .torrent_by_hash(&guest, torrent.hash)
        .await
        .unwrap()
        .torrent;
    (place.seeders, place.leechers, place.completed)
}

#[tokio::test]
async fn the_journal_can_be_looked_at_while_it_is_in_use() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let journal = world.path().join("journal");
    assert_eq!(
        tracker::inspect_journal(&journal).unwrap(),
        Default::default()
    );
    let tracker = world.start_without_flushing().await;
    for up in 1..=3 {
        let path = format!("/announce/{}", ann.passkey);
        tracker
            .announce(&path, &Say::about(torrent).totals(up, 0))
            .await;
    }
    let found = tracker::inspect_journal(&journal).unwrap();
    assert_eq!((found.segments, found.records, found.torn), (1, 3, 0));
    tracker.stop().await;
    assert_eq!(tracker::inspect_journal(&journal).unwrap().records, 0);
}

/// Kills the tracker again and again, at every point a report can have reached.
#[tokio::test]
async fn nothing_that_was_answered_is_lost_to_a_crash() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let path = format!("/announce/{}", ann.passkey);
    let (mut up, mut down) = (0, 0);
    for round in 0..8 {
        // Some runs flush, some never do, and they end at once after the last answer.
        let tracker = if round % 2 == 0 {
            world.start_without_flushing().await
        } else {
            world.start().await
        };
        for step in 0..10 {
            let event = if (round, step) == (0, 0) {
                "started"
            } else {
                ""
            };
            tracker
                .announce(&path, &Say::about(torrent).totals(up, down).event(event))
                .await;
            if step < 9 {
                (up, down) = (up + 100 + round, down + 7);
            }
        }
        tracker.kill().await;
    }
    let tracker = world.start().await;
    world.wait_for_credit(&ann, (up, down)).await;
    tracker.stop().await;
    assert_eq!(world.credit(&ann).await, (up, down));
    assert_eq!(world.store.doctor().await.unwrap(), []);
}

#[tokio::test]
async fn a_last_stopped_and_a_new_session_survive_a_crash_each() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let path = format!("/announce/{}", ann.passkey);
    let say = |up, event| Say::about(torrent).totals(up, 0).event(event);
    let tracker = world.start_without_flushing().await;
    tracker.announce(&path, &say(0, "started")).await;
    tracker.announce(&path, &say(500, "stopped")).await;
    tracker.kill().await;
    let tracker = world.start_without_flushing().await;
    tracker.announce(&path, &say(0, "started")).await;
    tracker.announce(&path, &say(20, "stopped")).await;
    tracker.kill().await;
    // Everything is in one journal now: two sessions, one after the other.
    let tracker = world.start().await;
    world.wait_for_credit(&ann, (520, 0)).await;
    tracker.stop().await;
    let logs = fs::read_dir(world.path().join("journal")).unwrap();
    let left = logs.filter(|log| {
        log.as_ref()
            .unwrap()
            .path()
            .extension()
            .is_some_and(|e| e == "log")
    });
    assert_eq!(left.count(), 0, "what is credited needs no journal");
}

#[tokio::test]
async fn a_torn_journal_costs_the_torn_record_only() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let path = format!("/announce/{}", ann.passkey);
    let tracker = world.start_without_flushing().await;
    for up in [100, 200, 300] {
        tracker
            .announce(&path, &Say::about(torrent).totals(up, 0))
            .await;
    }
    tracker.kill().await;
    for log in fs::read_dir(world.path().join("journal")).unwrap() {
        let log = log.unwrap().path();
        if log.extension().is_some_and(|extension| extension == "log") {
            // The end of the last record, before the room that was not used.
            let bytes = fs::read(&log).unwrap();
            let end = bytes.iter().rposition(|byte| *byte != 0).unwrap();
            let file = fs::OpenOptions::new().write(true).open(&log).unwrap();
            file.set_len(end as u64).unwrap();
        }
    }
    let tracker = world.start().await;
    world.wait_for_credit(&ann, (200, 0)).await;
    // The client says its totals again, and all is well.
    tracker
        .announce(&path, &Say::about(torrent).totals(350, 0))
        .await;
    world.wait_for_credit(&ann, (350, 0)).await;
    tracker.stop().await;
}

#[tokio::test]
async fn a_store_that_is_down_costs_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", dir.path().join("site.db").display());
    let mut world = World::on(&url).await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let path = format!("/announce/{}", ann.passkey);
    let tracker = world.start().await;
    tracker
        .announce(&path, &Say::about(torrent).totals(10, 0))
        .await;
    world.wait_for_credit(&ann, (10, 0)).await;
    world.store.close().await;
    let mut client = Udp::connect(tracker.udp).await;
    for up in [20, 30, 40] {
        tracker
            .announce(&path, &Say::about(torrent).totals(up, 0))
            .await;
        client
            .announce(&Say::peer(2, torrent).totals(up, 1), Some(&path))
            .await
            .counts();
    }
    tracker.stop().await;
    world.store = store::Store::open(&url, store::Options::default())
        .await
        .unwrap();
    assert_eq!(world.credit(&ann).await, (10, 0));
    let tracker = world.start().await;
    world.wait_for_credit(&ann, (80, 1)).await;
    tracker.stop().await;
}

#[tokio::test]
async fn a_journal_that_cannot_be_written_refuses_rather_than_forgets() {
    let world = World::new().await;
    let (torrent, public) = (world.torrent(1).await, world.public_torrent(2).await);
    let ann = world.member("Ann").await;
    let path = format!("/announce/{}", ann.passkey);
    // Every record begins a new segment, and there is no place for one.
    let config = Config {
        journal_segment: 1,
        ..world.config()
    };
    let tracker = world.start_as(swarm::Policy::Registered, config).await;
    tracker
        .announce(&path, &Say::about(torrent).totals(10, 0))
        .await;
    world.wait_for_credit(&ann, (10, 0)).await;
    let (journal, aside) = (world.path().join("journal"), world.path().join("aside"));
    fs::rename(&journal, &aside).unwrap();
    let before = tracker.swarm.query_state(torrent.hash);
    for _ in 0..2 {
        let say = Say::peer(2, torrent).totals(500, 0);
        let reply = tracker.get(&format!("{path}?{say}")).await;
        assert!(reply.failure().unwrap().contains("cannot write down"));
        assert_eq!(reply.int("retry in"), Some(2));
    }
    assert_eq!(
        tracker.swarm.query_state(torrent.hash),
        before,
        "a refusal changes nothing"
    );
    tracker.announce("/announce", &Say::about(public)).await;
    fs::rename(&aside, &journal).unwrap();
    tracker
        .announce(&path, &Say::about(torrent).totals(20, 0))
        .await;
    world.wait_for_credit(&ann, (20, 0)).await;
    tracker.stop().await;
}

/// A hybrid is announced under both of its hashes, by two clients, each also over UDP.
#[tokio::test]
async fn what_is_said_twice_counts_once() {
    let world = World::new().await;
    let (torrent, ann) = (world.hybrid(1).await, world.member("Ann").await);
    let tracker = world.start_without_flushing().await;
    let path = format!("/announce/{}", ann.passkey);
    let second = Torrent {
        hash: torrent.second.unwrap(),
        ..torrent
    };
    for (seconds, up) in [(0, 0), (600, 100), (1200, 250)] {
        world.seconds.store(START + seconds, Ordering::Relaxed);
        for peer in [1, 2] {
            for torrent in [torrent, second] {
                let say = Say {
                    left: 0,
                    ..Say::peer(peer, torrent).totals(up, 7)
                };
                tracker.announce(&path, &say).await;
                let mut udp = Udp::connect(tracker.udp).await;
                udp.announce(&say, Some(&path)).await;
            }
        }
    }
    tracker.stop().await;
    let shares = world
        .store
        .shares_of_user(ann.user, domain::TorrentId(0), 9)
        .await;
    let [share] = &shares.unwrap()[..] else {
        panic!("one share");
    };
    assert_eq!(share.torrent, torrent.id);
    let share = &share.share;
    assert_eq!((share.uploaded, share.downloaded), (500, 14));
    assert_eq!((share.seeding_seconds, share.leeching_seconds), (1200, 0));
    assert_eq!(world.credit(&ann).await, (500, 14));
}

#[tokio::test]
async fn a_user_completes_a_torrent_once_with_any_number_of_clients() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let path = format!("/announce/{}", ann.passkey);
    let done = |peer| Say {
        left: 0,
        ..Say::peer(peer, torrent).event("completed")
    };
    let tracker = world.start().await;
    let downloaded = async |peer| tracker.announce(&path, &done(peer)).await.int("downloaded");
    assert_eq!(downloaded(1).await, Some(1));
    assert_eq!(downloaded(2).await, Some(1));
    eventually(async || (counters(&world, torrent).await.2 == 1).then_some(())).await;
    assert_eq!(downloaded(3).await, Some(1));
    tracker.kill().await;
    // The tracker that begins now counts it for the moment, until the store has said its word.
    let tracker = world.start().await;
    tracker.announce(&path, &done(4)).await;
    let completed = || tracker.swarm.query_state(torrent.hash).completed;
    eventually(async || (completed() == 1).then_some(())).await;
    assert_eq!(counters(&world, torrent).await.2, 1);
    tracker.stop().await;
}

#[tokio::test]
async fn a_completion_that_a_crash_kept_from_the_store_counts_once() {
    for (private, remembered) in [(true, true), (true, false), (false, true), (false, false)] {
        let world = World::new().await;
        let torrent = match private {
            true => world.torrent(1).await,
            false => world.public_torrent(1).await,
        };
        let ann = world.member("Ann").await;
        let done = Say {
            left: 0,
            ..Say::peer(1, torrent).event("completed")
        };
        let path = format!("/announce/{}", ann.passkey);
        let tracker = world.start_without_flushing().await;
        tracker.announce(&path, &done).await;
        tracker.kill().await;
        if !remembered {
            let _ = fs::remove_file(world.path().join("swarm.snapshot"));
        }
        assert_eq!(counters(&world, torrent).await.2, 0);
        // From the first moment on, and whatever is credited when; the client asks again, too.
        let tracker = world.start().await;
        let completed = || tracker.swarm.query_state(torrent.hash).completed;
        assert_eq!(completed(), 1, "{private} {remembered}");
        tracker.announce(&path, &done).await;
        assert_eq!(completed(), 1, "{private} {remembered}");
        eventually(async || (counters(&world, torrent).await.2 == 1).then_some(())).await;
        assert_eq!(completed(), 1, "{private} {remembered}");
        tracker.stop().await;
        assert_eq!(counters(&world, torrent).await.2, 1);
        assert_eq!(world.store.doctor().await.unwrap(), []);
    }
}

#[tokio::test]
async fn a_completion_that_was_counted_for_the_moment_does_not_survive_a_crash() {
    let world = World::new().await;
    let (torrent, ann) = (world.public_torrent(1).await, world.member("Ann").await);
    let path = format!("/announce/{}", ann.passkey);
    let done = |peer| Say {
        left: 0,
        ..Say::peer(peer, torrent).event("completed")
    };
    let tracker = world.start().await;
    tracker.announce(&path, &done(1)).await;
    tracker.stop().await;
    assert_eq!(counters(&world, torrent).await.2, 1);
    // Again, from another client; the snapshot is written before the store has said its word.
    let tracker = world.start_without_flushing().await;
    tracker.announce(&path, &done(2)).await;
    let mut snapshot = Vec::new();
    tracker.swarm.snapshot(&mut snapshot).unwrap();
    assert_eq!(tracker.swarm.query_state(torrent.hash).completed, 2);
    tracker.kill().await;
    fs::write(world.path().join("swarm.snapshot"), snapshot).unwrap();
    for _ in 0..2 {
        let tracker = world.start().await;
        let completed = || tracker.swarm.query_state(torrent.hash).completed;
        eventually(async || (completed() == 1).then_some(())).await;
        tracker.stop().await;
        assert_eq!(counters(&world, torrent).await.2, 1);
    }
}

#[tokio::test]
async fn factors_hold_from_the_next_announce_on() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let path = format!("/announce/{}", ann.passkey);
    let tracker = world.start().await;
    let say = async |up, down| {
        let say = Say::about(torrent).totals(up, down);
        tracker.announce(&path, &say).await;
    };
    say(10, 10).await;
    world.wait_for_credit(&ann, (10, 10)).await;
    let silver = domain::Factors::new(200, 50).unwrap();
    let told = async |percent: (u16, u16)| {
        let access = || {
            tracker
                .access
                .decide(torrent.hash, Some(&ann.passkey))
                .unwrap()
        };
        let now = || (access().upload_percent, access().download_percent);
        eventually(async || (now() == percent).then_some(())).await;
    };
    world
        .store
        .set_torrent_factors(torrent.id, silver)
        .await
        .unwrap();
    told((200, 50)).await;
    say(20, 20).await;
    world.wait_for_credit(&ann, (30, 15)).await;
    let free = domain::SiteSettings {
        freeleech_until: Some(domain::UnixTime(START + 60)),
        upload_speed_limit: 1,
        ..Default::default()
    };
    world.store.set_settings(&free).await.unwrap();
    let normal = domain::Factors::default();
    // Told after the settings were.
    world
        .store
        .set_torrent_factors(torrent.id, normal)
        .await
        .unwrap();
    told((100, 100)).await;
    say(30, 30).await;
    world.wait_for_credit(&ann, (40, 15)).await;
    world.seconds.fetch_add(60, Ordering::Relaxed);
    say(30, 40).await;
    world.wait_for_credit(&ann, (40, 25)).await;
    say(1030, 40).await;
    let waits = async || world.store.suspicions(None, 9).await.unwrap().pop();
    let suspicion = eventually(waits).await;
    assert_eq!((suspicion.user, suspicion.uploaded), (ann.user, 1000));
    assert_eq!(world.credit(&ann).await, (40, 25));
    tracker.stop().await;
}
