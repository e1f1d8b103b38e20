//! Posting, whoever asks: the pages and the API call the same functions.
//!
//! - [`Upload`]: a `.torrent` as it was sent, not yet trusted.
//! - [`analyse()`]: what a forum makes of an upload, without storing anything.
//! - [`post_topic`], [`post_reply`], [`edit_post`]: rights, rules, then one transaction.
//! - [`Problem`]: what has to be mended, per field.
//! - [`Drafts`]: uploads kept between two submissions of a form.

mod analyse;
mod drafts;
mod edit;
mod paced;
mod problem;
mod reply;
mod topic;
mod trackers;
mod upload;

pub(crate) use analyse::{Analysis, analyse, strips};
pub(crate) use drafts::{DraftId, Drafts};
pub(crate) use edit::{Edit, edit_post, may_edit};
pub(crate) use problem::{Existing, Field, Problem};
pub(crate) use reply::{Reply, ReplyRefused, may_reply, post_reply};
pub(crate) use topic::{NewTopicForm, Refused, post_topic};
pub(crate) use trackers::Own;
pub(crate) use upload::{Form, TooLarge, Upload};
