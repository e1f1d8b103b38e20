//! `GET /admin/tracker/users/{id}`: an account as the tracker sees it.

use askama::Template;
use axum::extract::State;
use domain::{TorrentId, UserId};
use serde::Deserialize;
use store::{TrackerUser, UserShare};

use crate::answer::Page;
use crate::api::tracker_users::{Active, active};
use crate::error::Result;
use crate::extract::{Admin, Id, Params};
use crate::layout::Shell;
use crate::pages::admin::tracker::AnnounceList;
use crate::pages::to;
use crate::state::App;
use crate::tracker_status::{Announce, announces};
use crate::urls;

#[derive(Template)]
#[template(path = "pages/admin/tracker_user.html")]
struct User {
    shell: Shell,
    user: TrackerUser,
    active: Active,
    address: Option<String>,
    shares: Vec<UserShare>,
    /// Where the list of torrents goes on.
    more: Option<String>,
    announces: Vec<Announce>,
    /// Whether the tracker runs in this process.
    here: bool,
}

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    after: u32,
}

/// `GET /admin/tracker/users/{id}?after=`
pub async fn show(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Id(id): Id<UserId>,
    Params(query): Params<Query>,
) -> Result<Page<impl Template>> {
    let user = app.store.tracker_user(id).await?;
    let (active, address) = active(&app, id).await?;
    let after = TorrentId(query.after.into());
    let shares = app.store.shares_of_user(id, after, SHOWN).await?;
    let last = shares.last().filter(|_| shares.len() == SHOWN as usize);
    let more = last.map(|last| {
        let url = urls::admin_tracker_user(id);
        format!("{url}?after={}", last.torrent)
    });
    let whose = swarm::UserId(id.0);
    Ok(Page(User {
        announces: announces(&app, move |heard| heard.user == Some(whose)).await?,
        here: app.activity.is_some(),
        shell,
        user,
        active,
        address,
        shares,
        more,
    }))
}

impl User {
    fn torrent(&self, of: &UserShare) -> String {
        urls::admin_tracker_torrent(&of.hashes.canonical().to_string())
    }
}

const SHOWN: u32 = 50;
