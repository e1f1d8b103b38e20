//! Changing what was posted: edits with their history, titles, locks, pins, removal.

use domain::{PostId, PostText, TopicId, TopicTitle, UnixTime, UserId};

use crate::pages::MemberLink;
use crate::{Result, Store};

/// An edit of a post.
#[derive(Debug, Clone)]
pub struct EditPost {
    /// Which post.
    pub post: PostId,
    /// By whom.
    pub editor: UserId,
    /// The new text.
    pub text: PostText,
    /// How many edits the editor saw; when there are more by now, the edit is refused.
    pub seen_edits: u64,
    /// When.
    pub now: UnixTime,
}

/// A text that a post had before an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostRevision {
    /// The text before the edit.
    pub text: String,
    /// Who replaced it.
    pub replaced_by: MemberLink,
    /// When it was replaced.
    pub replaced_at: UnixTime,
}

impl Store {
    /// Replaces the text and keeps the old one as a revision. The same text again changes nothing.
    ///
    /// # Errors
    /// `NotFound(Post)`; `Conflict::Stale` when somebody edited it in between.
    pub async fn edit_post(&self, edit: &EditPost) -> Result<()> {
        let _ = edit;
        Err(later())
    }

    /// Replaces a topic's title.
    pub async fn edit_title(&self, topic: TopicId, title: &TopicTitle) -> Result<()> {
        let _ = (topic, title);
        Err(later())
    }

    /// The earlier texts of a post, the newest first.
    pub async fn post_revisions(&self, post: PostId) -> Result<Vec<PostRevision>> {
        let _ = post;
        Err(later())
    }

    /// Locks or unlocks a topic.
    pub async fn set_locked(&self, topic: TopicId, locked: bool) -> Result<()> {
        let _ = (topic, locked);
        Err(later())
    }

    /// Pins a topic above the others of its forum, or unpins it.
    pub async fn set_pinned(&self, topic: TopicId, pinned: bool) -> Result<()> {
        let _ = (topic, pinned);
        Err(later())
    }

    /// Deletes a topic with its posts and its torrent; what was transferred stays with the users.
    /// Returns the blob keys that nothing refers to any more.
    pub async fn delete_topic(&self, topic: TopicId) -> Result<Vec<String>> {
        let _ = topic;
        Err(later())
    }

    /// Deletes a reply (the first post goes only with its topic).
    ///
    /// # Errors
    /// `NotFound(Post)`, also for a first post.
    pub async fn delete_reply(&self, post: PostId) -> Result<()> {
        let _ = post;
        Err(later())
    }
}

fn later() -> crate::StoreError {
    crate::StoreError::Unavailable("not written yet".to_owned())
}
