//! What every route keeps to.

use std::fs;

use axum::body::Body;
use axum::http::{Method, Request, header};
use sha2::{Digest as _, Sha256};

use crate::pages::checks::markup::check;
use crate::pages::samples::{self, posted, torrent};
use crate::router::ROUTES;
use crate::testing::{Browser, Site};

/// One of everything, so that every route with a number in it finds something: all numbers are 1.
async fn furnished(site: &Site) -> (Browser, String) {
    let mut admin = site.admin("mira").await;
    let now = site.app.now();
    let forum = samples::forum(site, "Linux", samples::public(), samples::taking_all()).await;
    let topic = posted(&mut admin, forum, "Debian", Some(&torrent("debian"))).await;
    let store = &site.app.store;
    let place = store
        .torrent_of_topic(admin_viewer(&admin).as_ref(), topic)
        .await
        .unwrap();
    let group = store::NewGroup {
        name: "Crew".into(),
        description: String::new(),
    };
    store.create_group(&group, now).await.unwrap();
    (admin, place.torrent.hashes.canonical().to_string())
}

fn admin_viewer(admin: &Browser) -> Box<domain::Viewer> {
    Box::new(domain::Viewer {
        user: Some(admin.user()),
        admin: true,
        ..Default::default()
    })
}

/// A route as an address that exists.
fn address(path: &str, hash: &str) -> String {
    let path = path.replace("{hash}", hash).replace("{info_hash}", hash);
    let mut out = String::new();
    let mut rest = path.as_str();
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        out.push('1');
        rest = after.split_once('}').map_or("", |(_, rest)| rest);
    }
    out.push_str(rest);
    match out.as_str() {
        "/posting/reply" => "/posting/reply?topic=1".into(),
        "/posting/edit" | "/posting/quote" => out + "?post=1",
        "/viewtopic.php" => "/viewtopic.php?t=1".into(),
        "/viewforum.php" => "/viewforum.php?f=1".into(),
        "/dl.php" => "/dl.php?id=1".into(),
        "/profile.php" => "/profile.php?mode=viewprofile&u=1".into(),
        _ => out,
    }
}

fn gets(hash: &str) -> Vec<String> {
    let gets = ROUTES.iter().filter(|route| route.method == "get");
    gets.map(|route| address(route.path, hash))
        // one never ends, the other is gone once there is an administrator
        .filter(|path| !path.ends_with("/live") && path != "/setup")
        .collect()
}

#[tokio::test]
async fn no_mutation_passes_without_its_token() {
    let site = Site::on_disk().await;
    let (mut admin, hash) = furnished(&site).await;
    let good = admin.csrf().await;
    let other = site.member("oskar").await.csrf().await;
    let before = site.fingerprint();
    let mut tried = 0;
    for route in ROUTES.iter().filter(|route| route.method != "get") {
        let path = address(route.path, &hash);
        let method: Method = route.method.to_uppercase().parse().unwrap();
        let json = path.starts_with("/api/");
        let attempts = [
            (None, None, None),
            (Some("0".repeat(64)), None, None),
            (Some(other.clone()), None, None),
            (Some(good.clone()), Some("cross-site"), None),
            (Some(good.clone()), Some("same-site"), None),
            (Some(good.clone()), None, Some("https://evil.example")),
            (Some(good.clone()), None, Some("null")),
        ];
        for (token, fetch_site, origin) in attempts {
            for multipart in [false, true] {
                let mut request = Request::builder().method(method.clone()).uri(&path);
                if let Some(site) = fetch_site {
                    request = request.header("sec-fetch-site", site);
                }
                if let Some(origin) = origin {
                    request = request
                        .header(header::ORIGIN, origin)
                        .header(header::HOST, "ours");
                }
                let token = token.clone().unwrap_or_default();
                let (kind, body) = match (json, multipart) {
                    (true, _) => {
                        request = request.header("x-csrf", &token);
                        ("application/json", "{}".to_owned())
                    }
                    (false, false) => (
                        "application/x-www-form-urlencoded",
                        format!("csrf={token}&name=x"),
                    ),
                    (false, true) => (
                        "multipart/form-data; boundary=E",
                        format!(
                            "--E\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--E--\r\n"
                        ),
                    ),
                };
                let request = request
                    .header(header::CONTENT_TYPE, kind)
                    .body(Body::from(body))
                    .unwrap();
                let answer = admin.send(request).await;
                assert_eq!(
                    answer.status, 403,
                    "{method} {path} {fetch_site:?} {origin:?}"
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 300, "{tried}");
    assert_eq!(site.fingerprint(), before, "something was written");
    // and the right token opens the door
    admin
        .post("/settings/appearance", &[("theme", "dark")])
        .await
        .expect(303);
    assert_ne!(site.fingerprint(), before);
}

#[tokio::test]
async fn the_token_must_come_first_in_a_multipart_form() {
    let site = Site::new().await;
    let mut admin = site.admin("mira").await;
    let token = admin.csrf().await;
    let fields = [("title", "x"), ("csrf", token.as_str())];
    let request = crate::testing::multipart("/posting/new", &fields, None);
    admin.send(request).await.expect(403);
}

#[tokio::test]
async fn reading_changes_nothing() {
    let site = Site::on_disk().await;
    let (mut admin, hash) = furnished(&site).await;
    let before = site.fingerprint();
    for path in gets(&hash) {
        let answer = admin.get(&path).await;
        assert!(
            answer.status.is_success() || answer.status.is_redirection(),
            "{path}: {}\n{}",
            answer.status,
            answer.text()
        );
        assert_eq!(site.fingerprint(), before, "{path} wrote to the database");
    }
}

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let site = Site::new().await;
    let (mut admin, hash) = furnished(&site).await;
    let mut paths = gets(&hash);
    paths.extend(
        [
            "/healthz",
            "/readyz",
            "/metrics",
            "/assets/none",
            "/nothing",
            "/forums/999",
            "/api/v1/nothing",
        ]
        .map(str::to_owned),
    );
    paths.push(crate::assets::STYLE.url.clone());
    for path in &paths {
        let answer = admin.get(path).await;
        let policy = answer.header("content-security-policy");
        assert!(
            policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"),
            "{path}"
        );
        assert!(!policy.contains("unsafe"), "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(
            answer.header("cross-origin-opener-policy"),
            "same-origin",
            "{path}"
        );
        assert!(!answer.header("cache-control").is_empty(), "{path}");
    }
    let style = admin.get(&crate::assets::STYLE.url).await;
    assert!(style.header("cache-control").contains("immutable"));
}

#[tokio::test]
async fn every_page_is_sound_and_small_in_every_language() {
    let site = Site::new().await;
    let (admin, hash) = furnished(&site).await;
    for (lang, word) in [("en", "<html lang=\"en\""), ("ru", "<html lang=\"ru\"")] {
        for mut browser in [admin.clone().speaking(lang), site.guest().speaking(lang)] {
            for path in gets(&hash) {
                let answer = browser.get(&path).await;
                if !answer.header("content-type").starts_with("text/html") {
                    continue;
                }
                let html = answer.text();
                // fragments for the script have no frame
                if !html.starts_with("<!doctype") {
                    continue;
                }
                assert!(html.contains(word), "{path} in {lang}");
                assert!(html.len() < 40_960, "{path}: {} bytes", html.len());
                check(&path, &html);
            }
        }
    }
}

#[tokio::test]
async fn errors_are_pages_or_json_and_never_traces() {
    let site = Site::new().await;
    let (mut admin, _) = furnished(&site).await;
    for (path, status) in [
        ("/nothing", 404),
        ("/forums/999", 404),
        ("/topics/x", 404),
        ("/topics/1?page=x", 400),
    ] {
        let page = admin.get(path).await.expect(status);
        check(path, &page.text());
        assert!(page.text().contains("class=\"code\""));
    }
    let wrong_method = admin.get("/logout").await.expect(405);
    check("/logout", &wrong_method.text());
    for (path, status, code) in [
        ("/api/v1/nothing", 404, "not_found"),
        ("/api/v1/topics/999", 404, "not_found"),
        ("/api/v1/me/passkey", 405, "method_not_allowed"),
    ] {
        let error = admin.get(path).await.expect(status).json();
        assert_eq!(error["error"]["code"], code);
        assert!(error["error"]["message"].as_str().unwrap().len() > 10);
        assert!(error["error"]["details"].is_object());
    }
}

#[tokio::test]
async fn a_form_that_is_too_large_stops_at_the_limit() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let name = "x".repeat(crate::csrf::FORM_BYTES);
    let page = mira
        .post("/settings/tokens", &[("name", &name)])
        .await
        .expect(413);
    assert!(page.text().contains("1.05"), "the limit is named");
}

impl Site {
    /// A hash of the database and its log.
    fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for name in ["test.db", "test.db-wal"] {
            hash.update(fs::read(self.blobs_dir.path().join(name)).unwrap_or_default());
        }
        hex::encode(hash.finalize())
    }
}
