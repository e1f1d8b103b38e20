//! `/api/v1/tracker/users`: the tracker's users, for foreign front ends.
//!
//! A `user_id` is the number the front end itself knows its user by: the two sites' numbers have
//! nothing to do with each other, and user 1 there is not account 1 here. Where the front end has made
//! none with a number, reading shows this site's own member with it, so that a site is its own front
//! end without further ado; `member` tells which of the two it is. Members are changed at
//! `/api/v1/users` alone.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{Passkey, TorrentId, UnixTime, UserId};
use serde::{Deserialize, Serialize};
use store::{Duplicate, ForeignChange, StoreError, TrackerUser, What};
use utoipa::ToSchema;

use super::ErrorBody;
use super::tracker_status::{Announces, Part};
use crate::error::{Error, Fault, Result};
use crate::extract::{Caller, FrontEnds, Id, Params, Sent};
use crate::format::rfc3339;
use crate::moderation::short;
use crate::state::App;
use crate::tracker_status::announces;

/// A user of the tracker.
#[derive(Serialize, ToSchema)]
#[schema(as = TrackerUser)]
pub struct User {
    /// The number the front end knows it by; of a member of this site, the account's.
    user_id: u64,
    /// Whether it is a member of this site.
    member: bool,
    /// The account's number here.
    account_id: i64,
    /// Its name on this site.
    name: String,
    /// Key of its announce addresses. A member's is told to the member alone: `null`.
    passkey: Option<String>,
    banned: bool,
    /// Why it is banned.
    ban_reason: Option<String>,
    /// Whether it may download, and not only seed.
    may_download: bool,
    /// Bytes credited.
    uploaded: u64,
    /// Bytes credited.
    downloaded: u64,
    created_at: String,
    /// When it last announced anything.
    last_seen: Option<String>,
}

/// A user of the tracker, and what it does now.
#[derive(Serialize, ToSchema)]
pub struct UserNow {
    #[serde(flatten)]
    user: User,
    /// An address it announced from; `null` when it does not announce now, or the tracker runs in
    /// another process.
    last_ip: Option<String>,
    active_torrents: Active,
}

/// How many torrents a user takes part in now.
#[derive(Serialize, ToSchema, Default)]
pub struct Active {
    pub seeding: u64,
    pub leeching: u64,
}

/// Some users, by number.
#[derive(Serialize, ToSchema)]
#[schema(as = TrackerUsers)]
pub struct Users {
    items: Vec<User>,
    /// `after` of the next part; `null` at the end.
    next: Option<u64>,
}

/// A torrent of a user.
#[derive(Serialize, ToSchema)]
pub struct UserTorrent {
    torrent_id: i64,
    /// v1 hash; the truncated v2 hash of a v2-only torrent.
    info_hash: String,
    info_hash_v2: Option<String>,
    /// `null` when only its hash is known.
    name: Option<String>,
    topic_id: Option<i64>,
    #[serde(flatten)]
    share: ShareShape,
}

/// What somebody transferred of a torrent.
#[derive(Serialize, ToSchema)]
pub struct ShareShape {
    /// Bytes credited.
    uploaded: u64,
    /// Bytes credited.
    downloaded: u64,
    /// Bytes as clients reported them.
    raw_uploaded: u64,
    /// Bytes as clients reported them.
    raw_downloaded: u64,
    /// Seconds with everything there; several clients at the same time count once.
    seeding_seconds: u64,
    /// Seconds with something missing, likewise.
    leeching_seconds: u64,
    /// Bytes missing at the last announce.
    left: Option<u64>,
    /// The client heard of last, as far as its peer id tells.
    client: Option<String>,
    /// The first announce.
    started_at: String,
    /// The last announce.
    last_seen: String,
    completed_at: Option<String>,
}

impl From<store::ShareTotals> for ShareShape {
    fn from(share: store::ShareTotals) -> Self {
        ShareShape {
            uploaded: share.uploaded,
            downloaded: share.downloaded,
            raw_uploaded: share.raw_uploaded,
            raw_downloaded: share.raw_downloaded,
            seeding_seconds: share.seeding_seconds,
            leeching_seconds: share.leeching_seconds,
            left: share.left,
            client: share.client.and_then(|id| id.client()).map(named),
            started_at: rfc3339(share.first_at),
            last_seen: rfc3339(share.last_at),
            completed_at: share.completed_at.map(rfc3339),
        }
    }
}

fn named(client: bittorrent::Client) -> String {
    format!("{} {}", client.name, client.version)
        .trim_end()
        .to_owned()
}

/// Some torrents of a user, by number.
#[derive(Serialize, ToSchema)]
pub struct UserTorrents {
    items: Vec<UserTorrent>,
    /// `after` of the next part; `null` at the end.
    next: Option<u64>,
}

impl From<TrackerUser> for User {
    fn from(user: TrackerUser) -> Self {
        let member = user.foreign.is_none();
        User {
            user_id: user.number(),
            member,
            account_id: user.user.0,
            passkey: (!member).then(|| user.passkey.as_str().to_owned()),
            banned: user.ban.is_some(),
            ban_reason: user.ban.map(|ban| ban.reason),
            may_download: user.may_download,
            uploaded: user.uploaded,
            downloaded: user.downloaded,
            created_at: rfc3339(user.created_at),
            last_seen: user.last_announce.map(rfc3339),
            name: user.name,
        }
    }
}

/// A user to make.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    /// The number the front end knows it by.
    #[schema(minimum = 1, maximum = 9223372036854775807_i64)]
    user_id: u64,
    /// A key it has already, 10 to 64 letters and digits; without one it gets a new one.
    passkey: Option<String>,
}

/// Users the front end has made, by number.
#[utoipa::path(
    get, path = "/api/v1/tracker/users", tag = "tracker", security(("token" = ["tracker"])), params(Part),
    responses((status = 200, body = Users), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody))
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    Params(part): Params<Part>,
) -> Result<Json<Users>> {
    caller.tracker()?;
    let users = app
        .store
        .foreign_users_after(part.after, part.limit())
        .await?;
    Ok(Json(Users {
        next: part.next(&users, TrackerUser::number),
        items: users.into_iter().map(User::from).collect(),
    }))
}

/// Makes a user of the front end, with a passkey of its own. One that is there already is left as it is
/// and shown (200), so that a call may be repeated.
#[utoipa::path(
    post, path = "/api/v1/tracker/users", tag = "tracker", security(("token" = ["tracker"])), request_body = NewUser,
    responses(
        (status = 201, body = User), (status = 200, body = User, description = "it was there already"),
        (status = 400, body = ErrorBody), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "`passkey_taken`"), (status = 415, body = ErrorBody),
        (status = 422, body = ErrorBody)
    )
)]
pub async fn create(
    State(app): State<App>,
    Sent { body: new, .. }: Sent<FrontEnds, NewUser>,
) -> Result<(StatusCode, Json<User>)> {
    if new.user_id == 0 || i64::try_from(new.user_id).is_err() {
        let fault = Fault::new(
            "bad_user_id",
            "a user_id is a whole number from 1 to 9223372036854775807",
        );
        return Err(Error::Invalid(fault));
    }
    let passkey = match &new.passkey {
        Some(given) => parse_passkey(given)?,
        None => Passkey::generate(&app.entropy),
    };
    let made = app
        .store
        .add_foreign_user(new.user_id, &passkey, app.now())
        .await;
    let (user, new) = made.map_err(passkey_taken)?;
    let status = match new {
        true => StatusCode::CREATED,
        false => StatusCode::OK,
    };
    Ok((status, Json(user.into())))
}

/// A user: one of the front end, else this site's member with the number.
#[utoipa::path(
    get, path = "/api/v1/tracker/users/{user_id}", tag = "tracker", security(("token" = ["tracker"])),
    params(("user_id" = u64, Path, minimum = 1)),
    responses((status = 200, body = UserNow), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Id(number): Id<UserId>,
) -> Result<Json<UserNow>> {
    caller.tracker()?;
    let user = find(&app, number).await?;
    now(&app, user).await.map(Json)
}

/// What to change of a user; what is left out stays.
#[derive(Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
#[schema(as = TrackerUserChange)]
pub struct Change {
    /// Whether it gets a new passkey; the old one is refused from the next announce on.
    reset_passkey: bool,
    banned: Option<bool>,
    /// Why it is banned; its clients are told.
    reason: Option<String>,
    /// Whether it may download, and not only seed.
    may_download: Option<bool>,
}

/// Changes a user the front end has made; the tracker follows at the next announce.
#[utoipa::path(
    patch, path = "/api/v1/tracker/users/{user_id}", tag = "tracker", security(("token" = ["tracker"])),
    params(("user_id" = u64, Path, minimum = 1)), request_body = Change,
    responses(
        (status = 200, body = UserNow), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "`user_is_member`"), (status = 415, body = ErrorBody),
        (status = 422, body = ErrorBody)
    )
)]
pub async fn update(
    State(app): State<App>,
    Id(number): Id<UserId>,
    Sent { body: change, .. }: Sent<FrontEnds, Change>,
) -> Result<Json<UserNow>> {
    let reason = change.reason.as_deref().map(str::trim).unwrap_or_default();
    if !reason.is_empty() && change.banned != Some(true) {
        let fault = Fault::new("reason_without_ban", "a reason goes with `banned`: true");
        return Err(Error::Invalid(fault));
    }
    let number = foreign(&app, number).await?;
    let change = ForeignChange {
        passkey: change
            .reset_passkey
            .then(|| Passkey::generate(&app.entropy)),
        ban: change.banned.map(|banned| banned.then(|| short(reason))),
        may_download: change.may_download,
    };
    app.store
        .change_foreign_user(number, &change, app.now())
        .await?;
    let user = app.store.foreign_user(number).await?;
    tracing::info!(user.id = user.user.0, "a front end changed its user");
    now(&app, user).await.map(Json)
}

/// Removes a user the front end has made, with what it transferred; the torrents it registered stay.
#[utoipa::path(
    delete, path = "/api/v1/tracker/users/{user_id}", tag = "tracker", security(("token" = ["tracker"])),
    params(("user_id" = u64, Path, minimum = 1)),
    responses(
        (status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody, description = "`user_is_member`")
    )
)]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    Id(number): Id<UserId>,
) -> Result<StatusCode> {
    caller.tracker()?;
    let number = foreign(&app, number).await?;
    app.store.remove_foreign_user(number).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The torrents of a user, with what was transferred of each.
#[utoipa::path(
    get, path = "/api/v1/tracker/users/{user_id}/torrents", tag = "tracker", security(("token" = ["tracker"])),
    params(("user_id" = u64, Path, minimum = 1), Part),
    responses(
        (status = 200, body = UserTorrents), (status = 400, body = ErrorBody), (status = 401, body = ErrorBody),
        (status = 403, body = ErrorBody), (status = 404, body = ErrorBody)
    )
)]
pub async fn torrents(
    State(app): State<App>,
    caller: Caller,
    Id(number): Id<UserId>,
    Params(part): Params<Part>,
) -> Result<Json<UserTorrents>> {
    caller.tracker()?;
    let user = find(&app, number).await?.user;
    let after = TorrentId(part.after());
    let shares = app.store.shares_of_user(user, after, part.limit()).await?;
    Ok(Json(UserTorrents {
        next: part.next(&shares, |share| share.torrent.0 as u64),
        items: shares
            .into_iter()
            .map(|of| UserTorrent {
                torrent_id: of.torrent.0,
                info_hash: of.hashes.canonical().to_string(),
                info_hash_v2: of.hashes.v2().map(|hash| hash.to_string()),
                name: (!of.name.is_empty()).then_some(of.name),
                topic_id: of.topic.map(|topic| topic.0),
                share: of.share.into(),
            })
            .collect(),
    }))
}

/// The last announces of a user with their answers, the newest first; those that are still remembered.
#[utoipa::path(
    get, path = "/api/v1/tracker/users/{user_id}/announces", tag = "tracker", security(("token" = ["tracker"])),
    params(("user_id" = u64, Path, minimum = 1)),
    responses((status = 200, body = Announces), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn last_announces(
    State(app): State<App>,
    caller: Caller,
    Id(number): Id<UserId>,
) -> Result<Json<Announces>> {
    caller.tracker()?;
    let user = swarm::UserId(find(&app, number).await?.user.0);
    let items = announces(&app, move |heard| heard.user == Some(user)).await?;
    Ok(Json(Announces { items }))
}

/// The front end's user with this number, else this site's member.
pub async fn find(app: &App, number: UserId) -> Result<TrackerUser> {
    match app.store.foreign_user(number.0.unsigned_abs()).await {
        Err(StoreError::NotFound(What::User)) => {}
        found => return Ok(found?),
    }
    let member = app.store.tracker_user(number).await?;
    match member.foreign {
        None => Ok(member),
        // its number here is nobody's business
        Some(_) => Err(Error::NotFound),
    }
}

/// The number of a front end's user; members are refused.
async fn foreign(app: &App, number: UserId) -> Result<u64> {
    let user = find(app, number).await?;
    user.foreign.ok_or_else(|| {
        Error::Conflict(
            Fault::new(
                "user_is_member",
                "this is a member of the site, who is changed at /api/v1/users",
            )
            .with("account_id", user.user.0),
        )
    })
}

/// What a user does now. One statement.
pub async fn active(app: &App, user: UserId) -> Result<(Active, Option<String>)> {
    let interval = app.store.site().settings.announce_interval;
    let since = UnixTime(app.now().0 - i64::from(interval) * 2);
    let shares = app
        .store
        .active_shares_of_user(user, since, ACTIVE_LOOKED_AT)
        .await?;
    let (mut active, mut address) = (Active::default(), None);
    for of in shares {
        let (seeding, leeching) = match app.swarm.as_ref() {
            Some(swarm) => {
                let here = swarm.present(of.hashes.canonical(), swarm::UserId(user.0));
                address = address.or(here.address);
                (here.seeding > 0, here.leeching > 0)
            }
            None => (of.share.left == Some(0), of.share.left != Some(0)),
        };
        active.seeding += u64::from(seeding);
        active.leeching += u64::from(leeching && !seeding);
    }
    Ok((active, address.map(|ip| ip.to_string())))
}

async fn now(app: &App, user: TrackerUser) -> Result<UserNow> {
    let (active_torrents, last_ip) = active(app, user.user).await?;
    Ok(UserNow {
        user: user.into(),
        last_ip,
        active_torrents,
    })
}

fn parse_passkey(given: &str) -> Result<Passkey> {
    given
        .parse()
        .map_err(|error: domain::Error| Error::Invalid(error.into()))
}

fn passkey_taken(error: StoreError) -> Error {
    match error {
        StoreError::Duplicate(Duplicate::Passkey) => {
            Error::Conflict(Fault::new("passkey_taken", "another user has this passkey"))
        }
        other => other.into(),
    }
}

/// Torrents announced lately that are looked at.
const ACTIVE_LOOKED_AT: u32 = 1000;
