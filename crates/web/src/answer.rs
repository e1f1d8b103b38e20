//! Answers: pages, redirects, errors.

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use serde_json::json;

use crate::cookies::Cookie;
use crate::error::{Error, Fault};
use crate::layout::Shell;
use crate::state::App;
use crate::visit::Visit;
use crate::{i18n, urls};

/// A page from its template, with status 200 unless said otherwise.
pub struct Page<T>(pub T);

impl<T: Template> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(html) => Html(html).into_response(),
            Err(error) => Error::internal(error).into_response(),
        }
    }
}

/// Where to go after something was done (RFC 9110 §15.4.4), with a message to show there.
pub struct Done {
    url: String,
    headers: HeaderMap,
}

impl Done {
    /// Go there. Only ever an address built by `urls`.
    pub fn go(url: impl Into<String>) -> Self {
        Done {
            url: url.into(),
            headers: HeaderMap::new(),
        }
    }

    /// Show the message `notice-<key>` there, once.
    pub fn notice(self, app: &App, key: &str) -> Self {
        let secure = app.config.secure();
        self.cookie(Cookie::Notice.set(key, secure))
    }

    /// Set cookies on the way.
    pub fn cookies(self, cookies: impl IntoIterator<Item = HeaderValue>) -> Self {
        cookies.into_iter().fold(self, Self::cookie)
    }

    /// Set a cookie on the way.
    pub fn cookie(mut self, cookie: HeaderValue) -> Self {
        self.headers.append(header::SET_COOKIE, cookie);
        self
    }
}

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        let location = HeaderValue::from_str(&self.url).unwrap_or(HeaderValue::from_static("/"));
        let mut response = (StatusCode::SEE_OTHER, self.headers).into_response();
        response.headers_mut().insert(header::LOCATION, location);
        response
    }
}

/// The error as this visitor reads it: a page, a way to the log-in page, or JSON.
pub fn error(app: &App, visit: &Arc<Visit>, error: Error) -> Response {
    let mut response = if visit.wants_json() {
        json_error(visit, &error)
    } else if matches!(error, Error::SignIn) {
        let next = if visit.reads {
            visit.path.as_str()
        } else {
            "/"
        };
        Done::go(urls::login(next)).into_response()
    } else {
        page_error(app, visit, &error)
    };
    match &error {
        Error::TooMany(wait) => {
            response
                .headers_mut()
                .insert(header::RETRY_AFTER, HeaderValue::from(wait.0));
        }
        Error::BadToken | Error::SignIn if visit.wants_json() => {
            response
                .headers_mut()
                .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        _ => {}
    }
    response
}

/// `{"error":{"code","message","details"}}` in the reader's language.
fn json_error(visit: &Visit, error: &Error) -> Response {
    let mut details = match error {
        Error::Conflict(fault) | Error::Invalid(fault) => fault.details.clone(),
        _ => serde_json::Map::new(),
    };
    match error {
        Error::TooMany(wait) => drop(details.insert("retry_after".into(), wait.0.into())),
        Error::TooLarge(limit) => drop(details.insert("limit_bytes".into(), (*limit).into())),
        Error::Scope(scope) => drop(details.insert("scope".into(), (*scope).into())),
        _ => {}
    }
    let message = match error {
        // programs ask for things and make calls; they open no pages
        Error::NotFound => i18n::t(visit.lang, "error-no-thing-text").to_string(),
        Error::MethodNotAllowed => i18n::t(visit.lang, "error-no-method-text").to_string(),
        _ => Words::new(visit.lang, error).text,
    };
    let body = json!({ "error": { "code": error.code(), "message": message, "details": details } });
    (error.status(), Json(body)).into_response()
}

fn page_error(app: &App, visit: &Arc<Visit>, error: &Error) -> Response {
    let shell = Shell::new(app.clone(), visit.clone());
    let words = Words::new(visit.lang, error);
    let link = match error {
        Error::Conflict(Fault { link, .. }) | Error::Invalid(Fault { link, .. }) => link.clone(),
        _ => None,
    };
    let again = matches!(
        error,
        Error::Csrf | Error::Unavailable | Error::DiskFull | Error::Internal(_)
    );
    let page = ErrorPage {
        status: error.status().as_u16(),
        words,
        link,
        again,
        shell,
    };
    let mut response = Page(page).into_response();
    *response.status_mut() = error.status();
    response
}

#[derive(Template)]
#[template(path = "pages/error.html")]
struct ErrorPage {
    shell: Shell,
    status: u16,
    words: Words,
    link: Option<String>,
    again: bool,
}

impl ErrorPage {
    /// Whether an account could change the answer.
    fn wants_login(&self) -> bool {
        matches!(self.status, 403 | 404) && self.shell.user().is_none() && self.shell.is_get()
    }
}

/// What happened, and what to do.
struct Words {
    title: String,
    text: String,
}

impl Words {
    fn new(lang: domain::Language, error: &Error) -> Self {
        let t = |key: &str| i18n::t(lang, key).to_string();
        let dashed = error.code().replace('_', "-");
        match error {
            Error::Conflict(fault) | Error::Invalid(fault) => Words {
                title: t("error-refused"),
                text: fault.sentence(lang),
            },
            Error::Banned(Some(reason)) if !reason.is_empty() => Words {
                title: t("error-banned"),
                text: i18n::t(lang, "error-banned-reason")
                    .arg("reason", reason)
                    .to_string(),
            },
            Error::BadRequest(reason) => Words {
                title: t("error-bad-request"),
                text: i18n::t(lang, "error-bad-request-text")
                    .arg("reason", reason.as_ref())
                    .to_string(),
            },
            Error::NoCall => Words {
                title: t("error-not-found"),
                text: t("error-no-call-text"),
            },
            Error::MediaType(expected) => Words {
                title: t("error-bad-request"),
                text: i18n::t(lang, "error-unsupported-media-type-text")
                    .arg("expected", *expected)
                    .to_string(),
            },
            Error::Scope(scope) => Words {
                title: t("error-missing-scope"),
                text: i18n::t(lang, "error-missing-scope-text")
                    .arg("scope", *scope)
                    .to_string(),
            },
            Error::TooLarge(limit) => Words {
                title: t("error-too-large"),
                text: i18n::t(lang, "error-too-large-text")
                    .arg("limit", crate::format::size(lang, *limit))
                    .to_string(),
            },
            Error::TooMany(wait) => Words {
                title: t("error-too-many-requests"),
                text: i18n::t(lang, "error-too-many-requests-text")
                    .arg("seconds", wait.0)
                    .to_string(),
            },
            _ => Words {
                title: t(&format!("error-{dashed}")),
                text: t(&format!("error-{dashed}-text")),
            },
        }
    }
}
