//! What the pages for editing and quoting begin with.

use domain::{PostId, UserId, Viewer};

use super::shared::{MemberLink, TopicHead};
use crate::{Result, Store};

/// A post that is to be edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostForEdit {
    /// The post.
    pub post: PostId,
    /// Its topic.
    pub topic: TopicHead,
    /// Who wrote it.
    pub author: UserId,
    /// Its text, in BBCode.
    pub text: String,
    /// Whether it is the topic's first, with which the title is edited too.
    pub first: bool,
    /// How often it was edited; hand it back in [`EditPost`](crate::EditPost).
    pub edits: u64,
}

/// A post that is to be quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuoteSource {
    /// The post.
    pub post: PostId,
    /// Its topic.
    pub topic: TopicHead,
    /// Who wrote it.
    pub author: MemberLink,
    /// Its text, in BBCode.
    pub text: String,
}

impl Store {
    /// A post with its topic, to edit it. 1 statement. Who may edit is the caller's business.
    ///
    /// # Errors
    /// `NotFound(Post)` also when the viewer may not read its forum.
    pub async fn post_for_edit(&self, viewer: &Viewer, post: PostId) -> Result<PostForEdit> {
        let _ = (viewer, post);
        Err(later())
    }

    /// A post with its topic, to quote it. 1 statement.
    ///
    /// # Errors
    /// `NotFound(Post)` also when the viewer may not read its forum.
    pub async fn quote_source(&self, viewer: &Viewer, post: PostId) -> Result<QuoteSource> {
        let _ = (viewer, post);
        Err(later())
    }
}

pub(super) fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}
