//! `/api/v1/me`: the caller's own account.

use axum::Json;
use axum::extract::State;
use domain::{Ratio, Scope};
use serde::Serialize;
use utoipa::ToSchema;

use super::ErrorBody;
use crate::accounts;
use crate::error::{Error, Result};
use crate::extract::Caller;
use crate::state::App;

/// The caller's account.
#[derive(Serialize, ToSchema)]
pub struct Me {
    user_id: i64,
    name: String,
    /// `administrators`, the name of the first group, or `members`.
    group: String,
    /// Key of the announce URLs.
    passkey: String,
    /// Bytes.
    uploaded: u64,
    /// Bytes.
    downloaded: u64,
    /// Uploaded by downloaded; `null` when nothing was downloaded.
    ratio: Option<f64>,
}

/// The caller's account.
#[utoipa::path(
    get, path = "/api/v1/me", tag = "account", security(("token" = ["account"])),
    responses((status = 200, body = Me), (status = 401, body = ErrorBody))
)]
pub async fn show(caller: Caller) -> Result<Json<Me>> {
    let user = caller.account(Scope::Account)?;
    let visit = caller.visit();
    let viewer = visit.viewer();
    let (uploaded, downloaded) = visit.totals();
    let first = viewer.groups.first().and_then(|id| visit.site.group(*id));
    Ok(Json(Me {
        user_id: user.0,
        name: viewer.name.clone(),
        group: match first {
            _ if viewer.is_admin() => "administrators".to_owned(),
            Some(group) => group.name.clone(),
            None => "members".to_owned(),
        },
        passkey: visit.passkey().ok_or(Error::SignIn)?.as_str().to_owned(),
        uploaded,
        downloaded,
        ratio: Ratio::new(uploaded, downloaded).value(),
    }))
}

/// A new tracker key.
#[derive(Serialize, ToSchema)]
pub struct NewPasskey {
    passkey: String,
}

/// Replaces the tracker key; the tracker refuses the old one from its next announce on.
#[utoipa::path(
    post, path = "/api/v1/me/passkey", tag = "account", security(("token" = ["account"])),
    responses((status = 200, body = NewPasskey), (status = 401, body = ErrorBody))
)]
pub async fn reset_passkey(State(app): State<App>, caller: Caller) -> Result<Json<NewPasskey>> {
    let user = caller.account(Scope::Account)?;
    let passkey = accounts::reset_passkey(&app, user).await?;
    Ok(Json(NewPasskey {
        passkey: passkey.as_str().to_owned(),
    }))
}
