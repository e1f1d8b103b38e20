//! Durable truth on SQLite or PostgreSQL.
//!
//! One [`Store`] with intent-named methods, one file per noun, one SQL text for both engines.
//! Every page of the site has one read model and one method that fills it in a constant number of
//! statements. Nothing outside this crate writes SQL, and this crate knows no other adapter.
//!
//! What a caller finds here:
//! - [`Store::open`], [`Options`], [`StoreError`]
//! - accounts, sessions, tokens, invites and groups: [`NewAccount`], [`SessionView`], [`TokenView`]
//! - the site's shape, cached: [`Site`], [`ForumNode`]
//! - posting: [`NewTopic`], [`NewTorrent`], [`NewReply`]
//! - pages: [`IndexPage`], [`ForumPage`], [`TopicPage`], [`TorrentsPage`], [`MemberPage`] …
//! - the tracker's side: [`AccessSnapshot`], [`AccountingBatch`], [`Change`]
//! - [`Store::doctor`], which proves that the denormalised numbers are right

mod access;
mod account_search;
mod accounting;
mod accounts;
mod bans;
mod blob_keys;
mod changes;
mod db;
mod dialect;
mod doctor;
mod editing;
mod error;
mod forums;
mod groups;
mod import;
mod invites;
mod migrate;
mod pages;
mod posting;
mod published;
mod registrations;
mod row;
mod sessions;
mod settings;
mod shares;
mod site;
mod store;
mod suspicions;
mod table;
mod tokens;
mod torrents;
mod tracker_users;
mod views;

pub use access::{
    AccessChange, AccessDeletion, AccessForum, AccessSite, AccessSnapshot, AccessTorrent,
    AccessUser,
};
pub use accounting::{AccountingBatch, AccountingOutcome, Completion, TorrentCounters};
pub use accounts::{Account, AccountFilter, LoginRecord, NewAccount};
pub use bans::Ban;
pub use changes::{Change, Subject};
pub use db::Engine;
pub use doctor::Finding;
pub use editing::{EditPost, PostRevision};
pub use error::{Conflict, Duplicate, DuplicateTorrent, Result, StoreError, What};
pub use forums::{ForumDetails, NewForum};
pub use groups::{GroupMember, NewGroup};
pub use import::{ImportPost, ImportTopic, ImportTorrent, ImportUser};
pub use invites::Invite;
pub use pages::{
    DownloadInfo, FileRow, FilesPage, ForumHead, ForumLink, ForumPage, ForumSummary, IndexCategory,
    IndexPage, LastPost, MemberLink, MemberPage, MemberRow, MembersPage, PostAuthor, PostForEdit,
    PostView, QuoteSource, SiteTotals, TopicHead, TopicPage, TopicRow, TopicRowTorrent, TopicSort,
    TorrentBox, TorrentFilter, TorrentPlace, TorrentRow, TorrentSort, TorrentsPage,
};
pub use posting::{NewReply, NewTopic, NewTorrent, NewTorrentFile, Posted};
pub use published::MemberTotals;
pub use registrations::{Deletion, NewRegistration, RegisteredBy, Registration};
pub use sessions::{NewSession, SessionRow, SessionView, TokenHash};
pub use shares::ShareTotals;
pub use site::{CategoryNode, ForumNode, GroupNode, Site};
pub use store::{Options, Store};
pub use suspicions::{Ruling, Suspicion};
pub use tokens::{NewToken, TokenRow, TokenView};
pub use tracker_users::{ForeignChange, TorrentShare, TrackerUser, UserShare};
