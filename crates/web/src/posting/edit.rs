//! An edit of a post, and of a topic's title with its first post.

use domain::{PostText, TopicTitle, UserId, Viewer};
use store::{Conflict, PostForEdit, StoreError};

use super::topic::{Refused, text_problem, title_problem};
use crate::error::Error;
use crate::limits::Key;
use crate::state::App;

/// What the editor sent, not yet checked.
#[derive(Debug)]
pub(crate) struct Edit {
    /// The post as it stands.
    pub post: PostForEdit,
    /// The new title; only with a topic's first post.
    pub title: Option<String>,
    /// The new text, in BBCode.
    pub text: String,
    /// How many edits the editor had seen.
    pub seen_edits: u64,
}

/// Whether this viewer may edit a post of `author` in a topic that is locked or not: its author while the topic is open, staff always.
pub(crate) fn may_edit(viewer: &Viewer, author: UserId, locked: bool) -> bool {
    viewer.is_admin() || (viewer.is(author) && !locked)
}

/// Writes the edit. `Ok(false)` when somebody else was quicker: show both texts and ask again.
pub(crate) async fn edit_post(app: &App, viewer: &Viewer, edit: Edit) -> Result<bool, Refused> {
    let editor = viewer
        .user
        .filter(|_| viewer.is_member())
        .ok_or(Error::SignIn)?;
    if !may_edit(viewer, edit.post.author, edit.post.topic.locked) {
        return Err(Error::Forbidden.into());
    }
    let now = app.now();
    app.limits
        .take(Key::Post(editor.0), now)
        .map_err(Error::from)?;
    let mut problems = Vec::new();
    let mut title = None;
    if let Some(sent) = edit.title.filter(|_| edit.post.first) {
        match sent.parse::<TopicTitle>() {
            Ok(parsed) => title = Some(parsed),
            Err(_) => problems.push(title_problem(&sent)),
        }
    }
    let text = edit.text.parse::<PostText>();
    if text.is_err() {
        problems.push(text_problem(&edit.text));
    }
    let (Ok(text), true) = (text, problems.is_empty()) else {
        return Err(Refused::Problems(problems));
    };
    let change = store::EditPost {
        post: edit.post.post,
        editor,
        text,
        seen_edits: edit.seen_edits,
        now,
    };
    match app.store.edit_post(&change).await {
        Ok(()) => {}
        Err(StoreError::Conflict(Conflict::Stale)) => return Ok(false),
        Err(error) => return Err(error.into()),
    }
    if let Some(title) = title.filter(|title| title.as_str() != edit.post.topic.title) {
        app.store.edit_title(edit.post.topic.id, &title).await?;
    }
    Ok(true)
}
