//! `/api/v1/invites`: invitations to register.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use super::ErrorBody;
use crate::error::Result;
use crate::extract::Caller;
use crate::origin::origin;
use crate::state::App;
use crate::{accounts, urls};

/// An invitation; neither the code nor the link is shown again.
#[derive(Serialize, ToSchema)]
pub struct Invite {
    code: String,
    url: String,
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
