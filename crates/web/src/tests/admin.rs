//! The administration, and who must not get in.

use domain::{Audience, Right, Viewer};

use crate::pages::checks::markup::check;
use crate::pages::samples::{self, posted};
use crate::router::ROUTES;
use crate::testing::Site;
use crate::urls;

fn forum_form<'f>(title: &'f str, place: &'f str) -> Vec<(&'f str, &'f str)> {
    let mut form = vec![
        ("title", title),
        ("description", "About it"),
        ("place", place),
    ];
    form.extend([
        ("see", "everyone"),
        ("read", "everyone"),
        ("post", "members"),
        ("reply", "members"),
    ]);
    form.extend([
        ("attach", "members"),
        ("download", "members"),
        ("private", "allow"),
        ("foreign_trackers", "reject"),
        ("v1_only", "yes"),
    ]);
    form
}

#[tokio::test]
async fn only_administrators_get_in() {
    let site = Site::new().await;
    site.admin("mira").await;
    let mut member = site.member("oskar").await;
    let mut guest = site.guest();
    for route in ROUTES
        .iter()
        .filter(|route| route.path.starts_with("/admin"))
    {
        let path = route.path.replace("{id}", "1");
        if route.method == "get" {
            member.get(&path).await.expect(403);
            assert!(
                guest.get(&path).await.location().starts_with("/login"),
                "{path}"
            );
        } else {
            let fields = [("title", "x"), ("name", "x"), ("by", "up"), ("reason", "")];
            let status = member.post(&path, &fields).await.status;
            assert!(status == 403, "{path}: {status}");
            assert!(
                guest
                    .post(&path, &fields)
                    .await
                    .location()
                    .starts_with("/login"),
                "{path}"
            );
        }
    }
    assert!(!member.get("/").await.text().contains("/admin"));
}

#[tokio::test]
async fn categories_and_forums_are_made_ordered_and_deleted() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    assert_eq!(
        mira.get("/admin/forums/new").await.expect(303).location(),
        "/admin/forums"
    );
    for title in ["Systems", "Films"] {
        mira.post("/admin/categories", &[("title", title)])
            .await
            .expect(303);
    }
    let long = "x".repeat(300);
    for (path, title) in [
        ("/admin/categories", long.as_str()),
        ("/admin/categories/2", "  "),
    ] {
        let page = mira.post(path, &[("title", title)]).await.expect(422);
        let page = page.text();
        check(path, &page);
        let beside = format!("value=\"{title}\" required maxlength=\"120\"");
        let (_, after) = page.split_once(&beside).expect("what was typed is kept");
        let (field, _) = after.split_once("</form>").unwrap();
        assert!(field.contains("aria-invalid") && field.contains("The title needs 1 to"));
        assert_eq!(page.matches("The title needs 1 to").count(), 1, "{path}");
    }
    mira.post("/admin/categories/99", &[("title", "x")])
        .await
        .expect(404);
    mira.post("/admin/categories/2/move", &[("by", "up")])
        .await
        .expect(303);
    mira.post("/admin/categories/1", &[("title", "Operating systems")])
        .await
        .expect(303);
    let titles = |site: &Site| -> Vec<String> {
        let site = site.app.store.site();
        site.categories.iter().map(|c| c.title.clone()).collect()
    };
    assert_eq!(titles(&site), ["Films", "Operating systems"]);

    for title in ["Linux", "BSD", "Minix"] {
        mira.post("/admin/forums/new", &forum_form(title, "category:1"))
            .await
            .expect(303);
    }
    mira.post("/admin/forums/new", &forum_form("Debian", "forum:1"))
        .await
        .expect(303);
    mira.post("/admin/forums/3/move", &[("by", "up")])
        .await
        .expect(303);
    mira.post("/admin/forums/3/move", &[("by", "up")])
        .await
        .expect(303);
    mira.post("/admin/forums/3/move", &[("by", "up")])
        .await
        .expect(303);
    mira.post("/admin/forums/3/move", &[("by", "sideways")])
        .await
        .expect(400);
    let forums = |site: &Site| -> Vec<String> {
        let site = site.app.store.site();
        site.forums
            .iter()
            .map(|f| format!("{}{}", "-".repeat(f.depth), f.title))
            .collect()
    };
    assert_eq!(forums(&site), ["Minix", "Linux", "-Debian", "BSD"]);

    // what is wrong is said, and what was typed is kept
    let mut bad = forum_form("", "category:1");
    bad.retain(|(name, _)| *name != "v1_only");
    let page = mira
        .post("/admin/forums/new", &bad)
        .await
        .expect(422)
        .text();
    assert!(page.contains("The title needs 1 to") && page.contains("Tick at least one kind"));
    assert!(page.contains("About it"));
    let page = mira
        .post("/admin/forums/1", &forum_form("Linux", "forum:4"))
        .await
        .expect(422)
        .text();
    assert!(page.contains("cannot stand under itself"));
    mira.post("/admin/forums/1", &forum_form("Linux", "forum:99"))
        .await
        .expect(422);

    // moving takes the subforums along
    mira.post("/admin/forums/1", &forum_form("GNU/Linux", "category:2"))
        .await
        .expect(303);
    assert_eq!(forums(&site), ["GNU/Linux", "-Debian", "Minix", "BSD"]);

    let page = mira
        .post("/admin/categories/1/delete", &[])
        .await
        .expect(409)
        .text();
    assert!(page.contains("still has forums"));
    mira.post("/admin/forums/1/delete", &[]).await.expect(409);
    mira.post("/admin/forums/4/delete", &[]).await.expect(303);
    mira.post("/admin/forums/1/delete", &[]).await.expect(303);
    mira.post("/admin/categories/2/delete", &[])
        .await
        .expect(303);
    assert_eq!(titles(&site), ["Operating systems"]);
    posted(&mut mira, 2.into(), "Something", None).await;
    mira.post("/admin/forums/2/delete", &[]).await.expect(409);
}

#[tokio::test]
async fn rights_given_to_a_group_hold_at_once() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut oskar = site.member("oskar").await;
    mira.post("/admin/categories", &[("title", "Systems")])
        .await
        .expect(303);
    let group = mira
        .post("/admin/groups", &[("name", "Crew")])
        .await
        .expect(303);
    assert_eq!(group.location(), "/admin/groups/1");
    mira.post("/admin/groups", &[("name", "Staff")])
        .await
        .expect(303);
    let crew = [("name", "crew"), ("description", "Who sails")];
    let nothing = [("name", " "), ("description", "Who sails")];
    for (path, form, said) in [
        ("/admin/groups", crew, "There is a group of this name"),
        ("/admin/groups/2", crew, "There is a group of this name"),
        ("/admin/groups", nothing, "a name of 1 to 60"),
        ("/admin/groups/2", nothing, "a name of 1 to 60"),
    ] {
        let page = mira.post(path, &form).await.expect(422).text();
        check(path, &page);
        assert!(page.contains(said) && page.contains("aria-invalid"));
        assert!(page.contains("value=\"Who sails\""), "{path}");
    }
    mira.post("/admin/groups/2", &[("name", "Officers")])
        .await
        .expect(303);
    mira.post("/admin/groups/9", &crew[1..]).await.expect(400);
    mira.post("/admin/groups/9", &nothing).await.expect(404);
    let mut form = forum_form("Secret garden", "category:1");
    for field in form.iter_mut().filter(|(name, _)| *name == "see") {
        field.1 = "group:1";
    }
    mira.post("/admin/forums/new", &form).await.expect(303);
    assert!(!oskar.get("/").await.text().contains("Secret garden"));
    oskar.get("/forums/1").await.expect(404);
    let page = mira
        .post("/admin/groups/1/add", &[("name", "nobody")])
        .await
        .expect(422)
        .text();
    check("/admin/groups/1/add", &page);
    assert!(page.contains("no account of this name") && page.contains("value=\"nobody\""));
    mira.post("/admin/groups/1/add", &[("name", "oskar")])
        .await
        .expect(303);
    assert!(oskar.get("/").await.text().contains("Secret garden"));
    assert!(mira.get("/admin/groups/1").await.text().contains("oskar"));
    assert!(
        mira.post("/admin/groups/1/delete", &[])
            .await
            .expect(409)
            .text()
            .contains("Change those rights first")
    );
    let user = oskar.user().to_string();
    mira.post("/admin/groups/1/remove", &[("user", &user)])
        .await
        .expect(303);
    oskar.get("/forums/1").await.expect(404);
    let node = site.app.store.site().forum(1.into()).unwrap().clone();
    assert_eq!(node.rights.audience(Right::See), Audience::Group(1.into()));
    // a group that does not exist is refused
    form.iter_mut().for_each(|field| {
        if field.0 == "see" {
            field.1 = "group:9";
        }
    });
    mira.post("/admin/forums/1", &form).await.expect(422);
}

#[tokio::test]
async fn settings_are_changed_together_or_not_at_all() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let form = |name: &'static str, interval: &'static str| {
        [
            ("site_name", name),
            ("registration", "invite"),
            ("rules_text", "Be kind"),
            ("default_language", "ru"),
            ("default_theme", "dark"),
            ("announce_interval", interval),
            ("freeleech_until", "2027-01-31T18:00"),
            ("upload_speed_limit", "5000"),
        ]
    };
    let page = mira
        .post("/admin/settings", &form("The Hive", "5"))
        .await
        .expect(422)
        .text();
    assert!(page.contains("from 60 to 86400") && page.contains("value=\"The Hive\""));
    assert_eq!(
        site.app.store.site().settings,
        domain::SiteSettings::default()
    );
    mira.post("/admin/settings", &form("The Hive", "900"))
        .await
        .expect(303);
    let page = site.guest().get("/login").await.text();
    assert!(page.contains("<html lang=\"ru\" data-theme=\"dark\">") && page.contains("The Hive"));
    let settings = site.app.store.site().settings.clone();
    assert_eq!(
        settings.freeleech_until,
        Some(domain::UnixTime(1_801_418_400))
    );
    assert_eq!(settings.upload_speed_limit, 5000);
    let page = mira.get("/admin/settings").await.expect(200).text();
    assert!(page.contains("value=\"2027-01-31T18:00:00\""));
}

#[tokio::test]
async fn accounts_are_found_banned_and_promoted() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut oskar = site.member("oskar").await;
    let id = oskar.user();
    let list = mira.get("/admin/users").await.expect(200).text();
    assert!(list.contains("mira") && list.contains("oskar"));
    assert!(
        !mira
            .get("/admin/users?q=Oskar")
            .await
            .text()
            .contains(">mira</a>")
    );
    for beginning in ["os", "OSK", "оsкаr", "+osk"] {
        let found = mira.get(&urls::admin_users_found(beginning)).await.text();
        assert_eq!(
            (found.contains(">oskar</a>"), found.contains(">mira</a>")),
            (!beginning.starts_with('+'), false),
            "{beginning}"
        );
    }
    for n in 0..60 {
        site.member(&format!("zoe {n}")).await;
    }
    let found = mira.get("/admin/users?q=Zoe&page=2&filter=banned").await;
    let found = found.text();
    assert!(found.contains("60 members") && found.contains("href=\"/admin/users?q=Zoe\""));
    assert_eq!(found.matches(">zoe ").count(), 10);
    assert!(
        mira.get("/admin/users?q=nobody")
            .await
            .text()
            .contains("Nobody fits")
    );
    assert!(
        !mira
            .get("/admin/users?filter=admins")
            .await
            .text()
            .contains(">oskar</a>")
    );
    mira.get("/admin/users/99").await.expect(404);
    let act = |act: &str| format!("/admin/users/{id}/{act}");
    mira.post(&act("admin"), &[("admin", "yes")])
        .await
        .expect(303);
    oskar.get("/admin").await.expect(200);
    mira.post(&act("admin"), &[("admin", "no")])
        .await
        .expect(303);
    oskar.get("/admin").await.expect(403);
    // the last one stays
    let own = mira.user();
    mira.post(&format!("/admin/users/{own}/admin"), &[("admin", "no")])
        .await
        .expect(409);
    mira.post(&format!("/admin/users/{own}/ban"), &[])
        .await
        .expect(409);
    let old = site.app.store.account(id).await.unwrap().passkey;
    mira.post(&act("passkey"), &[]).await.expect(303);
    assert_ne!(site.app.store.account(id).await.unwrap().passkey, old);
    mira.post(&act("logout"), &[]).await.expect(303);
    oskar.get("/settings").await.expect(303);
    mira.post(&act("ban"), &[("reason", "x")]).await.expect(303);
    assert!(
        mira.get("/admin/users?filter=banned")
            .await
            .text()
            .contains("oskar")
    );
    assert!(
        site.guest()
            .get(&format!("/members/{id}"))
            .await
            .text()
            .contains("Banned")
    );
}

#[tokio::test]
async fn hidden_forums_leave_no_trace_in_lists_of_people_and_api() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let rights = domain::ForumRights {
        see: Audience::Staff,
        ..samples::public()
    };
    let forum = samples::forum(&site, "Secret garden", rights, samples::taking_all()).await;
    let torrent = samples::torrent("treasure");
    let topic = posted(&mut mira, forum, "Hidden treasure", Some(&torrent)).await;
    let viewer = Viewer {
        user: Some(mira.user()),
        admin: true,
        ..Viewer::default()
    };
    let hash = site
        .app
        .store
        .torrent_of_topic(&viewer, topic)
        .await
        .unwrap()
        .torrent
        .hashes
        .canonical();
    let paths = [
        "/".to_owned(),
        "/torrents".to_owned(),
        format!("/members/{}", mira.user()),
        "/members".to_owned(),
        "/api/v1/forums".to_owned(),
        format!("/api/v1/topics/{topic}"),
        format!("/api/v1/torrents/{hash}"),
        format!("/topics/{topic}"),
        format!("/forums/{forum}"),
        format!("/dl/{topic}"),
        format!("/dl/{topic}/files"),
        format!("/posting/new?forum={forum}"),
        format!("/posting/reply?topic={topic}"),
        "/posting/quote?post=1".to_owned(),
    ];
    for mut browser in [site.guest(), site.member("oskar").await] {
        for path in &paths {
            let text = browser.get(path).await.text();
            for secret in [
                "Secret garden",
                "Hidden treasure",
                "treasure",
                &hash.to_string(),
            ] {
                let own_address = path.contains(secret);
                assert!(
                    own_address || !text.contains(secret),
                    "{path} shows {secret}"
                );
            }
        }
    }
    // and who may see it does
    assert!(
        mira.get("/api/v1/forums")
            .await
            .text()
            .contains("Secret garden")
    );
    assert!(
        mira.get(&format!("/api/v1/torrents/{hash}"))
            .await
            .text()
            .contains("Hidden treasure")
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_forum_stands_at_its_field() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    let path = format!("/admin/forums/{forum}");
    let fields = [
        ("title", "\u{200b}"),
        ("place", "forum:99"),
        ("see", "group:99"),
        ("read", "nobody"),
    ];
    let page = mira.post(&path, &fields).await.expect(422).text();
    for id in [
        "place-error",
        "see-error",
        "read-error",
        "post-error",
        "download-error",
        "private-error",
        "foreign_trackers-error",
        "versions-error",
    ] {
        assert!(
            page.contains(&format!("class=\"error\" id=\"{id}\"")),
            "{id}"
        );
        let named = page.contains(&format!("aria-describedby=\"{id}\""))
            || page.contains(&format!(" {id}\" aria-invalid=\"true\""));
        assert!(named || id == "versions-error", "{id}");
    }
    assert_eq!(page.matches("aria-invalid=\"true\"").count(), 8);
    assert!(page.contains("<option value=\"\" selected></option>"));
}

#[tokio::test]
async fn a_forum_with_topics_is_not_deleted_and_what_to_do_is_said() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let forum = samples::forum(&site, "Linux", samples::public(), samples::taking_all()).await;
    samples::posted(&mut mira, forum, "Debian", None).await;
    let answer = mira
        .post(&format!("/admin/forums/{forum}/delete"), &[])
        .await;
    let page = answer.expect(409).text();
    assert!(page.contains("let only administrators see it"), "{page}");
    assert!(
        page.contains(&format!("href=\"/admin/forums/{forum}\"")),
        "{page}"
    );
    let page = mira.get(&format!("/admin/forums/{forum}")).await.text();
    assert!(page.contains(">Administrators</option>") && !page.contains(">Staff<"));
}
