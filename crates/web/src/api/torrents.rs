//! `/api/v1/torrents/{hash}`: a torrent by any of its hashes; what moderators say of it.

use axum::Json;
use axum::extract::{Path, State};
use bittorrent::{InfoHash, InfoHashV2};
use domain::{Factors, Scope, Viewer};
use serde::{Deserialize, Serialize};
use store::TorrentPlace;
use utoipa::ToSchema;

use super::ErrorBody;
use super::shapes::{FILES, Torrent};
use super::tracker_torrents::Registered;
use crate::error::{Error, Fault, Result};
use crate::extract::{Caller, Moderators, Sent};
use crate::moderation;
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
    let found = find(&app, caller.may(Scope::Read)?, &hash).await?;
    let files = app.store.first_files(found.torrent.id, FILES).await?;
    Ok(Json(Found {
        topic_id: found.topic.id.0,
        forum_id: found.topic.forum.0,
        torrent: Torrent::new(&app, &found.torrent, files),
        title: found.topic.title,
    }))
}

/// What to say about a torrent; what is left out stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = TorrentChange)]
pub struct Change {
    /// `approved`, `closed`, `checking` … A frozen one is refused at the next announce.
    state: Option<String>,
    /// Why: its topic and, when it is frozen, its clients say so. Goes with `state`.
    reason: Option<String>,
    /// How much of an upload counts from its next announce on, 0 to 1000: 200 counts it twice.
    upload_percent: Option<u16>,
    /// How much of a download counts, 0 to 100: 0 is gold, 50 silver.
    download_percent: Option<u16>,
}

/// A torrent as it is now.
#[derive(Serialize, ToSchema)]
pub struct Changed {
    #[serde(flatten)]
    torrent: Registered,
    upload_percent: u16,
    download_percent: u16,
}

/// Says something about a torrent.
#[utoipa::path(
    patch, path = "/api/v1/torrents/{hash}", tag = "moderation", security(("token" = ["moderate"])),
    params(("hash" = String, Path, description = "40 or 64 hex digits")), request_body = Change,
    responses(
        (status = 200, body = Changed), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "`conflict`: somebody else changed it in between"),
        (status = 415, body = ErrorBody), (status = 422, body = ErrorBody, description = "`bad_state`, with all there are")
    )
)]
pub async fn update(
    State(app): State<App>,
    Path(hash): Path<String>,
    Sent {
        caller,
        body: change,
        ..
    }: Sent<Moderators, Change>,
) -> Result<Json<Changed>> {
    let by = caller.moderator()?;
    if change.reason.is_some() && change.state.is_none() {
        let fault = Fault::new("reason_without_state", "a reason goes with a state");
        return Err(Error::Invalid(fault));
    }
    let torrent = moderation::registered(&app, &hash).await?;
    let state = change.state.as_deref().map(moderation::state).transpose()?;
    let mut factors = app.store.torrent_factors(torrent.torrent).await?;
    let wished = Factors::new(
        change.upload_percent.unwrap_or(factors.upload_percent()),
        change
            .download_percent
            .unwrap_or(factors.download_percent()),
    );
    // Nothing is changed until everything is known to be right.
    let wished = wished.map_err(|error| Error::Invalid(Fault::from(error)))?;
    if let Some(state) = state {
        let reason = change.reason.unwrap_or_default();
        moderation::set_state(&app, by, &torrent, state, &reason).await?;
    }
    if wished != factors {
        app.store
            .set_torrent_factors(torrent.torrent, wished)
            .await?;
        factors = wished;
    }
    let now = moderation::registered(&app, &hash).await?;
    Ok(Json(Changed {
        torrent: Registered::new(&app, now),
        upload_percent: factors.upload_percent(),
        download_percent: factors.download_percent(),
    }))
}

async fn find(app: &App, viewer: &Viewer, hash: &str) -> Result<TorrentPlace> {
    if let Ok(hash) = hash.parse::<InfoHash>() {
        return Ok(app.store.torrent_by_hash(viewer, hash).await?);
    }
    let hash: InfoHashV2 = hash.parse().map_err(|_| Error::NotFound)?;
    Ok(app.store.torrent_by_v2_hash(viewer, hash).await?)
}
