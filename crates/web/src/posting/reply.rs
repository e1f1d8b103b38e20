//! A reply.

use domain::{PostText, Right, TopicId, Viewer};
use store::{Conflict, NewReply, Posted, StoreError, TopicHead};

use super::Problem;
use super::topic::text_problem;
use crate::error::Error;
use crate::limits::Key;
use crate::state::App;

/// What the author sent, not yet checked.
#[derive(Debug)]
pub(crate) struct Reply {
    /// To which topic.
    pub topic: TopicId,
    /// Its text, in BBCode.
    pub text: String,
}

/// Why no reply was posted.
#[derive(Debug)]
pub(crate) enum ReplyRefused {
    /// Nobody may reply in a locked topic but its forum's staff.
    Locked,
    /// The text has to be mended.
    Text(Problem),
    /// Anything else.
    Error(Error),
}

impl From<Error> for ReplyRefused {
    fn from(error: Error) -> Self {
        ReplyRefused::Error(error)
    }
}

impl From<StoreError> for ReplyRefused {
    fn from(error: StoreError) -> Self {
        ReplyRefused::Error(error.into())
    }
}

impl From<ReplyRefused> for Error {
    fn from(refused: ReplyRefused) -> Self {
        match refused {
            ReplyRefused::Locked => Error::Conflict(crate::error::Fault::new(
                "topic_locked",
                Conflict::TopicLocked,
            )),
            ReplyRefused::Text(problem) => problem.into(),
            ReplyRefused::Error(error) => error,
        }
    }
}

/// Writes a reply: the right to reply first, then the lock, then the text.
pub(crate) async fn post_reply(
    app: &App,
    viewer: &Viewer,
    reply: Reply,
) -> Result<Posted, ReplyRefused> {
    let now = app.now();
    let author = viewer
        .user
        .filter(|_| viewer.is_member())
        .ok_or(Error::SignIn)?;
    let head = app.store.topic_head(viewer, reply.topic).await?;
    may_reply(app, viewer, &head)?;
    app.limits
        .take(Key::Post(author.0), now)
        .map_err(Error::from)?;
    let text: PostText = reply
        .text
        .parse()
        .map_err(|_| ReplyRefused::Text(text_problem(&reply.text)))?;
    let new = NewReply {
        topic: reply.topic,
        author,
        text,
        now,
        ignore_lock: viewer.is_admin(),
    };
    match app.store.reply(&new).await {
        Ok(posted) => Ok(posted),
        Err(StoreError::Conflict(Conflict::TopicLocked)) => Err(ReplyRefused::Locked),
        Err(error) => Err(error.into()),
    }
}

/// Whether this viewer may reply to this topic now.
pub(crate) fn may_reply(app: &App, viewer: &Viewer, topic: &TopicHead) -> Result<(), ReplyRefused> {
    if !viewer.is_member() {
        return Err(Error::SignIn.into());
    }
    if !app.store.site().may(viewer, topic.forum, Right::Reply) {
        return Err(Error::Forbidden.into());
    }
    if topic.locked && !viewer.is_admin() {
        return Err(ReplyRefused::Locked);
    }
    Ok(())
}
