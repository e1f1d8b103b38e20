//! `GET /admin/tracker/torrents/{info_hash}`: a torrent as the tracker sees it, registered or not.

use askama::Template;
use axum::extract::{Path, State};
use domain::{TorrentState, UserId};
use serde::Deserialize;
use store::{Registration, TorrentShare};
use swarm::Counts;

use crate::answer::Page;
use crate::error::{Error, Result};
use crate::extract::{Admin, Params};
use crate::layout::Shell;
use crate::moderation::{registered, wire_hash};
use crate::pages::admin::tracker::AnnounceList;
use crate::pages::forum::mark::Mark;
use crate::state::App;
use crate::tracker_status::{Announce, announces};
use crate::urls;

#[derive(Template)]
#[template(path = "pages/admin/tracker_torrent.html")]
struct Torrent {
    shell: Shell,
    hash: String,
    found: Option<Registration>,
    counts: Counts,
    shares: Vec<TorrentShare>,
    /// Where the list of users goes on.
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

/// `GET /admin/tracker/torrents/{info_hash}?after=`
pub async fn show(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Path(hash): Path<String>,
    Params(query): Params<Query>,
) -> Result<Page<impl Template>> {
    let wire = wire_hash(&hash)?;
    let found = match registered(&app, &hash).await {
        Ok(found) => Some(found),
        Err(Error::NotFound) => None,
        Err(error) => return Err(error),
    };
    let (mut hashes, mut shares) = (vec![wire], Vec::new());
    if let Some(found) = &found {
        hashes = found.hashes.wire_hashes().collect();
        let after = UserId(query.after.into());
        shares = app
            .store
            .shares_of_torrent(found.torrent, after, SHOWN)
            .await?;
    }
    let canonical = found
        .as_ref()
        .map_or(wire, |found| found.hashes.canonical());
    let counts = match (&app.swarm, &found) {
        (Some(swarm), _) => swarm.query_state(canonical),
        (None, Some(found)) => Counts {
            seeders: u32::try_from(found.seeders).unwrap_or(u32::MAX),
            leechers: u32::try_from(found.leechers).unwrap_or(u32::MAX),
            // what the store does not know is not shown either
            downloaders: 0,
            completed: found.completed,
        },
        (None, None) => Counts::default(),
    };
    let last = shares.last().filter(|_| shares.len() == SHOWN as usize);
    let more = last.map(|last| {
        let url = urls::admin_tracker_torrent(&canonical.to_string());
        format!("{url}?after={}", last.user)
    });
    Ok(Page(Torrent {
        announces: announces(&app, move |heard| hashes.contains(&heard.hash)).await?,
        here: app.activity.is_some(),
        hash: canonical.to_string(),
        shell,
        found,
        counts,
        shares,
        more,
    }))
}

impl Torrent {
    fn mark(&self, state: &TorrentState) -> Mark {
        Mark::of(state)
    }

    fn user(&self, of: &TorrentShare) -> String {
        urls::admin_tracker_user(of.user)
    }

    fn name(&self) -> Option<&str> {
        let name = self.found.as_ref()?.name.as_str();
        (!name.is_empty()).then_some(name)
    }
}

const SHOWN: u32 = 50;
