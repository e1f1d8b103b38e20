//! What leaves the site, byte for byte.

use axum::http::header;
use bittorrent::{Builder, Version};
use domain::{Audience, ForeignTrackers, ForumPolicy, ForumRights, Scope, Scopes, Secret};
use store::NewToken;

use crate::pages::samples::{self, builder, post, posted, read, torrent};
use crate::testing::{Browser, Site};

async fn key(site: &Site, browser: &Browser) -> String {
    site.app
        .store
        .account(browser.user())
        .await
        .unwrap()
        .passkey
        .as_str()
        .to_owned()
}

#[tokio::test]
async fn a_private_forum_hands_out_a_scrubbed_file() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let mut oskar = site.member("oskar").await;
    let forum = samples::forum(&site, "Film", samples::public(), ForumPolicy::default()).await;
    let file = builder("scrubbed").private(true).build().unwrap();
    let topic = posted(&mut mira, forum, "Film", Some(&file)).await;
    let answer = oskar.get(&format!("/dl/{topic}")).await.expect(200);
    let served = read(&answer.body);
    assert_eq!(
        served.raw_info(),
        read(&file).raw_info(),
        "info byte for byte"
    );
    let key = key(&site, &oskar).await;
    assert_eq!(
        served.trackers(),
        [
            [format!("http://tracker.test:6969/announce/{key}")],
            [format!("udp://tracker.test:6969/announce/{key}")],
        ]
    );
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    for foreign in [
        "elsewhere.example",
        "open.example",
        "seeds.example",
        "made by hand",
    ] {
        assert!(!text.contains(foreign), "{foreign}");
    }
    assert_eq!(
        served.comment().unwrap(),
        format!("http://127.0.0.1:8080/topics/{topic}")
    );
    assert_eq!(answer.header("content-type"), "application/x-bittorrent");
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(
        answer.header("content-disposition"),
        "attachment; filename=\"my file.torrent\"; filename*=UTF-8''my%20file.torrent"
    );
}

#[tokio::test]
async fn a_public_torrent_keeps_its_other_trackers() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let topic = posted(&mut mira, forum, "Linux", Some(&torrent("open"))).await;
    let served = read(
        &site
            .guest()
            .get(&format!("/dl/{topic}"))
            .await
            .expect(200)
            .body,
    );
    assert_eq!(
        served.trackers(),
        [
            ["http://tracker.test:6969/announce"],
            ["udp://tracker.test:6969/announce"],
            ["http://elsewhere.example/announce"],
            ["udp://open.example:80/announce"],
        ]
    );
    assert_eq!(served.web_seeds(), ["https://seeds.example/file"]);
    assert_eq!(served.raw_info(), read(&torrent("open")).raw_info());
    // a private torrent in the same forum is scrubbed all the same
    let file = builder("closed").private(true).build().unwrap();
    let topic = posted(&mut mira, forum, "Private", Some(&file)).await;
    let served = read(
        &site
            .guest()
            .get(&format!("/dl/{topic}"))
            .await
            .expect(200)
            .body,
    );
    assert_eq!(served.trackers().len(), 2);
    assert!(served.web_seeds().is_empty());
}

#[tokio::test]
async fn a_forum_decides_about_foreign_trackers() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let takes = |foreign| ForumPolicy {
        foreign,
        ..samples::taking_all()
    };
    let rights = samples::public();
    let strip = samples::forum(&site, "Strip", rights, takes(ForeignTrackers::Strip)).await;
    let topic = posted(&mut mira, strip, "Open", Some(&torrent("open"))).await;
    let download = format!("/dl/{topic}");
    let served = read(&site.guest().get(&download).await.expect(200).body);
    assert_eq!(
        served.trackers(),
        [
            ["http://tracker.test:6969/announce"],
            ["udp://tracker.test:6969/announce"],
        ]
    );
    assert_eq!(served.web_seeds(), ["https://seeds.example/file"]);

    let reject = samples::forum(&site, "Reject", rights, takes(ForeignTrackers::Reject)).await;
    for private in [false, true] {
        let file = builder("two").private(private).build().unwrap();
        let answer = post(&mut mira, reject, "Two", Some(&file))
            .await
            .expect(422);
        let sentence = "the file names 2, the first being elsewhere.example.";
        assert!(answer.text().contains(sentence), "{}", answer.text());
    }
    let ours = Builder::new("ours")
        .version(Version::Hybrid)
        .piece_length(16_384)
        .file("a", vec![1; 20_000])
        .tier(["http://tracker.test:6969/announce"])
        .build()
        .unwrap();
    posted(&mut mira, reject, "Ours", Some(&ours)).await;
}

#[tokio::test]
async fn magnets_carry_the_key_of_who_asks() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let open = posted(&mut mira, forum, "Open", Some(&torrent("open"))).await;
    let file = builder("closed").private(true).build().unwrap();
    let closed = posted(&mut mira, forum, "Closed", Some(&file)).await;
    let magnet = |page: crate::testing::Answer| {
        page.between("href=\"magnet:", "\"")
            .map(|rest| rest.replace("&#38;", "&").replace("&amp;", "&"))
    };
    let key = key(&site, &mira).await;
    let hashes = read(&torrent("open")).hashes();
    let own = magnet(mira.get(&format!("/topics/{open}")).await).unwrap();
    for part in [
        format!("xt=urn:btih:{}", hashes.v1().unwrap()),
        format!("xt=urn:btmh:1220{}", hashes.v2().unwrap()),
        "dn=open".to_owned(),
        format!("xl={}", read(&torrent("open")).total_size()),
        key.clone(),
    ] {
        assert!(own.contains(&part), "{part}: {own}");
    }
    let guests = magnet(site.guest().get(&format!("/topics/{open}")).await).unwrap();
    assert!(
        guests.contains("announce") && !guests.contains(&key),
        "{guests}"
    );
    assert!(
        magnet(mira.get(&format!("/topics/{closed}")).await)
            .unwrap()
            .contains(&key)
    );
    assert_eq!(
        magnet(site.guest().get(&format!("/topics/{closed}")).await),
        None
    );
}

#[tokio::test]
async fn a_token_downloads_with_its_scope() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let forum = samples::forum(
        &site,
        "Film",
        ForumRights::default(),
        ForumPolicy::default(),
    )
    .await;
    let topic = posted(&mut mira, forum, "Film", Some(&torrent("film"))).await;
    for (scope, status) in [(Scope::Download, 200), (Scope::Read, 403)] {
        let secret = Secret::generate(&site.app.entropy);
        let token = NewToken {
            user: mira.user(),
            name: "client".into(),
            token: crate::visit::hash(&secret),
            scopes: Scopes::NONE.with(scope),
            now: site.app.now(),
            expires_at: None,
        };
        site.app.store.create_token(&token).await.unwrap();
        let mut program = site.guest();
        let bearer = format!("Bearer {}", secret.as_str()).parse().unwrap();
        program.headers.insert(header::AUTHORIZATION, bearer);
        let answer = program.get(&format!("/dl/{topic}")).await.expect(status);
        if status == 200 {
            let own = key(&site, &mira).await;
            assert!(String::from_utf8_lossy(&answer.body).contains(&own));
        } else {
            assert_eq!(answer.json()["error"]["code"], "missing_scope");
        }
    }
}

#[tokio::test]
async fn the_page_says_why_not() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let rights = ForumRights {
        download: Audience::Staff,
        ..ForumRights::default()
    };
    let forum = samples::forum(&site, "Film", rights, ForumPolicy::default()).await;
    let topic = posted(&mut mira, forum, "Film", Some(&torrent("film"))).await;
    let page = |text: String| text.split("class=\"acts\"").nth(1).unwrap().to_owned();
    let path = format!("/topics/{topic}");
    let guests = page(site.guest().get(&path).await.text());
    assert!(guests.contains("Log in to download") && guests.contains("/login?next=/topics/"));
    let members = page(mira.get(&path).await.text());
    assert!(
        members.contains("Your groups may not download"),
        "{members}"
    );
    assert!(!members.contains("magnet:") && !members.contains(&format!("/dl/{topic}\"")));
}

#[tokio::test]
async fn views_and_downloads_are_counted() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let topic = posted(&mut mira, forum, "Linux", Some(&torrent("open"))).await;
    for _ in 0..3 {
        mira.get(&format!("/topics/{topic}")).await.expect(200);
        mira.get(&format!("/dl/{topic}")).await.expect(200);
    }
    site.app.tally.flush(&site.app.store).await;
    assert!(
        mira.get(&format!("/topics/{topic}"))
            .await
            .text()
            .contains("3 views")
    );
    let viewer = domain::Viewer::guest();
    let place = site
        .app
        .store
        .torrent_of_topic(&viewer, topic)
        .await
        .unwrap();
    assert_eq!(place.torrent.downloads, 3);
}

#[tokio::test]
async fn no_ones_key_leaves_the_site_in_a_web_seed_or_a_text() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let oskar = site.member("oskar").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let (own, others) = (key(&site, &mira).await, key(&site, &oskar).await);
    let leaks = [
        format!("http://tracker.test:6969/announce/{others}"),
        format!("http://cdn.example/file?passkey={others}"),
        "http://tracker.test:6969/file".to_owned(),
    ];
    for (n, text) in leaks.iter().enumerate() {
        let file = builder(&format!("leak {n}"))
            .web_seed(text)
            .created_by(format!("made with {text}"))
            .comment(text)
            .build()
            .unwrap();
        let topic = posted(&mut mira, forum, "Leak", Some(&file)).await;
        let answer = site.guest().get(&format!("/dl/{topic}")).await.expect(200);
        let served = read(&answer.body);
        assert_eq!(served.web_seeds(), ["https://seeds.example/file"], "{text}");
        assert_eq!(served.created_by(), None, "{text}");
        assert_eq!(served.trackers().len(), 4);
        assert!(
            !String::from_utf8_lossy(&answer.body).contains(text),
            "{text}"
        );
        site.wait(60);
    }
    // one's own is not even kept, wherever it stands
    let file = builder("own")
        .web_seed(format!("http://cdn.example/{own}/file"))
        .created_by("mktorrent 1.1")
        .build()
        .unwrap();
    let topic = posted(&mut mira, forum, "Own", Some(&file)).await;
    for path in [format!("/dl/{topic}"), format!("/dl/{topic}?original=1")] {
        let served = read(&mira.get(&path).await.expect(200).body);
        assert_eq!(served.web_seeds(), ["https://seeds.example/file"], "{path}");
        assert_eq!(served.created_by(), Some("mktorrent 1.1"), "{path}");
    }
}
