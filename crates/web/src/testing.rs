//! A site in memory and browsers that look at it, for tests.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use axum::response::Response;
use domain::{Clock, Entropy, Passkey, Secret, UnixTime, UserId, UserName};
use store::{NewAccount, NewSession, Options, Store};
use swarm::Swarm;
use tower::ServiceExt as _;

use crate::api::openapi;
use crate::config::Config;
use crate::router::router;
use crate::state::{App, Deps};

/// The moment every test site starts at: 2026-11-21 12:00:00 UTC.
pub const START: i64 = 1_795_262_400;

/// A site over an empty SQLite database in memory, with a clock that tests move.
pub struct Site {
    pub app: App,
    router: Router,
    now: Arc<AtomicI64>,
    pub blobs_dir: tempfile::TempDir,
}

impl Site {
    /// An empty site with the default settings; its set-up token is `SETUP`.
    pub async fn new() -> Self {
        Self::with(Config::default()).await
    }

    /// An empty site with these settings.
    pub async fn with(config: Config) -> Self {
        Self::open(config, false).await
    }

    /// An empty site whose database is the file `test.db` in the folder of its blobs.
    pub async fn on_disk() -> Self {
        Self::open(Config::default(), true).await
    }

    async fn open(config: Config, on_disk: bool) -> Self {
        let now = Arc::new(AtomicI64::new(START));
        let tick = now.clone();
        let blobs_dir = tempfile::tempdir().unwrap();
        let blobs = blobs::Blobs::open(&format!("file:{}", blobs_dir.path().display()))
            .await
            .unwrap();
        let url = match on_disk {
            true => format!("sqlite:{}", blobs_dir.path().join("test.db").display()),
            false => "sqlite::memory:".to_owned(),
        };
        let app = App::new(
            Config {
                announce_http: Some("http://tracker.test:6969".into()),
                announce_udp: Some("udp://tracker.test:6969".into()),
                ..config
            },
            Deps {
                listener: None,
                store: Store::open(&url, Options::default()).await.unwrap(),
                blobs,
                swarm: Some(Arc::new(Swarm::new(swarm::Config::default(), [7; 16]))),
                activity: Some(Arc::new(swarm::Activity::new(1 << 10, 1))),
                clock: Clock::new(move || UnixTime(tick.load(Ordering::Relaxed))),
                entropy: Entropy::seeded(7),
                setup_token: Some(SETUP.to_owned()),
                metrics: None,
                missing: None,
            },
        );
        Site {
            router: router(app.clone()),
            app,
            now,
            blobs_dir,
        }
    }

    /// Moves the clock.
    pub fn wait(&self, seconds: i64) {
        self.now.fetch_add(seconds, Ordering::Relaxed);
    }

    /// The frame of a guest's page.
    pub fn shell(&self) -> crate::layout::Shell {
        crate::layout::Shell::new(self.app.clone(), crate::visit::guest(&self.app, "/"))
    }

    /// Someone without an account.
    pub fn guest(&self) -> Browser {
        Browser {
            router: self.router.clone(),
            cookies: HashMap::new(),
            headers: HeaderMap::new(),
            csrf: None,
            user: None,
        }
    }

    /// A member who is signed in. Password hashing is left out; log in with [`PASSWORD`] works only for
    /// accounts made through the pages.
    pub async fn member(&self, name: &str) -> Browser {
        let user = self
            .app
            .store
            .register(&self.account(name, false))
            .await
            .unwrap();
        self.signed_in(user).await
    }

    /// The first administrator, signed in.
    pub async fn admin(&self, name: &str) -> Browser {
        let user = self
            .app
            .store
            .setup(&self.account(name, true))
            .await
            .unwrap();
        self.signed_in(user).await
    }

    /// Another browser of an account.
    pub async fn signed_in(&self, user: UserId) -> Browser {
        let secret = Secret::generate(&self.app.entropy);
        let now = self.app.now();
        self.app
            .store
            .create_session(&NewSession {
                user,
                token: crate::visit::hash(&secret),
                csrf: self.app.entropy.bytes(),
                ip: "127.0.0.1".into(),
                user_agent: "test".into(),
                now,
                expires_at: now.plus(crate::cookies::SESSION_SECONDS),
            })
            .await
            .unwrap();
        let mut browser = self.guest();
        browser.user = Some(user);
        browser
            .cookies
            .insert("skep-session".into(), secret.as_str().into());
        browser
    }

    fn account(&self, name: &str, admin: bool) -> NewAccount {
        NewAccount {
            name: name.parse::<UserName>().unwrap(),
            email: None,
            password_hash: "not a hash".into(),
            passkey: Passkey::generate(&self.app.entropy),
            admin,
            invite: None,
            language: None,
            now: self.app.now(),
        }
    }
}

/// The set-up token of test sites.
pub const SETUP: &str = "let-me-in";

/// A password that every policy accepts.
pub const PASSWORD: &str = "correct horse battery";

/// Keeps cookies and the form token, follows nothing by itself.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookies: HashMap<String, String>,
    /// Sent with every request.
    pub headers: HeaderMap,
    csrf: Option<String>,
    user: Option<UserId>,
}

impl Browser {
    /// The account that is signed in.
    pub fn user(&self) -> UserId {
        self.user.unwrap()
    }

    /// Reads pages in this language.
    pub fn speaking(mut self, lang: &'static str) -> Self {
        self.headers
            .insert(header::ACCEPT_LANGUAGE, lang.parse().unwrap());
        self
    }

    /// `GET`
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    /// `POST` of a form, with the token filled in as the browser would have it.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let csrf = self.csrf().await;
        self.post_raw(path, &[&[("csrf", csrf.as_str())], fields].concat())
            .await
    }

    /// `POST` of exactly these fields.
    pub async fn post_raw(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .unwrap();
        self.send(request).await
    }

    /// `POST` of a multipart form with one file, with the token first.
    pub async fn upload(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        file: Option<(&str, &str, &[u8])>,
    ) -> Answer {
        let csrf = self.csrf().await;
        let fields = [&[("csrf", csrf.as_str())], fields].concat();
        self.send(multipart(path, &fields, file)).await
    }

    /// `POST`, `PATCH` … of JSON with `X-CSRF`, as a script of ours would.
    pub async fn json(&mut self, method: Method, path: &str, body: serde_json::Value) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !self.headers.contains_key(header::AUTHORIZATION) {
            request = request.header("x-csrf", self.csrf().await);
        }
        let request = request
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        self.send(request).await
    }

    /// The form token of this browser's session.
    pub async fn csrf(&mut self) -> String {
        if self.csrf.is_none() {
            self.get("/rules").await;
        }
        self.csrf.clone().unwrap()
    }

    /// The status alone, of an answer that may never end.
    pub async fn status(&mut self, path: &str) -> StatusCode {
        self.raw(Request::get(path).body(Body::empty()).unwrap())
            .await
            .status()
    }

    /// Any request, with this browser's cookies and headers; the answer's body is not waited for.
    /// What the API answers must stand in its description.
    pub async fn raw(&mut self, mut request: Request<Body>) -> Response {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(k, v)| format!("{k}={v}"))
            .collect();
        let headers = request.headers_mut();
        if !cookies.is_empty() {
            headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        headers.extend(self.headers.clone());
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.router.clone().oneshot(request).await.unwrap();
        openapi::assert_described(&method, &path, response.status());
        response
    }

    /// Any request, with this browser's cookies and headers.
    pub async fn send(&mut self, request: Request<Body>) -> Answer {
        let path = request.uri().to_string();
        let response = self.raw(request).await;
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX)
            .await
            .unwrap()
            .to_vec();
        for line in parts.headers.get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            // another session, another token
            if line.contains("skep-session=") {
                self.csrf = None;
            }
            let (name, value) = line.split(';').next().unwrap().split_once('=').unwrap();
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let answer = Answer {
            path,
            status: parts.status,
            headers: parts.headers,
            body,
        };
        if let Some(token) = answer.between(r#"name="csrf" value=""#, "\"") {
            self.csrf = Some(token);
        }
        answer
    }
}

/// A multipart request; `file` is field, file name, content.
pub fn multipart(
    path: &str,
    fields: &[(&str, &str)],
    file: Option<(&str, &str, &[u8])>,
) -> Request<Body> {
    const EDGE: &str = "----edge";
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend_from_slice(
            format!(
                "--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            )
            .as_bytes(),
        );
    }
    if let Some((name, filename, content)) = file {
        body.extend_from_slice(
            format!(
                "--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{filename}\"\r\n\
                 Content-Type: application/x-bittorrent\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{EDGE}--\r\n").as_bytes());
    Request::post(path)
        .header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={EDGE}"),
        )
        .body(Body::from(body))
        .unwrap()
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub path: String,
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// Where a redirect leads; fails when it is none.
    pub fn location(&self) -> &str {
        assert!(
            self.status.is_redirection(),
            "{} {}: {}",
            self.status,
            self.path,
            self.text()
        );
        self.header("location")
    }

    /// The same answer, once its status is the expected one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}\n{}", self.path, self.text());
        self
    }

    /// What stands between two pieces of text, the first time.
    pub fn between(&self, before: &str, after: &str) -> Option<String> {
        let text = self.text();
        let rest = text.split_once(before)?.1;
        Some(rest.split_once(after)?.0.to_owned())
    }
}
