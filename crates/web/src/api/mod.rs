//! The JSON API: the same functions as the pages, for programs.
//!
//! A bearer token acts for its owner within its scopes; a session acts with all its owner's rights and
//! the form token in `X-CSRF`. Errors are `{"error":{"code","message","details"}}`.

pub mod categories;
pub mod convert;
pub mod forums;
pub mod groups;
pub mod invites;
pub mod me;
pub mod openapi;
pub mod settings;
mod shapes;
pub mod suspicions;
pub mod topics;
pub mod torrents;
pub mod tracker_status;
pub mod tracker_torrents;
pub mod tracker_users;
pub mod users;

use serde::Serialize;
use utoipa::ToSchema;

/// The shape of every error.
#[derive(Serialize, ToSchema)]
pub struct ErrorBody {
    error: ErrorFacts,
}

/// What went wrong.
#[derive(Serialize, ToSchema)]
struct ErrorFacts {
    /// Stable snake_case name.
    code: String,
    /// A sentence in the language of `Accept-Language`.
    message: String,
    /// Facts that belong to the code, such as `topic_id` with `duplicate_torrent`.
    details: serde_json::Map<String, serde_json::Value>,
}
