//! Extractors: handlers receive valid things.

use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::rejection::{FormRejection, JsonRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Form, FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::StatusCode;
use axum::http::request::Parts;
use domain::{Scope, UserId, Viewer};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use store::SessionView;

use crate::csrf::FORM_BYTES;
use crate::error::Error;
use crate::layout::Shell;
use crate::state::App;
use crate::visit::Visit;

impl FromRequestParts<App> for Shell {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        Ok(Shell::new(app.clone(), visit(parts)?))
    }
}

/// Someone signed in with a session; others are sent to the log-in page.
pub struct SignedIn {
    visit: Arc<Visit>,
    /// The account.
    pub user: UserId,
}

impl SignedIn {
    /// Who looks.
    pub fn viewer(&self) -> &Viewer {
        self.visit.viewer()
    }

    /// The session.
    pub fn session(&self) -> Option<&SessionView> {
        self.visit.session()
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        let visit = visit(parts)?;
        match visit.session().and_then(|session| session.viewer.user) {
            Some(user) => Ok(SignedIn { visit, user }),
            None => Err(Error::SignIn),
        }
    }
}

/// An administrator signed in with a session.
pub struct Admin {
    /// The account.
    pub user: UserId,
}

impl FromRequestParts<App> for Admin {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let signed_in = SignedIn::from_request_parts(parts, app).await?;
        if signed_in.viewer().is_admin() {
            Ok(Admin {
                user: signed_in.user,
            })
        } else {
            Err(Error::Forbidden)
        }
    }
}

/// Whoever calls the API or downloads: a token with its scopes, a session (which may do all its owner
/// may), or a guest.
pub struct Caller {
    visit: Arc<Visit>,
}

impl Caller {
    /// Who calls; a guest when nobody says so.
    pub fn viewer(&self) -> &Viewer {
        self.visit.viewer()
    }

    /// The request's circumstances.
    pub fn visit(&self) -> &Arc<Visit> {
        &self.visit
    }

    /// A guest and a session pass; a token must have the scope. For what guests may do too.
    pub fn may(&self, scope: Scope) -> Result<&Viewer, Error> {
        match self.visit.token() {
            Some(token) if !token.scopes.contains(scope) => Err(Error::Scope(scope.as_str())),
            _ => Ok(self.viewer()),
        }
    }

    /// The account; a token must have the scope, guests are refused.
    pub fn account(&self, scope: Scope) -> Result<UserId, Error> {
        self.may(scope)?.user.ok_or(Error::SignIn)
    }

    /// Whoever runs the tracker's front end: an administrator; a token must have the scope `tracker`
    /// too.
    pub fn tracker(&self) -> Result<UserId, Error> {
        self.staff(Scope::Tracker)
    }

    /// A moderator, which is to say an administrator; a token must have the scope `moderate` too.
    pub fn moderator(&self) -> Result<UserId, Error> {
        self.staff(Scope::Moderate)
    }

    /// An administrator; a token must have the scope `admin` too.
    pub fn admin(&self) -> Result<UserId, Error> {
        self.staff(Scope::Admin)
    }

    fn staff(&self, scope: Scope) -> Result<UserId, Error> {
        let user = self.account(scope)?;
        if self.viewer().is_admin() {
            Ok(user)
        } else {
            Err(Error::Forbidden)
        }
    }
}

impl FromRequestParts<App> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Error> {
        Ok(Caller {
            visit: visit(parts)?,
        })
    }
}

/// The number in the path's one `{id}`; a slug may follow it (`/topics/5-debian`). Anything else is
/// a page that does not exist.
pub struct Id<T>(pub T);

impl<T: FromStr> FromRequestParts<App> for Id<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let Path(segment) = Path::<String>::from_request_parts(parts, app)
            .await
            .map_err(|_| Error::NotFound)?;
        number(&segment).map(Id).ok_or(Error::NotFound)
    }
}

/// The numbers in the path's `{…}/…/{…}`.
pub struct Ids<A, B>(pub A, pub B);

impl<A: FromStr, B: FromStr> FromRequestParts<App> for Ids<A, B> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        let Path((first, second)) = Path::<(String, String)>::from_request_parts(parts, app)
            .await
            .map_err(|_| Error::NotFound)?;
        match (number(&first), number(&second)) {
            (Some(first), Some(second)) => Ok(Ids(first, second)),
            _ => Err(Error::NotFound),
        }
    }
}

fn number<T: FromStr>(segment: &str) -> Option<T> {
    let digits = segment
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(segment.len());
    let (number, slug) = segment.split_at(digits);
    if !(slug.is_empty() || slug.starts_with(['-', '.'])) {
        return None;
    }
    number.parse().ok()
}

/// The query string; what cannot be read is a bad request, said in words.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequestParts<App> for Params<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Error> {
        Query::<T>::from_request_parts(parts, app)
            .await
            .map(|Query(params)| Params(params))
            .map_err(|error: QueryRejection| Error::BadRequest(error.body_text().into()))
    }
}

/// A form without a file; its token was checked before.
pub struct Fields<T>(pub T);

impl<T: DeserializeOwned> FromRequest<App> for Fields<T> {
    type Rejection = Error;

    async fn from_request(mut request: Request, app: &App) -> Result<Self, Error> {
        DefaultBodyLimit::max(FORM_BYTES).apply(&mut request);
        Form::<T>::from_request(request, app)
            .await
            .map(|Form(fields)| Fields(fields))
            .map_err(|error: FormRejection| unreadable(error.status(), error.body_text()))
    }
}

/// Who may make a call of the API.
pub trait Role {
    /// The account, if it may.
    fn admit(caller: &Caller) -> Result<UserId, Error>;
}

/// Administrators; see [`Caller::admin`].
pub struct Administrators;

impl Role for Administrators {
    fn admit(caller: &Caller) -> Result<UserId, Error> {
        caller.admin()
    }
}

/// Front ends of the tracker; see [`Caller::tracker`].
pub struct FrontEnds;

impl Role for FrontEnds {
    fn admit(caller: &Caller) -> Result<UserId, Error> {
        caller.tracker()
    }
}

/// Moderators; see [`Caller::moderator`].
pub struct Moderators;

impl Role for Moderators {
    fn admit(caller: &Caller) -> Result<UserId, Error> {
        caller.moderator()
    }
}

/// Accounts that may post; of the forum, its own rights decide.
pub struct Posters;

impl Role for Posters {
    fn admit(caller: &Caller) -> Result<UserId, Error> {
        caller.account(Scope::Post)
    }
}

/// A JSON body from one who may send it. There is no other way for a handler to ask for JSON, so that
/// nothing of a body is read before its sender's right is settled.
pub struct Sent<R, T> {
    /// Who sent it.
    pub caller: Caller,
    /// What was sent.
    pub body: T,
    role: PhantomData<R>,
}

impl<R: Role, T: DeserializeOwned> FromRequest<App> for Sent<R, T> {
    type Rejection = Error;

    async fn from_request(request: Request, app: &App) -> Result<Self, Error> {
        let (mut parts, body) = request.into_parts();
        let caller = Caller::from_request_parts(&mut parts, app).await?;
        R::admit(&caller)?;
        Ok(Sent {
            caller,
            body: json(Request::from_parts(parts, body), app).await?,
            role: PhantomData,
        })
    }
}

/// Reads a JSON body of at most [`FORM_BYTES`].
pub async fn json<T: DeserializeOwned>(mut request: Request, app: &App) -> Result<T, Error> {
    DefaultBodyLimit::max(FORM_BYTES).apply(&mut request);
    let raw = axum::Json::<Box<RawValue>>::from_request(request, app);
    let axum::Json(raw) = raw.await.map_err(|error| refused(&error))?;
    if !raw.get().starts_with('{') {
        // An array would pass for an object with its fields in their order.
        return Err(Error::BadRequest("send an object of JSON".into()));
    }
    axum::Json::<T>::from_bytes(raw.get().as_bytes())
        .map(|axum::Json(body)| body)
        .map_err(|error| refused(&error))
}

fn refused(error: &JsonRejection) -> Error {
    match error {
        JsonRejection::MissingJsonContentType(_) => Error::MediaType("application/json"),
        // what is wrong with it, without what was being done to it
        JsonRejection::JsonDataError(wrong) => misread(wrong, error),
        JsonRejection::JsonSyntaxError(wrong) => misread(wrong, error),
        _ => unreadable(error.status(), error.body_text()),
    }
}

fn misread(wrong: &dyn std::error::Error, error: &JsonRejection) -> Error {
    let why = wrong.source().map(ToString::to_string);
    unreadable(error.status(), why.unwrap_or_else(|| error.body_text()))
}

fn unreadable(status: StatusCode, why: String) -> Error {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => Error::TooLarge(FORM_BYTES as u64),
        _ => Error::BadRequest(why.into()),
    }
}

fn visit(parts: &Parts) -> Result<Arc<Visit>, Error> {
    parts
        .extensions
        .get::<Arc<Visit>>()
        .cloned()
        .ok_or_else(|| Error::internal("a handler outside the visit layer"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::TopicId;

    #[test]
    fn a_slug_may_follow_an_id() {
        for good in ["5", "5-debian-12", "5.debian", "5-"] {
            assert_eq!(number::<TopicId>(good), Some(TopicId(5)), "{good}");
        }
        for bad in ["", "x", "5x", "-5", "0", "99999999999999999999", "5 "] {
            assert_eq!(number::<TopicId>(bad), None, "{bad}");
        }
    }
}
