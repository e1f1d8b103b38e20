//! `POST /posting/preview`: BBCode as it will look.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Html;
use domain::PostText;
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::extract::{Fields, SignedIn};
use crate::layout::Shell;
use crate::origin;
use crate::pages::topic::prose::Prose;
use crate::state::App;

#[derive(Deserialize)]
pub struct Sent {
    text: String,
}

pub async fn submit(
    State(app): State<App>,
    shell: Shell,
    _: SignedIn,
    headers: HeaderMap,
    Fields(sent): Fields<Sent>,
) -> Result<Html<String>> {
    if sent.text.chars().count() > PostText::MAX {
        return Err(Error::TooLarge(PostText::MAX as u64));
    }
    let prose = Prose::new(shell.lang(), origin::host(&app.config, &headers));
    Ok(Html(format!(
        r#"<div class="prose">{}</div>"#,
        prose.html(&shell.visit().blotted(&sent.text))
    )))
}
