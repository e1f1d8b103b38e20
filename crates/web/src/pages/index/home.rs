//! `GET /`: categories, forums, the newest torrents, the site in numbers.

use askama::Template;
use axum::extract::State;

use crate::accounts;
use crate::answer::Page;
use crate::error::Result;
use crate::layout::Shell;
use crate::pages::to;
use crate::state::App;

#[derive(Template)]
#[template(path = "pages/index/home.html")]
pub struct Home {
    shell: Shell,
    page: store::IndexPage,
    peers: Option<u64>,
    /// Whether the site has no administrator yet.
    bare: bool,
}

pub async fn show(State(app): State<App>, shell: Shell) -> Result<Page<Home>> {
    let page = app.store.index_page(shell.viewer(), app.now()).await?;
    let bare = page.categories.is_empty() && accounts::needs_setup(&app).await?;
    let peers = app.swarm.as_ref().map(|swarm| swarm.totals().peers());
    Ok(Page(Home {
        shell,
        page,
        peers,
        bare,
    }))
}
