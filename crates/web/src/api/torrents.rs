//! `/api/v1/torrents/{hash}`: a torrent by any of its hashes.

use axum::Json;
use axum::extract::{Path, State};
use bittorrent::{InfoHash, InfoHashV2};
use domain::Scope;
use serde::Serialize;
use utoipa::ToSchema;

use super::ErrorBody;
use super::shapes::{FILES, Torrent};
use crate::error::{Error, Result};
use crate::extract::Caller;
use crate::state::App;

/// A torrent and its topic.
#[derive(Serialize, ToSchema)]
pub struct Found {
    topic_id: i64,
    forum_id: i64,
    title: String,
    torrent: Torrent,
}

/// A registered torrent by its v1 hash, its v2 hash, or the truncated v2 hash.
#[utoipa::path(
    get, path = "/api/v1/torrents/{hash}", tag = "topics", security((), ("token" = ["read"])),
    params(("hash" = String, Path, description = "40 or 64 hex digits")),
    responses((status = 200, body = Found), (status = 404, body = ErrorBody))
)]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(hash): Path<String>,
) -> Result<Json<Found>> {
    let viewer = caller.may(Scope::Read)?;
    let found = if let Ok(hash) = hash.parse::<InfoHash>() {
        app.store.torrent_by_hash(viewer, hash).await?
    } else {
        let hash: InfoHashV2 = hash.parse().map_err(|_| Error::NotFound)?;
        app.store.torrent_by_v2_hash(viewer, hash).await?
    };
    let files = app.store.first_files(found.torrent.id, FILES).await?;
    Ok(Json(Found {
        topic_id: found.topic.id.0,
        forum_id: found.topic.forum.0,
        torrent: Torrent::new(&app, &found.torrent, files),
        title: found.topic.title,
    }))
}
