//! The site's nouns and rules: people, rights, forums, torrents, markup. Plain data and pure
//! functions.
//!
//! Nothing here reads a clock, asks for randomness, speaks SQL or HTTP: time comes as [`UnixTime`],
//! randomness as [`Entropy`]. A value that came from outside gets in through `FromStr` or `TryFrom`
//! alone; whoever holds a [`UserName`], a [`Passkey`] or a [`TopicTitle`] need not check it again.
//!
//! * people: [`UserName`], [`Email`], [`PasswordPolicy`], [`Passkey`], [`Secret`], [`Scopes`],
//!   [`Ratio`], [`Viewer`]
//! * who may do what: [`Audience`], [`ForumRights`], [`Right`], [`may`]
//! * forum and torrent: [`TopicTitle`], [`PostText`], [`Page`], [`ForumPolicy`], [`TorrentState`]
//! * [`SiteSettings`]
//! * [`markup`]: BBCode to a tree to HTML

mod clock;
mod entropy;
mod error;
mod factors;
mod forum;
mod ids;
pub mod markup;
mod page;
mod people;
mod rights;
mod settings;
mod torrent;

pub use clock::{Clock, UnixTime};
pub use entropy::Entropy;
pub use error::Error;
pub use factors::Factors;
pub use forum::{ForumDescription, ForumTitle, GroupName, PostText, TopicTitle};
pub use ids::{
    AttachmentId, CategoryId, ForumId, GroupId, InviteId, PostId, SessionId, TokenId, TopicId,
    TorrentId, UserId,
};
pub use page::Page;
pub use people::{Email, Passkey, PasswordPolicy, Ratio, Scope, Scopes, Secret, UserName, Viewer};
pub use rights::{Audience, ForumRights, Right, may, may_below};
pub use settings::{Language, Registration, SiteSettings, Theme};
pub use torrent::{ForeignTrackers, ForumPolicy, PrivatePolicy, Refusal, TorrentState, Verdict};
