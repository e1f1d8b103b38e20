//! The JSON API as programs use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use axum::body::{Body, Bytes};
use axum::http::{Method, Request, header};
use serde_json::json;

use crate::pages::samples::{self, posted, torrent};
use crate::router::ROUTES;
use crate::testing::{Browser, Site, multipart};

/// A program with a token of these scopes.
pub(super) async fn program(site: &Site, owner: &mut Browser, scopes: &[&str]) -> Browser {
    let mut form = vec![("name", "a program")];
    form.extend(scopes.iter().map(|scope| (*scope, "yes")));
    let page = owner.post("/settings/tokens", &form).await.expect(200);
    let token = page.between("data-token>", "<").unwrap();
    let mut program = site.guest();
    program.headers.insert(
        header::AUTHORIZATION,
        format!("Bearer {token}").parse().unwrap(),
    );
    program
}

#[tokio::test]
async fn a_token_acts_within_its_scopes() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let topic = posted(&mut mira, forum, "Debian", Some(&torrent("debian"))).await;
    let reads = format!("/api/v1/topics/{topic}");
    let download = format!("/dl/{topic}");

    let mut reader = program(&site, &mut mira, &["read"]).await;
    reader.get(&reads).await.expect(200);
    for path in ["/api/v1/me", download.as_str()] {
        let error = reader.get(path).await.expect(403).json();
        assert_eq!(error["error"]["code"], "missing_scope", "{path}");
    }
    let error = reader
        .json(Method::POST, "/api/v1/forums", json!({ "title": "x" }))
        .await
        .expect(403)
        .json();
    assert_eq!(error["error"]["details"]["scope"], "admin");

    let mut downloader = program(&site, &mut mira, &["download"]).await;
    downloader.get(&download).await.expect(200);
    downloader.get(&reads).await.expect(403);
    let files = format!("/dl/{topic}/files");
    downloader.get(&files).await.expect(403);
    reader.get(&files).await.expect(200);

    // a token opens no page
    let mut all = program(
        &site,
        &mut mira,
        &["read", "download", "account", "post", "admin"],
    )
    .await;
    assert!(all.get("/settings").await.location().starts_with("/login"));

    for bad in [
        "Bearer nonsense",
        "Basic abc",
        "Bearer",
        &format!("Bearer {}", "0".repeat(64)),
    ] {
        let mut stranger = site.guest();
        stranger
            .headers
            .insert(header::AUTHORIZATION, bad.parse().unwrap());
        let error = stranger.get("/api/v1/me").await.expect(401);
        assert_eq!(error.header("www-authenticate"), "Bearer");
        assert_eq!(error.json()["error"]["code"], "bad_token", "{bad}");
    }
    assert_eq!(
        site.guest().get("/api/v1/me").await.expect(401).json()["error"]["code"],
        "unauthorized"
    );
}

#[tokio::test]
async fn nothing_of_a_body_is_read_before_the_right_is_settled() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut reader = program(&site, &mut mira, &["read"]).await;
    let mut guest = site.guest();
    let calls = ROUTES.iter().filter(|route| {
        route.method != "get"
            && route.path.starts_with("/api/v1/")
            && route.path != "/api/v1/convert"
    });
    let mut tried = 0;
    for route in calls {
        let path = route.path.replace("{id}", "1").replace("{user}", "1");
        let path = path.replace("{user_id}", "1");
        for kind in ["application/json", "multipart/form-data; boundary=E"] {
            for (browser, status) in [(&mut reader, 403), (&mut guest, 401)] {
                let touched = Arc::new(AtomicBool::new(false));
                let told = touched.clone();
                let body = Body::from_stream(futures_util::stream::poll_fn(move |_| {
                    told.store(true, Ordering::Relaxed);
                    Poll::Ready(Some(Err::<Bytes, _>("a body that was read")))
                }));
                let request = Request::builder()
                    .method(route.method.to_uppercase().as_str())
                    .uri(&path)
                    .header(header::CONTENT_TYPE, kind)
                    .body(body)
                    .unwrap();
                browser.send(request).await.expect(status);
                assert!(!touched.load(Ordering::Relaxed), "{} {path}", route.method);
                tried += 1;
            }
        }
    }
    assert!(tried > 40, "{tried}");
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_too_large() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut api = program(&site, &mut mira, &["admin", "post"]).await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let topic = posted(&mut mira, forum, "Debian", None).await;
    let long = "x".repeat(crate::csrf::FORM_BYTES);
    for (path, body) in [
        ("/api/v1/convert".to_owned(), json!({ "magnet": long })),
        ("/api/v1/categories".to_owned(), json!({ "title": long })),
        (
            format!("/api/v1/topics/{topic}/replies"),
            json!({ "body": long }),
        ),
    ] {
        let error = api.json(Method::POST, &path, body).await.expect(413).json();
        assert_eq!(error["error"]["code"], "too_large", "{path}");
        assert_eq!(error["error"]["details"]["limit_bytes"], 1 << 20, "{path}");
    }
    // what a browser's script sends, too
    let fields = serde_json::to_string(&json!({ "title": long })).unwrap();
    let request = Request::post("/admin/categories")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("x-csrf", mira.csrf().await)
        .body(Body::from(fields))
        .unwrap();
    mira.send(request).await.expect(413);
}

#[tokio::test]
async fn nobody_gives_their_own_key_away() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut api = program(&site, &mut mira, &["admin", "post", "read"]).await;
    let account = site.app.store.account(mira.user()).await.unwrap();
    let key = account.passkey.as_str().to_uppercase();
    let text = format!("[quote]mine is {key}[/quote] is it{key}?");
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let id = forum.to_string();
    // through the pages
    let fields = [
        ("forum", id.as_str()),
        ("title", &format!("Key {key}")),
        ("text", &text),
    ];
    let topic = mira.upload("/posting/new", &fields, None).await.expect(303);
    let topic = topic.location()["/topics/".len()..]
        .split('?')
        .next()
        .unwrap()
        .to_owned();
    let reply = format!("/posting/reply?topic={topic}");
    let shown = mira
        .post(&reply, &[("text", &text), ("action", "preview")])
        .await
        .expect(200);
    assert!(!shown.text().to_uppercase().contains(&key));
    mira.post(&reply, &[("text", &text)]).await.expect(303);
    let edit = [("title", key.as_str()), ("text", &text), ("edits", "0")];
    mira.post("/posting/edit?post=1", &edit).await.expect(303);
    // through the API
    let body = json!({ "body": text });
    api.json(
        Method::POST,
        &format!("/api/v1/topics/{topic}/replies"),
        body,
    )
    .await
    .expect(201);
    let fields = [("forum_id", id.as_str()), ("title", &key), ("body", &text)];
    api.send(multipart("/api/v1/topics", &fields, None))
        .await
        .expect(201);
    let body = json!({ "title": key, "description": text });
    api.json(Method::POST, "/api/v1/forums", body)
        .await
        .expect(201);
    let body = json!({ "name": "x", "description": text });
    api.json(Method::POST, "/api/v1/groups", body)
        .await
        .expect(201);
    let body = json!({ "title": key });
    api.json(Method::POST, "/api/v1/categories", body)
        .await
        .expect(201);

    let mut read = 0;
    for path in ["/api/v1/topics/1", "/api/v1/topics/2", "/api/v1/forums"] {
        let answer = api.get(path).await.expect(200).text();
        assert!(!answer.to_uppercase().contains(&key), "{path}: {answer}");
        assert!(answer.contains("hidden"), "{path}: {answer}");
        read += answer.matches("mine is hidden").count();
    }
    assert_eq!(read, 5, "four posts and a description");
    let mut oskar = site.member("oskar").await;
    for path in ["/", "/topics/1", "/topics/2", "/posting/quote?post=1"] {
        let page = oskar.get(path).await.expect(200).text();
        assert!(!page.to_uppercase().contains(&key), "{path}: {page}");
    }
    assert!(!format!("{:?}", site.app.store.site()).contains(&key));
}

#[tokio::test]
async fn a_revoked_token_and_a_banned_owner_are_refused() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut oskar = site.member("oskar").await;
    let mut one = program(&site, &mut oskar, &["account"]).await;
    one.get("/api/v1/me").await.expect(200);
    // staff scopes are not for members
    let form = [("name", "x"), ("admin", "yes")];
    oskar.post("/settings/tokens", &form).await.expect(422);
    let tokens = site.app.store.list_tokens(oskar.user()).await.unwrap();
    let id = tokens[0].id.to_string();
    mira.post("/settings/tokens/revoke", &[("token", &id)])
        .await;
    one.get("/api/v1/me").await.expect(200);
    let mut two = program(&site, &mut oskar, &["account"]).await;
    oskar
        .post("/settings/tokens/revoke", &[("token", &id)])
        .await
        .expect(303);
    one.get("/api/v1/me").await.expect(401);
    let ban = format!("/api/v1/users/{}/ban", oskar.user());
    mira.json(Method::PUT, &ban, json!({ "reason": "x" }))
        .await
        .expect(204);
    assert_ne!(two.get("/api/v1/me").await.status, 200);
    mira.json(Method::DELETE, &ban, json!({})).await.expect(204);
    two.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn me_has_the_shape_of_the_contract() {
    let site = Site::new().await;
    let mut oskar = site.member("oskar").await;
    let mut program = program(&site, &mut oskar, &["account"]).await;
    let me = program.get("/api/v1/me").await.expect(200).json();
    assert_eq!(me["name"], "oskar");
    assert_eq!(me["group"], "members");
    assert_eq!(me["passkey"].as_str().unwrap().len(), 32);
    assert_eq!(
        (me["uploaded"].as_u64(), me["downloaded"].as_u64()),
        (Some(0), Some(0))
    );
    assert!(me["ratio"].is_null() && me["user_id"].is_i64());
    let new = program
        .json(Method::POST, "/api/v1/me/passkey", json!({}))
        .await
        .expect(200)
        .json();
    assert_ne!(new["passkey"], me["passkey"]);
}

#[tokio::test]
async fn a_torrent_is_posted_read_and_found() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut oskar = site.member("oskar").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let mut api = program(&site, &mut oskar, &["post", "read", "download"]).await;
    let forum = forum.to_string();
    let fields = [
        ("forum_id", forum.as_str()),
        ("title", "Debian"),
        ("body", "All [b]images[/b]"),
    ];
    let file = torrent("debian");
    let send = |file: &[u8]| {
        multipart(
            "/api/v1/topics",
            &fields,
            Some(("torrent", "d.torrent", file)),
        )
    };
    let made = api.send(send(&file)).await.expect(201).json();
    let (topic, hash) = (
        made["topic_id"].as_i64().unwrap(),
        made["info_hash"].as_str().unwrap(),
    );
    assert_eq!(hash.len(), 40);
    assert_eq!(made["info_hash_v2"].as_str().unwrap().len(), 64);

    site.wait(60);
    let error = api.send(send(&file)).await.expect(409).json();
    assert_eq!(error["error"]["code"], "duplicate_torrent");
    assert_eq!(error["error"]["details"]["topic_id"], topic);
    let error = api.send(send(b"d4:spam")).await.expect(422).json();
    assert!(error["error"]["code"].is_string());
    let empty = multipart("/api/v1/topics", &[("forum_id", "99")], None);
    assert_eq!(api.send(empty).await.status, 404);
    // Who may not post is told so before anything of the form is looked at.
    let broken = || {
        Request::post("/api/v1/topics")
            .header("content-type", "multipart/form-data; boundary=E")
            .body(Body::from("not a form"))
            .unwrap()
    };
    assert_eq!(site.guest().send(broken()).await.status, 401);
    assert_eq!(api.send(broken()).await.status, 400);

    let found = site
        .guest()
        .get(&format!("/api/v1/topics/{topic}"))
        .await
        .expect(200)
        .json();
    assert_eq!(found["title"], "Debian");
    assert_eq!(found["posts"][0]["body"], "All [b]images[/b]");
    let reply = format!("/api/v1/topics/{topic}/replies");
    let leak = json!({ "body": "see http://t.example/announce/0123456789abcdef0123456789abcdef" });
    api.json(Method::POST, &reply, leak).await.expect(201);
    let found_too = site.guest().get(&format!("/api/v1/topics/{topic}")).await;
    assert_eq!(
        found_too.json()["posts"][1]["body"],
        "see http://t.example/announce/hidden"
    );
    let box_ = &found["torrent"];
    assert_eq!(box_["info_hash"], made["info_hash"]);
    assert_eq!(box_["files"].as_array().unwrap().len(), 2);
    for number in ["size", "seeders", "leechers", "completed"] {
        assert!(box_[number].is_u64(), "{number}");
    }
    assert_eq!(box_["state"], "not_approved");
    let v2 = made["info_hash_v2"].as_str().unwrap();
    for hash in [hash, v2, &v2[..40], &hash.to_uppercase()] {
        let by_hash = site
            .guest()
            .get(&format!("/api/v1/torrents/{hash}"))
            .await
            .expect(200)
            .json();
        assert_eq!(by_hash["topic_id"], topic, "{hash}");
    }
    site.guest().get("/api/v1/torrents/zzz").await.expect(404);
    site.guest()
        .get(&format!("/api/v1/torrents/{}", "0".repeat(40)))
        .await
        .expect(404);

    let replies = format!("/api/v1/topics/{topic}/replies");
    let made = api
        .json(Method::POST, &replies, json!({ "body": "Seeding" }))
        .await
        .expect(201)
        .json();
    assert!(made["post_id"].is_i64());
    api.json(Method::POST, &replies, json!({ "body": " " }))
        .await
        .expect(422);
    site.guest()
        .json(Method::POST, &replies, json!({ "body": "x" }))
        .await
        .expect(401);

    // the token downloads with its owner's key
    let file = api.get(&format!("/dl/{topic}")).await.expect(200);
    let key = site.app.store.account(oskar.user()).await.unwrap().passkey;
    assert!(file.text().contains(key.as_str()));
    mira.get("/api/v1/settings").await.expect(200);
}

#[tokio::test]
async fn torrents_and_magnets_are_converted() {
    let site = Site::new().await;
    let mut guest = site.guest();
    let file = torrent("debian");
    let request = multipart(
        "/api/v1/convert",
        &[],
        Some(("torrent", "d.torrent", &file)),
    );
    let made = guest.send(request).await.expect(200).json();
    let magnet = made["magnet"].as_str().unwrap().to_owned();
    assert!(magnet.starts_with("magnet:?xt=urn:btih:"));
    assert_eq!(
        (&made["version"], &made["private"]),
        (&json!("hybrid"), &json!(false))
    );
    assert_eq!(made["files"].as_array().unwrap().len(), 2);
    let raw = Request::post("/api/v1/convert")
        .header(header::CONTENT_TYPE, "application/x-bittorrent")
        .body(Body::from(file))
        .unwrap();
    assert_eq!(guest.send(raw).await.expect(200).json(), made);
    let back = guest
        .json(Method::POST, "/api/v1/convert", json!({ "magnet": magnet }))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&back["info_hash"], &back["name"]),
        (&made["info_hash"], &made["name"])
    );
    assert_eq!(back["magnet"], made["magnet"]);
    for bad in [
        json!({ "magnet": "magnet:?xt=urn:btih:zz" }),
        json!({ "magnet": "http://x" }),
    ] {
        let error = guest
            .json(Method::POST, "/api/v1/convert", bad)
            .await
            .expect(422)
            .json();
        assert_eq!(error["error"]["code"], "bad_magnet");
    }
    guest
        .json(Method::POST, "/api/v1/convert", json!({}))
        .await
        .expect(400);
}

#[tokio::test]
async fn calls_are_limited_per_token() {
    let site = Site::new().await;
    let mut oskar = site.member("oskar").await;
    let mut api = program(&site, &mut oskar, &["account"]).await;
    let mut refused = None;
    for _ in 0..310 {
        let answer = api.get("/api/v1/me").await;
        if answer.status == 429 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("310 calls in one moment are too many");
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(refused.json()["error"]["details"]["retry_after"], 1);
    site.wait(1);
    api.get("/api/v1/me").await.expect(200);
}

#[tokio::test]
async fn machines_are_told_how_things_are() {
    let site = Site::new().await;
    let mut guest = site.guest();
    assert_eq!(guest.get("/healthz").await.expect(200).text(), "ok\n");
    assert_eq!(guest.get("/readyz").await.expect(200).text(), "ready\n");
    guest.get("/metrics").await.expect(200);
    let document = guest.get("/api/openapi.json").await.expect(200).json();
    assert!(document["paths"]["/api/v1/topics"]["post"].is_object());
    site.app.store.close().await;
    let answer = guest.get("/readyz").await.expect(503);
    assert!(answer.text().starts_with("store: "));
    assert!(guest.get("/healthz").await.status == 200);
    let page = guest.get("/members").await;
    assert!(page.status == 503 || page.status == 500);
}

#[tokio::test]
async fn a_misspelt_name_in_a_body_is_refused() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    site.member("oskar").await;
    let scopes = [
        "read", "download", "account", "post", "tracker", "moderate", "admin",
    ];
    let mut api = program(&site, &mut mira, &scopes).await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    posted(&mut mira, forum, "Debian", None).await;
    let document = api.get("/api/openapi.json").await.expect(200).json();
    let mut tried = 0;
    for (path, calls) in document["paths"].as_object().unwrap() {
        for (method, call) in calls.as_object().unwrap() {
            if call["requestBody"]["content"]["application/json"].is_null() {
                continue;
            }
            let method: Method = method.to_uppercase().parse().unwrap();
            let path = path.replace("{id}", "1").replace("{user_id}", "1");
            let answer = api.json(method.clone(), &path, json!({ "surprise": 1 }));
            let message = &answer.await.expect(400).json()["error"]["message"];
            let message = message.as_str().unwrap();
            assert!(message.contains("`surprise`"), "{path}: {message}");
            assert!(!message.contains("deserialize"), "{path}: {message}");

            let request = Request::builder()
                .method(method)
                .uri(&path)
                .body(Body::from("{}"))
                .unwrap();
            let error = api.send(request).await.expect(415).json();
            assert_eq!(error["error"]["code"], "unsupported_media_type");
            let message = &error["error"]["message"];
            assert_eq!(message, "Send the body as application/json.", "{path}");
            tried += 1;
        }
    }
    assert!(tried >= 12, "{tried}");
    let rights = json!({ "title": "x", "rights": { "sea": "members" } });
    api.json(Method::POST, "/api/v1/forums", rights)
        .await
        .expect(400);

    let ban = "/api/v1/users/2/ban";
    let reason = json!({ "reason": "spam" });
    api.json(Method::PUT, ban, reason).await.expect(204);
    let misspelt = json!({ "raeson": "more spam" });
    api.json(Method::PUT, ban, misspelt).await.expect(400);
    let oskar = api.get("/api/v1/users/2").await.expect(200).text();
    assert!(oskar.contains("\"spam\""), "{oskar}");
}

#[tokio::test]
async fn programs_are_told_of_calls_and_not_of_pages() {
    let site = Site::new().await;
    let mut guest = site.guest();
    for (path, status, message) in [
        ("/api/v1/nothing", 404, "There is no such call."),
        ("/api/v2/topics/1", 404, "There is no such call."),
        (
            "/api/v1/topics/999",
            404,
            "There is no such thing, or you may not see it.",
        ),
        ("/api/v1/me/passkey", 405, "The address has no such method."),
    ] {
        let error = guest.get(path).await.expect(status).json();
        assert_eq!(error["error"]["message"], message, "{path}");
    }
}

#[tokio::test]
async fn a_forum_that_is_gone_is_not_found_and_the_description_says_so() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut writer = program(&site, &mut mira, &["post"]).await;
    let request = multipart(
        "/api/v1/topics",
        &[("forum_id", "77"), ("title", "One"), ("body", "Two")],
        None,
    );
    writer.send(request).await.expect(404);
}
