//! `GET|POST /posting/new`: a new topic, with or without a torrent.
//!
//! Without script the buttons "Check" and "Preview" send the form and get it back with what the server
//! found; the file, which a browser would not send again, is kept for its author meanwhile.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::{ForumId, Right, Viewer};
use serde::Deserialize;
use store::Site;

use super::Report;
use crate::answer::{Done, Page};
use crate::error::{Error, Result};
use crate::extract::{Params, SignedIn};
use crate::layout::Shell;
use crate::pages::topic::prose::Prose;
use crate::posting::{
    self, DraftId, Field, NewTopicForm, Problem, Refused, TooLarge, Upload, post_topic,
};
use crate::state::App;
use crate::{origin, urls};

#[derive(Deserialize)]
pub struct Query {
    forum: Option<i64>,
}

#[derive(Template)]
#[template(path = "pages/posting/new.html")]
pub struct Form {
    shell: Shell,
    places: Vec<Category>,
    chosen: Option<ForumId>,
    title: String,
    text: String,
    kept: Option<Kept>,
    report: Option<Report>,
    preview: Option<String>,
    problems: Vec<Problem>,
}

/// A category with the forums the author may post in.
struct Category {
    title: String,
    forums: Vec<Place>,
}

struct Place {
    id: ForumId,
    /// Its title, indented below its parents.
    title: String,
}

/// The upload behind a draft's reference.
struct Kept {
    id: DraftId,
    name: String,
}

impl Form {
    fn new(shell: Shell, site: &Site, viewer: &Viewer, chosen: Option<ForumId>) -> Self {
        Form {
            shell,
            places: places(site, viewer),
            chosen,
            title: String::new(),
            text: String::new(),
            kept: None,
            report: None,
            preview: None,
            problems: Vec::new(),
        }
    }

    fn problem(&self, field: Field) -> Option<&Problem> {
        self.problems
            .iter()
            .find(|problem| problem.field() == field)
    }

    fn is_chosen(&self, forum: &ForumId) -> bool {
        self.chosen == Some(*forum)
    }

    fn limit(&self) -> String {
        Problem::TooLarge(self.shell.app.config.max_torrent_bytes).sentence(self.shell.lang())
    }

    fn limit_bytes(&self) -> usize {
        self.shell.app.config.max_torrent_bytes
    }
}

pub async fn show(
    State(app): State<App>,
    shell: Shell,
    author: SignedIn,
    Params(query): Params<Query>,
) -> Result<Page<Form>> {
    let site = app.store.site();
    let chosen = query.forum.map(ForumId);
    if let Some(forum) = chosen
        && !site.may(author.viewer(), forum, Right::Post)
    {
        let seen = site.may(author.viewer(), forum, Right::See);
        return Err(if seen {
            Error::Forbidden
        } else {
            Error::NotFound
        });
    }
    Ok(Page(Form::new(shell, &site, author.viewer(), chosen)))
}

pub async fn submit(
    State(app): State<App>,
    shell: Shell,
    author: SignedIn,
    headers: HeaderMap,
    sent: posting::Form,
) -> Result<Response> {
    let viewer = author.viewer();
    let site = app.store.site();
    let forum = sent.id("forum").map(ForumId);
    let (torrent, mut kept, gone) = upload(&app, &author, &sent);
    let mut form = Form::new(shell, &site, viewer, forum);
    form.title = form.shell.visit().blotted(sent.text("title"));
    form.text = form.shell.visit().blotted(sent.text("text"));
    form.problems.extend(gone);

    let action = sent.text("action");
    if action != "check" && action != "preview" && form.problems.is_empty() {
        let passkey = form
            .shell
            .visit()
            .passkey()
            .map(|key| key.as_str().to_owned());
        let new = NewTopicForm {
            forum,
            title: form.title.clone(),
            text: form.text.clone(),
            torrent: torrent.clone(),
        };
        match post_topic(&app, viewer, passkey.as_deref(), new).await {
            Ok(outcome) => {
                if let Some(kept) = &kept {
                    app.drafts.forget(&kept.id);
                }
                let how = if outcome.made_private {
                    "private"
                } else {
                    "yes"
                };
                let url = urls::topic_posted(outcome.posted.topic, how, outcome.stripped);
                return Ok(Done::go(url).into_response());
            }
            Err(Refused::Problems(problems)) => form.problems = problems,
            Err(Refused::Error(error)) => return Err(error),
        }
    } else {
        app.limits
            .take(crate::limits::Key::Post(author.user.0), app.now())?;
        let prose = Prose::new(form.shell.lang(), origin::host(&app.config, &headers));
        form.preview = (!form.text.trim().is_empty()).then(|| prose.html(&form.text));
    }
    match torrent {
        None => {}
        Some(Err(TooLarge)) => {
            let problem = Problem::TooLarge(app.config.max_torrent_bytes);
            form.report = Some(Report::refused(&form.shell, problem));
        }
        Some(Ok(upload)) => {
            let visible = forum.filter(|id| site.visible(viewer, *id).is_ok());
            let report = Report::of(&app, &form.shell, viewer, visible, &upload).await?;
            if report.readable() && kept.is_none() {
                let name = upload.filename.clone();
                let id = app
                    .drafts
                    .keep(author.user, upload, &app.entropy, app.now());
                kept = Some(Kept { id, name });
            }
            form.report = Some(report);
        }
    }
    form.kept = kept;
    let duplicate = form
        .problems
        .iter()
        .any(|p| matches!(p, Problem::Duplicate(_)));
    let status = match form.problems.is_empty() {
        true => StatusCode::OK,
        false if duplicate => StatusCode::CONFLICT,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Ok((status, Page(form)).into_response())
}

/// The file sent now, or the one kept from the last time.
#[allow(clippy::type_complexity)]
fn upload(
    app: &App,
    author: &SignedIn,
    sent: &posting::Form,
) -> (
    Option<Result<Upload, TooLarge>>,
    Option<Kept>,
    Option<Problem>,
) {
    if sent.torrent.is_some() {
        return (sent.torrent.clone(), None, None);
    }
    let Some(id) = DraftId::sent(sent.text("draft")) else {
        return (None, None, None);
    };
    match app.drafts.find(author.user, &id, app.now()) {
        Some(upload) => {
            let name = upload.filename.clone();
            (Some(Ok(upload)), Some(Kept { id, name }), None)
        }
        None => (None, None, Some(Problem::DraftGone)),
    }
}

fn places(site: &Site, viewer: &Viewer) -> Vec<Category> {
    let open = site.forums_with(viewer, Right::Post);
    site.categories
        .iter()
        .map(|category| Category {
            title: category.title.clone(),
            forums: open
                .iter()
                .filter(|forum| forum.category == category.id)
                .map(|forum| Place {
                    id: forum.id,
                    title: format!("{}{}", "\u{2003}".repeat(forum.depth), forum.title),
                })
                .collect(),
        })
        .filter(|category| !category.forums.is_empty())
        .collect()
}
