//! What the tracker publishes to Redis, and what becomes of it when either is away.

use crate::world::*;
use cache::Cache;
use cache::testing::RedisServer;
use serde_json::{Value, json};
use std::sync::atomic::Ordering;
use std::time::Duration;
use swarm::Policy;
use tracker::Config;

/// A world that publishes to a Redis; `None` where there is none.
async fn with_redis() -> Option<(World, RedisServer)> {
    let redis = RedisServer::start()?;
    let mut world = World::new().await;
    world.cache = Cache::open(&redis.url()).unwrap();
    Some((world, redis))
}

/// What stands under a key now.
async fn read(redis: &RedisServer, key: &str) -> Option<Value> {
    let cache = Cache::open(&redis.url()).unwrap();
    let value = cache.read(&[key.to_owned()]).await.unwrap().remove(0)?;
    Some(serde_json::from_slice(&value).unwrap())
}

async fn eventually_reads(redis: &RedisServer, key: &str, expected: &Value) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let value = read(redis, key).await;
        if value.as_ref() == Some(expected) {
            return;
        }
        assert!(
            tokio::time::Instant::now() < deadline,
            "{key} is {value:?}, should be {expected}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn torrent_key(torrent: Torrent) -> String {
    format!("torrent::{}", torrent.hash)
}

fn peer(say: &Say, user: Option<&Member>, at: i64) -> Value {
    json!({
        "ip": "127.0.0.1",
        "port": say.port,
        "peer_id": hex(&[say.peer; 20]),
        "user_id": user.map(|member| member.user.0),
        "seeding": say.left == 0,
        "paused": false,
        "last_active": at,
    })
}

fn side(amount: u32, users: &[&Member]) -> Value {
    let users: Vec<i64> = users.iter().map(|member| member.user.0).collect();
    json!({"user_amount": amount, "users": users})
}

#[tokio::test]
async fn torrents_and_members_stand_there_field_by_field() {
    let Some((world, redis)) = with_redis().await else {
        return;
    };
    let (mira, ola) = (world.member("Mira").await, world.member("Ola").await);
    let torrent = world.public_torrent(1).await;
    let other = world.torrent(2).await;
    let tracker = world.start().await;
    let path = |member: &Member| format!("/announce/{}", member.passkey);
    let seed = Say {
        left: 0,
        ..Say::peer(1, torrent)
    }
    .totals(5000, 10);
    tracker.announce(&path(&mira), &seed).await;
    world.seconds.fetch_add(5, Ordering::Relaxed);
    let leech = Say::peer(2, torrent).totals(1, 600);
    tracker.announce(&path(&ola), &leech).await;
    let mine = Say::peer(3, other).totals(7, 0);
    tracker.announce(&path(&mira), &mine).await;

    let expected = json!({
        "info_hash": torrent.hash.to_string(),
        "user_id": world.admin.0,
        "peer_list": [peer(&seed, Some(&mira), START), peer(&leech, Some(&ola), START + 5)],
        "seeders": side(1, &[&mira]),
        "leechers": side(1, &[&ola]),
    });
    eventually_reads(&redis, &torrent_key(torrent), &expected).await;
    let expected = json!({
        "user_id": mira.user.0,
        "last_ip": "127.0.0.1",
        "last_active": START + 5,
        "active_torrents": {
            "seeding": 1,
            "leeching": 1,
            "torrents": [torrent.hash.to_string(), other.hash.to_string()],
        },
        "total_upload": 5007,
        "total_downloaded": 10,
    });
    let mira_key = format!("user::{}", mira.user);
    eventually_reads(&redis, &mira_key, &expected).await;
    let ttl = redis.ask(&["TTL", &torrent_key(torrent)]);
    assert!(ttl.contains(":36"), "an hour and a minute: {ttl}");

    // Who leaves is gone from both; a guest counts and is nobody.
    tracker
        .announce(&path(&mira), &seed.clone().event("stopped"))
        .await;
    let guest = Say::peer(4, torrent);
    tracker.announce("/announce", &guest).await;
    let expected = json!({
        "info_hash": torrent.hash.to_string(),
        "user_id": world.admin.0,
        "peer_list": [peer(&leech, Some(&ola), START + 5), peer(&guest, None, START + 5)],
        "seeders": side(0, &[]),
        "leechers": side(2, &[&ola]),
    });
    eventually_reads(&redis, &torrent_key(torrent), &expected).await;
    eventually(async || {
        let mira = read(&redis, &mira_key).await?;
        (mira["active_torrents"]["seeding"] == 0).then_some(())
    })
    .await;
    tracker.stop().await;
}

#[tokio::test]
async fn an_open_tracker_publishes_without_a_store() {
    let Some((world, redis)) = with_redis().await else {
        return;
    };
    for policy in [Policy::Open, Policy::Listed] {
        let mut deps = world.deps(policy);
        deps.store = None;
        let hash = bittorrent::InfoHash::from([policy as u8 + 1; 20]);
        deps.access.set_lists([hash], []);
        let limits = swarm::Config {
            identities: swarm::Identities::Contact,
            ..swarm::Config::default()
        };
        deps.swarm = std::sync::Arc::new(swarm::Swarm::new(limits, [1; 16]));
        let config = Config {
            journal_dir: world.path().join("none"),
            snapshot_path: None,
            ..world.config()
        };
        let tracker = world.start_with(config.clone(), deps.clone()).await;
        let say = Say {
            hash,
            ..Say::peer(1, world.public_torrent(policy as u8 + 50).await)
        };
        tracker.announce("/announce", &say).await;
        let key = format!("torrent::{hash}");
        let state = eventually(async || read(&redis, &key).await).await;
        assert_eq!(state["user_id"], Value::Null);
        assert_eq!(state["peer_list"][0]["port"], say.port);
        assert_eq!(state["peer_list"][0]["peer_id"], Value::Null);
        assert_eq!(state["leechers"], json!({"user_amount": 1, "users": []}));
        tracker.kill().await;

        // Without a snapshot, that is where it begins again.
        deps.swarm = std::sync::Arc::new(swarm::Swarm::new(swarm::Config::default(), [2; 16]));
        let tracker = world.start_with(config, deps).await;
        let back = || (tracker.swarm.query_state(hash).leechers == 1).then_some(());
        eventually(async || back()).await;
        tracker.stop().await;
    }
}

#[tokio::test]
async fn a_redis_that_was_away_gets_everything_anew() {
    let Some((world, mut redis)) = with_redis().await else {
        return;
    };
    redis.stop();
    let mira = world.member("Mira").await;
    let (one, two) = (world.torrent(1).await, world.torrent(2).await);
    let path = format!("/announce/{}", mira.passkey);
    let tracker = world.start().await;
    tracker.announce(&path, &Say::peer(1, one)).await;
    redis.start_again();
    let whole = async |torrent: Torrent, redis: &RedisServer| {
        eventually(async || {
            let state = read(redis, &torrent_key(torrent)).await?;
            (state["leechers"]["user_amount"] == 1).then_some(())
        })
        .await;
    };
    whole(one, &redis).await;
    tracker.announce(&path, &Say::peer(2, two)).await;
    whole(two, &redis).await;
    // Nobody announces: what is lost comes back by itself.
    for _ in 0..2 {
        redis.start_again();
        whole(one, &redis).await;
        whole(two, &redis).await;
        let user = format!("user::{}", mira.user);
        eventually(async || {
            let mira = read(&redis, &user).await?;
            (mira["active_torrents"]["leeching"] == 2).then_some(())
        })
        .await;
    }
    redis.stop();
    tracker
        .announce(&path, &Say::peer(1, one).totals(9, 9))
        .await;
    world.wait_for_credit(&mira, (9, 9)).await;
    tracker.stop().await;
}

#[tokio::test]
async fn a_tracker_without_a_snapshot_begins_where_it_was_published() {
    let Some((world, redis)) = with_redis().await else {
        return;
    };
    let mira = world.member("Mira").await;
    let (torrent, gone) = (world.torrent(1).await, world.torrent(2).await);
    let path = format!("/announce/{}", mira.passkey);
    let config = Config {
        snapshot_path: None,
        ..world.config()
    };
    let tracker = world.start_as(Policy::Registered, config.clone()).await;
    for peer in 1..=5 {
        let say = Say::peer(peer, torrent);
        let left = u64::from(peer % 2);
        tracker.announce(&path, &Say { left, ..say }).await;
    }
    tracker.announce(&path, &Say::peer(1, gone)).await;
    for (torrent, leechers) in [(torrent, 3), (gone, 1)] {
        eventually(async || {
            let state = read(&redis, &torrent_key(torrent)).await?;
            (state["leechers"]["user_amount"] == leechers).then_some(())
        })
        .await;
    }
    tracker.kill().await;
    world.delete(&gone).await;
    // Whatever else stands there does no harm.
    for (key, value) in [
        ("torrent::", "{}"),
        ("torrent::zz", "{}"),
        (&torrent_key(gone).to_uppercase(), "[]"),
        ("torrent::0000000000000000000000000000000000000000", "\u{0}"),
    ] {
        redis.ask(&["SET", key, value]);
    }
    redis.ask(&[
        "RPUSH",
        "torrent::1111111111111111111111111111111111111111",
        "x",
    ]);

    let tracker = world.start_as(Policy::Registered, config).await;
    assert_eq!(tracker.swarm.totals().peers(), 5);
    let counts = tracker.swarm.query_state(torrent.hash);
    assert_eq!((counts.seeders, counts.leechers), (2, 3));
    let asker = Say::peer(9, torrent);
    let reply = tracker.announce(&path, &asker).await;
    assert_eq!(reply.peers().len(), 5);
    // Who comes back is who was there.
    tracker.announce(&path, &Say::peer(1, torrent)).await;
    assert_eq!(tracker.swarm.query_state(torrent.hash).leechers, 4);
    tracker.stop().await;
}

#[tokio::test]
async fn a_snapshot_goes_before_what_was_published() {
    let Some((world, redis)) = with_redis().await else {
        return;
    };
    let (one, two) = (world.public_torrent(1).await, world.public_torrent(2).await);
    let tracker = world.start().await;
    tracker.announce("/announce", &Say::peer(1, one)).await;
    tracker.stop().await;
    let state = read(&redis, &torrent_key(one)).await.unwrap();
    redis.ask(&["SET", &torrent_key(two), &state.to_string()]);
    let tracker = world.start().await;
    assert_eq!(tracker.swarm.totals().peers(), 1);
    tracker.stop().await;
    // But one of long ago says nothing.
    world.seconds.fetch_add(3 * 1800, Ordering::Relaxed);
    let now = START + 3 * 1800;
    let fresh = state
        .to_string()
        .replace(&START.to_string(), &now.to_string());
    redis.ask(&["SET", &torrent_key(two), &fresh]);
    let tracker = world.start().await;
    assert_eq!(tracker.swarm.query_state(two.hash).leechers, 1);
    assert_eq!(tracker.swarm.totals().peers(), 1);
    tracker.stop().await;
}

#[tokio::test]
async fn a_torrent_that_is_deleted_is_no_longer_published() {
    let Some((world, redis)) = with_redis().await else {
        return;
    };
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    tracker.announce("/announce", &Say::peer(1, torrent)).await;
    eventually(async || read(&redis, &torrent_key(torrent)).await).await;
    world.delete(&torrent).await;
    eventually(async || match read(&redis, &torrent_key(torrent)).await {
        None => Some(()),
        Some(_) => None,
    })
    .await;
    tracker.stop().await;
}
