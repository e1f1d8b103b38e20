//! `/api/v1/categories`: the headings that forums stand under.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::CategoryId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ErrorBody;
use super::forums::Move;
use crate::error::Result;
use crate::extract::{Administrators, Caller, Id, Sent};
use crate::forums;
use crate::state::App;

/// A category to make or rename.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CategoryFields)]
pub struct Category {
    title: String,
}

/// A category that was made.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeCategory)]
pub struct Made {
    category_id: i64,
}

/// Makes a category, after all others.
#[utoipa::path(
    post, path = "/api/v1/categories", tag = "forums", security(("token" = ["admin"])),
    request_body = Category,
    responses((status = 201, body = Made), (status = 403, body = ErrorBody), (status = 422, body = ErrorBody))
)]
pub async fn create(
    State(app): State<App>,
    Sent {
        caller,
        body: category,
        ..
    }: Sent<Administrators, Category>,
) -> Result<(StatusCode, Json<Made>)> {
    let id = forums::create_category(&app, &caller.visit().blotted(&category.title)).await?;
    Ok((StatusCode::CREATED, Json(Made { category_id: id.0 })))
}

/// Renames a category.
#[utoipa::path(
    patch, path = "/api/v1/categories/{id}", tag = "forums", security(("token" = ["admin"])),
    params(("id" = i64, Path)), request_body = Category,
    responses((status = 204), (status = 404, body = ErrorBody), (status = 422, body = ErrorBody))
)]
pub async fn update(
    State(app): State<App>,
    Id(id): Id<CategoryId>,
    Sent {
        caller,
        body: category,
        ..
    }: Sent<Administrators, Category>,
) -> Result<StatusCode> {
    forums::rename_category(&app, id, &caller.visit().blotted(&category.title)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes an empty category.
#[utoipa::path(
    delete, path = "/api/v1/categories/{id}", tag = "forums", security(("token" = ["admin"])),
    params(("id" = i64, Path)),
    responses((status = 204), (status = 404, body = ErrorBody), (status = 409, body = ErrorBody))
)]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<CategoryId>,
) -> Result<StatusCode> {
    caller.admin()?;
    app.store.delete_category(id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Moves a category one step among its neighbours.
#[utoipa::path(
    post, path = "/api/v1/categories/{id}/move", tag = "forums", security(("token" = ["admin"])),
    params(("id" = i64, Path)), request_body = Move,
    responses((status = 204), (status = 400, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn step(
    State(app): State<App>,
    Id(id): Id<CategoryId>,
    Sent { body: wished, .. }: Sent<Administrators, Move>,
) -> Result<StatusCode> {
    forums::step_category(&app, id, wished.by.parse()?).await?;
    Ok(StatusCode::NO_CONTENT)
}
