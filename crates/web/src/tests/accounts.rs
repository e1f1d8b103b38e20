//! Set up, register, log in, settings: as a person and as somebody with bad intentions.

use axum::http::header;

use crate::config::Config;
use crate::testing::{PASSWORD, SETUP, Site};

async fn set_settings(site: &Site, pairs: &[(&'static str, &str)]) {
    crate::settings::change(&site.app, pairs)
        .await
        .unwrap()
        .unwrap();
}

const NEW: [(&str, &str); 2] = [("name", "oskar"), ("password", PASSWORD)];

#[tokio::test]
async fn the_set_up_page_works_once() {
    let site = Site::new().await;
    let mut mira = site.guest();
    mira.get("/setup").await.expect(404);
    mira.get("/setup?token=wrong").await.expect(404);
    let path = format!("/setup?token={SETUP}");
    mira.get(&path).await.expect(200);
    let form = [
        ("token", SETUP),
        ("site_name", "The Hive"),
        ("name", "mira"),
        ("password", "short"),
    ];
    let page = mira.post("/setup", &form).await.expect(422);
    assert!(page.text().contains("at least 10 characters"));
    let form = [
        ("token", SETUP),
        ("site_name", "The Hive"),
        ("name", "mira"),
        ("password", PASSWORD),
    ];
    assert_eq!(
        mira.post("/setup", &form).await.expect(303).location(),
        "/admin/forums"
    );
    let page = mira.get("/admin/forums").await.expect(200);
    assert!(page.text().contains("The Hive"));
    for path in [path.as_str(), "/setup"] {
        mira.get(path).await.expect(404);
    }
    site.guest().post("/setup", &form).await.expect(404);
    assert_eq!(site.app.store.totals().await.unwrap().users, 1);
}

#[tokio::test]
async fn the_set_up_page_is_gone_with_an_administrator_from_the_command_line() {
    let site = Site::new().await;
    let path = format!("/setup?token={SETUP}");
    site.guest().get(&path).await.expect(200);
    let page = site.guest().get("/").await.expect(200).text();
    assert!(page.contains("This site is not set up yet"), "{page}");
    assert!(page.contains("skep user add NAME --admin") && !page.contains(SETUP));
    let page = site.guest().speaking("ru").get("/").await.text();
    assert!(page.contains("Этот сайт ещё не настроен"));

    site.admin("mira").await;
    site.guest().get(&path).await.expect(404);
    let form = [
        ("token", SETUP),
        ("site_name", "Hive"),
        ("name", "eve"),
        ("password", PASSWORD),
    ];
    site.guest().post("/setup", &form).await.expect(404);
    let page = site.guest().get("/").await.expect(200).text();
    assert!(!page.contains("not set up"), "{page}");
}

#[tokio::test]
async fn two_at_once_make_one_administrator() {
    let site = Site::new().await;
    let (mut a, mut b) = (site.guest(), site.guest());
    let form = |name: &'static str| {
        [
            ("token", SETUP),
            ("site_name", "Hive"),
            ("name", name),
            ("password", PASSWORD),
        ]
    };
    let (form_a, form_b) = (form("mira"), form("eve"));
    let (a, b) = tokio::join!(a.post("/setup", &form_a), b.post("/setup", &form_b));
    let mut statuses = [a.status.as_u16(), b.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 404]);
}

#[tokio::test]
async fn a_visitor_registers_logs_out_and_in_again() {
    let site = Site::new().await;
    let mut oskar = site.guest();
    oskar.get("/register").await.expect(200);
    let done = oskar.post("/register", &NEW).await.expect(303);
    assert_eq!(done.location(), "/");
    let page = oskar.get("/rules").await.expect(200);
    assert!(
        page.text().contains("Your account is ready"),
        "the notice is shown"
    );
    assert!(page.text().contains("<b>oskar</b>"));
    assert!(
        !oskar
            .get("/rules")
            .await
            .text()
            .contains("Your account is ready"),
        "and only once"
    );

    let old = oskar.cookies["skep-session"].clone();
    oskar.post("/logout", &[]).await.expect(303);
    assert!(!oskar.cookies.contains_key("skep-session"));
    oskar.get("/settings").await.expect(303);
    oskar.cookies.insert("skep-session".into(), old);
    oskar.get("/settings").await.expect(303);
    oskar.cookies.clear();

    let mut oskar = site.guest();
    let wrong = [("name", "oskar"), ("password", "not the password")];
    let page = oskar.post("/login", &wrong).await.expect(422);
    assert!(page.text().contains("The name or the password is wrong"));
    assert!(
        page.text()
            .contains(r#"name="name" type="text" value="oskar""#)
    );
    let right = [
        ("name", "  Oskar "),
        ("password", PASSWORD),
        ("next", "/settings/passkey"),
    ];
    assert_eq!(
        oskar.post("/login", &right).await.expect(303).location(),
        "/settings/passkey"
    );
    oskar.get("/settings/passkey").await.expect(200);
}

#[tokio::test]
async fn a_log_in_gives_a_fresh_session_and_ends_the_old_one() {
    let site = Site::new().await;
    let mut oskar = site.guest();
    oskar.post("/register", &NEW).await.expect(303);
    let first = oskar.cookies["skep-session"].clone();
    // a value planted before the log-in does not become the session
    let mut victim = site.guest();
    victim.cookies.insert("skep-session".into(), "a".repeat(64));
    victim.post("/login", &NEW).await.expect(303);
    assert_ne!(victim.cookies["skep-session"], "a".repeat(64));
    // logging in again in the same browser
    oskar.post("/login", &NEW).await.expect(303);
    assert_ne!(oskar.cookies["skep-session"], first);
    let mut thief = site.guest();
    thief.cookies.insert("skep-session".into(), first);
    thief.get("/settings").await.expect(303);
}

#[tokio::test]
async fn cookies_have_their_flags() {
    let lines = |answer: &crate::testing::Answer| -> Vec<String> {
        let all = answer.headers.get_all(header::SET_COOKIE).iter();
        all.map(|line| line.to_str().unwrap().to_owned()).collect()
    };
    for (public_url, prefix, secure) in [
        (None, "", false),
        (Some("https://hive.example"), "__Host-", true),
    ] {
        let site = Site::with(Config {
            public_url: public_url.map(str::to_owned),
            ..Config::default()
        })
        .await;
        let mut oskar = site.guest();
        let mut seen = lines(&oskar.get("/login").await);
        seen.extend(lines(&oskar.post("/register", &NEW).await.expect(303)));
        seen.extend(lines(
            &oskar
                .post("/preferences", &[("theme", "dark"), ("language", "ru")])
                .await,
        ));
        seen.extend(lines(&oskar.post("/logout", &[]).await));
        assert!(seen.len() >= 6);
        for line in seen {
            assert!(line.starts_with(&format!("{prefix}skep-")), "{line}");
            assert!(line.contains("; Path=/; HttpOnly; SameSite=Lax"), "{line}");
            assert_eq!(line.contains("; Secure"), secure, "{line}");
            assert!(!line.contains("Domain"), "{line}");
        }
    }
}

#[tokio::test]
async fn nobody_is_led_to_another_site() {
    let site = Site::new().await;
    let mut oskar = site.guest();
    oskar.post("/register", &NEW).await.expect(303);
    for next in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/\t/evil",
    ] {
        for (path, fields) in [
            ("/preferences", vec![("theme", "dark"), ("next", next)]),
            ("/login", [&NEW[..], &[("next", next)]].concat()),
        ] {
            let answer = site
                .signed_in(oskar_id(&site).await)
                .await
                .post(path, &fields)
                .await;
            assert_eq!(answer.expect(303).location(), "/", "{path} {next}");
        }
        let link = format!("/login?next={}", crate::urls::query(next));
        let mut member = site.signed_in(oskar_id(&site).await).await;
        assert_eq!(member.get(&link).await.expect(303).location(), "/");
        let form = site.guest().get(&link).await.expect(200);
        assert!(form.text().contains(r#"name="next" value="/""#), "{next}");
    }
}

async fn oskar_id(site: &Site) -> domain::UserId {
    let name = "oskar".parse().unwrap();
    site.app
        .store
        .account_by_name(&name)
        .await
        .unwrap()
        .unwrap()
        .user
}

#[tokio::test]
async fn a_page_for_members_leads_back_after_the_log_in() {
    let site = Site::new().await;
    let answer = site.guest().get("/settings/tokens?x=1&y=2").await;
    assert_eq!(
        answer.expect(303).location(),
        "/login?next=/settings/tokens%3Fx%3D1%26y%3D2"
    );
}

#[tokio::test]
async fn tries_are_limited_per_name_and_per_address() {
    let site = Site::new().await;
    site.guest().post("/register", &NEW).await.expect(303);
    let mut thief = site.guest();
    for _ in 0..8 {
        thief
            .post("/login", &[("name", "OSKAR"), ("password", "guess")])
            .await
            .expect(422);
    }
    let page = thief.post("/login", &NEW).await.expect(429);
    assert_eq!(page.header("retry-after"), "60");
    assert!(page.text().contains("Wait 60 seconds"));
    // the same answer for a name that does not exist
    for _ in 0..8 {
        thief
            .post("/login", &[("name", "nobody"), ("password", "guess")])
            .await
            .expect(422);
    }
    thief
        .post("/login", &[("name", "nobody"), ("password", "guess")])
        .await
        .expect(429);
    site.wait(60);
    thief.post("/login", &NEW).await.expect(303);
    // after that the address itself is out of tries
    let mut refused = 0;
    for i in 0..30 {
        let name = format!("user{i}");
        let answer = thief
            .post("/login", &[("name", &name), ("password", "guess")])
            .await;
        refused += usize::from(answer.status == 429);
    }
    assert!(refused > 0);
}

#[tokio::test]
async fn a_stranger_cannot_lock_an_owner_out() {
    let site = Site::with(Config {
        trusted_proxies: vec!["127.0.0.1".parse().unwrap()],
        ..Config::default()
    })
    .await;
    let at = |mut browser: crate::testing::Browser, address: &str| {
        let from = address.parse().unwrap();
        browser.headers.insert("x-forwarded-for", from);
        browser
    };
    let mut known = at(site.guest(), "198.51.100.1");
    known.post("/register", &NEW).await.expect(303);
    known.post("/logout", &[]).await.expect(303);
    let cookie = known.cookies["skep-device"].clone();

    let guess = [("name", "oskar"), ("password", "guess")];
    let mut thief = at(site.guest(), "203.0.113.9");
    for _ in 0..8 {
        thief.post("/login", &guess).await.expect(422);
    }
    thief.post("/login", &guess).await.expect(429);
    // the owner, from a place where nobody has tried
    let mut elsewhere = at(site.guest(), "198.51.100.2");
    elsewhere.post("/login", &NEW).await.expect(303);
    // the owner, behind the same address as the thief, on a device that is known
    let mut stranger = at(site.guest(), "203.0.113.9");
    stranger.post("/login", &NEW).await.expect(429);
    let mut known = at(known, "203.0.113.9");
    known.post("/login", &NEW).await.expect(303);
    known.post("/logout", &[]).await.expect(303);

    // a stolen cookie has a few tries, and helps with no other account
    let mut stolen = at(site.guest(), "203.0.113.10");
    stolen.cookies.insert("skep-device".into(), cookie);
    for _ in 0..8 {
        stolen.post("/login", &guess).await.expect(422);
    }
    stolen.post("/login", &NEW).await.expect(429);
    let other = [("name", "nobody"), ("password", "guess")];
    for _ in 0..8 {
        stolen.post("/login", &other).await.expect(422);
    }
    stolen.post("/login", &other).await.expect(429);
    // a cookie that is not ours is none
    let mut forged = at(site.guest(), "203.0.113.9");
    let value = known.cookies["skep-device"].replacen('1', "2", 1);
    forged.cookies.insert("skep-device".into(), value);
    forged.post("/login", &NEW).await.expect(429);
}

#[tokio::test]
async fn registrations_are_limited_per_address() {
    let site = Site::new().await;
    for i in 0..6 {
        let name = format!("user{i}");
        site.guest()
            .post("/register", &[("name", &name), ("password", PASSWORD)])
            .await
            .expect(303);
    }
    site.guest().post("/register", &NEW).await.expect(429);
    site.wait(300);
    site.guest().post("/register", &NEW).await.expect(303);
}

#[tokio::test]
async fn a_known_address_is_never_given_away() {
    let site = Site::new().await;
    let with = |name: &'static str| {
        [
            ("name", name),
            ("password", PASSWORD),
            ("email", "who@example.org"),
        ]
    };
    let mut first = site.guest();
    let first_answer = first.post("/register", &with("oskar")).await.expect(303);
    let mut second = site.guest();
    let second_answer = second.post("/register", &with("mira")).await.expect(303);
    assert_eq!(first_answer.location(), second_answer.location());
    let (a, b) = (
        first.get("/settings").await.text(),
        second.get("/settings").await.text(),
    );
    assert!(!a.contains("who@example.org") && !b.contains("who@example.org"));
    second
        .post("/settings/email", &[("email", "who@example.org")])
        .await
        .expect(303);
    second
        .post("/settings/email", &[("email", "not an address")])
        .await
        .expect(422);
    // the address still opens the first account, and only that
    let by_mail = [
        ("name", "who@example.org"),
        ("password", PASSWORD),
        ("next", "/settings"),
    ];
    let mut again = site.guest();
    again.post("/login", &by_mail).await.expect(303);
    assert!(again.get("/settings").await.text().contains("<b>oskar</b>"));
    // an unknown one gets the same answer as a wrong password
    let unknown = site
        .guest()
        .post(
            "/login",
            &[("name", "x@example.org"), ("password", "guess guess")],
        )
        .await;
    let wrong = site
        .guest()
        .post(
            "/login",
            &[("name", "who@example.org"), ("password", "guess guess")],
        )
        .await;
    let fault = |a: crate::testing::Answer| a.expect(422).between("class=\"error\">", "<");
    assert_eq!(fault(unknown), fault(wrong));
}

#[tokio::test]
async fn names_that_look_alike_are_one() {
    let site = Site::new().await;
    site.guest().post("/register", &NEW).await.expect(303);
    for name in ["Oskar", "оskar", "OSKAR"] {
        let page = site
            .guest()
            .post("/register", &[("name", name), ("password", PASSWORD)])
            .await;
        assert!(page.expect(422).text().contains("is taken"), "{name}");
    }
}

#[tokio::test]
async fn the_rules_are_shown_and_must_be_accepted() {
    let site = Site::new().await;
    set_settings(&site, &[("rules_text", "[b]Be kind[/b] <script>")]).await;
    let page = site.guest().get("/register").await.expect(200).text();
    assert!(
        page.contains("<b>Be kind</b> &lt;script&gt;")
            || page.contains("<strong>Be kind</strong> &lt;script&gt;"),
        "{page}"
    );
    assert!(site.guest().get("/rules").await.text().contains("Be kind"));
    let mut oskar = site.guest();
    assert!(
        oskar
            .post("/register", &NEW)
            .await
            .expect(422)
            .text()
            .contains("Accept the rules")
    );
    let accepted = [&NEW[..], &[("rules", "yes")]].concat();
    oskar.post("/register", &accepted).await.expect(303);
}

#[tokio::test]
async fn registration_may_be_closed_or_by_invitation() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    set_settings(&site, &[("registration", "closed")]).await;
    let page = site.guest().get("/register").await.expect(200).text();
    assert!(page.contains("Registration is closed") && !page.contains("name=\"password\""));
    assert!(
        !site
            .guest()
            .get("/rules")
            .await
            .text()
            .contains("/register")
    );
    site.guest().post("/register", &NEW).await.expect(403);

    set_settings(&site, &[("registration", "invite")]).await;
    site.guest().post("/register", &NEW).await.expect(422);
    let page = mira.post("/admin/invites", &[]).await.expect(200);
    let link = page.between("<code id=\"invite\">", "</code>").unwrap();
    let code = link.rsplit('=').next().unwrap().to_owned();
    let form = site
        .guest()
        .get(&format!("/register?invite={code}"))
        .await
        .expect(200);
    assert!(form.text().contains(&code));
    let invited = [&NEW[..], &[("invite", code.as_str())]].concat();
    site.guest().post("/register", &invited).await.expect(303);
    let again = [
        ("name", "eve"),
        ("password", PASSWORD),
        ("invite", code.as_str()),
    ];
    site.guest().post("/register", &again).await.expect(422);
    for code in [code.as_str(), "nonsense"] {
        let link = format!("/register?invite={code}");
        let page = site.guest().get(&link).await.expect(410).text();
        assert!(page.contains("This invitation no longer works."));
        assert!(!page.contains("name=\"password\""));
    }
    assert!(mira.get("/admin/invites").await.text().contains("oskar"));
    // too old
    let page = mira.post("/admin/invites", &[]).await.expect(200);
    let code = page.between("invite=", "<").unwrap();
    site.wait(15 * 86_400);
    let late = [
        ("name", "eve"),
        ("password", PASSWORD),
        ("invite", code.as_str()),
    ];
    site.guest().post("/register", &late).await.expect(422);
    let link = format!("/register?invite={code}");
    site.guest().get(&link).await.expect(410);
}

#[tokio::test]
async fn a_new_password_ends_the_other_sessions() {
    let site = Site::new().await;
    let mut here = site.guest();
    here.post("/register", &NEW).await.expect(303);
    let mut there = site.guest();
    there.post("/login", &NEW).await.expect(303);
    let change = |present: &'static str, new: &'static str| [("present", present), ("new", new)];
    here.post(
        "/settings/password",
        &change("wrong", "a whole new password"),
    )
    .await
    .expect(422);
    here.post("/settings/password", &change(PASSWORD, "short"))
        .await
        .expect(422);
    here.post("/settings/password", &change(PASSWORD, "oskar12345"))
        .await
        .expect(422);
    there.get("/settings").await.expect(200);
    here.post(
        "/settings/password",
        &change(PASSWORD, "a whole new password"),
    )
    .await
    .expect(303);
    here.get("/settings").await.expect(200);
    there.get("/settings").await.expect(303);
    site.guest().post("/login", &NEW).await.expect(422);
    let new = [("name", "oskar"), ("password", "a whole new password")];
    site.guest().post("/login", &new).await.expect(303);
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let site = Site::new().await;
    let mut oskar = site.member("oskar").await;
    let user = oskar.user();
    let (mut phone, mut work) = (site.signed_in(user).await, site.signed_in(user).await);
    let page = oskar.get("/settings/security").await.expect(200).text();
    assert_eq!(
        page.matches("name=\"session\" value=").count(),
        3,
        "two others and all others"
    );
    let rows = site
        .app
        .store
        .list_sessions(user, site.app.now())
        .await
        .unwrap();
    assert_eq!(rows.len(), 3);
    // nobody ends somebody else's session
    let mut eve = site.member("eve").await;
    for row in &rows {
        eve.post(
            "/settings/sessions/end",
            &[("session", &row.id.to_string())],
        )
        .await;
    }
    phone.get("/settings").await.expect(200);
    oskar
        .post("/settings/sessions/end", &[("session", "others")])
        .await
        .expect(303);
    phone.get("/settings").await.expect(303);
    work.get("/settings").await.expect(303);
    oskar.get("/settings").await.expect(200);
}

#[tokio::test]
async fn a_session_ends_when_it_is_not_used_and_lives_on_when_it_is() {
    let site = Site::new().await;
    let mut oskar = site.member("oskar").await;
    for _ in 0..3 {
        site.wait(40 * 86_400);
        oskar.get("/settings").await.expect(200);
    }
    site.wait(61 * 86_400);
    oskar.get("/settings").await.expect(303);
}

#[tokio::test]
async fn the_passkey_is_shown_to_its_owner_and_reset() {
    let site = Site::new().await;
    let mut oskar = site.member("oskar").await;
    let key =
        |answer: crate::testing::Answer| answer.between("<code id=\"passkey\">", "<").unwrap();
    let old = key(oskar.get("/settings/passkey").await.expect(200));
    assert_eq!(old.len(), 32);
    let page = oskar.get("/settings/passkey").await.text();
    assert!(page.contains(&format!("http://tracker.test:6969/announce/{old}")));
    assert!(page.contains(&format!("udp://tracker.test:6969/announce/{old}")));
    oskar.post("/settings/passkey/reset", &[]).await.expect(303);
    let new = key(oskar.get("/settings/passkey").await);
    assert_ne!(old, new);
    let mut other = site.member("eve").await;
    let profile = other
        .get(&format!("/members/{}", oskar.user()))
        .await
        .expect(200)
        .text();
    assert!(!profile.contains(&old) && !profile.contains(&new));
}

#[tokio::test]
async fn language_and_theme_follow_the_member_the_cookie_and_the_browser() {
    let site = Site::new().await;
    let mut guest = site.guest().speaking("fr, ru;q=0.8, en;q=0.5");
    assert!(
        guest
            .get("/login")
            .await
            .text()
            .contains("<html lang=\"ru\"")
    );
    guest
        .post("/preferences", &[("language", "en"), ("next", "/login")])
        .await
        .expect(303);
    assert!(
        guest
            .get("/login")
            .await
            .text()
            .contains("<html lang=\"en\"")
    );
    guest
        .post("/preferences", &[("theme", "dark")])
        .await
        .expect(303);
    assert!(
        guest
            .get("/login")
            .await
            .text()
            .contains("data-theme=\"dark\"")
    );
    let mut oskar = site.member("oskar").await;
    oskar
        .post(
            "/settings/appearance",
            &[("language", "ru"), ("theme", "light")],
        )
        .await
        .expect(303);
    let mut elsewhere = site.signed_in(oskar.user()).await.speaking("en");
    let page = elsewhere.get("/rules").await.text();
    assert!(page.contains("<html lang=\"ru\" data-theme=\"light\">"));
    assert_eq!(
        elsewhere
            .post("/preferences", &[("language", "xx")])
            .await
            .expect(303)
            .location(),
        "/"
    );
}

#[tokio::test]
async fn a_banned_member_is_out_at_once_and_told_why() {
    let site = Site::new().await;
    let mut mira = site.admin("mira").await;
    let mut oskar = site.guest();
    oskar.post("/register", &NEW).await.expect(303);
    let id = oskar_id(&site).await;
    let ban = format!("/admin/users/{id}/ban");
    mira.post(&ban, &[("reason", "Sharing <accounts>")])
        .await
        .expect(303);
    oskar.get("/settings").await.expect(303);
    let page = site.guest().post("/login", &NEW).await.expect(403).text();
    assert!(
        page.contains("This account is banned") && page.contains("Sharing &#60;accounts&#62;"),
        "{page}"
    );
    site.guest()
        .post("/login", &[("name", "oskar"), ("password", "wrong wrong")])
        .await
        .expect(422);
    mira.post(&format!("/admin/users/{id}/unban"), &[])
        .await
        .expect(303);
    site.guest().post("/login", &NEW).await.expect(303);
}
