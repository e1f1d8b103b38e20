//! `GET|POST /posting/reply`: a reply, with or without a quote.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::{Page as Slice, PostId, TopicId, markup};
use serde::Deserialize;
use store::TopicHead;

use crate::answer::{Done, Page};
use crate::error::Result;
use crate::extract::{Fields, Params, SignedIn};
use crate::layout::Shell;
use crate::pages::to;
use crate::pages::topic::{POSTS, prose::Prose};
use crate::posting::{Problem, Reply, ReplyRefused, may_reply, post_reply};
use crate::state::App;
use crate::{origin, urls};

#[derive(Deserialize)]
pub struct Query {
    topic: i64,
    quote: Option<i64>,
}

#[derive(Deserialize)]
pub struct Sent {
    text: String,
    #[serde(default)]
    action: String,
}

#[derive(Template)]
#[template(path = "pages/posting/reply.html")]
pub struct Form {
    shell: Shell,
    topic: TopicHead,
    text: String,
    preview: Option<String>,
    problem: Option<Problem>,
    locked: bool,
}

impl Form {
    fn new(shell: Shell, topic: TopicHead, text: String) -> Self {
        Form {
            shell,
            topic,
            text,
            preview: None,
            problem: None,
            locked: false,
        }
    }

    fn action_url(&self) -> String {
        urls::reply(self.topic.id)
    }
}

pub async fn show(
    State(app): State<App>,
    shell: Shell,
    author: SignedIn,
    Params(query): Params<Query>,
) -> Result<Page<Form>> {
    let topic = app
        .store
        .topic_head(author.viewer(), TopicId(query.topic))
        .await?;
    let mut form = match may_reply(&app, author.viewer(), &topic) {
        Ok(()) => Form::new(shell, topic, String::new()),
        Err(ReplyRefused::Locked) => Form {
            locked: true,
            ..Form::new(shell, topic, String::new())
        },
        Err(refused) => return Err(refused.into()),
    };
    if let Some(post) = query.quote {
        let source = app
            .store
            .quote_source(author.viewer(), PostId(post))
            .await?;
        if source.topic.id == form.topic.id {
            form.text = markup::quote(&source.author.name, source.post, &source.text);
        }
    }
    Ok(Page(form))
}

pub async fn submit(
    State(app): State<App>,
    shell: Shell,
    author: SignedIn,
    Params(query): Params<Query>,
    headers: HeaderMap,
    Fields(mut sent): Fields<Sent>,
) -> Result<Response> {
    sent.text = shell.visit().blotted(&sent.text);
    let topic = TopicId(query.topic);
    let viewer = author.viewer();
    if sent.action == "preview" {
        let head = app.store.topic_head(viewer, topic).await?;
        may_reply(&app, viewer, &head)?;
        let prose = Prose::new(shell.lang(), origin::host(&app.config, &headers));
        let preview = Some(prose.html(&sent.text));
        let form = Form {
            preview,
            ..Form::new(shell, head, sent.text)
        };
        return Ok(Page(form).into_response());
    }
    let reply = Reply {
        topic,
        text: sent.text.clone(),
    };
    let (problem, locked) = match post_reply(&app, viewer, reply).await {
        Ok(posted) => {
            let (_, before) = app.store.post_place(viewer, posted.post).await?;
            let page = Slice::holding(before, POSTS).number();
            return Ok(Done::go(urls::post(topic, page.into(), posted.post)).into_response());
        }
        Err(ReplyRefused::Text(problem)) => (Some(problem), false),
        Err(ReplyRefused::Locked) => (None, true),
        Err(ReplyRefused::Error(error)) => return Err(error),
    };
    // What was written is never thrown away.
    let head = app.store.topic_head(viewer, topic).await?;
    let status = if locked {
        StatusCode::CONFLICT
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    };
    let form = Form {
        problem,
        locked,
        ..Form::new(shell, head, sent.text)
    };
    Ok((status, Page(form)).into_response())
}
