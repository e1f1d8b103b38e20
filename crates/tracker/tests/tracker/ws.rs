//! Announces over WebSocket: browsers among themselves and beside other clients.

use crate::world::*;
use crate::ws_client::*;
use bittorrent::InfoHash;
use domain::TorrentState;
use serde_json::json;
use std::time::Duration;
use swarm::Policy;
use tokio::net::TcpStream;
use tracker::Config;

const HASH: [u8; 20] = [0xe9; 20];

fn hash() -> InfoHash {
    InfoHash::from(HASH)
}

async fn open_tracker(world: &World) -> Running {
    world.start_as(Policy::Open, world.config()).await
}

#[tokio::test]
async fn browsers_and_native_clients_are_counted_in_one_swarm() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let native = Say {
        left: 0,
        ..Say::peer(1, torrent)
    };
    tracker.announce("/announce", &native).await;
    let mut browser = Browser::open(&tracker).await;
    let answer = browser.ask(&announce(torrent, 2, 0)).await;
    assert_eq!(
        answer,
        json!({"action": "announce", "interval": 120, "complete": 1, "incomplete": 1,
            "info_hash": text(torrent.hash.as_bytes())})
    );
    // It cannot be dialled, so nobody is told where it is.
    let other = tracker.announce("/announce", &Say::peer(3, torrent)).await;
    assert_eq!(other.counts(), (1, 2));
    assert_eq!(other.peers(), ["127.0.0.1:7001".parse().unwrap()]);
    let done = with(
        announce(torrent, 2, 0),
        json!({"left": 0, "downloaded": 1000, "event": "completed"}),
    );
    assert_eq!(browser.announce(&done).await, (2, 1));
    let scrape = json!({"action": "scrape", "info_hash": text(torrent.hash.as_bytes())});
    let counts = json!({"complete": 2, "incomplete": 1, "downloaded": 1});
    assert_eq!(
        browser.ask(&scrape).await,
        json!({"action": "scrape", "files": {text(torrent.hash.as_bytes()): counts},
            "flags": {"min_request_interval": 300}})
    );
    let stopped = with(announce(torrent, 2, 0), json!({"event": "stopped"}));
    assert_eq!(browser.announce(&stopped).await, (1, 1));
    tracker.stop().await;
}

#[tokio::test]
async fn an_offer_reaches_another_and_its_answer_comes_back() {
    let world = World::new().await;
    let tracker = open_tracker(&world).await;
    let mut first = Browser::open(&tracker).await;
    let mut second = Browser::open(&tracker).await;
    assert_eq!(first.announce(&announce_hash(hash(), 1, 3)).await, (0, 1));
    first.heard_all().await;
    assert_eq!(second.announce(&announce_hash(hash(), 2, 3)).await, (0, 2));
    let offer = first.hear().await;
    assert_eq!(
        offer,
        json!({"action": "announce", "info_hash": text(&HASH), "peer_id": text(&[2; 20]),
            "offer_id": text(&[[2; 10], [0; 10]].concat()),
            "offer": {"type": "offer", "sdp": "offer 0 of 2"}})
    );
    // One offer for one other, however many there were.
    first.heard_all().await;
    first.say(&answer_to(&offer, 1)).await;
    assert_eq!(
        second.hear().await,
        json!({"action": "announce", "info_hash": text(&HASH), "peer_id": text(&[1; 20]),
            "offer_id": text(&[[2; 10], [0; 10]].concat()),
            "answer": {"type": "answer", "sdp": "answer of 1"}})
    );
    first.heard_all().await;
    second.heard_all().await;
    tracker.stop().await;
}

#[tokio::test]
async fn offers_go_to_different_others_and_as_many_as_were_wanted() {
    let world = World::new().await;
    let config = Config {
        ws_offers: 4,
        ..world.config()
    };
    let tracker = world.start_as(Policy::Open, config).await;
    let mut others = Vec::new();
    for peer in 1..=8 {
        let mut browser = Browser::open(&tracker).await;
        browser.announce(&announce_hash(hash(), peer, 0)).await;
        others.push(browser);
    }
    let mut asker = Browser::open(&tracker).await;
    let wanted = |offers: u8, numwant| {
        with(
            announce_hash(hash(), 100, offers),
            json!({"numwant": numwant}),
        )
    };
    for (announce, expected) in [
        (wanted(3, json!(3)), 3),
        (wanted(3, json!(2)), 2),
        (wanted(3, json!(null)), 3),
        (wanted(3, json!(0)), 0),
        (wanted(10, json!(10)), 4),
    ] {
        asker.announce(&announce).await;
        let mut heard = 0;
        for other in &mut others {
            // Between offers and this there is nothing.
            let next = other.ask(&json!({"action": "nothing"})).await;
            if next["offer"].is_object() {
                heard += 1;
                assert_eq!(next["peer_id"], text(&[100; 20]));
                assert!(
                    other.hear().await["failure reason"].is_string(),
                    "one offer each"
                );
            }
        }
        assert_eq!(heard, expected, "{announce}");
    }
    asker.heard_all().await;
    tracker.stop().await;
}

#[tokio::test]
async fn seeders_are_not_given_the_offers_of_seeders() {
    let world = World::new().await;
    let tracker = open_tracker(&world).await;
    let seed = |peer| with(announce_hash(hash(), peer, 5), json!({"left": 0}));
    let mut first = Browser::open(&tracker).await;
    let mut second = Browser::open(&tracker).await;
    let mut leecher = Browser::open(&tracker).await;
    first.announce(&seed(1)).await;
    leecher.announce(&announce_hash(hash(), 3, 0)).await;
    second.announce(&seed(2)).await;
    assert_eq!(leecher.hear().await["peer_id"], text(&[2; 20]));
    first.heard_all().await;
    leecher.announce(&announce_hash(hash(), 3, 5)).await;
    assert_eq!(first.hear().await["peer_id"], text(&[3; 20]));
    assert_eq!(second.hear().await["peer_id"], text(&[3; 20]));
    tracker.stop().await;
}

#[tokio::test]
async fn nothing_crosses_from_one_swarm_to_another() {
    let world = World::new().await;
    let tracker = open_tracker(&world).await;
    let other = InfoHash::from([7; 20]);
    let mut first = Browser::open(&tracker).await;
    let mut second = Browser::open(&tracker).await;
    first.announce(&announce_hash(hash(), 1, 5)).await;
    assert_eq!(second.announce(&announce_hash(other, 2, 5)).await, (0, 1));
    first.heard_all().await;
    // An answer into a swarm that one is not in, and one to a peer of another swarm.
    let offer = json!({"info_hash": text(&HASH), "peer_id": text(&[1; 20]),
        "offer_id": text(&[9; 20])});
    assert_eq!(
        second.refusal(&answer_to(&offer, 2)).await,
        "announce the torrent before you answer offers for it"
    );
    let offer = with(offer, json!({"info_hash": text(&[7; 20])}));
    second.say(&answer_to(&offer, 2)).await;
    second.heard_all().await;
    first.heard_all().await;
    tracker.stop().await;
}

#[tokio::test]
async fn a_browser_that_goes_away_has_left_at_once() {
    let world = World::new().await;
    let tracker = open_tracker(&world).await;
    let mut first = Browser::open(&tracker).await;
    let mut second = Browser::open(&tracker).await;
    first.announce(&announce_hash(hash(), 1, 0)).await;
    first
        .announce(&announce_hash(InfoHash::from([7; 20]), 1, 0))
        .await;
    assert_eq!(second.announce(&announce_hash(hash(), 2, 0)).await, (0, 2));
    drop(first);
    eventually(async || (tracker.swarm.totals().peers() == 1).then_some(())).await;
    assert_eq!(second.announce(&announce_hash(hash(), 2, 5)).await, (0, 1));
    second.heard_all().await;
    second.socket.close(None).await.unwrap();
    assert_eq!(second.close_code().await, Some(1000));
    eventually(async || (tracker.swarm.totals().peers() == 0).then_some(())).await;
    tracker.stop().await;
}

#[tokio::test]
async fn clients_of_one_page_share_a_connection_and_meet() {
    let world = World::new().await;
    let tracker = open_tracker(&world).await;
    let mut page = Browser::open(&tracker).await;
    assert_eq!(page.announce(&announce_hash(hash(), 1, 5)).await, (0, 1));
    assert_eq!(page.announce(&announce_hash(hash(), 2, 5)).await, (0, 2));
    let offer = page.hear().await;
    assert_eq!(offer["peer_id"], text(&[2; 20]));
    page.say(&answer_to(&offer, 1)).await;
    assert_eq!(page.hear().await["answer"]["sdp"], "answer of 1");
    let stopped = with(announce_hash(hash(), 1, 0), json!({"event": "stopped"}));
    assert_eq!(page.announce(&stopped).await, (0, 1));
    page.announce(&announce_hash(hash(), 2, 5)).await;
    page.heard_all().await;
    tracker.stop().await;
}

#[tokio::test]
async fn a_passkey_in_the_address_says_whose_browser_it_is() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    for path in [
        format!("/announce/{}", ann.passkey),
        format!("/{}/announce", ann.passkey),
    ] {
        let mut browser = Browser::open_at(&tracker, &path).await;
        let started = with(announce(torrent, 1, 0), json!({"event": "started"}));
        assert_eq!(browser.announce(&started).await, (0, 1));
        let later = json!({"uploaded": 500, "downloaded": 700, "left": 300});
        browser
            .announce(&with(announce(torrent, 1, 0), later))
            .await;
        drop(browser);
        eventually(async || (tracker.swarm.totals().peers() == 0).then_some(())).await;
    }
    // Twice the same session: counted twice, since each began anew. What closing reports adds nothing.
    world.wait_for_credit(&ann, (1000, 1400)).await;
    let mut nobody = Browser::open(&tracker).await;
    let refused = nobody.refusal(&announce(torrent, 2, 0)).await;
    assert_eq!(refused, tracker_words(&tracker, torrent).await);
    tracker.stop().await;
    assert_eq!(world.credit(&ann).await, (1000, 1400));
}

/// What somebody without a passkey is told over HTTP.
async fn tracker_words(tracker: &Running, torrent: Torrent) -> String {
    tracker
        .refusal(&format!("/announce?{}", Say::about(torrent)))
        .await
}

#[tokio::test]
async fn who_is_refused_hears_why_and_gets_no_offers() {
    let world = World::new().await;
    let (torrent, ann) = (world.torrent(1).await, world.member("Ann").await);
    let tracker = world.start().await;
    let path = format!("/announce/{}", ann.passkey);
    let mut ann = Browser::open_at(&tracker, &path).await;
    let mut other = Browser::open_at(&tracker, &path).await;
    ann.announce(&announce(torrent, 1, 0)).await;
    other.announce(&announce(torrent, 2, 0)).await;
    let unknown = announce_hash(InfoHash::from([9; 20]), 1, 1);
    let refused = ann.ask(&unknown).await;
    assert_eq!(refused["action"], "announce");
    assert_eq!(refused["info_hash"], text(&[9; 20]));
    assert!(refused["failure reason"].is_string(), "{refused}");
    let (from, to) = (TorrentState::default(), TorrentState::Closed);
    world.set_state(torrent, from, to).await;
    let frozen = eventually(async || {
        let reply = tracker
            .get(&format!("{path}?{}", Say::peer(3, torrent)))
            .await;
        reply.failure()
    })
    .await;
    assert_eq!(ann.refusal(&announce(torrent, 1, 5)).await, frozen);
    other.heard_all().await;
    let mut wrong = Browser::open_at(&tracker, "/announce/short").await;
    let refused = wrong.refusal(&announce(torrent, 4, 0)).await;
    assert!(refused.contains("passkey"), "{refused}");
    tracker.stop().await;
}

#[tokio::test]
async fn a_peer_id_in_use_elsewhere_is_not_taken_over() {
    let world = World::new().await;
    let tracker = open_tracker(&world).await;
    let mut victim = Browser::open(&tracker).await;
    victim.announce(&announce_hash(hash(), 1, 0)).await;
    let mut thief = Browser::open_from(&tracker, [127, 0, 0, 66]).await;
    assert_eq!(
        thief.refusal(&announce_hash(hash(), 1, 0)).await,
        "another client in this swarm uses the same peer id: reload the page"
    );
    // The same browser over a new connection, while the old one is not known to be dead.
    let mut again = Browser::open(&tracker).await;
    again.announce(&announce_hash(hash(), 1, 0)).await;
    let mut other = Browser::open(&tracker).await;
    other.announce(&announce_hash(hash(), 2, 1)).await;
    assert_eq!(again.hear().await["offer"]["sdp"], "offer 0 of 2");
    victim.heard_all().await;
    tracker.stop().await;
}

#[tokio::test]
async fn several_torrents_are_scraped_at_once_and_hidden_ones_left_out() {
    let world = World::new().await;
    let (public, private) = (world.public_torrent(1).await, world.torrent(2).await);
    let tracker = world.start().await;
    let mut browser = Browser::open(&tracker).await;
    browser.announce(&announce(public, 1, 0)).await;
    let [shown, hidden] = [public, private].map(|torrent| text(torrent.hash.as_bytes()));
    let both = json!({"action": "scrape", "info_hash": [shown, hidden]});
    let answer = browser.ask(&both).await;
    let counts = json!({"complete": 0, "incomplete": 1, "downloaded": 0});
    assert_eq!(answer["files"], json!({shown: counts}));
    let one = json!({"action": "scrape", "info_hash": hidden});
    let refused = browser.ask(&one).await;
    assert_eq!(refused["action"], "scrape");
    assert!(refused["failure reason"].is_string(), "{refused}");
    tracker.stop().await;
}

#[tokio::test]
async fn behind_a_proxy_browsers_are_told_apart_by_their_own_addresses() {
    let world = World::new().await;
    let config = Config {
        trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
        ws_per_address: 2,
        ..world.config()
    };
    let tracker = world.start_as(Policy::Open, config).await;
    let connect = async |client: &str| {
        let stream = TcpStream::connect(tracker.http).await.unwrap();
        let forwarded = format!("X-Forwarded-For: {client}\r\n");
        Browser::over(stream, "/announce", &forwarded).await
    };
    let mut first = connect("203.0.113.1").await;
    first.announce(&announce_hash(hash(), 1, 0)).await;
    let mut thief = connect("203.0.113.2").await;
    thief.refusal(&announce_hash(hash(), 1, 0)).await;
    let mut second = connect("203.0.113.1").await;
    assert_eq!(second.announce(&announce_hash(hash(), 2, 0)).await, (0, 2));
    // A third of one address has to wait until one of the others leaves.
    let more = upgrade("/announce", "X-Forwarded-For: 203.0.113.1\r\n");
    assert_eq!(status(&tracker, &more).await, 503);
    drop(second);
    eventually(async || (tracker.swarm.totals().peers() == 1).then_some(())).await;
    let mut third = connect("203.0.113.1").await;
    assert_eq!(third.announce(&announce_hash(hash(), 3, 0)).await, (0, 2));
    tracker.stop().await;
}

#[tokio::test]
async fn an_open_tracker_tells_browsers_behind_one_address_apart() {
    let world = World::new().await;
    let mut deps = world.deps(Policy::Open);
    let swarm = swarm::Swarm::new(
        swarm::Config {
            identities: swarm::Identities::Contact,
            ..swarm::Config::default()
        },
        [9; 16],
    );
    deps.swarm = std::sync::Arc::new(swarm);
    deps.store = None;
    let tracker = world.start_with(world.config(), deps).await;
    let mut browsers = Vec::new();
    for peer in 1..=3 {
        let mut browser = Browser::open(&tracker).await;
        let counts = browser.announce(&announce_hash(hash(), peer, 1)).await;
        assert_eq!(counts, (0, peer.into()));
        browsers.push(browser);
    }
    drop(browsers);
    eventually(async || (tracker.swarm.totals().peers() == 0).then_some(())).await;
    tracker.stop().await;
}

#[tokio::test]
async fn stopping_says_goodbye_and_keeps_no_browser_in_the_snapshot() {
    let world = World::new().await;
    let torrent = world.public_torrent(1).await;
    let tracker = world.start().await;
    let mut browser = Browser::open(&tracker).await;
    browser.announce(&announce(torrent, 1, 0)).await;
    tracker.announce("/announce", &Say::peer(2, torrent)).await;
    let began = tokio::time::Instant::now();
    let (code, ()) = tokio::join!(browser.close_code(), tracker.stop());
    assert_eq!(code, Some(1001));
    assert!(began.elapsed() < Duration::from_secs(5));
    let tracker = world.start().await;
    assert_eq!(tracker.swarm.query_state(torrent.hash).leechers, 1);
    tracker.stop().await;
}
