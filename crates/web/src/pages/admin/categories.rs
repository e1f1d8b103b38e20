//! `/admin/categories`: the headings that forums stand under.

use axum::extract::State;
use domain::{CategoryId, ForumTitle};
use serde::Deserialize;

use crate::answer::Done;
use crate::error::{Error, Fault, Result};
use crate::extract::{Admin, Fields, Id};
use crate::forums;
use crate::state::App;
use crate::urls;

#[derive(Deserialize)]
pub struct Title {
    title: String,
}

/// `POST /admin/categories`
pub async fn create(State(app): State<App>, _: Admin, Fields(form): Fields<Title>) -> Result<Done> {
    app.store.create_category(&title(&form.title)?).await?;
    Ok(Done::go(urls::admin_forums()).notice(&app, "saved"))
}

/// `POST /admin/categories/{id}`
pub async fn rename(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<CategoryId>,
    Fields(form): Fields<Title>,
) -> Result<Done> {
    app.store.update_category(id, &title(&form.title)?).await?;
    Ok(Done::go(urls::admin_forums()).notice(&app, "saved"))
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

fn title(text: &str) -> Result<ForumTitle> {
    text.parse()
        .map_err(|error| Error::Invalid(Fault::from(error)))
}
