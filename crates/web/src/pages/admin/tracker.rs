//! `GET /admin/tracker`: what the tracker does now.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use domain::UserName;
use serde::Deserialize;

use crate::answer::{Done, Page};
use crate::error::Result;
use crate::extract::{Admin, Params};
use crate::layout::Shell;
use crate::moderation::wire_hash;
use crate::state::App;
use crate::tracker_status::{Announce, Rates, Status, SwarmTotals, Totals};
use crate::{format, urls};

#[derive(Template)]
#[template(path = "pages/admin/tracker.html")]
struct Tracker {
    shell: Shell,
    live: Option<Live>,
    query: String,
}

/// What there is to see where the tracker runs in this process.
struct Live {
    rates: Rates,
    totals: Totals,
    swarm: SwarmTotals,
    status: Status,
    /// Clients of all programs together.
    clients: u64,
}

#[derive(Deserialize)]
pub struct Query {
    /// An info-hash or a member's name to look up.
    #[serde(default)]
    q: String,
}

/// `GET /admin/tracker?q=`
pub async fn show(
    State(app): State<App>,
    _: Admin,
    shell: Shell,
    Params(query): Params<Query>,
) -> Result<Response> {
    let wanted = query.q.trim();
    if let Some(url) = found(&app, wanted).await? {
        return Ok(Done::go(url).into_response());
    }
    let mut status = Status::now(&app).await?;
    let parts = (
        status.rates.take(),
        status.since_start.take(),
        status.swarm.take(),
    );
    let live = match parts {
        (Some(rates), Some(totals), Some(swarm)) => Some(Live {
            clients: status
                .clients
                .iter()
                .flatten()
                .map(|share| share.clients)
                .sum(),
            rates,
            totals,
            swarm,
            status,
        }),
        _ => None,
    };
    Ok(Page(Tracker {
        shell,
        live,
        query: wanted.to_owned(),
    })
    .into_response())
}

/// Where a look-up leads; nowhere when nothing is found.
async fn found(app: &App, wanted: &str) -> Result<Option<String>> {
    if wire_hash(wanted).is_ok() {
        return Ok(Some(urls::admin_tracker_torrent(
            &wanted.to_ascii_lowercase(),
        )));
    }
    let Ok(name) = wanted.parse::<UserName>() else {
        return Ok(None);
    };
    let account = app.store.account_by_name(&name).await?;
    Ok(account.map(|account| urls::admin_tracker_user(account.user)))
}

impl Tracker {
    fn rate(&self, rate: &f64) -> String {
        format::decimal(self.shell.lang(), *rate, 1)
    }
}

/// The key of a refusal's reason in words.
pub fn reason_key(reason: &str) -> &'static str {
    match reason {
        "absurd" => "refused-absurd",
        "banned" => "refused-banned",
        "deleted" => "refused-deleted",
        "downloads" => "refused-downloads",
        "forum" => "refused-forum",
        "frozen" => "refused-frozen",
        "journal" => "refused-journal",
        "malformed" => "refused-malformed",
        "not_listed" => "refused-not-listed",
        "passkey_missing" => "refused-passkey-missing",
        "passkey_unknown" => "refused-passkey-unknown",
        "too_long" => "refused-too-long",
        "unregistered" => "refused-unregistered",
        "url" => "refused-url",
        _ => "refused-other",
    }
}

/// A part of a whole, in percent with one decimal, for the width of a bar.
pub fn share(part: &u64, whole: &u64) -> f64 {
    match whole {
        0 => 0.0,
        whole => (*part as f64 / *whole as f64 * 1000.0).round() / 10.0,
    }
}

/// The address of a torrent as the tracker sees it.
pub fn torrent(hash: &str) -> String {
    urls::admin_tracker_torrent(hash)
}

/// The address of an account as the tracker sees it.
pub fn user(id: &i64) -> String {
    urls::admin_tracker_user(domain::UserId(*id))
}

/// The address of a topic.
pub fn topic(id: &i64) -> String {
    urls::topic(domain::TopicId(*id))
}

/// The beginning of a hash, for lists.
pub fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

/// A list of announces with their answers.
#[derive(Template)]
#[template(path = "pages/admin/announces.html")]
pub struct AnnounceList<'a> {
    pub shell: &'a Shell,
    pub announces: &'a [Announce],
    /// Whether it names the torrent.
    pub torrents: bool,
    /// Whether it names the account.
    pub users: bool,
}

impl AnnounceList<'_> {
    fn event(&self, announce: &Announce) -> String {
        let key = match announce.event {
            Some("started") => "announce-started",
            Some("stopped") => "announce-stopped",
            Some("completed") => "announce-completed",
            Some("paused") => "announce-paused",
            _ => "announce-regular",
        };
        self.shell.t(key).to_string()
    }

    fn why(&self, reason: &str) -> String {
        self.shell.t(reason_key(reason)).to_string()
    }
}
