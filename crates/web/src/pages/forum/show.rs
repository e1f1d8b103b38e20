//! `GET /forums/{id}`: subforums and topics.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use domain::{ForumId, Page as Slice, Right};
use serde::Deserialize;
use store::TopicSort;

use crate::answer::Page;
use crate::error::Result;
use crate::extract::{Id, Params};
use crate::layout::Shell;
use crate::pages::forum::mark::Mark;
use crate::pages::pager::Pager;
use crate::pages::to;
use crate::state::App;
use crate::urls;

/// How many topics a page has.
const ROWS: u32 = 50;

#[derive(Deserialize)]
pub struct Query {
    sort: Option<String>,
    page: Option<u32>,
}

#[derive(Template)]
#[template(path = "pages/forum/show.html")]
pub struct Show {
    shell: Shell,
    page: store::ForumPage,
    sort: TopicSort,
    may_read: bool,
    may_post: bool,
    pager: Pager,
}

impl Show {
    fn new_topic(&self) -> String {
        urls::new_topic(self.page.forum.id)
    }

    fn sort_url(&self, sort: &TopicSort) -> String {
        urls::forum_sorted(self.page.forum.id, word(*sort))
    }

    fn orders(&self) -> [(TopicSort, &'static str); 4] {
        [
            (TopicSort::LastPost, "forum-sort-last"),
            (TopicSort::Seeders, "forum-sort-seeders"),
            (TopicSort::Size, "forum-sort-size"),
            (TopicSort::Added, "forum-sort-added"),
        ]
    }
}

pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Id(forum): Id<ForumId>,
    Params(query): Params<Query>,
) -> Result<(StatusCode, Page<Show>)> {
    let sort = query.sort.as_deref().map(sort).unwrap_or_default();
    let slice = Slice::new(query.page.unwrap_or(1), ROWS);
    let page = app
        .store
        .forum_page(shell.viewer(), forum, sort, slice)
        .await?;
    let site = app.store.site();
    let may = |right| site.may(shell.viewer(), forum, right);
    let (may_read, may_post) = (may(Right::Read), may(Right::Post));
    let pager = Pager::new(
        &shell,
        &urls::forum_sorted(forum, word(sort)),
        page.page,
        page.total,
    );
    let status = if may_read {
        StatusCode::OK
    } else {
        StatusCode::FORBIDDEN
    };
    Ok((
        status,
        Page(Show {
            shell,
            page,
            sort,
            may_read,
            may_post,
            pager,
        }),
    ))
}

fn sort(word: &str) -> TopicSort {
    match word {
        "seeders" => TopicSort::Seeders,
        "size" => TopicSort::Size,
        "added" => TopicSort::Added,
        _ => TopicSort::LastPost,
    }
}

/// The word in the address; none for the usual order.
fn word(sort: TopicSort) -> &'static str {
    match sort {
        TopicSort::LastPost => "",
        TopicSort::Seeders => "seeders",
        TopicSort::Size => "size",
        TopicSort::Added => "added",
    }
}
