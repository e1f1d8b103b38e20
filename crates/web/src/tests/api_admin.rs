//! The JSON API as administrators' programs use it.

use axum::http::Method;
use serde_json::json;

use super::api::program;
use crate::testing::Site;

#[tokio::test]
async fn forums_are_made_and_changed() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut api = program(&site, &mut mira, &["admin", "read"]).await;
    api.json(Method::POST, "/api/v1/forums", json!({ "title": "" }))
        .await
        .expect(422);
    assert!(site.app.store.site().categories.is_empty());
    let body = json!({ "title": "Linux", "parent_id": null, "private": "allow" });
    let made = api
        .json(Method::POST, "/api/v1/forums", body)
        .await
        .expect(201)
        .json();
    let id = made["forum_id"].as_i64().unwrap();
    let body = json!({ "title": "Debian", "parent_id": id, "private": "require", "foreign_trackers": "reject", "rights": { "see": "members" } });
    api.json(Method::POST, "/api/v1/forums", body)
        .await
        .expect(201);
    for (body, field) in [
        (json!({ "title": "x", "private": "maybe" }), "private"),
        (
            json!({ "title": "x", "foreign_trackers": "maybe" }),
            "foreign_trackers",
        ),
        (
            json!({ "title": "x", "rights": { "see": "group:9" } }),
            "see",
        ),
        (json!({ "title": "x", "parent_id": 99 }), "place"),
    ] {
        let error = api
            .json(Method::POST, "/api/v1/forums", body)
            .await
            .expect(422)
            .json();
        assert!(
            error["error"]["details"]["fields"][field].is_string(),
            "{error}"
        );
    }
    api.json(Method::POST, "/api/v1/forums", json!({ "titel": "x" }))
        .await
        .expect(400);
    let tree = api.get("/api/v1/forums").await.expect(200).json();
    let linux = &tree["categories"][0]["forums"][0];
    assert_eq!(
        (&linux["title"], &linux["private"]),
        (&json!("Linux"), &json!("allow"))
    );
    assert_eq!(linux["foreign_trackers"], "strip");
    assert_eq!(linux["forums"][0]["foreign_trackers"], "reject");
    assert_eq!(linux["forums"][0]["rights"]["see"], "members");
    let guest = site.guest().get("/api/v1/forums").await.expect(200).json();
    assert_eq!(guest["categories"][0]["forums"][0]["forums"], json!([]));
    assert!(guest["categories"][0]["forums"][0].get("rights").is_none());

    let change = json!({ "description": "All of them", "v2_only": false });
    api.json(Method::PATCH, &format!("/api/v1/forums/{id}"), change)
        .await
        .expect(204);
    let site_now = site.app.store.site();
    let forum = site_now.forum(id.into()).unwrap();
    assert_eq!(
        (forum.title.as_str(), forum.description.as_str()),
        ("Linux", "All of them")
    );
    assert!(!forum.policy.v2_only && forum.policy.v1_only);
    let error = api
        .json(Method::DELETE, &format!("/api/v1/forums/{id}"), json!({}))
        .await
        .expect(409);
    assert_eq!(error.json()["error"]["code"], "forum_not_empty");
    api.json(Method::DELETE, "/api/v1/forums/2", json!({}))
        .await
        .expect(204);
    api.json(Method::DELETE, &format!("/api/v1/forums/{id}"), json!({}))
        .await
        .expect(204);
    api.json(Method::DELETE, "/api/v1/categories/1", json!({}))
        .await
        .expect(204);
}

#[tokio::test]
async fn settings_people_and_invitations_through_the_api() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut oskar = site.member("oskar").await;
    let mut api = program(&site, &mut mira, &["admin"]).await;
    let changed = api
        .json(
            Method::PATCH,
            "/api/v1/settings",
            json!({ "site_name": "The Hive", "registration": "invite", "freeleech_until": "2027-01-31T18:00Z", "upload_speed_limit": 7 }),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&changed["site_name"], &changed["registration"]),
        (&json!("The Hive"), &json!("invite"))
    );
    assert_eq!(changed["freeleech_until"], "2027-01-31T18:00:00Z");
    assert_eq!(changed["upload_speed_limit"], 7);
    let over = json!({ "freeleech_until": "" });
    let changed = api
        .json(Method::PATCH, "/api/v1/settings", over)
        .await
        .expect(200)
        .json();
    assert_eq!(changed["freeleech_until"], json!(null));
    let bad = json!({ "site_name": "x", "default_theme": "pink" });
    let error = api
        .json(Method::PATCH, "/api/v1/settings", bad)
        .await
        .expect(422)
        .json();
    assert_eq!(
        error["error"]["details"]["fields"]["default_theme"],
        "bad_theme"
    );
    assert_eq!(site.app.store.site().settings.site_name, "The Hive");
    let users = api.get("/api/v1/users").await.expect(200).json();
    assert_eq!(users["total"], 2);
    assert_eq!(
        api.get(&format!("/api/v1/users/{}", oskar.user()))
            .await
            .expect(200)
            .json()["name"],
        "oskar"
    );
    let invite = api
        .json(Method::POST, "/api/v1/invites", json!({}))
        .await
        .expect(201)
        .json();
    assert!(
        invite["url"]
            .as_str()
            .unwrap()
            .ends_with(invite["code"].as_str().unwrap())
    );
    for path in ["/api/v1/settings", "/api/v1/users", "/api/v1/users/1"] {
        oskar.get(path).await.expect(403);
        site.guest().get(path).await.expect(401);
    }
}

#[tokio::test]
async fn forums_and_categories_move_among_their_neighbours() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut api = program(&site, &mut mira, &["admin"]).await;
    for title in ["Software", "Music"] {
        api.json(
            Method::POST,
            "/api/v1/categories",
            json!({ "title": title }),
        )
        .await
        .expect(201);
    }
    for (title, parent) in [
        ("Linux", json!(null)),
        ("BSD", json!(null)),
        ("Debian", json!(1)),
    ] {
        let body = json!({ "title": title, "parent_id": parent });
        api.json(Method::POST, "/api/v1/forums", body)
            .await
            .expect(201);
    }
    for (path, by, status) in [
        ("/api/v1/categories/2/move", "up", 204),
        ("/api/v1/forums/2/move", "up", 204),
        ("/api/v1/forums/2/move", "sideways", 400),
        ("/api/v1/forums/99/move", "up", 404),
        ("/api/v1/categories/99/move", "down", 404),
    ] {
        api.json(Method::POST, path, json!({ "by": by }))
            .await
            .expect(status);
    }
    let now = site.app.store.site();
    let order: Vec<_> = now.categories.iter().map(|c| c.title.as_str()).collect();
    assert_eq!(order, ["Music", "Software"]);
    let tree = api.get("/api/v1/forums").await.expect(403).json();
    assert_eq!(tree["error"]["details"]["scope"], "read");

    // a parent of null takes a forum out from under another, one left out lets it stand
    let debian = |site: &Site| site.app.store.site().forum(3.into()).unwrap().parent;
    let rename = json!({ "title": "Debian GNU/Linux" });
    api.json(Method::PATCH, "/api/v1/forums/3", rename)
        .await
        .expect(204);
    assert_eq!(debian(&site), Some(1.into()));
    api.json(
        Method::PATCH,
        "/api/v1/forums/3",
        json!({ "parent_id": null }),
    )
    .await
    .expect(204);
    assert_eq!(debian(&site), None);
    api.json(
        Method::PATCH,
        "/api/v1/forums/3",
        json!({ "category_id": 2 }),
    )
    .await
    .expect(204);
    assert_eq!(
        site.app.store.site().forum(3.into()).unwrap().category,
        2.into()
    );
}

#[tokio::test]
async fn groups_through_the_api() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let oskar = site.member("oskar").await.user();
    let mut api = program(&site, &mut mira, &["admin"]).await;
    let groups = "/api/v1/groups";
    let crew = json!({ "name": "  Crew ", "description": "Who sails" });
    let made = api.json(Method::POST, groups, crew).await.expect(201);
    assert_eq!(made.json()["group_id"], 1);
    for (body, status) in [
        (json!({ "name": "crew" }), 422),
        (json!({ "name": " " }), 422),
        (json!({}), 422),
        (json!({ "nam": "x" }), 400),
    ] {
        let error = api.json(Method::POST, groups, body).await.expect(status);
        if status == 422 {
            assert!(error.json()["error"]["details"]["fields"]["name"].is_string());
        }
    }
    let nothing = || json!({});
    let member = format!("/api/v1/groups/1/members/{oskar}");
    for (path, status) in [
        (member.as_str(), 204),
        (member.as_str(), 204),
        ("/api/v1/groups/1/members/999", 404),
        ("/api/v1/groups/9/members/1", 404),
        ("/api/v1/groups/x/members/1", 404),
    ] {
        api.json(Method::PUT, path, nothing()).await.expect(status);
    }
    let one = api.get("/api/v1/groups/1").await.expect(200).json();
    assert_eq!(
        (&one["name"], &one["description"]),
        (&json!("Crew"), &json!("Who sails"))
    );
    assert_eq!(one["members"][0]["user_id"], oskar.0);
    assert_eq!(one["members"].as_array().unwrap().len(), 1);

    let rename = json!({ "name": "Officers" });
    api.json(Method::PATCH, "/api/v1/groups/1", rename)
        .await
        .expect(204);
    let all = api.get(groups).await.expect(200).json();
    assert_eq!(all["groups"][0]["name"], "Officers");
    assert_eq!(all["groups"][0]["description"], "Who sails");

    let secret = json!({ "title": "Bridge", "rights": { "see": "group:1" } });
    api.json(Method::POST, "/api/v1/forums", secret)
        .await
        .expect(201);
    let named = api
        .json(Method::DELETE, "/api/v1/groups/1", nothing())
        .await;
    named.expect(409);
    api.json(Method::DELETE, &member, nothing())
        .await
        .expect(204);
    let one = api.get("/api/v1/groups/1").await.expect(200).json();
    assert_eq!(one["members"], json!([]));
    api.json(Method::DELETE, "/api/v1/forums/1", nothing())
        .await
        .expect(204);
    api.json(Method::DELETE, "/api/v1/groups/1", nothing())
        .await
        .expect(204);
    api.get("/api/v1/groups/1").await.expect(404);

    let mut reader = program(&site, &mut mira, &["read"]).await;
    reader.get(groups).await.expect(403);
    site.guest().get(groups).await.expect(401);
}

#[tokio::test]
async fn accounts_are_run_through_the_api() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut oskar = site.member("oskar").await;
    let mut api = program(&site, &mut mira, &["admin"]).await;
    let nothing = || json!({});
    let of = |user: domain::UserId, what: &str| format!("/api/v1/users/{user}/{what}");

    let own = of(mira.user(), "admin");
    let last = api.json(Method::DELETE, &own, nothing()).await;
    last.expect(409);
    let role = of(oskar.user(), "admin");
    api.json(Method::PUT, &role, nothing()).await.expect(204);
    oskar.get("/admin/users").await.expect(200);
    api.json(Method::DELETE, &role, nothing()).await.expect(204);
    oskar.get("/admin/users").await.expect(403);

    let key = |page: crate::testing::Answer| page.between("<code id=\"passkey\">", "<").unwrap();
    let old = key(oskar.get("/settings/passkey").await.expect(200));
    let reset = api
        .json(Method::POST, &of(oskar.user(), "passkey"), nothing())
        .await
        .expect(204);
    assert_eq!(reset.text(), "");
    assert_ne!(key(oskar.get("/settings/passkey").await), old);

    let sessions = of(oskar.user(), "sessions");
    api.json(Method::DELETE, &sessions, nothing())
        .await
        .expect(204);
    assert!(
        oskar
            .get("/settings")
            .await
            .location()
            .starts_with("/login")
    );
    for what in ["admin", "sessions"] {
        let path = of(domain::UserId(999), what);
        api.json(Method::DELETE, &path, nothing()).await.expect(404);
    }

    let invites = "/api/v1/invites";
    for _ in 0..2 {
        api.json(Method::POST, invites, nothing()).await.expect(201);
    }
    let listed = api.get(invites).await.expect(200).json();
    let listed = listed["invites"].as_array().unwrap().clone();
    assert_eq!(listed.len(), 2);
    assert!(listed[0]["used_by"].is_null() && listed[0].get("code").is_none());
    let first = format!("{invites}/{}", listed[0]["invite_id"]);
    api.json(Method::DELETE, &first, nothing())
        .await
        .expect(204);
    api.json(Method::DELETE, &first, nothing())
        .await
        .expect(404);
    let left = api.get(invites).await.expect(200).json();
    assert_eq!(left["invites"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn moderators_set_factors_and_rule_on_what_is_not_believed() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut oskar = site.member("oskar").await;
    let hash = "07".repeat(20);
    let torrent = torrent(&site, oskar.user()).await;
    let path = format!("/api/v1/torrents/{hash}");
    let mut api = program(&site, &mut mira, &["moderate"]).await;
    let silver = json!({ "upload_percent": 200, "download_percent": 50 });
    let changed = api.json(Method::PATCH, &path, silver.clone()).await;
    let changed = changed.expect(200).json();
    for (key, percent) in silver.as_object().unwrap() {
        assert_eq!(&changed[key], percent);
    }
    let gold = json!({ "download_percent": 0 });
    let changed = api.json(Method::PATCH, &path, gold).await.expect(200);
    assert_eq!(changed.json()["upload_percent"], 200);
    // What is wrong in one part changes nothing of the others, and an array is no object.
    let half = json!({ "state": "closed", "download_percent": 101 });
    api.json(Method::PATCH, &path, half).await.expect(422);
    let array = api.json(Method::PATCH, &path, json!(["closed"])).await;
    assert_eq!(array.expect(400).json()["error"]["code"], "bad_request");
    let same = api.json(Method::PATCH, &path, json!({})).await.expect(200);
    assert_eq!(same.json()["state"], "not_approved");
    let absurd = json!({ "download_percent": 101 });
    let error = api.json(Method::PATCH, &path, absurd).await.expect(422);
    assert_eq!(error.json()["error"]["code"], "bad_factors");
    let nowhere = format!("/api/v1/torrents/{}", "0".repeat(40));
    api.json(Method::PATCH, &nowhere, json!({}))
        .await
        .expect(404);

    let said = swarm::Observation {
        torrent: swarm::TorrentId(torrent.0),
        user: swarm::UserId(oskar.user().0),
        peer_id: bittorrent::PeerId::from(*b"-qB5000-abcdefghijkl"),
        uploaded: 1_000_000,
        downloaded: 0,
        left: 0,
        event: bittorrent::Event::None,
        at: swarm::UnixTime(1_800_000_000),
        seq: 1,
        terms: swarm::Terms {
            upload_limit: 1,
            ..swarm::Terms::default()
        },
    };
    for seq in 1..=2 {
        let batch = store::AccountingBatch {
            instance: "tracker".to_owned(),
            up_to_seq: seq,
            observations: vec![swarm::Observation {
                uploaded: said.uploaded * seq,
                seq,
                ..said
            }],
            counters: Vec::new(),
        };
        site.app.store.apply_accounting(&batch).await.unwrap();
        let list = api.get("/api/v1/suspicions").await.expect(200).json();
        let open = &list["suspicions"][0];
        assert_eq!(open["client"], "qBittorrent 5.0.0");
        assert_eq!(
            (&open["user_name"], &open["uploaded"]),
            (&json!("oskar"), &json!(1_000_000))
        );
        let page = mira.get("/admin/tracker/suspicions").await.expect(200);
        let page = page.text();
        assert!(page.contains("oskar") && page.contains("qBittorrent 5.0.0"));
        let ruling = ["grant", "dismiss"][seq as usize - 1];
        let path = format!("/api/v1/suspicions/{}/{ruling}", open["suspicion_id"]);
        let id = open["suspicion_id"].to_string();
        match seq {
            1 => {
                let form = [(ruling, id.as_str())];
                let done = mira.post("/admin/tracker/suspicions", &form).await;
                assert_eq!(done.location(), "/admin/tracker/suspicions");
                mira.post("/admin/tracker/suspicions", &form)
                    .await
                    .expect(409);
            }
            _ => {
                api.json(Method::POST, &path, json!({})).await.expect(204);
            }
        }
        api.json(Method::POST, &path, json!({})).await.expect(409);
    }
    mira.post("/admin/tracker/suspicions", &[])
        .await
        .expect(404);
    oskar.get("/admin/tracker/suspicions").await.expect(403);
    let list = api.get("/api/v1/suspicions").await.expect(200).json();
    assert_eq!(list["suspicions"], json!([]));
    let account = site.app.store.account(oskar.user()).await.unwrap();
    assert_eq!(account.uploaded, 1_000_000);

    // Only those who moderate, with a token that may.
    let mut reader = program(&site, &mut mira, &["admin"]).await;
    reader
        .json(Method::PATCH, &path, silver.clone())
        .await
        .expect(403);
    reader.get("/api/v1/suspicions").await.expect(403);
    oskar.get("/api/v1/suspicions").await.expect(403);
}

/// A torrent whose hash is 20 times 7.
async fn torrent(site: &Site, author: domain::UserId) -> domain::TorrentId {
    let store = &site.app.store;
    let category = store.create_category(&"Linux".parse().unwrap()).await;
    let forum = store::NewForum {
        category: category.unwrap(),
        parent: None,
        details: store::ForumDetails {
            title: "Linux".parse().unwrap(),
            description: "Images".parse().unwrap(),
            rights: Default::default(),
            policy: Default::default(),
        },
    };
    let topic = store::NewTopic {
        forum: store.create_forum(&forum).await.unwrap(),
        author,
        title: "Debian".parse().unwrap(),
        text: "An image.".parse().unwrap(),
        now: site.app.clock.now(),
        torrent: Some(store::NewTorrent {
            hashes: bittorrent::InfoHashes::from_v1(bittorrent::InfoHash::from([7; 20])),
            name: "debian.iso".to_owned(),
            total_size: 1,
            piece_length: 1 << 14,
            piece_count: 1,
            private: true,
            comment: None,
            creation_date: None,
            files: Vec::new(),
            filename: "debian.torrent".to_owned(),
            blob: "0".repeat(64),
            original_blob: "0".repeat(64),
            state: Default::default(),
        }),
    };
    store
        .post_torrent_topic(&topic)
        .await
        .unwrap()
        .torrent
        .unwrap()
}
