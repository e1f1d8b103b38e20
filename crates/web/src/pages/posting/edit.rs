//! `GET|POST /posting/edit`: a post, and with a topic's first post its title.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::PostId;
use serde::Deserialize;
use store::PostForEdit;

use crate::answer::{Done, Page};
use crate::error::{Error, Result};
use crate::extract::{Fields, Params, SignedIn};
use crate::layout::Shell;
use crate::origin;
use crate::pages::to;
use crate::pages::topic::prose::Prose;
use crate::posting::{Edit, Field, Problem, Refused, edit_post, may_edit};
use crate::state::App;
use crate::urls;

#[derive(Deserialize)]
pub struct Query {
    post: i64,
}

#[derive(Deserialize)]
pub struct Sent {
    title: Option<String>,
    text: String,
    #[serde(default)]
    edits: u64,
    #[serde(default)]
    action: String,
}

#[derive(Template)]
#[template(path = "pages/posting/edit.html")]
pub struct Form {
    shell: Shell,
    post: PostForEdit,
    title: String,
    text: String,
    preview: Option<String>,
    problems: Vec<Problem>,
    /// The present text, when somebody else changed it meanwhile.
    theirs: Option<String>,
}

impl Form {
    fn action_url(&self) -> String {
        urls::edit_post(self.post.post)
    }

    fn problem(&self, field: Field) -> Option<&Problem> {
        self.problems
            .iter()
            .find(|problem| problem.field() == field)
    }
}

pub async fn show(
    State(app): State<App>,
    shell: Shell,
    editor: SignedIn,
    Params(query): Params<Query>,
) -> Result<Page<Form>> {
    let post = for_edit(&app, &editor, query.post).await?;
    Ok(Page(Form {
        shell,
        title: post.topic.title.clone(),
        text: post.text.clone(),
        preview: None,
        problems: Vec::new(),
        theirs: None,
        post,
    }))
}

pub async fn submit(
    State(app): State<App>,
    shell: Shell,
    editor: SignedIn,
    Params(query): Params<Query>,
    headers: HeaderMap,
    Fields(mut sent): Fields<Sent>,
) -> Result<Response> {
    sent.text = shell.visit().blotted(&sent.text);
    sent.title = sent.title.map(|title| shell.visit().blotted(&title));
    let post = for_edit(&app, &editor, query.post).await?;
    let mut form = Form {
        shell,
        title: sent
            .title
            .clone()
            .unwrap_or_else(|| post.topic.title.clone()),
        text: sent.text.clone(),
        preview: None,
        problems: Vec::new(),
        theirs: None,
        post,
    };
    let prose = Prose::new(form.shell.lang(), origin::host(&app.config, &headers));
    if sent.action == "preview" {
        form.preview = Some(prose.html(&sent.text));
        form.post.edits = sent.edits;
        return Ok(Page(form).into_response());
    }
    let edit = Edit {
        post: form.post.clone(),
        title: sent.title,
        text: sent.text,
        seen_edits: sent.edits,
    };
    match edit_post(&app, editor.viewer(), edit).await {
        Ok(true) => Ok(Done::go(urls::post_link(form.post.post)).into_response()),
        Ok(false) => {
            // The form now carries the number of edits there are: saving again is meant.
            form.post = for_edit(&app, &editor, query.post).await?;
            form.theirs = Some(prose.html(&form.post.text));
            Ok((StatusCode::CONFLICT, Page(form)).into_response())
        }
        Err(Refused::Problems(problems)) => {
            form.problems = problems;
            form.post.edits = sent.edits;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, Page(form)).into_response())
        }
        Err(Refused::Error(error)) => Err(error),
    }
}

async fn for_edit(app: &App, editor: &SignedIn, post: i64) -> Result<PostForEdit> {
    let post = app
        .store
        .post_for_edit(editor.viewer(), PostId(post))
        .await?;
    if may_edit(editor.viewer(), post.author, post.topic.locked) {
        Ok(post)
    } else {
        Err(Error::Forbidden)
    }
}
