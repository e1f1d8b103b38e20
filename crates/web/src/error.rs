//! What a handler can fail with, and how a person or a program is told.
//!
//! A handler returns an [`Error`]; the outer layer (see `visit`) turns it into a page in the reader's
//! language, or into JSON under `/api`. An internal error is logged once, there, and never shown.

use std::borrow::Cow;
use std::fmt;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use blobs::BlobError;
use domain::Language;
use serde_json::{Map, Value};
use store::{Conflict, Duplicate, StoreError};

use crate::i18n;
use crate::limits::RetryAfter;

/// A handler's result.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a request was not carried out.
#[derive(Clone, Debug)]
pub enum Error {
    /// There is no such thing, or this viewer must not know that there is.
    NotFound,
    /// The API has nothing at this address.
    NoCall,
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
    /// The body is of another kind than this, the one that is read here.
    MediaType(&'static str),
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
    /// There is no room to write it down.
    DiskFull,
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

    /// The sentence for a person: the message `fault-<code>` with the facts as its variables, or the
    /// sentence the fault was made with.
    pub fn sentence(&self, lang: Language) -> String {
        let key = format!("fault-{}", self.code.replace('_', "-"));
        if i18n::has(lang, &key) {
            i18n::t(lang, &key).facts(&self.details).to_string()
        } else {
            self.message.clone()
        }
    }

    /// The fault with a place to go instead.
    pub fn link(mut self, url: impl Into<String>) -> Self {
        self.link = Some(url.into());
        self
    }
}

/// A value that a person typed and the domain refuses.
impl From<domain::Error> for Fault {
    fn from(error: domain::Error) -> Self {
        let fault = Fault::new(error.code(), error);
        match error {
            domain::Error::TitleLength { max } | domain::Error::TextLong { max } => {
                fault.with("max", max)
            }
            _ => fault,
        }
    }
}

/// Everything that is wrong with a form, by field, in the order of the form.
#[derive(Clone, Debug, Default)]
pub struct Faults(Vec<(&'static str, Fault)>);

impl Faults {
    /// One more.
    pub fn add(&mut self, field: &'static str, fault: impl Into<Fault>) {
        self.0.push((field, fault.into()));
    }

    /// One more, when the value was refused; the value otherwise.
    pub fn keep<T, E: Into<Fault>>(
        &mut self,
        field: &'static str,
        value: Result<T, E>,
    ) -> Option<T> {
        value.map_err(|fault| self.add(field, fault)).ok()
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many things are wrong.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What is wrong with a field, as a sentence.
    pub fn of(&self, field: &str, lang: Language) -> Option<String> {
        self.0
            .iter()
            .find(|(name, _)| *name == field)
            .map(|(_, fault)| fault.sentence(lang))
    }
}

impl<F: Into<Fault>> From<(&'static str, F)> for Faults {
    fn from((field, fault): (&'static str, F)) -> Self {
        Faults(vec![(field, fault.into())])
    }
}

/// For programs: the first fault, and the code of each field's.
impl From<Faults> for Error {
    fn from(faults: Faults) -> Self {
        let fields: Map<String, Value> = faults
            .0
            .iter()
            .map(|(field, fault)| ((*field).to_owned(), Value::from(fault.code.as_ref())))
            .collect();
        match faults.0.into_iter().next() {
            Some((_, fault)) => Error::Invalid(fault.with("fields", fields)),
            None => Error::internal("refused without a fault"),
        }
    }
}

/// Why a form was not carried out: it can be mended, or it cannot.
#[derive(Clone, Debug)]
pub enum Refused {
    /// To be mended by who filled it in.
    Faults(Faults),
    /// Anything else.
    Error(Error),
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::Error(error)
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Refused::Error(error.into())
    }
}

impl From<RetryAfter> for Refused {
    fn from(wait: RetryAfter) -> Self {
        Refused::Error(wait.into())
    }
}

/// For the API.
impl From<Refused> for Error {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Faults(faults) => faults.into(),
            Refused::Error(error) => error,
        }
    }
}

impl Refused {
    /// One thing to be mended.
    pub fn field(field: &'static str, fault: impl Into<Fault>) -> Self {
        Refused::Faults(Faults::from((field, fault.into())))
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
            Error::NotFound | Error::NoCall => StatusCode::NOT_FOUND,
            Error::Forbidden | Error::Banned(_) | Error::Csrf | Error::Scope(_) => {
                StatusCode::FORBIDDEN
            }
            Error::SignIn | Error::BadToken => StatusCode::UNAUTHORIZED,
            Error::BadRequest(_) => StatusCode::BAD_REQUEST,
            Error::MediaType(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Error::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Error::Conflict(_) => StatusCode::CONFLICT,
            Error::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Error::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Error::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Error::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Error::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
            Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Stable snake_case name for programs.
    pub fn code(&self) -> &str {
        match self {
            Error::NotFound | Error::NoCall => "not_found",
            Error::Forbidden => "forbidden",
            Error::Banned(_) => "banned",
            Error::SignIn => "unauthorized",
            Error::BadToken => "bad_token",
            Error::Scope(_) => "missing_scope",
            Error::Csrf => "csrf",
            Error::BadRequest(_) => "bad_request",
            Error::MediaType(_) => "unsupported_media_type",
            Error::MethodNotAllowed => "method_not_allowed",
            Error::Conflict(fault) | Error::Invalid(fault) => &fault.code,
            Error::TooLarge(_) => "too_large",
            Error::TooMany(_) => "too_many_requests",
            Error::Unavailable => "unavailable",
            Error::DiskFull => "disk_full",
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
            StoreError::DiskFull => {
                tracing::error!("the disk of the database is full");
                Error::DiskFull
            }
            StoreError::Duplicate(duplicate) => {
                let code = match duplicate {
                    Duplicate::GroupName => "group_name_taken",
                    Duplicate::UserName => "name_taken",
                    _ => "duplicate",
                };
                Error::Conflict(Fault::new(code, duplicate))
            }
            StoreError::Conflict(conflict) => {
                let code = match conflict {
                    Conflict::ForumNotEmpty => "forum_not_empty",
                    Conflict::CategoryNotEmpty => "category_not_empty",
                    Conflict::ForumCycle => "forum_cycle",
                    Conflict::GroupInUse => "group_in_use",
                    Conflict::TopicLocked => "topic_locked",
                    Conflict::LastAdministrator => "last_administrator",
                    Conflict::InviteInvalid => "invite_invalid",
                    Conflict::SetupDone | Conflict::Stale => "conflict",
                };
                Error::Conflict(Fault::new(code, conflict))
            }
            other => Error::internal(other),
        }
    }
}

impl From<BlobError> for Error {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::DiskFull => {
                tracing::error!("the disk of the blobs is full");
                Error::DiskFull
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_said_as_such() {
        for error in [
            Error::from(StoreError::DiskFull),
            Error::from(BlobError::DiskFull),
        ] {
            assert_eq!(error.status(), StatusCode::INSUFFICIENT_STORAGE);
            assert_eq!(error.code(), "disk_full");
        }
    }
}
