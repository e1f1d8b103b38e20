//! `GET /posting/quote?post=`: the BBCode that quotes a post.

use axum::extract::State;
use domain::{PostId, markup};
use serde::Deserialize;

use crate::error::Result;
use crate::extract::{Params, SignedIn};
use crate::state::App;

#[derive(Deserialize)]
pub struct Query {
    post: i64,
}

pub async fn show(
    State(app): State<App>,
    reader: SignedIn,
    Params(query): Params<Query>,
) -> Result<String> {
    let source = app
        .store
        .quote_source(reader.viewer(), PostId(query.post))
        .await?;
    Ok(markup::quote(
        &source.author.name,
        source.post,
        &source.text,
    ))
}
