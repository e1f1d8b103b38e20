//! `GET /posts/{id}`: leads to the post on its page.

use axum::extract::State;
use domain::{Page, PostId};

use crate::answer::Done;
use crate::error::Result;
use crate::extract::Id;
use crate::layout::Shell;
use crate::state::App;
use crate::urls;

pub async fn show(State(app): State<App>, shell: Shell, Id(post): Id<PostId>) -> Result<Done> {
    let (topic, before) = app.store.post_place(shell.viewer(), post).await?;
    let page = Page::holding(before, super::POSTS);
    Ok(Done::go(urls::post(topic, page.number().into(), post)))
}
