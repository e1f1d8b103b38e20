//! `/api/v1/users`: accounts, for administrators.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{Page, UserId};
use serde::{Deserialize, Serialize};
use store::{Account, AccountFilter};
use utoipa::ToSchema;

use super::ErrorBody;
use crate::accounts;
use crate::error::Result;
use crate::extract::{Administrators, Caller, Id, Params, Sent};
use crate::format::rfc3339;
use crate::state::App;

/// A page of accounts by number.
#[derive(Serialize, ToSchema)]
pub struct Users {
    total: u64,
    page: u32,
    items: Vec<User>,
}

/// An account.
#[derive(Serialize, ToSchema)]
pub struct User {
    user_id: i64,
    name: String,
    email: Option<String>,
    admin: bool,
    /// Why it is banned; `null` when it is not.
    banned: Option<String>,
    created_at: String,
    /// Bytes.
    uploaded: u64,
    /// Bytes.
    downloaded: u64,
    posts: u64,
    groups: Vec<i64>,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        User {
            user_id: account.user.0,
            name: account.name,
            email: account.email,
            admin: account.admin,
            banned: account.ban.map(|ban| ban.reason),
            created_at: rfc3339(account.created_at),
            uploaded: account.uploaded,
            downloaded: account.downloaded,
            posts: account.posts,
            groups: account.groups.into_iter().map(|id| id.0).collect(),
        }
    }
}

/// Which accounts.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    #[serde(default)]
    page: u32,
    /// `banned`, `admins`, or all.
    #[serde(default)]
    filter: String,
    /// The beginning of a name; with one, `filter` does not count and the order is that of names.
    #[serde(default)]
    q: String,
}

/// Accounts, 50 a page.
#[utoipa::path(
    get, path = "/api/v1/users", tag = "people", security(("token" = ["admin"])), params(Which),
    responses((status = 200, body = Users), (status = 403, body = ErrorBody))
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(which): Params<Which>,
) -> Result<Json<Users>> {
    caller.admin()?;
    let filter = match which.filter.as_str() {
        "banned" => AccountFilter::Banned,
        "admins" => AccountFilter::Admins,
        _ => AccountFilter::All,
    };
    let page = Page::new(which.page, 50);
    let (items, total) = accounts::list(&app, filter, &which.q, page).await?;
    Ok(Json(Users {
        total,
        page: page.number(),
        items: items.into_iter().map(User::from).collect(),
    }))
}

/// An account.
#[utoipa::path(
    get, path = "/api/v1/users/{id}", tag = "people", security(("token" = ["admin"])),
    params(("id" = i64, Path)),
    responses((status = 200, body = User), (status = 404, body = ErrorBody))
)]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<Json<User>> {
    caller.admin()?;
    Ok(Json(app.store.account(id).await?.into()))
}

/// Why somebody is banned.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Reason {
    reason: String,
}

/// Bans an account: its sessions end, its tokens and passkey stop working.
#[utoipa::path(
    put, path = "/api/v1/users/{id}/ban", tag = "people", security(("token" = ["admin"])),
    params(("id" = i64, Path)), request_body = Reason,
    responses((status = 204), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody))
)]
pub async fn ban(
    State(app): State<App>,
    Id(id): Id<UserId>,
    Sent { body: reason, .. }: Sent<Administrators, Reason>,
) -> Result<StatusCode> {
    accounts::ban(&app, id, &reason.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lifts a ban.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/ban", tag = "people", security(("token" = ["admin"])),
    params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
pub async fn unban(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<StatusCode> {
    caller.admin()?;
    accounts::unban(&app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes an account an administrator.
#[utoipa::path(
    put, path = "/api/v1/users/{id}/admin", tag = "people", security(("token" = ["admin"])),
    params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
pub async fn promote(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<StatusCode> {
    caller.admin()?;
    accounts::set_admin(&app, id, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes the role of administrator; the last one keeps it.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/admin", tag = "people", security(("token" = ["admin"])),
    params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody))
)]
pub async fn demote(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<StatusCode> {
    caller.admin()?;
    accounts::set_admin(&app, id, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Replaces an account's tracker key, which only its owner is told; the tracker refuses the old one from
/// its next announce on.
#[utoipa::path(
    post, path = "/api/v1/users/{id}/passkey", tag = "people", security(("token" = ["admin"])),
    params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
pub async fn reset_passkey(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<StatusCode> {
    caller.admin()?;
    accounts::reset_passkey(&app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all sessions of an account.
#[utoipa::path(
    delete, path = "/api/v1/users/{id}/sessions", tag = "people", security(("token" = ["admin"])),
    params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
pub async fn log_out(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<UserId>,
) -> Result<StatusCode> {
    caller.admin()?;
    accounts::log_out(&app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
