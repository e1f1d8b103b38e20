//! Changing what was posted: edits with their history, titles, locks, pins, removal.

use domain::{PostId, PostText, TopicId, TopicTitle, TorrentId, UnixTime, UserId};
use sqlx::AssertSqlSafe;

use crate::changes::Subject;
use crate::db::{Tx, exec, row, rows, value};
use crate::dialect::{Turn, capped_sum, take_turn};
use crate::pages::MemberLink;
use crate::posting::lock_forum;
use crate::registrations::{Deletion, bury};
use crate::row::{signed, unsigned};
use crate::{Conflict, Result, Store, StoreError, What, dialect};

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
        let mut tx = self.db().begin().await?;
        let lock = dialect::for_update(tx.engine());
        let edits: Option<(i64,)> = row!(
            tx,
            AssertSqlSafe(format!("select edits from posts where id = $1{lock}")),
            edit.post.0,
        )?;
        let (edits,) = edits.ok_or(StoreError::NotFound(What::Post))?;
        if unsigned(edits) != edit.seen_edits {
            return Err(Conflict::Stale.into());
        }
        let kept = exec!(
            tx,
            "insert into post_revisions (post_id, text, replaced_by, replaced_at)
             select post_id, text, $2, $3 from post_texts where post_id = $1 and text <> $4",
            edit.post.0,
            edit.editor.0,
            edit.now.0,
            edit.text.as_str(),
        )?;
        if kept == 0 {
            return Ok(());
        }
        exec!(
            tx,
            "update post_texts set text = $2 where post_id = $1",
            edit.post.0,
            edit.text.as_str(),
        )?;
        exec!(
            tx,
            "update posts set edits = edits + 1, edited_at = $2, edited_by = $3 where id = $1",
            edit.post.0,
            edit.now.0,
            edit.editor.0,
        )?;
        tx.commit().await
    }

    /// Replaces a topic's title.
    pub async fn edit_title(&self, topic: TopicId, title: &TopicTitle) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let changed = exec!(
            tx,
            "update topics set title = $2 where id = $1",
            topic.0,
            title.as_str()
        )?;
        found(changed)?;
        tx.commit().await
    }

    /// The earlier texts of a post, the newest first.
    pub async fn post_revisions(&self, post: PostId) -> Result<Vec<PostRevision>> {
        let rows: Vec<(String, i64, String, i64)> = rows!(
            self.db(),
            "select r.text, u.id, u.name, r.replaced_at
             from post_revisions r join users u on u.id = r.replaced_by
             where r.post_id = $1 order by r.id desc",
            post.0,
        )?;
        Ok(rows
            .into_iter()
            .map(|(text, user, name, at)| PostRevision {
                text,
                replaced_by: MemberLink {
                    id: UserId(user),
                    name,
                },
                replaced_at: UnixTime(at),
            })
            .collect())
    }

    /// Locks or unlocks a topic.
    pub async fn set_locked(&self, topic: TopicId, locked: bool) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let changed = exec!(
            tx,
            "update topics set locked = $2 where id = $1",
            topic.0,
            locked
        )?;
        found(changed)?;
        tx.commit().await
    }

    /// Pins a topic above the others of its forum, or unpins it.
    pub async fn set_pinned(&self, topic: TopicId, pinned: bool) -> Result<()> {
        let mut tx = self.db().begin().await?;
        let changed = exec!(
            tx,
            "update topics set pinned = $2 where id = $1",
            topic.0,
            i64::from(pinned),
        )?;
        found(changed)?;
        tx.commit().await
    }

    /// Deletes a topic with its posts and its torrent; what was transferred stays with the users, and
    /// the tracker tells whoever goes on announcing the torrent. Returns the blob keys that nothing
    /// refers to any more.
    pub async fn delete_topic(&self, topic: TopicId, why: &Deletion) -> Result<Vec<String>> {
        let mut tx = self.db().begin().await?;
        take_turn(&mut tx, Turn::Accounting).await?;
        let forum = lock_topic(&mut tx, topic).await?;
        let buried: Vec<(i64,)> =
            rows!(tx, "select id from torrents where topic_id = $1", topic.0)?;
        for (torrent,) in buried {
            bury(&mut tx, torrent, why).await?;
        }
        let blobs: Vec<(String, String)> = rows!(
            tx,
            "select x.blob, x.original_blob from attachments x join posts p on p.id = x.post_id
             where p.topic_id = $1",
            topic.0,
        )?;
        let torrents: Vec<(i64, i64)> = rows!(
            tx,
            "delete from torrents where topic_id = $1 returning id, total_size",
            topic.0
        )?;
        for &(torrent, _) in &torrents {
            keep_totals(&mut tx, torrent).await?;
        }
        exec!(
            tx,
            "update users set posts = users.posts - c.number
             from (select author_id, count(*) as number from posts where topic_id = $1
                   group by author_id) as c
             where users.id = c.author_id",
            topic.0,
        )?;
        let posts = exec!(tx, "delete from posts where topic_id = $1", topic.0)?;
        exec!(tx, "delete from topics where id = $1", topic.0)?;
        exec!(
            tx,
            "update forums set topics = topics - 1, posts = posts - $2, torrents = torrents - $3,
                torrents_size =
                    (select cast(coalesce(sum(total_size), 0) as bigint) from torrents
                     where forum_id = $1),
                last_topic_id =
                    (select id from topics where forum_id = $1 order by last_post_id desc limit 1)
             where id = $1",
            forum,
            signed(posts),
            signed(torrents.len() as u64),
        )?;
        let mut orphans = Vec::new();
        for blob in blobs
            .into_iter()
            .flat_map(|(blob, original)| [blob, original])
        {
            let used: bool = value!(
                tx,
                "select exists (select 1 from attachments where blob = $1 or original_blob = $1)",
                &blob,
            )?;
            if !used && !orphans.contains(&blob) {
                orphans.push(blob);
            }
        }
        let changes: Vec<_> = torrents
            .iter()
            .map(|&(id, _)| Subject::Torrent(TorrentId(id)))
            .collect();
        self.commit(tx, &changes).await?;
        Ok(orphans)
    }

    /// Deletes a reply (the first post goes only with its topic).
    ///
    /// # Errors
    /// `NotFound(Post)`, also for a first post.
    pub async fn delete_reply(&self, post: PostId) -> Result<()> {
        let place: Option<(i64, i64)> = row!(
            self.db(),
            "select p.topic_id, p.author_id from posts p join topics t on t.id = p.topic_id
             where p.id = $1 and t.first_post_id <> p.id",
            post.0,
        )?;
        let (topic, author) = place.ok_or(StoreError::NotFound(What::Post))?;
        let mut tx = self.db().begin().await?;
        let forum = lock_topic(&mut tx, TopicId(topic)).await?;
        if exec!(tx, "delete from posts where id = $1", post.0)? == 0 {
            return Err(StoreError::NotFound(What::Post));
        }
        exec!(
            tx,
            "update users set posts = posts - 1 where id = $1",
            author
        )?;
        exec!(
            tx,
            "update topics set replies = replies - 1, last_post_id = last.id,
                last_post_at = last.created_at, last_poster_id = last.author_id
             from (select id, created_at, author_id from posts where topic_id = $1
                   order by id desc limit 1) as last
             where topics.id = $1",
            topic,
        )?;
        exec!(
            tx,
            "update forums set posts = posts - 1, last_topic_id =
                (select id from topics where forum_id = $1 order by last_post_id desc limit 1)
             where id = $1",
            forum,
        )?;
        tx.commit().await
    }
}

/// Keeps others from writing to the topic and its forum until the transaction ends.
async fn lock_topic(tx: &mut Tx<'_>, topic: TopicId) -> Result<i64> {
    let lock = match dialect::for_update(tx.engine()) {
        "" => "",
        _ => " for update",
    };
    let forum: Option<(i64,)> = row!(
        tx,
        AssertSqlSafe(format!("select forum_id from topics where id = $1{lock}")),
        topic.0,
    )?;
    let (forum,) = forum.ok_or(StoreError::NotFound(What::Topic))?;
    lock_forum(tx, forum).await?;
    Ok(forum)
}

/// What was transferred of a torrent that goes stays with the users, as their base.
pub(crate) async fn keep_totals(tx: &mut Tx<'_>, torrent: i64) -> Result<()> {
    exec!(
        tx,
        concat!(
            "update users set uploaded_base = ",
            capped_sum!("users.uploaded_base", "d.uploaded"),
            ", downloaded_base = ",
            capped_sum!("users.downloaded_base", "d.downloaded"),
            " from (select user_id, uploaded, downloaded from downloads where torrent_id = $1) as d
             where users.id = d.user_id"
        ),
        torrent,
    )?;
    exec!(tx, "delete from downloads where torrent_id = $1", torrent)?;
    Ok(())
}

fn found(changed: u64) -> Result<()> {
    if changed == 0 {
        Err(StoreError::NotFound(What::Topic))
    } else {
        Ok(())
    }
}
