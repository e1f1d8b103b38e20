//! What a handler can fail with, and how a person or a program is told.
//!
//! A handler returns an [`Error`]; the outer layer (see `visit`) turns it into a page in the reader's
//! language, or into JSON under `/api`. An internal error is logged once, there, and never shown.

use std::borrow::Cow;
use std::fmt;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value};
use store::StoreError;

use crate::limits::RetryAfter;

/// A handler's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was not carried out.
#[derive(Clone, Debug)]
pub enum Error {
    /// There is no such thing, or this viewer must not know that there is.
    NotFound,
    /// The viewer may know the thing but not do this.
    Forbidden,
    /// The account is banned; with the reason, when one was given.
    Banned(Option<String>),
    /// Only for those who are signed in: pages lead to the log-in page, the API answers 401.
    SignIn,
    /// The bearer token is not one of ours, or no longer.
    BadToken,
    /// The token lacks this scope.
    Scope(&'static str),
    /// The form's token is missing or stale, or the request came from another site.
    Csrf,
    /// The request cannot be read.
    BadRequest(Cow<'static, str>),
    /// The address has no such method.
    MethodNotAllowed,
    /// The request contradicts what is there; code and facts for programs, key of the sentence for people.
    Conflict(Fault),
    /// What was sent breaks a rule; code and facts for programs, key of the sentence for people.
    Invalid(Fault),
    /// The body is larger than this many bytes.
    TooLarge(u64),
    /// Too often; whole seconds to wait.
    TooMany(RetryAfter),
    /// The store cannot be reached now.
    Unavailable,
    /// Our own failure; the text is for the log.
    Internal(String),
}

/// A broken rule: a stable code for programs (also the message key `fault-<code>` with `-` for `_`), a
/// sentence, and facts.
#[derive(Clone, Debug)]
pub struct Fault {
    /// Stable snake_case name.
    pub code: Cow<'static, str>,
    /// The sentence when there is no translated one.
    pub message: String,
    /// Facts for programs.
    pub details: Map<String, Value>,
    /// Where a person should go instead, with the text of the link being the message `error-go-there`.
    pub link: Option<String>,
}

impl Fault {
    /// A fault without facts.
    pub fn new(code: impl Into<Cow<'static, str>>, message: impl fmt::Display) -> Self {
        Fault {
            code: code.into(),
            message: message.to_string(),
            details: Map::new(),
            link: None,
        }
    }

    /// The fault with a fact for programs.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.details.insert(name.to_owned(), value.into());
        self
    }

    /// The fault with a place to go instead.
    pub fn link(mut self, url: impl Into<String>) -> Self {
        self.link = Some(url.into());
        self
    }
}

impl Error {
    /// Our own failure, for the log only.
    pub fn internal(error: impl fmt::Display) -> Self {
        Error::Internal(error.to_string())
    }

    /// The HTTP status (RFC 9110 §15).
    pub fn status(&self) -> StatusCode {
        match self {
            Error::NotFound => StatusCode::NOT_FOUND,
            Error::Forbidden | Error::Banned(_) | Error::Csrf | Error::Scope(_) => StatusCode::FORBIDDEN,
            Error::SignIn | Error::BadToken => StatusCode::UNAUTHORIZED,
            Error::BadRequest(_) => StatusCode::BAD_REQUEST,
            Error::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Stable snake_case name for programs.
    pub fn code(&self) -> &str {
        match self {
            Error::NotFound => "not_found",
            Error::Forbidden => "forbidden",
            Error::Banned(_) => "banned",
            Error::SignIn => "unauthorized",
            Error::BadToken => "bad_token",
            Error::Scope(_) => "missing_scope",
            Error::Csrf => "csrf",
            Error::BadRequest(_) => "bad_request",
            Error::MethodNotAllowed => "method_not_allowed",
            Error::Conflict(fault) | Error::Invalid(fault) => &fault.code,
            Error::TooLarge(_) => "too_large",
            Error::TooMany(_) => "too_many_requests",
            Error::Unavailable => "unavailable",
            Error::Internal(_) => "internal",
        }
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound(_) => Error::NotFound,
            StoreError::Unavailable(reason) => {
                tracing::warn!(reason, "the store is unavailable");
                Error::Unavailable
            }
            StoreError::Duplicate(duplicate) => {
                Error::Conflict(Fault::new("duplicate", duplicate))
            }
            StoreError::Conflict(conflict) => Error::Conflict(Fault::new("conflict", conflict)),
            other => Error::internal(other),
        }
    }
}

impl From<RetryAfter> for Error {
    fn from(wait: RetryAfter) -> Self {
        Error::TooMany(wait)
    }
}

impl From<askama::Error> for Error {
    fn from(error: askama::Error) -> Self {
        Error::internal(error)
    }
}

/// Carries the error to the layer that knows the reader's language; the status is already right.
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
