//! `/api/v1/suspicions`: uploads faster than the site believes, until somebody decides.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use store::{Ruling, Suspicion};
use utoipa::{IntoParams, ToSchema};

use super::ErrorBody;
use crate::error::Result;
use crate::extract::{Caller, Id, Params};
use crate::format::rfc3339;
use crate::moderation::client_name;
use crate::state::App;

/// Uploads that wait for a ruling, the oldest first.
#[derive(Serialize, ToSchema)]
pub struct Suspicions {
    suspicions: Vec<Listed>,
}

/// What a user reported to have uploaded of a torrent, faster than `upload_speed_limit`.
#[derive(Serialize, ToSchema)]
#[schema(as = Suspicion)]
struct Listed {
    suspicion_id: i64,
    torrent_id: i64,
    /// `null` when the torrent is gone.
    torrent_name: Option<String>,
    user_id: i64,
    user_name: String,
    /// The client that reported last, as its peer id says.
    client: String,
    /// How many reports.
    reports: u64,
    /// Bytes as they were reported.
    raw_uploaded: u64,
    /// Bytes that a grant would credit.
    uploaded: u64,
    /// The seconds they were reported for.
    seconds: u64,
    first_at: String,
    last_at: String,
}

impl From<Suspicion> for Listed {
    fn from(suspicion: Suspicion) -> Self {
        Listed {
            suspicion_id: suspicion.id,
            torrent_id: suspicion.torrent.0,
            torrent_name: suspicion.torrent_name,
            user_id: suspicion.user.0,
            user_name: suspicion.user_name,
            client: client_name(suspicion.client),
            reports: suspicion.reports,
            raw_uploaded: suspicion.raw_uploaded,
            uploaded: suspicion.uploaded,
            seconds: suspicion.seconds,
            first_at: rfc3339(suspicion.first_at),
            last_at: rfc3339(suspicion.last_at),
        }
    }
}

/// Which of them.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Only those with higher ids.
    after: Option<i64>,
}

/// Uploads that wait for a ruling, at most 100 at once.
#[utoipa::path(
    get, path = "/api/v1/suspicions", tag = "people", security(("token" = ["moderate"])),
    params(Which),
    responses((status = 200, body = Suspicions), (status = 403, body = ErrorBody))
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(which): Params<Which>,
) -> Result<Json<Suspicions>> {
    caller.moderator()?;
    let found = app.store.suspicions(which.after, PAGE).await?;
    Ok(Json(Suspicions {
        suspicions: found.into_iter().map(Listed::from).collect(),
    }))
}

/// Credits an upload after all.
#[utoipa::path(
    post, path = "/api/v1/suspicions/{id}/grant", tag = "people", security(("token" = ["moderate"])),
    params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody))
)]
pub async fn grant(State(app): State<App>, caller: Caller, Id(id): Id<i64>) -> Result<StatusCode> {
    decide(&app, &caller, id, Ruling::Grant).await
}

/// Lets an upload count for nothing.
#[utoipa::path(
    post, path = "/api/v1/suspicions/{id}/dismiss", tag = "people", security(("token" = ["moderate"])),
    params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody))
)]
pub async fn dismiss(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<i64>,
) -> Result<StatusCode> {
    decide(&app, &caller, id, Ruling::Dismiss).await
}

async fn decide(app: &App, caller: &Caller, id: i64, ruling: Ruling) -> Result<StatusCode> {
    let by = caller.moderator()?;
    let now = caller.visit().now;
    app.store.decide_suspicion(id, ruling, by, now).await?;
    Ok(StatusCode::NO_CONTENT)
}

const PAGE: u32 = 100;
