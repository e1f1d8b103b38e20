//! `GET /topics/{id}`: posts and the torrent box.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use bittorrent::Version;
use domain::{Page as Slice, Right, TopicId};
use serde::Deserialize;
use store::{FileRow, PostView, StoreError, What};

use super::counts::Counts;
use super::prose::Prose;
use super::tree;
use crate::answer::Page;
use crate::error::{Error, Result};
use crate::extract::{Id, Params};
use crate::layout::Shell;
use crate::pages::download::access::{Access, magnet};
use crate::pages::forum::mark::Mark;
use crate::pages::pager::Pager;
use crate::pages::to;
use crate::posting::{ReplyRefused, may_edit, may_reply};
use crate::state::App;
use crate::{origin, urls};

/// How many files the box lists before it leads to the page of all files.
const FILES: u32 = 100;

#[derive(Deserialize)]
pub struct Query {
    page: Option<u32>,
    /// Set by the redirect after posting: what the author has to know.
    #[serde(default)]
    posted: Option<String>,
    #[serde(default)]
    stripped: Option<u32>,
}

#[derive(Template)]
#[template(path = "pages/topic/show.html")]
pub struct Show {
    shell: Shell,
    page: store::TopicPage,
    posts: Vec<Shown>,
    torrent: Option<TorrentBox>,
    reply: ReplyBox,
    told: Option<Told>,
    pager: Pager,
}

/// A post, rendered.
struct Shown {
    post: PostView,
    html: String,
    permalink: String,
    quote: String,
    quote_text: String,
    edit: Option<String>,
}

/// The torrent box, ready to be written.
struct TorrentBox {
    torrent: store::TorrentBox,
    counts: Counts,
    mark: Option<Mark>,
    version: &'static str,
    access: Access,
    magnet: Option<String>,
    original: bool,
    tree: String,
    more_files: u64,
    /// A seeder is there now.
    seeded: bool,
}

enum ReplyBox {
    Open,
    Login,
    Denied,
    Locked,
}

/// What became of the file the author just posted.
struct Told {
    made_private: bool,
    stripped: u32,
}

pub async fn show(
    State(app): State<App>,
    shell: Shell,
    Id(topic): Id<TopicId>,
    Params(query): Params<Query>,
    headers: HeaderMap,
) -> Result<Response> {
    let viewer = shell.viewer();
    let slice = Slice::new(query.page.unwrap_or(1), super::POSTS);
    let page = match app.store.topic_page(viewer, topic, slice).await {
        Err(StoreError::NotFound(What::Topic)) => return hidden(&app, shell, topic).await,
        page => page?,
    };
    app.tally.viewed(topic);
    let reply = match may_reply(&app, viewer, &page.topic) {
        Ok(()) => ReplyBox::Open,
        Err(ReplyRefused::Locked) => ReplyBox::Locked,
        Err(_) if page.topic.locked => ReplyBox::Locked,
        Err(ReplyRefused::Error(Error::SignIn)) => ReplyBox::Login,
        Err(_) => ReplyBox::Denied,
    };
    let prose = Prose::new(shell.lang(), origin::host(&app.config, &headers));
    let posts = page
        .posts
        .iter()
        .map(|post| shown(&shell, &page, &prose, post))
        .collect();
    let torrent = match &page.torrent {
        Some(torrent) => {
            let files = app.store.first_files(torrent.id, FILES).await?;
            Some(torrent_box(&app, &shell, &page, torrent, &files))
        }
        None => None,
    };
    let told = query
        .posted
        .filter(|_| viewer.is(page.topic.author.id))
        .map(|how| Told {
            made_private: how == "private",
            stripped: query.stripped.unwrap_or(0),
        });
    let pager = Pager::new(&shell, &urls::topic(topic), page.page, page.total);
    Ok(Page(Show {
        shell,
        page,
        posts,
        torrent,
        reply,
        told,
        pager,
    })
    .into_response())
}

/// A topic that is not shown: in a forum that is seen but not read, say so; else there is none.
async fn hidden(app: &App, shell: Shell, topic: TopicId) -> Result<Response> {
    let forum = app
        .store
        .forum_of_topic(topic)
        .await?
        .ok_or(Error::NotFound)?;
    if !app.store.site().may(shell.viewer(), forum, Right::See) {
        return Err(Error::NotFound);
    }
    if shell.viewer().is_member() {
        return Err(Error::Forbidden);
    }
    Ok((StatusCode::FORBIDDEN, Page(Closed { shell })).into_response())
}

/// What a guest sees of a topic in a forum whose topics only members read.
#[derive(Template)]
#[template(path = "pages/topic/closed.html")]
struct Closed {
    shell: Shell,
}

fn shown(shell: &Shell, page: &store::TopicPage, prose: &Prose, post: &PostView) -> Shown {
    let topic = page.topic.id;
    let editable = may_edit(shell.viewer(), post.author.id, page.topic.locked);
    Shown {
        html: prose.html(&post.text),
        permalink: urls::post(topic, page.page.number().into(), post.id),
        quote: urls::quote(topic, post.id),
        quote_text: urls::quote_text(post.id),
        edit: editable.then(|| urls::edit_post(post.id)),
        post: post.clone(),
    }
}

fn torrent_box(
    app: &App,
    shell: &Shell,
    page: &store::TopicPage,
    torrent: &store::TorrentBox,
    files: &[FileRow],
) -> TorrentBox {
    let site = app.store.site();
    let access = Access::new(
        &site,
        shell.viewer(),
        page.forum.id,
        torrent.author,
        torrent.state,
    );
    let counts = Counts::of(app, torrent);
    let may = access.allows();
    let root = (torrent.file_count > 1 || files.first().is_some_and(|f| f.path != torrent.name))
        .then_some(torrent.name.as_str());
    TorrentBox {
        counts,
        mark: Mark::worn(&torrent.state),
        version: match torrent.version {
            Version::V1 => "v1",
            Version::Hybrid => "v1 + v2",
            Version::V2 => "v2",
        },
        magnet: may
            .then(|| magnet(app, shell.visit(), torrent.into()))
            .flatten(),
        original: may && shell.viewer().is(torrent.author),
        tree: tree::html(root, files.iter().map(|f| (f.path.as_str(), f.size)), |n| {
            shell.size(n)
        }),
        more_files: torrent.file_count.saturating_sub(files.len() as u64),
        seeded: counts.seeders > 0,
        access,
        torrent: torrent.clone(),
    }
}

impl Show {
    fn reply_url(&self) -> String {
        urls::reply(self.page.topic.id)
    }

    fn download_url(&self) -> String {
        urls::download(self.page.topic.id)
    }

    fn original_url(&self) -> String {
        urls::download_original(self.page.topic.id)
    }

    fn files_url(&self) -> String {
        urls::files(self.page.topic.id)
    }

    fn health(&self, counts: &Counts) -> String {
        let peers = counts.seeders + counts.leechers;
        if peers == 0 {
            return self.shell.t("torrent-no-peers").to_string();
        }
        let label = self.shell.t("torrent-health").to_string();
        label
            .replace("%s", &self.shell.num(counts.seeders))
            .replace("%p", &self.shell.num(peers))
    }

    fn state_url(&self) -> String {
        format!("{}/state", urls::topic(self.page.topic.id))
    }

    fn delete_url(&self) -> String {
        format!("{}/delete", urls::topic(self.page.topic.id))
    }

    fn tracker_url(&self, shown: &TorrentBox) -> String {
        urls::admin_tracker_torrent(&shown.torrent.hashes.canonical().to_string())
    }

    /// What a moderator may say about the torrent: code, sign, key of the word.
    fn states(&self) -> Vec<(&'static str, char, &'static str)> {
        domain::TorrentState::ALL
            .iter()
            .map(|state| {
                let mark = Mark::of(state);
                (state.code(), mark.sign, mark.key)
            })
            .collect()
    }

    fn live_url(&self) -> String {
        urls::topic_live(self.page.topic.id)
    }
}
