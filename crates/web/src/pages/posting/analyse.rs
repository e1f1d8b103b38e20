//! `POST /posting/analyse`: reads a `.torrent` for the editor, before anything is posted.

use axum::extract::State;
use domain::ForumId;

use super::Report;
use crate::answer::Page;
use crate::error::Result;
use crate::extract::SignedIn;
use crate::layout::Shell;
use crate::limits::Key;
use crate::posting::{Form, Problem};
use crate::state::App;

pub async fn submit(
    State(app): State<App>,
    shell: Shell,
    author: SignedIn,
    form: Form,
) -> Result<Page<Report>> {
    app.limits.take(Key::Post(author.user.0), app.now())?;
    let forum = form.id("forum").map(ForumId);
    let forum = forum.filter(|id| app.store.site().visible(author.viewer(), *id).is_ok());
    let report = match &form.torrent {
        None => Report::refused(&shell, Problem::EmptyFile),
        Some(Err(_)) => Report::refused(&shell, Problem::TooLarge(app.config.max_torrent_bytes)),
        Some(Ok(upload)) => Report::of(&app, &shell, author.viewer(), forum, upload).await?,
    };
    Ok(Page(report))
}
