//! `/api/v1/groups`: groups of accounts, which forum rights can be given to.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{GroupId, UserId};
use serde::{Deserialize, Serialize};
use store::GroupNode;
use utoipa::ToSchema;

use super::ErrorBody;
use crate::error::{Error, Result};
use crate::extract::{Administrators, Caller, Id, Ids, Sent};
use crate::format::rfc3339;
use crate::groups::{self, Draft};
use crate::state::App;

/// All groups, by name.
#[derive(Serialize, ToSchema)]
pub struct Groups {
    groups: Vec<Group>,
}

/// A group.
#[derive(Serialize, ToSchema)]
struct Group {
    group_id: i64,
    name: String,
    description: String,
}

impl From<&GroupNode> for Group {
    fn from(group: &GroupNode) -> Self {
        Group {
            group_id: group.id.0,
            name: group.name.clone(),
            description: group.description.clone(),
        }
    }
}

/// A group with its members, by name.
#[derive(Serialize, ToSchema)]
pub struct Filled {
    #[serde(flatten)]
    group: Group,
    members: Vec<Member>,
}

#[derive(Serialize, ToSchema)]
struct Member {
    user_id: i64,
    name: String,
    /// When it was put into the group, RFC 3339.
    since: String,
}

/// A group to make or change; in a change, what is left out stays as it is.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = WishedGroup)]
pub struct Wished {
    /// 1 to 60 characters, unique regardless of case.
    name: Option<String>,
    /// What it is for, at most 500 characters.
    description: Option<String>,
}

impl Wished {
    fn over(self, draft: Draft) -> Draft {
        Draft {
            name: self.name.unwrap_or(draft.name),
            description: self.description.unwrap_or(draft.description),
        }
    }
}

/// A group that was made.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeGroup)]
pub struct Made {
    group_id: i64,
}

/// All groups.
#[utoipa::path(
    get, path = "/api/v1/groups", tag = "people", security(("token" = ["admin"])),
    responses((status = 200, body = Groups), (status = 403, body = ErrorBody))
)]
pub async fn list(caller: Caller) -> Result<Json<Groups>> {
    caller.admin()?;
    let groups = caller.visit().site.groups.iter().map(Group::from).collect();
    Ok(Json(Groups { groups }))
}

/// Makes a group.
#[utoipa::path(
    post, path = "/api/v1/groups", tag = "people", security(("token" = ["admin"])),
    request_body = Wished,
    responses((status = 201, body = Made), (status = 403, body = ErrorBody), (status = 422, body = ErrorBody))
)]
pub async fn create(
    State(app): State<App>,
    Sent {
        caller,
        body: wished,
        ..
    }: Sent<Administrators, Wished>,
) -> Result<(StatusCode, Json<Made>)> {
    let draft = wished.over(Draft::default()).blotted(caller.visit());
    let id = groups::create(&app, &draft).await?;
    Ok((StatusCode::CREATED, Json(Made { group_id: id.0 })))
}

/// A group and who is in it.
#[utoipa::path(
    get, path = "/api/v1/groups/{id}", tag = "people", security(("token" = ["admin"])),
    params(("id" = i64, Path)),
    responses((status = 200, body = Filled), (status = 404, body = ErrorBody))
)]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<GroupId>,
) -> Result<Json<Filled>> {
    caller.admin()?;
    let site = &caller.visit().site;
    let group = site.group(id).map(Group::from).ok_or(Error::NotFound)?;
    let members = app.store.group_members(id).await?;
    let members = members
        .into_iter()
        .map(|member| Member {
            user_id: member.user.0,
            name: member.name,
            since: rfc3339(member.since),
        })
        .collect();
    Ok(Json(Filled { group, members }))
}

/// Renames or redescribes a group.
#[utoipa::path(
    patch, path = "/api/v1/groups/{id}", tag = "people", security(("token" = ["admin"])),
    params(("id" = i64, Path)), request_body = Wished,
    responses((status = 204), (status = 404, body = ErrorBody), (status = 422, body = ErrorBody))
)]
pub async fn update(
    State(app): State<App>,
    Id(id): Id<GroupId>,
    Sent {
        caller,
        body: wished,
        ..
    }: Sent<Administrators, Wished>,
) -> Result<StatusCode> {
    let present = caller.visit().site.group(id).ok_or(Error::NotFound)?;
    let draft = wished.over(Draft::of(present)).blotted(caller.visit());
    groups::update(&app, id, &draft).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes a group that no forum's rights name; its members stay.
#[utoipa::path(
    delete, path = "/api/v1/groups/{id}", tag = "people", security(("token" = ["admin"])),
    params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody))
)]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<GroupId>,
) -> Result<StatusCode> {
    caller.admin()?;
    groups::delete(&app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts an account into a group.
#[utoipa::path(
    put, path = "/api/v1/groups/{id}/members/{user}", tag = "people", security(("token" = ["admin"])),
    params(("id" = i64, Path), ("user" = i64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody))
)]
pub async fn add(
    State(app): State<App>,
    caller: Caller,
    Ids(id, user): Ids<GroupId, UserId>,
) -> Result<StatusCode> {
    caller.admin()?;
    groups::add(&app, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes an account out of a group.
#[utoipa::path(
    delete, path = "/api/v1/groups/{id}/members/{user}", tag = "people", security(("token" = ["admin"])),
    params(("id" = i64, Path), ("user" = i64, Path)),
    responses((status = 204), (status = 403, body = ErrorBody))
)]
pub async fn take_out(
    State(app): State<App>,
    caller: Caller,
    Ids(id, user): Ids<GroupId, UserId>,
) -> Result<StatusCode> {
    caller.admin()?;
    groups::remove(&app, id, user).await?;
    Ok(StatusCode::NO_CONTENT)
}
