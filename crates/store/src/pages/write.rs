//! What the pages for editing and quoting begin with.

use domain::{PostId, Right, UserId, Viewer};

use super::rows::{HeadRow, head_columns};
use super::shared::{MemberLink, TopicHead};
use crate::db::row;
use crate::row::unsigned;
use crate::{Result, Store, StoreError, What};

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
        let row = self.post_row(viewer, post).await?;
        let topic = TopicHead::from(row.head);
        Ok(PostForEdit {
            post,
            first: topic.first_post == post,
            topic,
            author: UserId(row.writer_id),
            text: row.text,
            edits: unsigned(row.edits),
        })
    }

    /// A post with its topic, to quote it. 1 statement.
    ///
    /// # Errors
    /// `NotFound(Post)` also when the viewer may not read its forum.
    pub async fn quote_source(&self, viewer: &Viewer, post: PostId) -> Result<QuoteSource> {
        let row = self.post_row(viewer, post).await?;
        Ok(QuoteSource {
            post,
            topic: row.head.into(),
            author: MemberLink {
                id: UserId(row.writer_id),
                name: row.writer_name,
            },
            text: row.text,
        })
    }
}

impl Store {
    async fn post_row(&self, viewer: &Viewer, post: PostId) -> Result<PostRow> {
        let row: Option<PostRow> = row!(
            self.db(),
            concat!(
                "select ",
                head_columns!(),
                ", w.id as writer_id, w.name as writer_name, x.text, p.edits
                 from posts p
                 join post_texts x on x.post_id = p.id
                 join users w on w.id = p.author_id
                 join topics t on t.id = p.topic_id
                 join users a on a.id = t.author_id
                 where p.id = $1"
            ),
            post.0,
        )?;
        row.filter(|row| self.site().may(viewer, row.head.forum(), Right::Read))
            .ok_or(StoreError::NotFound(What::Post))
    }
}

#[derive(sqlx::FromRow)]
struct PostRow {
    #[sqlx(flatten)]
    head: HeadRow,
    writer_id: i64,
    writer_name: String,
    text: String,
    edits: i64,
}
