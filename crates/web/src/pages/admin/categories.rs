//! `/admin/categories`: the headings that forums stand under.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use domain::CategoryId;
use serde::Deserialize;

use super::forums::Forums;
use crate::answer::{Done, Page};
use crate::error::{Refused, Result};
use crate::extract::{Admin, Fields, Id};
use crate::forums;
use crate::layout::Shell;
use crate::state::App;
use crate::urls;

#[derive(Deserialize)]
pub struct Title {
    title: String,
}

/// `POST /admin/categories`
pub async fn create(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Fields(form): Fields<Title>,
) -> Result<Response> {
    let title = shell.visit().blotted(&form.title);
    let outcome = forums::create_category(&app, &title).await;
    answer(&app, shell, None, title, outcome.map(|_| ()))
}

/// `POST /admin/categories/{id}`
pub async fn rename(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Id(id): Id<CategoryId>,
    Fields(form): Fields<Title>,
) -> Result<Response> {
    let title = shell.visit().blotted(&form.title);
    let outcome = forums::rename_category(&app, id, &title).await;
    answer(&app, shell, Some(id), title, outcome)
}

fn answer(
    app: &App,
    shell: Shell,
    category: Option<CategoryId>,
    title: String,
    outcome: Result<(), Refused>,
) -> Result<Response> {
    match outcome {
        Ok(()) => Ok(Done::go(urls::admin_forums())
            .notice(app, "saved")
            .into_response()),
        Err(Refused::Faults(faults)) => {
            let page = Page(Forums {
                shell,
                category,
                title,
                faults,
            });
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(Refused::Error(error)) => Err(error),
    }
}

#[derive(Deserialize)]
pub struct Move {
    by: String,
}

/// `POST /admin/categories/{id}/move`
pub async fn step(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<CategoryId>,
    Fields(form): Fields<Move>,
) -> Result<Done> {
    forums::step_category(&app, id, form.by.parse()?).await?;
    Ok(Done::go(urls::admin_forums()))
}

/// `POST /admin/categories/{id}/delete`
pub async fn delete(State(app): State<App>, _: Admin, Id(id): Id<CategoryId>) -> Result<Done> {
    app.store.delete_category(id).await?;
    Ok(Done::go(urls::admin_forums()).notice(&app, "deleted"))
}
