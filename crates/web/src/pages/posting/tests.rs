//! Posting through the pages, as a browser without script does it.

use bittorrent::Version;
use domain::{Audience, ForumPolicy, ForumRights, PrivatePolicy, Right, Viewer};

use crate::config::Config;
use crate::pages::samples::{self, builder, post, posted, read, torrent};
use crate::testing::Site;

#[tokio::test]
async fn a_torrent_is_posted_and_seen() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let answer = post(&mut mira, forum, "Debian 13", Some(&torrent("debian")))
        .await
        .expect(303);
    let page = mira.get(answer.location()).await.expect(200);
    let hashes = read(&torrent("debian")).hashes();
    for part in [
        "<h1>Debian 13</h1>",
        "A <strong>post</strong>",
        &format!("data-torrent=\"{}\"", hashes.v1().unwrap()),
        "data-seeders=\"0\"",
        &hashes.v2().unwrap().to_string(),
        "Posted",
    ] {
        assert!(page.text().contains(part), "{part}");
    }
    assert!(
        site.guest()
            .get(&format!("/forums/{forum}"))
            .await
            .text()
            .contains("Debian 13")
    );
    assert!(site.guest().get("/").await.text().contains("Debian 13"));
    // nobody checks torrents here, so none is marked as unchecked
    for path in [
        "/",
        "/torrents",
        &format!("/forums/{forum}"),
        answer.location(),
    ] {
        let page = site.guest().get(path).await.text();
        assert!(!page.contains("Not checked"), "{path}");
    }
    // only its author is told how it went
    assert!(
        !site
            .guest()
            .get(answer.location())
            .await
            .text()
            .contains("note ok")
    );
}

#[tokio::test]
async fn what_shows_nothing_is_no_title_and_what_misleads_no_file_name() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let answer = post(&mut mira, forum, "\u{200b}\u{feff}\u{3164}", None).await;
    assert!(
        answer
            .expect(422)
            .text()
            .contains("Give the topic a title.")
    );
    let answer = post(&mut mira, forum, "Photo \u{202e}gpj.exe", None).await;
    let page = mira.get(answer.expect(303).location()).await.text();
    assert!(page.contains("<h1>Photo gpj.exe</h1>"), "{page}");

    let mut file = torrent("a---b");
    let at = file.windows(3).position(|bytes| bytes == b"---").unwrap();
    file[at..at + 3].copy_from_slice("\u{200f}".as_bytes());
    let answer = post(&mut mira, forum, "Debian", Some(&file))
        .await
        .expect(422);
    let sentence = "info.name: the name has invisible characters that turn";
    assert!(answer.text().contains(sentence), "{}", answer.text());

    let blank = "\u{2060}\u{ad}";
    let said = "The title has no character that shows.";
    for (path, fields) in [
        ("/admin/categories", &[("title", blank)][..]),
        ("/admin/groups", &[("name", blank), ("description", "")]),
    ] {
        let answer = mira.post(path, fields).await.expect(422);
        assert!(answer.text().contains(said), "{path}: {}", answer.text());
    }
}

#[tokio::test]
async fn the_policy_of_the_forum_decides() {
    let allow = samples::taking_all();
    let force = ForumPolicy::default();
    let require = ForumPolicy {
        private: PrivatePolicy::Require,
        ..allow
    };
    let table = [
        (allow, Version::V1, false, Ok(false)),
        (allow, Version::V2, true, Ok(false)),
        (force, Version::V1, false, Ok(true)),
        (force, Version::Hybrid, false, Ok(true)),
        (force, Version::V2, false, Ok(true)),
        (force, Version::V1, true, Ok(false)),
        (require, Version::V1, true, Ok(false)),
        (
            require,
            Version::V1,
            false,
            Err("private torrents only. Tick"),
        ),
        (
            ForumPolicy {
                v1_only: false,
                ..allow
            },
            Version::V1,
            false,
            Err("does not take v1"),
        ),
        (
            ForumPolicy {
                hybrid: false,
                ..allow
            },
            Version::Hybrid,
            false,
            Err("hybrid torrents"),
        ),
        (
            ForumPolicy {
                v2_only: false,
                ..allow
            },
            Version::V2,
            false,
            Err("v2-only torrents"),
        ),
        (
            ForumPolicy {
                v1_only: false,
                ..force
            },
            Version::Hybrid,
            false,
            Ok(true),
        ),
    ];
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    for (i, (policy, version, private, expected)) in table.into_iter().enumerate() {
        site.wait(60);
        let forum = samples::forum(&site, &format!("F{i}"), samples::public(), policy).await;
        let file = builder(&format!("file {i}"))
            .version(version)
            .private(private)
            .build()
            .unwrap();
        let answer = post(&mut mira, forum, "A title", Some(&file)).await;
        let case = format!("row {i}: {policy:?} {version:?} private={private}");
        match expected {
            Err(words) => {
                assert_eq!(answer.status, 422, "{case}");
                assert!(answer.text().contains(words), "{case}: {}", answer.text());
            }
            Ok(forced) => {
                assert_eq!(answer.status, 303, "{case}: {}", answer.text());
                let page = mira.get(answer.location()).await.text();
                let told = page.contains("Download the torrent again before you seed");
                assert_eq!(told, forced, "{case}");
                let topic = answer.location()["/topics/".len()..]
                    .split('?')
                    .next()
                    .unwrap();
                let served = read(&mira.get(&format!("/dl/{topic}")).await.expect(200).body);
                assert_eq!(served.private(), forced || private, "{case}");
                assert_eq!(served.hashes() != read(&file).hashes(), forced, "{case}");
                let shown = page.contains(&served.hashes().canonical().to_string());
                assert!(shown, "{case}: the page shows the registered hash");
                let original = mira.get(&format!("/dl/{topic}?original")).await.expect(200);
                assert_eq!(original.body, file, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn the_analysis_says_the_same_before() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let forum = samples::forum(&site, "Film", samples::public(), ForumPolicy::default()).await;
    let id = forum.to_string();
    let file = torrent("before");
    let fields = [("forum", id.as_str())];
    let sent = Some(("torrent", "x.torrent", file.as_slice()));
    let found = mira
        .upload("/posting/analyse", &fields, sent)
        .await
        .expect(200)
        .text();
    for part in [
        "It will be made private",
        "2 foreign trackers",
        "v1 + v2",
        "before",
        "20.0\u{a0}KB",
    ] {
        assert!(found.contains(part), "{part}: {found}");
    }
    assert!(!found.contains("<html"), "a fragment");
    posted(&mut mira, forum, "It", Some(&file)).await;
    let found = mira
        .upload("/posting/analyse", &fields, sent)
        .await
        .expect(200)
        .text();
    assert!(
        found.contains("already here: “It”") && found.contains("/topics/1"),
        "{found}"
    );
    site.guest()
        .upload("/posting/analyse", &fields, sent)
        .await
        .expect(303);
}

#[tokio::test]
async fn bad_files_are_refused_by_field_and_rule() {
    let site = Site::with(Config {
        max_torrent_bytes: 50_000,
        ..Config::default()
    })
    .await;
    let mut mira = site.member("mira").await;
    let forum = samples::forum(&site, "Film", samples::public(), ForumPolicy::default()).await;
    let dots =
        b"d4:infod6:lengthi5e4:name2:..12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee";
    let large = vec![b'x'; 60_000];
    let much_larger = vec![b'x'; 400_000];
    for (file, words) in [
        (&b""[..], "The file is empty"),
        (b"hello", "not valid bencode"),
        (b"d4:infod4:name1:a12:piece lengthi16384eee", "info.length"),
        (dots, "info.name: the name is “.” or “..”"),
        (&large, "larger than 50.0\u{a0}KB"),
        (&much_larger, "larger than 50.0\u{a0}KB"),
    ] {
        site.wait(60);
        let answer = post(&mut mira, forum, "My title", Some(file))
            .await
            .expect(422);
        let text = answer.text();
        assert!(text.contains(words), "{words}: {text}");
        assert!(
            text.contains("value=\"My title\"") && text.contains("A [b]post[/b]"),
            "kept"
        );
        assert!(
            !text.contains("name=\"draft\""),
            "nothing unreadable is kept"
        );
    }
    // the limit is the file's: one that fits is taken
    posted(&mut mira, forum, "Fits", Some(&torrent("fits"))).await;
    let shown = site.guest().get(&format!("/forums/{forum}")).await.text();
    assert_eq!(shown.matches("class=\"t\"").count(), 1);
}

#[tokio::test]
async fn titles_and_texts_are_checked_together() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let forum = samples::forum(&site, "Film", samples::public(), ForumPolicy::default()).await;
    let answer = mira
        .upload("/posting/new", &[("title", " "), ("text", "")], None)
        .await;
    let text = answer.expect(422).text();
    for words in [
        "Choose a forum",
        "Give the topic a title",
        "Write something",
        "3 things",
    ] {
        assert!(text.contains(words), "{words}");
    }
    let id = forum.to_string();
    let long = "x".repeat(251);
    let fields = [("forum", id.as_str()), ("title", &long), ("text", "fine")];
    let text = mira
        .upload("/posting/new", &fields, None)
        .await
        .expect(422)
        .text();
    assert!(text.contains("The title may have 250 characters"), "{text}");
    assert!(text.contains("aria-invalid=\"true\"") && text.contains(&long));
}

#[tokio::test]
async fn who_may_not_post_does_not() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let staff = ForumRights {
        post: Audience::Staff,
        ..samples::public()
    };
    let seen = samples::forum(&site, "News", staff, samples::taking_all()).await;
    let staff = ForumRights {
        see: Audience::Staff,
        ..samples::public()
    };
    let hidden = samples::forum(&site, "Staff", staff, samples::taking_all()).await;
    let staff = ForumRights {
        attach: Audience::Staff,
        ..samples::public()
    };
    let bare = samples::forum(&site, "Talk", staff, samples::taking_all()).await;
    post(&mut mira, seen, "x", None).await.expect(403);
    post(&mut mira, hidden, "x", None).await.expect(404);
    let text = post(&mut mira, bare, "x", Some(&torrent("x")))
        .await
        .expect(422)
        .text();
    assert!(text.contains("You may not attach torrents"), "{text}");
    post(&mut mira, bare, "x", None).await.expect(303);
    let answer = post(&mut site.guest(), bare, "x", None).await;
    assert!(answer.location().starts_with("/login"));
    let form = mira.get("/posting/new").await.text();
    assert!(form.contains(">Talk<") && !form.contains(">News<") && !form.contains(">Staff<"));
}

#[tokio::test]
async fn a_duplicate_is_refused_with_the_way_to_the_topic() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let mut oskar = site.member("oskar").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let topic = posted(&mut mira, forum, "The <first>", Some(&torrent("same"))).await;
    let answer = post(&mut oskar, forum, "The second", Some(&torrent("same")))
        .await
        .expect(409);
    let text = answer.text();
    assert!(
        text.contains("The &#60;first&#62;") || text.contains("The &lt;first&gt;"),
        "{text}"
    );
    assert!(
        text.contains(&format!("href=\"/topics/{topic}\"")),
        "{text}"
    );
    // the same files as v1 alone are the same v1 torrent only if the info is the same
    let other = builder("same").version(Version::V1).build().unwrap();
    posted(&mut oskar, forum, "Another", Some(&other)).await;
}

#[tokio::test]
async fn a_duplicate_in_a_hidden_forum_is_not_named() {
    let site = Site::new().await;
    let mut admin = site.admin("admin").await;
    let mut mira = site.member("mira").await;
    let rights = ForumRights {
        see: Audience::Staff,
        ..samples::public()
    };
    let hidden = samples::forum(&site, "Staff", rights, samples::taking_all()).await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    posted(&mut admin, hidden, "Top secret", Some(&torrent("same"))).await;
    let text = post(&mut mira, forum, "Mine", Some(&torrent("same")))
        .await
        .expect(409)
        .text();
    assert!(
        text.contains("already here") && !text.contains("Top secret"),
        "{text}"
    );
    assert!(!text.contains("/topics/"), "{text}");
}

#[tokio::test]
async fn of_two_at_once_one_is_posted() {
    let site = Site::new().await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    for round in 0..8 {
        let mut mira = site.member(&format!("mira{round}")).await;
        let mut oskar = site.member(&format!("oskar{round}")).await;
        mira.csrf().await;
        oskar.csrf().await;
        let file = torrent(&format!("race {round}"));
        let (a, b) = tokio::join!(
            post(&mut mira, forum, "Mine", Some(&file)),
            post(&mut oskar, forum, "No, mine", Some(&file)),
        );
        let mut statuses = [a.status.as_u16(), b.status.as_u16()];
        statuses.sort();
        assert_eq!(statuses, [303, 409], "{}\n{}", a.text(), b.text());
        let (won, lost) = if a.status == 303 { (a, b) } else { (b, a) };
        let topic = won.location().split('?').next().unwrap().to_owned();
        assert!(
            lost.text().contains(&format!("href=\"{topic}\"")),
            "names the other topic"
        );
    }
    let page = site.guest().get(&format!("/forums/{forum}")).await.text();
    assert_eq!(page.matches("class=\"t\"").count(), 8);
}

#[tokio::test]
async fn without_script_the_file_is_kept_between_two_submissions() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let forum = samples::forum(&site, "Film", samples::public(), ForumPolicy::default()).await;
    let id = forum.to_string();
    let file = torrent("kept");
    let fields = [
        ("forum", id.as_str()),
        ("title", ""),
        ("text", "[i]soon[/i]"),
        ("action", "check"),
    ];
    let sent = Some(("torrent", "kept.torrent", file.as_slice()));
    let page = mira.upload("/posting/new", &fields, sent).await.expect(200);
    let text = page.text();
    assert!(
        text.contains("It will be made private") && text.contains("<em>soon</em>"),
        "{text}"
    );
    let draft = page.between("name=\"draft\" value=\"", "\"").unwrap();

    // somebody else cannot use the reference
    let mut oskar = site.member("oskar").await;
    let fields = [
        ("forum", id.as_str()),
        ("title", "t"),
        ("text", "x"),
        ("draft", &draft),
    ];
    let text = oskar
        .upload("/posting/new", &fields, None)
        .await
        .expect(422)
        .text();
    assert!(text.contains("gone now"), "{text}");

    // a refusal keeps it, too
    let fields = [
        ("forum", id.as_str()),
        ("title", ""),
        ("text", "x"),
        ("draft", &draft),
    ];
    let page = mira.upload("/posting/new", &fields, None).await.expect(422);
    assert_eq!(
        page.between("name=\"draft\" value=\"", "\"").unwrap(),
        draft
    );
    let fields = [
        ("forum", id.as_str()),
        ("title", "Done"),
        ("text", "x"),
        ("draft", &draft),
    ];
    let answer = mira.upload("/posting/new", &fields, None).await.expect(303);
    assert!(
        mira.get(answer.location())
            .await
            .text()
            .contains("data-torrent=")
    );
    let text = mira
        .upload("/posting/new", &fields, None)
        .await
        .expect(422)
        .text();
    assert!(text.contains("gone now"), "a draft is posted once: {text}");
}

#[tokio::test]
async fn a_key_of_this_site_never_gets_stored() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let key = "0123456789abcdef0123456789abcdef";
    let file = builder("leak")
        .tier([format!("http://tracker.test:6969/announce/{key}")])
        .tier([format!("udp://tracker.test:6969/{key}/announce")])
        .build()
        .unwrap();
    let topic = posted(&mut mira, forum, "Leak", Some(&file)).await;
    for path in [format!("/dl/{topic}"), format!("/dl/{topic}?original")] {
        let body = mira.get(&path).await.expect(200).body;
        assert_eq!(read(&body).raw_info(), read(&file).raw_info());
        assert!(!String::from_utf8_lossy(&body).contains(key), "{path}");
    }
    for entry in walk(site.blobs_dir.path()) {
        let bytes = std::fs::read(entry).unwrap();
        assert!(!String::from_utf8_lossy(&bytes).contains(key));
    }
}

fn walk(dir: &std::path::Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(walk(&path))
        } else {
            found.push(path)
        }
    }
    found
}

#[tokio::test]
async fn replies_quotes_and_edits() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let mut oskar = site.member("oskar").await;
    let forum = samples::forum(&site, "Talk", samples::public(), samples::taking_all()).await;
    let topic = posted(&mut mira, forum, "Hello", None).await;
    let reply = format!("/posting/reply?topic={topic}");

    let quoted = oskar.get("/posting/quote?post=1").await.expect(200).text();
    assert_eq!(quoted, "[quote=\"mira\" post=1]A [b]post[/b][/quote]\n");
    let form = oskar
        .get(&format!("{reply}&quote=1"))
        .await
        .expect(200)
        .text();
    assert!(form.contains("[quote=&#34;mira&#34; post=1]") || form.contains("[quote=&quot;mira"));
    let answer = oskar
        .post(&reply, &[("text", &format!("{quoted}Yes"))])
        .await
        .expect(303);
    assert_eq!(answer.location(), format!("/topics/{topic}#post-2"));
    let page = site.guest().get(&format!("/topics/{topic}")).await.text();
    assert!(
        page.contains("id=\"post-2\"") && page.contains("<blockquote>"),
        "{page}"
    );
    assert!(
        page.contains("href=\"/posts/1\""),
        "the quote leads to its post"
    );
    assert_eq!(
        site.guest().get("/posts/2").await.expect(303).location(),
        answer.location()
    );

    let preview = [("text", "[b]look[/b]"), ("action", "preview")];
    let text = oskar.post(&reply, &preview).await.expect(200).text();
    assert!(text.contains("<strong>look</strong>"), "{text}");
    let text = oskar
        .post(&reply, &[("text", " ")])
        .await
        .expect(422)
        .text();
    assert!(text.contains("Write something"));
    let html = oskar
        .post("/posting/preview", &[("text", "<b>[b]x[/b]")])
        .await
        .expect(200)
        .text();
    assert!(
        html.contains("<strong>x</strong>") && !html.contains("<b>"),
        "{html}"
    );

    // editing: the author, with the title on the first post alone
    oskar.get("/posting/edit?post=1").await.expect(403);
    let edit = [
        ("title", "Hello again"),
        ("text", "New words"),
        ("edits", "0"),
    ];
    mira.post("/posting/edit?post=1", &edit).await.expect(303);
    let page = site.guest().get(&format!("/topics/{topic}")).await.text();
    assert!(
        page.contains("<h1>Hello again</h1>") && page.contains("New words"),
        "{page}"
    );
    assert!(page.contains("Edited"));
    let edit = [("title", "Hijack"), ("text", "Mine too"), ("edits", "0")];
    oskar.post("/posting/edit?post=2", &edit).await.expect(303);
    assert!(
        site.guest()
            .get(&format!("/topics/{topic}"))
            .await
            .text()
            .contains("Hello again")
    );
    // somebody was quicker: both texts, and saving again works
    let edit = [
        ("title", "Hello again"),
        ("text", "Late words"),
        ("edits", "0"),
    ];
    let page = mira.post("/posting/edit?post=1", &edit).await.expect(409);
    assert!(page.text().contains("New words") && page.text().contains("Late words"));
    let seen = page.between("name=\"edits\" value=\"", "\"").unwrap();
    let edit = [
        ("title", "Hello again"),
        ("text", "Late words"),
        ("edits", seen.as_str()),
    ];
    mira.post("/posting/edit?post=1", &edit).await.expect(303);
}

#[tokio::test]
async fn a_locked_topic_takes_no_replies_and_loses_no_words() {
    let site = Site::new().await;
    let mut admin = site.admin("admin").await;
    let mut mira = site.member("mira").await;
    let forum = samples::forum(&site, "Talk", samples::public(), samples::taking_all()).await;
    let topic = posted(&mut mira, forum, "Hello", None).await;
    let reply = format!("/posting/reply?topic={topic}");
    site.app.store.set_locked(topic, true).await.unwrap();
    let text = mira
        .post(&reply, &[("text", "my long words")])
        .await
        .expect(409)
        .text();
    assert!(
        text.contains("my long words") && text.contains("locked"),
        "{text}"
    );
    mira.get("/posting/edit?post=1").await.expect(403);
    let page = mira.get(&format!("/topics/{topic}")).await.text();
    assert!(
        !page.contains("<textarea") && page.contains("nobody can reply"),
        "{page}"
    );
    admin
        .post(&reply, &[("text", "closing word")])
        .await
        .expect(303);
}

#[tokio::test]
async fn a_reply_on_a_later_page_is_led_to() {
    let site = Site::new().await;
    let mut mira = site.member("mira").await;
    let forum = samples::forum(&site, "Talk", samples::public(), samples::taking_all()).await;
    let topic = posted(&mut mira, forum, "Hello", None).await;
    let reply = format!("/posting/reply?topic={topic}");
    for n in 2..=21u32 {
        site.wait(60);
        let answer = mira
            .post(&reply, &[("text", &format!("post {n}"))])
            .await
            .expect(303);
        let page = if n <= 20 { "" } else { "?page=2" };
        assert_eq!(answer.location(), format!("/topics/{topic}{page}#post-{n}"));
    }
    let second = mira.get(&format!("/topics/{topic}?page=2")).await.text();
    assert!(
        second.contains("post 21") && !second.contains("post 20<"),
        "{second}"
    );
    let old = site.guest().get("/viewtopic.php?p=21").await.expect(301);
    assert_eq!(old.location(), format!("/topics/{topic}?page=2#post-21"));
    let forum_page = mira.get(&format!("/forums/{forum}")).await.text();
    assert!(forum_page.contains(&format!("href=\"/topics/{topic}?page=2#post-21\"")));
}

#[test]
fn guests_never_write() {
    let rights = ForumRights {
        post: Audience::Everyone,
        ..ForumRights::default()
    };
    assert!(!domain::may(&Viewer::guest(), &rights, Right::Post));
}
