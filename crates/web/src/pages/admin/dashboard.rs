//! `GET /admin`: the site at a glance.

use askama::Template;
use axum::extract::State;
use store::{Engine, SiteTotals};

use crate::answer::Page;
use crate::error::Result;
use crate::extract::Admin;
use crate::layout::Shell;
use crate::pages::to;
use crate::state::App;

#[derive(Template)]
#[template(path = "pages/admin/dashboard.html")]
struct Dashboard {
    shell: Shell,
    totals: SiteTotals,
    swarm: Option<Swarm>,
    forums: usize,
    engine: &'static str,
    missing: Vec<String>,
}

struct Swarm {
    torrents: u64,
    seeders: u64,
    leechers: u64,
}

/// `GET /admin`
pub async fn show(State(app): State<App>, _: Admin, shell: Shell) -> Result<Page<impl Template>> {
    let swarm = app.swarm.as_ref().map(|swarm| {
        let totals = swarm.totals();
        Swarm {
            torrents: totals.torrents,
            seeders: totals.seeders,
            leechers: totals.leechers,
        }
    });
    Ok(Page(Dashboard {
        totals: app.store.totals().await?,
        swarm,
        forums: shell.visit().site.forums.len(),
        engine: match app.store.engine() {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        },
        missing: app
            .missing
            .as_ref()
            .map(|missing| missing())
            .unwrap_or_default(),
        shell,
    }))
}
