//! `/api/v1/tracker/status`: what the tracker does now.

use axum::Json;
use axum::extract::State;
use domain::Scope;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ErrorBody;
use crate::error::Result;
use crate::extract::Caller;
use crate::state::App;
use crate::tracker_status::{Announce, Status};

/// What the tracker does now: rates, totals, the largest swarms, what it refuses, who asks. With scope
/// `admin` or `tracker`.
#[utoipa::path(
    get, path = "/api/v1/tracker/status", tag = "tracker", security(("token" = ["tracker"]), ("token" = ["admin"])),
    responses((status = 200, body = Status), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
pub async fn show(State(app): State<App>, caller: Caller) -> Result<Json<Status>> {
    let admin = caller.may(Scope::Admin).is_ok();
    let _ = if admin {
        caller.admin()
    } else {
        caller.tracker()
    }?;
    Ok(Json(Status::now(&app).await?))
}

/// The last announces that were kept, the newest first.
#[derive(Serialize, ToSchema)]
pub struct Announces {
    pub items: Vec<Announce>,
}

/// Which part of a list.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Part {
    /// Items after this one; the `next` of the part before.
    #[serde(default)]
    #[param(minimum = 0)]
    pub after: u64,
    /// How many at most, up to 1000.
    #[serde(default = "usual")]
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub limit: u32,
}

impl Part {
    /// The first part.
    pub fn first() -> Self {
        Part {
            after: 0,
            limit: usual(),
        }
    }

    /// How many items are asked for.
    pub fn limit(&self) -> u32 {
        self.limit.clamp(1, 1000)
    }

    /// Where the list goes on after these items, if it may.
    pub fn next<T>(&self, items: &[T], key: impl Fn(&T) -> u64) -> Option<u64> {
        let full = items.len() >= self.limit() as usize;
        items.last().filter(|_| full).map(key)
    }

    /// The number after which rows come.
    pub fn after(&self) -> i64 {
        i64::try_from(self.after).unwrap_or(i64::MAX)
    }
}

fn usual() -> u32 {
    100
}
