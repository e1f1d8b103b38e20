//! `GET /dl/{id}/files`: every file of a torrent.

use askama::Template;
use axum::extract::State;
use domain::{Scope, TopicId};

use crate::answer::Page;
use crate::error::Result;
use crate::extract::{Caller, Id};
use crate::layout::Shell;
use crate::pages::to;
use crate::pages::topic::tree;
use crate::state::App;

/// How many files one page writes; torrents with more are cut, and it says so.
const MOST: usize = 20_000;

#[derive(Template)]
#[template(path = "pages/download/files.html")]
pub struct Files {
    shell: Shell,
    page: store::FilesPage,
    tree: String,
    cut: Option<usize>,
}

pub async fn show(
    State(app): State<App>,
    shell: Shell,
    caller: Caller,
    Id(topic): Id<TopicId>,
) -> Result<Page<Files>> {
    let page = app
        .store
        .files_page(caller.may(Scope::Read)?, topic)
        .await?;
    let single = page.files.len() == 1 && page.files[0].path == page.torrent.name;
    let root = (!single).then_some(page.torrent.name.as_str());
    let files = page
        .files
        .iter()
        .take(MOST)
        .map(|file| (file.path.as_str(), file.size));
    let tree = tree::html(root, files, |bytes| shell.size(bytes));
    let cut = (page.files.len() > MOST).then_some(MOST);
    Ok(Page(Files {
        shell,
        page,
        tree,
        cut,
    }))
}
