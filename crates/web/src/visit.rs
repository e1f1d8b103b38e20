//! One request, and who makes it: the layer every page and API call goes through.
//!
//! It finds the viewer in one statement, settles language and theme, refuses mutations that were not
//! meant (see `csrf`), turns errors into pages or JSON, and puts the security headers on the answer.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::{Language, Secret, SessionId, Theme, UnixTime, UserId, Viewer, markup};
use sha2::{Digest as _, Sha256};
use store::{SessionView, Site, TokenHash, TokenView};

use crate::cookies::{Cookie, SESSION_SECONDS};
use crate::error::{Error, Result};
use crate::state::App;
use crate::{answer, csrf, i18n};

/// A request's circumstances, settled once and shared by whoever handles it.
pub struct Visit {
    who: Who,
    viewer: Viewer,
    /// The site's shape and settings at the beginning of the request.
    pub site: Arc<Site>,
    /// The language of the answer.
    pub lang: Language,
    /// The chosen theme.
    pub theme: Theme,
    /// When the request came.
    pub now: UnixTime,
    /// Path and query.
    pub path: String,
    /// Whether the request only reads.
    pub reads: bool,
    /// Where it came from, behind the trusted proxies.
    pub address: IpAddr,
    /// The browser's description of itself.
    pub user_agent: String,
    /// Key of a message to show once, as the cookie has it.
    pub notice: Option<String>,
    /// The device's cookie, not yet checked.
    pub device: Option<String>,
    csrf: String,
    new_visitor: Option<String>,
}

enum Who {
    Guest,
    Session(Box<SessionView>),
    Token(Box<TokenView>),
}

impl Visit {
    /// Who looks; a guest when nobody is signed in.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// The session, when the request rides on one.
    pub fn session(&self) -> Option<&SessionView> {
        match &self.who {
            Who::Session(session) => Some(session),
            _ => None,
        }
    }

    /// The API token, when the request carries one.
    pub fn token(&self) -> Option<&TokenView> {
        match &self.who {
            Who::Token(token) => Some(token),
            _ => None,
        }
    }

    /// Whether the request carries a bearer token instead of cookies.
    pub fn bearer(&self) -> bool {
        matches!(self.who, Who::Token(_))
    }

    /// The signed-in account.
    pub fn user(&self) -> Option<UserId> {
        self.viewer.user
    }

    /// The tracker key of the signed-in account.
    pub fn passkey(&self) -> Option<&domain::Passkey> {
        match &self.who {
            Who::Guest => None,
            Who::Session(session) => Some(&session.passkey),
            Who::Token(token) => Some(&token.passkey),
        }
    }

    /// The text without the tracker key of who sends it: who shows it to others gives it away.
    pub fn blotted(&self, text: &str) -> String {
        match self.passkey() {
            Some(key) => markup::without_key(text, key).into_owned(),
            None => text.to_owned(),
        }
    }

    /// Bytes uploaded and downloaded by the signed-in account.
    pub fn totals(&self) -> (u64, u64) {
        match &self.who {
            Who::Guest => (0, 0),
            Who::Session(session) => (session.uploaded, session.downloaded),
            Who::Token(token) => (token.uploaded, token.downloaded),
        }
    }

    /// The token that forms of this visit must carry.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Whether programs read the answer.
    pub fn wants_json(&self) -> bool {
        self.path.starts_with("/api/") || self.bearer()
    }

    /// The session's id.
    pub fn session_id(&self) -> Option<SessionId> {
        self.session().map(|session| session.session)
    }
}

/// Settles the visit, runs the request, dresses the answer.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = tokio::time::Instant::now();
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or("-".to_owned(), |path| path.as_str().to_owned());
    let (mut parts, body) = request.into_parts();
    let now = app.now();
    let (who, refused) = match who(&app, &parts, now).await {
        Ok(who) => (who, None),
        Err(error) => (Who::Guest, Some(error)),
    };
    let visit = Arc::new(settle(&app, &parts, who, now));
    parts.extensions.insert(visit.clone());
    let request = Request::from_parts(parts, body);
    let mut response = match refused {
        Some(error) => error.into_response(),
        None => next.run(request).await,
    };
    if let Some(error) = response.extensions_mut().remove::<Error>() {
        if let Error::Internal(reason) = &error {
            tracing::error!(http.route = route, reason, "a request failed");
        }
        response = answer::error(&app, &visit, error);
    }
    remember(&app, &visit, response.headers_mut());
    let seconds = started.elapsed().as_secs_f64();
    let status = response.status().as_u16();
    metrics::histogram!("skep_web_request_seconds", "route" => route.clone(), "method" => label(&method))
        .record(seconds);
    metrics::counter!("skep_web_requests_total", "route" => route.clone(), "status" => status.to_string())
        .increment(1);
    tracing::debug!(
        http.method = %method,
        http.route = route,
        http.status = status,
        http.duration_ms = seconds * 1000.0,
        "request answered"
    );
    response
}

/// Headers that every answer carries, assets and errors too.
pub async fn security_headers(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            header::HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("private, no-cache"));
    response
}

const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self' https: data:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The visit of a guest to `path`, for pages drawn outside a request.
#[cfg(test)]
pub fn guest(app: &App, path: &str) -> Arc<Visit> {
    let (parts, ()) = axum::http::Request::get(path)
        .body(())
        .unwrap()
        .into_parts();
    Arc::new(settle(app, &parts, Who::Guest, app.now()))
}

fn settle(app: &App, parts: &Parts, who: Who, now: UnixTime) -> Visit {
    let headers = &parts.headers;
    let secure = app.config.secure();
    let site = app.store.site();
    let viewer = match &who {
        Who::Guest => Viewer::guest(),
        Who::Session(session) => session.viewer.clone(),
        Who::Token(token) => token.viewer.clone(),
    };
    let cookie = |cookie: Cookie| cookie.read(headers, secure);
    let account = match &who {
        Who::Session(session) => (session.language, session.theme),
        _ => (None, None),
    };
    let accept = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|v| v.to_str().ok());
    let lang = account
        .0
        .or_else(|| cookie(Cookie::Language).and_then(i18n::from_code))
        .or_else(|| accept.and_then(i18n::negotiate))
        .unwrap_or(site.settings.default_language);
    let theme = account
        .1
        .or_else(|| cookie(Cookie::Theme).and_then(|theme| theme.parse().ok()))
        .unwrap_or(site.settings.default_theme);
    let mut new_visitor = None;
    let csrf = match &who {
        Who::Session(session) => hex::encode(session.csrf),
        _ => {
            let known = cookie(Cookie::Visitor).and_then(|v| v.parse::<Secret>().ok());
            let visitor = known.unwrap_or_else(|| {
                let fresh = Secret::generate(&app.entropy);
                new_visitor = Some(fresh.as_str().to_owned());
                fresh
            });
            csrf::token(&app.secret, "visitor", visitor.as_str())
        }
    };
    Visit {
        notice: cookie(Cookie::Notice).map(str::to_owned),
        device: cookie(Cookie::Device).map(str::to_owned),
        address: address(app, parts),
        user_agent: headers
            .get(header::USER_AGENT)
            .map(|v| String::from_utf8_lossy(v.as_bytes()).into_owned())
            .unwrap_or_default(),
        who,
        viewer,
        site,
        lang,
        theme,
        now,
        reads: reads(&parts.method),
        path: path(parts).to_owned(),
        csrf,
        new_visitor,
    }
}

fn path(parts: &Parts) -> &str {
    parts.uri.path_and_query().map_or("/", |p| p.as_str())
}

async fn who(app: &App, parts: &Parts, now: UnixTime) -> Result<Who> {
    let (headers, path) = (&parts.headers, path(parts));
    let programs = path.starts_with("/api/") || path.starts_with("/dl/");
    if let Some(value) = headers.get(header::AUTHORIZATION).filter(|_| programs) {
        let secret = value
            .to_str()
            .ok()
            .and_then(|v| v.split_once(' '))
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
            .and_then(|(_, token)| token.trim().parse::<Secret>().ok())
            .ok_or(Error::BadToken)?;
        let token = app
            .store
            .viewer_by_token(&hash(&secret), now)
            .await?
            .ok_or(Error::BadToken)?;
        if token.viewer.banned {
            return Err(Error::Banned(None));
        }
        app.limits
            .take(crate::limits::Key::Api(token.token.0), now)?;
        if let Err(error) = app.store.touch_token(&token, now).await {
            tracing::warn!(%error, "a token's last use was not recorded");
        }
        return Ok(Who::Token(Box::new(token)));
    }
    let Some(secret) = Cookie::Session
        .read(headers, app.config.secure())
        .and_then(|value| value.parse::<Secret>().ok())
    else {
        return Ok(Who::Guest);
    };
    let session = app.store.viewer_by_session(&hash(&secret), now).await?;
    // A banned account looks at the site as a guest does.
    let Some(session) = session.filter(|session| !session.viewer.banned) else {
        return Ok(Who::Guest);
    };
    let until = now.plus(SESSION_SECONDS);
    if let Err(error) = app.store.touch_session(&session, now, until).await {
        tracing::warn!(%error, "a session's last use was not recorded");
    }
    Ok(Who::Session(Box::new(session)))
}

/// What the store knows of a secret.
pub fn hash(secret: &Secret) -> TokenHash {
    TokenHash(Sha256::digest(secret.as_str().as_bytes()).into())
}

/// Cookies that the answer sets besides those of its handler.
fn remember(app: &App, visit: &Visit, headers: &mut HeaderMap) {
    let secure = app.config.secure();
    let is_page = headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_page {
        return;
    }
    if let Some(visitor) = &visit.new_visitor {
        headers.append(header::SET_COOKIE, Cookie::Visitor.set(visitor, secure));
    }
    if visit.notice.is_some() {
        headers.append(header::SET_COOKIE, Cookie::Notice.forget(secure));
    }
}

/// The address behind the proxies we trust: the last one of `X-Forwarded-For` that is not a proxy.
fn address(app: &App, parts: &Parts) -> IpAddr {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |info| {
            info.0.ip().to_canonical()
        });
    let trusted = |ip: &IpAddr| app.config.trusted_proxies.contains(ip);
    if !trusted(&peer) {
        return peer;
    }
    parts
        .headers
        .get_all("x-forwarded-for")
        .into_iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .filter_map(|ip| ip.trim().parse::<IpAddr>().ok())
        .map(|ip| ip.to_canonical())
        .rfind(|ip| !trusted(ip))
        .unwrap_or(peer)
}

/// The method's name in the metrics. Anybody can make methods up, and every name would be kept for ever.
fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        _ => "other",
    }
}

/// Whether the method only reads.
fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::testing::Site;

    #[test]
    fn methods_that_people_make_up_are_one() {
        for method in ["OPTIONS", "TRACE", "BREW", "get"] {
            assert_eq!(label(&method.parse().unwrap()), "other", "{method}");
        }
        assert_eq!(label(&Method::GET), "GET");
    }

    #[tokio::test]
    async fn only_trusted_proxies_say_where_a_request_comes_from() {
        let proxies = vec!["127.0.0.1".parse().unwrap(), "10.0.0.1".parse().unwrap()];
        let site = Site::with(Config {
            trusted_proxies: proxies,
            ..Config::default()
        })
        .await;
        let seen = |peer: &str, forwarded: &str| {
            let peer: SocketAddr = peer.parse().unwrap();
            let request = Request::get("/").header("x-forwarded-for", forwarded);
            let (mut parts, ()) = request.body(()).unwrap().into_parts();
            parts.extensions.insert(ConnectInfo(peer));
            address(&site.app, &parts).to_string()
        };
        assert_eq!(
            seen("203.0.113.9:5", "198.51.100.1"),
            "203.0.113.9",
            "a stranger is not believed"
        );
        assert_eq!(seen("127.0.0.1:5", "198.51.100.1"), "198.51.100.1");
        assert_eq!(seen("[::ffff:127.0.0.1]:5", "198.51.100.1"), "198.51.100.1");
        assert_eq!(
            seen("127.0.0.1:5", "1.2.3.4, 198.51.100.1, 10.0.0.1"),
            "198.51.100.1"
        );
        assert_eq!(seen("127.0.0.1:5", "nonsense"), "127.0.0.1");
    }
}
