//! `/api/v1/tracker/torrents`: registrations, for foreign front ends.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use bittorrent::{InfoHashV2, InfoHashes};
use domain::{TorrentId, UserId};
use serde::{Deserialize, Serialize};
use store::{Deletion, Duplicate, NewRegistration, RegisteredBy, Registration, StoreError};
use utoipa::ToSchema;

use super::ErrorBody;
use super::tracker_status::{Announces, Part};
use super::tracker_users::{ShareShape, find};
use crate::error::{Error, Fault, Result};
use crate::extract::{Caller, FrontEnds, Params, Sent};
use crate::format::rfc3339;
use crate::moderation::{registered, short, wire_hash};
use crate::state::App;
use crate::tracker_status::announces;

/// A registered torrent.
#[derive(Serialize, ToSchema)]
pub struct Registered {
    torrent_id: i64,
    /// v1 hash; the truncated v2 hash of a v2-only torrent.
    info_hash: String,
    info_hash_v2: Option<String>,
    /// `null` when only its hash is known.
    name: Option<String>,
    /// Bytes; `null` when only its hash is known.
    size: Option<u64>,
    topic_id: Option<i64>,
    /// Whose it is; `null` when they are gone.
    user_id: Option<u64>,
    /// Whether that is a member of this site.
    member: bool,
    /// Whether clients need a passkey.
    private: bool,
    /// What moderators say about it: `not_approved`, `approved`, `closed` …
    state: &'static str,
    state_reason: String,
    /// Whether the tracker answers announces for it.
    announceable: bool,
    seeders: u64,
    leechers: u64,
    /// How many have completed it.
    completed: u64,
    registered_at: String,
}

/// A registered torrent and its users.
#[derive(Serialize, ToSchema)]
pub struct RegisteredNow {
    #[serde(flatten)]
    torrent: Registered,
    /// The first of them; more at `/users`.
    users: TorrentUsers,
}

/// Some torrents, by number.
#[derive(Serialize, ToSchema)]
pub struct AllRegistered {
    items: Vec<Registered>,
    /// `after` of the next part; `null` at the end.
    next: Option<u64>,
}

/// A user of a torrent.
#[derive(Serialize, ToSchema)]
pub struct TorrentUser {
    /// The number the front end knows it by; of a member of this site, the account's.
    user_id: u64,
    /// Whether it is a member of this site.
    member: bool,
    /// The account's number here.
    account_id: i64,
    /// Its name on this site.
    name: String,
    #[serde(flatten)]
    share: ShareShape,
}

/// Some users of a torrent, by account.
#[derive(Serialize, ToSchema)]
pub struct TorrentUsers {
    items: Vec<TorrentUser>,
    /// `after` of the next part; `null` at the end.
    next: Option<u64>,
}

impl Registered {
    pub fn new(app: &App, found: Registration) -> Self {
        let live = app
            .swarm
            .as_ref()
            .map(|swarm| swarm.query_state(found.hashes.canonical()));
        let known = !found.name.is_empty();
        Registered {
            torrent_id: found.torrent.0,
            info_hash: found.hashes.canonical().to_string(),
            info_hash_v2: found.hashes.v2().map(|hash| hash.to_string()),
            size: known.then_some(found.total_size),
            name: known.then_some(found.name),
            topic_id: found.topic.map(|topic| topic.0),
            user_id: found.by.as_ref().map(number),
            member: found.by.is_some_and(|by| by.foreign.is_none()),
            private: found.private,
            state: found.state.code(),
            state_reason: found.state_reason,
            announceable: found.state.announceable(),
            seeders: live.map_or(found.seeders, |live| live.seeders.into()),
            leechers: live.map_or(found.leechers, |live| live.leechers.into()),
            completed: live.map_or(found.completed, |live| live.completed.max(found.completed)),
            registered_at: rfc3339(found.registered_at),
        }
    }
}

fn number(by: &RegisteredBy) -> u64 {
    by.foreign.unwrap_or(by.user.0.unsigned_abs())
}

/// A torrent to register without a topic.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTorrent {
    /// v1 hash, 40 hex digits, or v2 hash, 64.
    info_hash: String,
    /// The v2 hash of a hybrid, 64 hex digits, beside its v1 hash.
    info_hash_v2: Option<String>,
    /// Whose it is.
    #[schema(minimum = 1, maximum = 9223372036854775807_i64)]
    user_id: u64,
    /// Whether clients need a passkey; they do unless this is `false`.
    private: Option<bool>,
}

impl NewTorrent {
    fn hashes(&self) -> Result<InfoHashes> {
        let bad = |field: &'static str| {
            let fault = Fault::new(
                "bad_info_hash",
                "an info-hash is 40 hex digits (v1) or 64 (v2)",
            );
            Error::Invalid(fault.with("field", field))
        };
        let v2 = |text: &str| text.parse::<InfoHashV2>();
        let first = self.info_hash.trim();
        match &self.info_hash_v2 {
            None if first.len() == 64 => Ok(InfoHashes::from_v2(
                v2(first).map_err(|_| bad("info_hash"))?,
            )),
            None => Ok(InfoHashes::from_v1(
                first.parse().map_err(|_| bad("info_hash"))?,
            )),
            Some(second) => Ok(InfoHashes::hybrid(
                first.parse().map_err(|_| bad("info_hash"))?,
                v2(second.trim()).map_err(|_| bad("info_hash_v2"))?,
            )),
        }
    }
}

/// Registers a torrent without a topic: from its next announce on the tracker serves it. One that the
/// same user has registered already is left as it is and shown (200), so that a call may be repeated.
#[utoipa::path(
    post, path = "/api/v1/tracker/torrents", tag = "tracker", security(("token" = ["tracker"])), request_body = NewTorrent,
    responses(
        (status = 201, body = Registered), (status = 200, body = Registered, description = "it was there already"),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "`duplicate_torrent`, with `topic_id` when it has a topic"),
        (status = 415, body = ErrorBody), (status = 422, body = ErrorBody, description = "`bad_info_hash`, `unknown_user`")
    )
)]
pub async fn create(
    State(app): State<App>,
    Sent { body: new, .. }: Sent<FrontEnds, NewTorrent>,
) -> Result<(StatusCode, Json<Registered>)> {
    let hashes = new.hashes()?;
    let nobody = || {
        let fault = Fault::new("unknown_user", "there is no user with this user_id");
        Error::Invalid(fault.with("user_id", new.user_id))
    };
    let by = i64::try_from(new.user_id).map_err(|_| nobody())?;
    let by = match find(&app, UserId(by)).await {
        Err(Error::NotFound) => return Err(nobody()),
        found => found?.user,
    };
    let made = app
        .store
        .register_torrent(&NewRegistration {
            hashes,
            private: new.private.unwrap_or(true),
            by,
            now: app.now(),
        })
        .await;
    let (found, made) = made.map_err(duplicate)?;
    let status = match made {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok((status, Json(Registered::new(&app, found))))
}

/// All registered torrents, by number.
#[utoipa::path(
    get, path = "/api/v1/tracker/torrents", tag = "tracker", security(("token" = ["tracker"])), params(Part),
    responses((status = 200, body = AllRegistered), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(part): Params<Part>,
) -> Result<Json<AllRegistered>> {
    caller.tracker()?;
    let after = TorrentId(part.after());
    let found = app.store.registrations_after(after, part.limit()).await?;
    Ok(Json(AllRegistered {
        next: part.next(&found, |found| found.torrent.0.unsigned_abs()),
        items: found
            .into_iter()
            .map(|found| Registered::new(&app, found))
            .collect(),
    }))
}

/// A registered torrent with its counters and users.
#[utoipa::path(
    get, path = "/api/v1/tracker/torrents/{info_hash}", tag = "tracker", security(("token" = ["tracker"])),
    params(("info_hash" = String, Path, description = "40 or 64 hex digits")),
    responses((status = 200, body = RegisteredNow), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Path(hash): Path<String>,
) -> Result<Json<RegisteredNow>> {
    caller.tracker()?;
    let found = registered(&app, &hash).await?;
    let users = users_of(&app, found.torrent, &Part::first()).await?;
    Ok(Json(RegisteredNow {
        torrent: Registered::new(&app, found),
        users,
    }))
}

/// Why a registration is deleted.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Why {
    /// What clients are told that go on announcing it.
    #[serde(default)]
    reason: String,
}

/// Deletes a registration without a topic; what was transferred stays with the users. Its clients are
/// told so from the next announce on. One with a topic goes with `DELETE /api/v1/topics/{id}`.
#[utoipa::path(
    delete, path = "/api/v1/tracker/torrents/{info_hash}", tag = "tracker", security(("token" = ["tracker"])),
    params(("info_hash" = String, Path, description = "40 or 64 hex digits"), Why),
    responses(
        (status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "`torrent_has_topic`, with `topic_id`")
    )
)]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    Path(hash): Path<String>,
    Params(why): Params<Why>,
) -> Result<StatusCode> {
    let by = caller.tracker()?;
    let found = registered(&app, &hash).await?;
    if let Some(topic) = found.topic {
        let fault = Fault::new(
            "torrent_has_topic",
            "this torrent stands in a topic: delete the topic",
        );
        return Err(Error::Conflict(fault.with("topic_id", topic.0)));
    }
    let deletion = Deletion {
        by,
        reason: short(&why.reason),
        now: app.now(),
    };
    app.store
        .delete_registration(found.torrent, &deletion)
        .await?;
    tracing::info!(torrent.id = found.torrent.0, "registration deleted");
    Ok(StatusCode::NO_CONTENT)
}

/// The users of a torrent, with what each transferred.
#[utoipa::path(
    get, path = "/api/v1/tracker/torrents/{info_hash}/users", tag = "tracker", security(("token" = ["tracker"])),
    params(("info_hash" = String, Path, description = "40 or 64 hex digits"), Part),
    responses(
        (status = 200, body = TorrentUsers), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)
    )
)]
pub async fn users(
    State(app): State<App>,
    caller: Caller,
    Path(hash): Path<String>,
    Params(part): Params<Part>,
) -> Result<Json<TorrentUsers>> {
    caller.tracker()?;
    let found = registered(&app, &hash).await?;
    users_of(&app, found.torrent, &part).await.map(Json)
}

/// The last announces of a torrent with their answers, the newest first; those that are still
/// remembered.
#[utoipa::path(
    get, path = "/api/v1/tracker/torrents/{info_hash}/announces", tag = "tracker", security(("token" = ["tracker"])),
    params(("info_hash" = String, Path, description = "40 or 64 hex digits; also one that is not registered")),
    responses((status = 200, body = Announces), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn last_announces(
    State(app): State<App>,
    caller: Caller,
    Path(hash): Path<String>,
) -> Result<Json<Announces>> {
    caller.tracker()?;
    let hashes = match registered(&app, &hash).await {
        Ok(found) => found.hashes.wire_hashes().collect(),
        Err(Error::NotFound) => vec![wire_hash(&hash)?],
        Err(error) => return Err(error),
    };
    let items = announces(&app, move |heard| hashes.contains(&heard.hash)).await?;
    Ok(Json(Announces { items }))
}

async fn users_of(app: &App, torrent: TorrentId, part: &Part) -> Result<TorrentUsers> {
    let after = UserId(part.after());
    let shares = app
        .store
        .shares_of_torrent(torrent, after, part.limit())
        .await?;
    Ok(TorrentUsers {
        next: part.next(&shares, |of| of.user.0.unsigned_abs()),
        items: shares
            .into_iter()
            .map(|of| TorrentUser {
                user_id: of.foreign.unwrap_or(of.user.0.unsigned_abs()),
                member: of.foreign.is_none(),
                account_id: of.user.0,
                name: of.name,
                share: of.share.into(),
            })
            .collect(),
    })
}

fn duplicate(error: StoreError) -> Error {
    match error {
        StoreError::Duplicate(Duplicate::Torrent(there)) => {
            let mut fault = Fault::new("duplicate_torrent", &there)
                .with("info_hash", there.info_hash.to_string());
            if let Some(topic) = there.topic {
                fault = fault.with("topic_id", topic.0);
            }
            Error::Conflict(fault)
        }
        other => other.into(),
    }
}
