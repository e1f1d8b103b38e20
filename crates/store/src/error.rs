//! What can go wrong, in the words a caller can act on.

use std::fmt;

use bittorrent::InfoHash;
use domain::{ForumId, TopicId};

/// A store result.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a store method did not do what it was asked. The message is one clear line.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be opened: what, why and what to do, in one line.
    #[error("{0}")]
    Open(String),
    /// The database was written by a newer version of this program.
    #[error(
        "the database has migration {found}, this version of skep knows up to {known}: use the newer skep"
    )]
    Newer {
        /// The newest migration found in the database.
        found: i64,
        /// The newest migration this binary carries.
        known: i64,
    },
    /// The database cannot be reached or is too busy now; trying again later may help.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// The disk the database lives on is full.
    #[error("the disk of the database is full")]
    DiskFull,
    /// Something unique is already there.
    #[error("{0}")]
    Duplicate(Duplicate),
    /// The thing named by an id does not exist, or the viewer may not know that it does.
    #[error("there is no such {0}")]
    NotFound(What),
    /// The request contradicts the present state.
    #[error("{0}")]
    Conflict(Conflict),
    /// The database holds something this program cannot have written, or its file is damaged.
    #[error("the database is damaged: {0}")]
    Corrupt(String),
    /// Any other error of the database engine.
    #[error("database error: {0}")]
    Database(String),
}

/// The kind of thing a [`StoreError::NotFound`] speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum What {
    Attachment,
    Category,
    Forum,
    Group,
    Invite,
    Post,
    Session,
    Suspicion,
    Token,
    Topic,
    Torrent,
    User,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            What::Attachment => "attachment",
            What::Category => "category",
            What::Forum => "forum",
            What::Group => "group",
            What::Invite => "invite",
            What::Post => "post",
            What::Session => "session",
            What::Suspicion => "suspicion",
            What::Token => "token",
            What::Topic => "topic",
            What::Torrent => "torrent",
            What::User => "user",
        })
    }
}

/// What exists already.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Duplicate {
    /// A user of that name, or of one that looks the same.
    #[error("this user name is taken")]
    UserName,
    /// A user with that e-mail address. Never tell a visitor.
    #[error("this e-mail address is in use")]
    Email,
    /// A user with that passkey.
    #[error("this passkey is in use")]
    Passkey,
    /// A group of that name.
    #[error("a group of this name exists")]
    GroupName,
    /// A torrent with one of these hashes.
    #[error("{0}")]
    Torrent(DuplicateTorrent),
}

/// The registration that already has one of the hashes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this torrent is already registered: {info_hash}")]
pub struct DuplicateTorrent {
    /// The topic it belongs to, when it has one.
    pub topic: Option<TopicId>,
    /// The forum of that topic. Show the topic only to those who may see this forum.
    pub forum: Option<ForumId>,
    /// The topic's title, or the torrent's name where it has no topic.
    pub title: String,
    /// The existing torrent's canonical hash: v1, or the truncated v2 hash where there is no v1.
    pub info_hash: InfoHash,
}

/// Which rule of the site's state a request ran into.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Conflict {
    /// The set-up page has made its administrator already.
    #[error("the site is already set up")]
    SetupDone,
    /// The invite does not exist, is used up or has expired; which of them is not told.
    #[error("the invite is not valid")]
    InviteInvalid,
    /// A forum with topics or subforums cannot be deleted.
    #[error("the forum is not empty")]
    ForumNotEmpty,
    /// A category with forums cannot be deleted.
    #[error("the category is not empty")]
    CategoryNotEmpty,
    /// A forum cannot become its own descendant, nor stand under a forum of another category.
    #[error("a forum cannot be moved under itself")]
    ForumCycle,
    /// A group that still carries a forum right cannot be deleted.
    #[error("the group is used in the rights of a forum")]
    GroupInUse,
    /// The topic is locked.
    #[error("the topic is locked")]
    TopicLocked,
    /// The last administrator cannot be banned or lose the role.
    #[error("the site needs an administrator")]
    LastAdministrator,
    /// Somebody changed it in between: the expected old value is no longer there.
    #[error("it was changed by somebody else in the meantime")]
    Stale,
}

impl From<Duplicate> for StoreError {
    fn from(duplicate: Duplicate) -> Self {
        StoreError::Duplicate(duplicate)
    }
}

impl From<Conflict> for StoreError {
    fn from(conflict: Conflict) -> Self {
        StoreError::Conflict(conflict)
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        crate::dialect::classify(error)
    }
}
