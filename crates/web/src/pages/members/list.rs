//! `GET /members`: everyone, in the order they came.

use askama::Template;
use axum::extract::State;
use domain::Page as Slice;
use serde::Deserialize;
use store::MembersPage;

use crate::answer::Page;
use crate::error::Result;
use crate::extract::Params;
use crate::layout::Shell;
use crate::pages::pager::Pager;
use crate::state::App;

#[derive(Template)]
#[template(path = "pages/members/list.html")]
struct List {
    shell: Shell,
    pager: Pager,
    list: MembersPage,
}

#[derive(Deserialize)]
pub struct Query {
    #[serde(default)]
    page: u32,
}

/// `GET /members?page=`
pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Params(query): Params<Query>,
) -> Result<Page<impl Template>> {
    let list = app.store.members_page(Slice::new(query.page, PAGE)).await?;
    let pager = Pager::new(&shell, "/members", list.page, list.total);
    Ok(Page(List { shell, pager, list }))
}

const PAGE: u32 = 50;
