//! `/api/v1/invites`: invitations to register.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use domain::InviteId;
use serde::Serialize;
use utoipa::ToSchema;

use super::ErrorBody;
use crate::error::Result;
use crate::extract::{Caller, Id};
use crate::format::rfc3339;
use crate::origin::origin;
use crate::state::App;
use crate::{accounts, urls};

/// The caller's invitations, the newest first.
#[derive(Serialize, ToSchema)]
pub struct Invites {
    invites: Vec<Listed>,
}

/// An invitation in the list.
#[derive(Serialize, ToSchema)]
struct Listed {
    invite_id: i64,
    created_at: String,
    expires_at: String,
    /// The account that was made with it.
    used_by: Option<i64>,
    used_at: Option<String>,
}

impl From<store::Invite> for Listed {
    fn from(invite: store::Invite) -> Self {
        let used = invite.used.as_ref();
        Listed {
            invite_id: invite.id.0,
            created_at: rfc3339(invite.created_at),
            expires_at: rfc3339(invite.expires_at),
            used_by: used.map(|(member, _)| member.id.0),
            used_at: used.map(|(_, at)| rfc3339(*at)),
        }
    }
}

/// An invitation; neither the code nor the link is shown again.
#[derive(Serialize, ToSchema)]
pub struct Invite {
    code: String,
    url: String,
}

/// The caller's invitations.
#[utoipa::path(
    get, path = "/api/v1/invites", tag = "people", security(("token" = ["admin"])),
    responses((status = 200, body = Invites), (status = 403, body = ErrorBody))
)]
pub async fn list(State(app): State<App>, caller: Caller) -> Result<Json<Invites>> {
    let by = caller.admin()?;
    let invites = app.store.list_invites(by).await?;
    Ok(Json(Invites {
        invites: invites.into_iter().map(Listed::from).collect(),
    }))
}

/// Makes an invitation that lets one person register within two weeks.
#[utoipa::path(
    post, path = "/api/v1/invites", tag = "people", security(("token" = ["admin"])),
    responses((status = 201, body = Invite), (status = 403, body = ErrorBody))
)]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<(StatusCode, Json<Invite>)> {
    let by = caller.admin()?;
    let code = accounts::create_invite(&app, caller.visit(), by).await?;
    let url = origin(&app.config, &headers) + &urls::register_with(code.as_str());
    Ok((
        StatusCode::CREATED,
        Json(Invite {
            code: code.as_str().to_owned(),
            url,
        }),
    ))
}

/// Takes back an invitation of the caller that nobody has used.
#[utoipa::path(
    delete, path = "/api/v1/invites/{id}", tag = "people", security(("token" = ["admin"])),
    params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
pub async fn revoke(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<InviteId>,
) -> Result<StatusCode> {
    let by = caller.admin()?;
    app.store.revoke_invite(by, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
