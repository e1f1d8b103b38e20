//! `GET /torrents`: every torrent the viewer may read of.

use askama::Template;
use axum::extract::State;
use domain::Page as Slice;
use serde::Deserialize;
use store::{TorrentFilter, TorrentSort};

use crate::answer::Page;
use crate::error::Result;
use crate::extract::Params;
use crate::layout::Shell;
use crate::pages::forum::mark::Mark;
use crate::pages::pager::Pager;
use crate::pages::to;
use crate::state::App;
use crate::urls;

/// How many torrents a page has.
const ROWS: u32 = 50;

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    sort: Order,
    #[serde(default)]
    page: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Order {
    #[default]
    Added,
    Seeders,
    #[serde(other)]
    Unknown,
}

#[derive(Template)]
#[template(path = "pages/index/torrents.html")]
pub struct Torrents {
    shell: Shell,
    page: store::TorrentsPage,
    seeded: bool,
    pager: Pager,
}

pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Params(query): Params<Query>,
) -> Result<Page<Torrents>> {
    let seeded = query.sort == Order::Seeders;
    let filter = TorrentFilter {
        sort: if seeded {
            TorrentSort::Seeders
        } else {
            TorrentSort::Added
        },
        ..TorrentFilter::default()
    };
    let slice = Slice::new(query.page.unwrap_or(1), ROWS);
    let page = app
        .store
        .torrents_page(shell.viewer(), &filter, slice)
        .await?;
    let url = if seeded {
        urls::torrents_seeded()
    } else {
        urls::torrents()
    };
    let pager = Pager::new(&shell, url, page.page, page.total);
    Ok(Page(Torrents {
        shell,
        page,
        seeded,
        pager,
    }))
}
