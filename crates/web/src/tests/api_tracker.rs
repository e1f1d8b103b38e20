//! The tracker's API as foreign front ends use it, and the doors of moderators.

use axum::http::Method;
use serde_json::{Value, json};
use swarm::{Activity, Answer, Heard, Protocol};

use super::api::program;
use crate::pages::samples::{self, posted, read, torrent};
use crate::testing::{Browser, Site};

const USERS: &str = "/api/v1/tracker/users";
const TORRENTS: &str = "/api/v1/tracker/torrents";

async fn front_end(site: &Site) -> (Browser, Browser) {
    let mut mira = site.admin("mira").await;
    let program = program(site, &mut mira, &["tracker"]).await;
    (mira, program)
}

async fn make_user(front: &mut Browser, number: u64) -> Value {
    let new = json!({ "user_id": number });
    front
        .json(Method::POST, USERS, new)
        .await
        .expect(201)
        .json()
}

#[tokio::test]
async fn a_front_ends_users_are_its_own() {
    let site = Site::new().await;
    let (mira, mut front) = front_end(&site).await;
    // user 1 there is not account 1 here, who runs this site
    assert_eq!(mira.user().0, 1);
    let mine = front.get(&format!("{USERS}/1")).await.expect(200).json();
    assert_eq!(
        (&mine["member"], &mine["passkey"]),
        (&json!(true), &Value::Null)
    );
    let made = make_user(&mut front, 1).await;
    let passkey = made["passkey"].as_str().unwrap().to_owned();
    assert_eq!(passkey.len(), 32);
    assert_eq!(
        (&made["user_id"], &made["member"]),
        (&json!(1), &json!(false))
    );
    assert_ne!(made["account_id"], json!(1));
    let own = site.app.store.account(mira.user()).await.unwrap();
    assert_ne!(passkey, own.passkey.as_str());

    // a call that is repeated changes nothing
    let again = front
        .json(Method::POST, USERS, json!({ "user_id": 1 }))
        .await;
    assert_eq!(again.expect(200).json(), made);
    let taken = json!({ "user_id": 2, "passkey": passkey });
    let error = front
        .json(Method::POST, USERS, taken)
        .await
        .expect(409)
        .json();
    assert_eq!(error["error"]["code"], "passkey_taken");
    let kept = json!({ "user_id": 2, "passkey": "KeptFromTheOldSite" });
    let kept = front
        .json(Method::POST, USERS, kept)
        .await
        .expect(201)
        .json();
    assert_eq!(kept["passkey"], "KeptFromTheOldSite");

    for (body, status, code) in [
        (json!({ "user_id": 0 }), 422, "bad_user_id"),
        (json!({ "user_id": -1 }), 400, "bad_request"),
        (
            json!({ "user_id": 3, "passkey": "short" }),
            422,
            "bad_passkey",
        ),
        (json!({ "user_id": 3, "name": "x" }), 400, "bad_request"),
    ] {
        let error = front
            .json(Method::POST, USERS, body.clone())
            .await
            .expect(status)
            .json();
        assert_eq!(error["error"]["code"], code, "{body}");
        if body.get("name").is_some() {
            let message = error["error"]["message"].as_str().unwrap();
            assert!(message.contains("`name`"), "it is named: {message}");
        }
    }
    // they are no members: no page shows them
    let members = site.guest().get("/members").await.expect(200).text();
    assert!(!members.contains("#1<"), "{members}");
}

#[tokio::test]
async fn lists_go_on_where_they_ended() {
    let site = Site::new().await;
    let (_, mut front) = front_end(&site).await;
    for number in [5, 3, 9] {
        make_user(&mut front, number).await;
    }
    let mut seen = Vec::new();
    let mut next = json!(0);
    while !next.is_null() {
        let part = front
            .get(&format!("{USERS}?limit=2&after={next}"))
            .await
            .expect(200)
            .json();
        for user in part["items"].as_array().unwrap() {
            seen.push(user["user_id"].as_u64().unwrap());
        }
        next = part["next"].clone();
    }
    assert_eq!(seen, [3, 5, 9]);
    let bad = front
        .get(&format!("{USERS}?limit=many"))
        .await
        .expect(400)
        .json();
    assert_eq!(bad["error"]["code"], "bad_request");
}

#[tokio::test]
async fn a_front_end_changes_its_users_and_no_members() {
    let site = Site::new().await;
    let (_, mut front) = front_end(&site).await;
    let made = make_user(&mut front, 7).await;
    let user = format!("{USERS}/7");
    let mut store = site.app.store.subscribe();
    store.mark_unchanged();
    let change =
        json!({ "reset_passkey": true, "banned": true, "reason": "cheats", "may_download": false });
    let now = front
        .json(Method::PATCH, &user, change)
        .await
        .expect(200)
        .json();
    assert!(store.has_changed().unwrap(), "the tracker is told at once");
    assert_ne!(now["passkey"], made["passkey"]);
    assert_eq!(
        (&now["banned"], &now["ban_reason"], &now["may_download"]),
        (&json!(true), &json!("cheats"), &json!(false))
    );
    let now = front
        .json(Method::PATCH, &user, json!({ "banned": false }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&now["banned"], &now["may_download"]),
        (&json!(false), &json!(false))
    );
    let wrong = front
        .json(Method::PATCH, &user, json!({ "reason": "x" }))
        .await
        .expect(422);
    assert_eq!(wrong.json()["error"]["code"], "reason_without_ban");
    let wrong = front
        .json(Method::PATCH, &user, json!({ "passkey": "x" }))
        .await
        .expect(400);
    assert!(wrong.text().contains("`passkey`"));

    for method in [Method::PATCH, Method::DELETE] {
        let error = front
            .json(method.clone(), &format!("{USERS}/1"), json!({}))
            .await;
        assert_eq!(error.expect(409).json()["error"]["code"], "user_is_member");
        front
            .json(method, &format!("{USERS}/99"), json!({}))
            .await
            .expect(404);
    }
    front
        .json(Method::DELETE, &user, json!({}))
        .await
        .expect(204);
    front.get(&user).await.expect(404);
    // nor is it reached by the number of its account
    let made = make_user(&mut front, 70).await;
    front
        .get(&format!("{USERS}/{}", made["account_id"]))
        .await
        .expect(404);
}

#[tokio::test]
async fn only_staff_with_the_scope_comes_in() {
    let site = Site::new().await;
    let (mut mira, _) = front_end(&site).await;
    let mut reader = program(&site, &mut mira, &["read", "admin"]).await;
    for path in [USERS, TORRENTS, "/api/v1/tracker/users/1"] {
        let error = reader.get(path).await.expect(403).json();
        assert_eq!(error["error"]["details"]["scope"], "tracker", "{path}");
        site.guest().get(path).await.expect(401);
        site.member(&format!("oskar{}", path.len()))
            .await
            .get(path)
            .await
            .expect(403);
    }
    reader.get("/api/v1/tracker/status").await.expect(200);
    let mut post = program(&site, &mut mira, &["post"]).await;
    post.get("/api/v1/tracker/status").await.expect(403);
    let closed = json!({ "state": "closed" });
    let hash = "a".repeat(40);
    let error = post
        .json(Method::PATCH, &format!("/api/v1/torrents/{hash}"), closed)
        .await;
    assert_eq!(
        error.expect(403).json()["error"]["details"]["scope"],
        "moderate"
    );
}

#[tokio::test]
async fn torrents_are_registered_by_hash() {
    let site = Site::new().await;
    let (_, mut front) = front_end(&site).await;
    make_user(&mut front, 7).await;
    make_user(&mut front, 8).await;
    let (v1, v2) = ("ab".repeat(20), "cd".repeat(32));
    let new = json!({ "info_hash": v1, "user_id": 7 });
    let made = front
        .json(Method::POST, TORRENTS, new.clone())
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&made["info_hash"], &made["user_id"], &made["private"]),
        (&json!(v1), &json!(7), &json!(true))
    );
    assert_eq!(
        (&made["name"], &made["topic_id"]),
        (&Value::Null, &Value::Null)
    );
    front.json(Method::POST, TORRENTS, new).await.expect(200);
    let other = json!({ "info_hash": v1.to_uppercase(), "user_id": 8 });
    let error = front
        .json(Method::POST, TORRENTS, other)
        .await
        .expect(409)
        .json();
    assert_eq!(error["error"]["code"], "duplicate_torrent");
    let new = json!({ "info_hash": v2, "user_id": 7, "private": false });
    let made = front
        .json(Method::POST, TORRENTS, new)
        .await
        .expect(201)
        .json();
    assert_eq!(
        (&made["info_hash"], &made["info_hash_v2"]),
        (&json!(v2[..40]), &json!(v2))
    );
    let hybrid =
        json!({ "info_hash": "12".repeat(20), "info_hash_v2": "34".repeat(32), "user_id": 7 });
    front.json(Method::POST, TORRENTS, hybrid).await.expect(201);
    for (body, status, code) in [
        (
            json!({ "info_hash": "xyz", "user_id": 7 }),
            422,
            "bad_info_hash",
        ),
        (
            json!({ "info_hash": "zz".repeat(32), "user_id": 7 }),
            422,
            "bad_info_hash",
        ),
        (
            json!({ "info_hash": "ef".repeat(20), "user_id": 99 }),
            422,
            "unknown_user",
        ),
        (json!({ "info_hash": "ef".repeat(20) }), 400, "bad_request"),
        (
            json!({ "info_hash": "ef".repeat(20), "user_id": 7, "title": "" }),
            400,
            "bad_request",
        ),
    ] {
        let error = front
            .json(Method::POST, TORRENTS, body.clone())
            .await
            .expect(status)
            .json();
        assert_eq!(error["error"]["code"], code, "{body}");
    }
    for hash in [&v2[..40], v2.as_str()] {
        let found = front
            .get(&format!("{TORRENTS}/{hash}"))
            .await
            .expect(200)
            .json();
        assert_eq!(found["info_hash_v2"], v2.as_str());
        assert_eq!(found["users"]["items"], json!([]));
    }
    let listed = front
        .get(&format!("{TORRENTS}?limit=2"))
        .await
        .expect(200)
        .json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
    assert!(listed["next"].is_u64());
    let one = format!("{TORRENTS}/{v1}?reason=A%20copy.");
    front
        .json(Method::DELETE, &one, json!({}))
        .await
        .expect(204);
    front.get(&format!("{TORRENTS}/{v1}")).await.expect(404);
    let gone = site.app.store.access_snapshot().await.unwrap().deleted;
    assert_eq!(gone[0].reason, "A copy.");
    for wrong in ["nonsense", &"ef".repeat(20)] {
        front.get(&format!("{TORRENTS}/{wrong}")).await.expect(404);
    }
}

fn heard(user: i64, hash: bittorrent::InfoHash, answer: Answer) -> Heard {
    Heard {
        at: swarm::UnixTime(crate::testing::START),
        protocol: Protocol::Udp,
        user: Some(swarm::UserId(user)),
        hash,
        peer_id: bittorrent::PeerId::from(*b"-qB4650-abcdefghijkl"),
        contact: "203.0.113.7:6881".parse().unwrap(),
        event: bittorrent::Event::Started,
        uploaded: 1 << 30,
        downloaded: 5,
        left: Some(0),
        answer,
    }
}

const SERVED: Answer = Answer::Served {
    seeders: 3,
    leechers: 4,
    peers: 5,
};

fn activity(site: &Site) -> &Activity {
    site.app.activity.as_ref().unwrap()
}

#[tokio::test]
async fn who_runs_the_tracker_sees_what_it_does() {
    let site = Site::new().await;
    let (mut mira, mut front) = front_end(&site).await;
    let mut oskar = site.member("oskar").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let topic = posted(&mut mira, forum, "Debian", Some(&torrent("debian"))).await;
    let hash = read(&torrent("debian")).hashes().canonical();
    let unknown = bittorrent::InfoHash::from([0xaa; 20]);
    let account = make_user(&mut front, 7).await["account_id"]
        .as_i64()
        .unwrap();
    activity(&site).mark(swarm::UnixTime(crate::testing::START));
    for _ in 0..20 {
        activity(&site).heard(&heard(account, hash, SERVED));
    }
    activity(&site).heard(&heard(account, unknown, Answer::Refused("unregistered")));
    activity(&site).refused(Protocol::Udp, "unregistered");
    activity(&site).mark(swarm::UnixTime(crate::testing::START + 10));
    let announce = swarm::Announce {
        peer_id: bittorrent::PeerId::from([1; 20]),
        user: Some(swarm::UserId(account)),
        addr: "203.0.113.7:6881".parse().unwrap(),
        dialable: true,
        key: None,
        left: Some(0),
        event: bittorrent::Event::Started,
    };
    let swarm = site.app.swarm.as_ref().unwrap();
    swarm.insert_or_update(hash, &announce, swarm::UnixTime(crate::testing::START));

    let status = front.get("/api/v1/tracker/status").await.expect(200).json();
    assert_eq!(status["rates"]["announces"], 2.1);
    assert_eq!(status["rates"]["answers"]["udp"], 2.0);
    assert_eq!(
        status["since_start"]["refusals"][0]["reason"],
        "unregistered"
    );
    assert_eq!(status["largest"][0]["topic_id"], topic.0);
    assert_eq!(status["unregistered"][0]["info_hash"], unknown.to_string());
    assert_eq!(status["clients"][0]["name"], "qBittorrent");
    assert_eq!(status["refused"][0]["refused"], "unregistered");

    let mine = front
        .get(&format!("{USERS}/7/announces"))
        .await
        .expect(200)
        .json();
    assert_eq!(mine["items"].as_array().unwrap().len(), 21);
    assert_eq!(mine["items"][20]["answer"]["peers"], 5);
    let of_it = front
        .get(&format!("{TORRENTS}/{unknown}/announces"))
        .await
        .expect(200)
        .json();
    assert_eq!(
        of_it["items"].as_array().unwrap().len(),
        1,
        "unregistered ones too"
    );

    for (path, words) in [
        (
            "/admin/tracker".to_owned(),
            vec!["2.1", "qBittorrent", "debian", "Not registered"],
        ),
        (
            format!("/admin/tracker/users/{account}"),
            vec!["203.0.113.7", "debian", "Not registered"],
        ),
        (
            format!("/admin/tracker/torrents/{hash}"),
            vec!["debian", "5 peers; seeders 3, leechers 4"],
        ),
        (
            format!("/admin/tracker/torrents/{unknown}"),
            vec!["Not registered"],
        ),
    ] {
        let page = mira.get(&path).await.expect(200).text();
        for word in words {
            assert!(page.contains(word), "{path} lacks {word}");
        }
        oskar.get(&path).await.expect(403);
    }
    let hit = mira.get(&format!("/admin/tracker?q={hash}")).await;
    assert_eq!(hit.location(), format!("/admin/tracker/torrents/{hash}"));
    let hit = mira.get("/admin/tracker?q=Mira").await;
    assert_eq!(hit.location(), "/admin/tracker/users/1");
    let miss = mira.get("/admin/tracker?q=nobody").await.expect(200).text();
    assert!(miss.contains("No member is called"));
}

#[tokio::test]
async fn a_moderator_says_what_a_torrent_is() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let topic = posted(&mut mira, forum, "Debian", Some(&torrent("debian"))).await;
    let hash = read(&torrent("debian")).hashes().canonical();
    let mut program = program(&site, &mut mira, &["moderate"]).await;
    let door = format!("/api/v1/torrents/{hash}");
    let change = json!({ "state": "closed", "reason": "a fake" });
    let now = program
        .json(Method::PATCH, &door, change)
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&now["state"], &now["state_reason"], &now["announceable"]),
        (&json!("closed"), &json!("a fake"), &json!(false))
    );
    let unknown = program
        .json(Method::PATCH, &door, json!({ "state": "lovely" }))
        .await;
    let unknown = unknown.expect(422).json();
    assert_eq!(unknown["error"]["details"]["states"][1], "closed");
    program
        .json(Method::PATCH, &door, json!({ "reason": "x" }))
        .await
        .expect(422);
    program
        .json(Method::PATCH, &door, json!({ "colour": "x" }))
        .await
        .expect(400);
    let missing = format!("/api/v1/torrents/{}", "ee".repeat(20));
    program
        .json(Method::PATCH, &missing, json!({ "state": "closed" }))
        .await
        .expect(404);

    // the same by hand
    let page = mira
        .get(&format!("/topics/{topic}"))
        .await
        .expect(200)
        .text();
    assert!(page.contains("a fake") && page.contains("name=\"state\""));
    let form = [("state", "approved"), ("reason", "")];
    mira.post(&format!("/topics/{topic}/state"), &form)
        .await
        .expect(303);
    let found = site.app.store.registration(hash).await.unwrap();
    assert_eq!(found.state, domain::TorrentState::Approved);
    let mut oskar = site.member("oskar").await;
    let page = oskar
        .get(&format!("/topics/{topic}"))
        .await
        .expect(200)
        .text();
    assert!(!page.contains("name=\"state\""));
    oskar
        .post(&format!("/topics/{topic}/state"), &form)
        .await
        .expect(403);
    oskar
        .post(&format!("/topics/{topic}/delete"), &[])
        .await
        .expect(403);
}

#[tokio::test]
async fn a_deleted_topic_is_gone_everywhere() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let mut program = program(&site, &mut mira, &["moderate", "read", "tracker"]).await;
    for by_hand in [false, true] {
        let name = format!("debian {by_hand}");
        let topic = posted(&mut mira, forum, &name, Some(&torrent(&name))).await;
        let hash = read(&torrent(&name)).hashes().canonical();
        let alone = program
            .json(Method::DELETE, &format!("{TORRENTS}/{hash}"), json!({}))
            .await;
        assert_eq!(
            alone.expect(409).json()["error"]["details"]["topic_id"],
            topic.0
        );
        if by_hand {
            let done = mira
                .post(&format!("/topics/{topic}/delete"), &[("reason", "a fake")])
                .await;
            assert_eq!(done.location(), format!("/forums/{forum}"));
        } else {
            let door = format!("/api/v1/topics/{topic}?reason=a%20fake");
            program
                .json(Method::DELETE, &door, json!({}))
                .await
                .expect(204);
            program
                .json(Method::DELETE, &door, json!({}))
                .await
                .expect(404);
        }
        mira.get(&format!("/topics/{topic}")).await.expect(404);
        mira.get(&format!("/dl/{topic}")).await.expect(404);
        program
            .get(&format!("/api/v1/torrents/{hash}"))
            .await
            .expect(404);
        for list in ["/", "/torrents", &format!("/forums/{forum}")] {
            let page = mira.get(list).await.expect(200).text();
            assert!(!page.contains(&name), "{list}");
        }
        let gone = site.app.store.access_snapshot().await.unwrap().deleted;
        assert!(
            gone.iter()
                .any(|gone| gone.hashes.canonical() == hash && gone.reason == "a fake")
        );
        // and may be posted anew
        posted(&mut mira, forum, &name, Some(&torrent(&name))).await;
    }
    assert_eq!(site.app.store.doctor().await.unwrap(), []);
}
