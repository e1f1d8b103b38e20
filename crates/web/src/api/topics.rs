//! `/api/v1/topics`: posting, reading, replying.

use axum::Json;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::StatusCode;
use domain::{ForumId, Page, Scope, TopicId, markup};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ErrorBody;
use super::shapes::{FILES, Torrent};
use crate::error::Result;
use crate::extract::{Caller, Id, Params, Posters, Sent};
use crate::format::rfc3339;
use crate::moderation;
use crate::pages::topic::POSTS;
use crate::posting::{Form, NewTopicForm, Reply, post_reply, post_topic};
use crate::state::App;

/// What to post, as `multipart/form-data`.
#[derive(ToSchema)]
#[allow(
    dead_code,
    reason = "read field by field; described here for the OpenAPI file"
)]
pub struct NewTopic {
    forum_id: i64,
    title: String,
    /// BBCode.
    body: String,
    /// A `.torrent` file; without it the topic is a plain discussion.
    #[schema(value_type = Option<String>, format = Binary)]
    torrent: Option<Vec<u8>>,
}

/// What was posted.
#[derive(Serialize, ToSchema)]
#[schema(as = MadeTopic)]
pub struct Made {
    topic_id: i64,
    post_id: i64,
    /// v1 hash, or the truncated v2 hash of a v2-only torrent.
    info_hash: Option<String>,
    info_hash_v2: Option<String>,
}

/// Posts a topic, with or without a torrent.
#[utoipa::path(
    post, path = "/api/v1/topics", tag = "topics", security(("token" = ["post"])),
    request_body(content = NewTopic, content_type = "multipart/form-data"),
    responses(
        (status = 201, body = Made), (status = 403, body = ErrorBody),
        (status = 404, body = ErrorBody, description = "there is no such forum, or the caller may not see it"),
        (status = 409, body = ErrorBody, description = "`duplicate_torrent`, with `topic_id` when the caller may see it"),
        (status = 413, body = ErrorBody), (status = 422, body = ErrorBody)
    )
)]
pub async fn create(
    State(app): State<App>,
    caller: Caller,
    request: Request,
) -> Result<(StatusCode, Json<Made>)> {
    caller.account(Scope::Post)?;
    let form = Form::from_request(request, &app).await?;
    let passkey = caller
        .visit()
        .passkey()
        .map(|passkey| passkey.as_str().to_owned());
    let new = NewTopicForm {
        forum: form.id("forum_id").map(ForumId),
        title: caller.visit().blotted(form.text("title")),
        text: caller.visit().blotted(form.text("body")),
        torrent: form.torrent,
    };
    let outcome = post_topic(&app, caller.viewer(), passkey.as_deref(), new).await?;
    Ok((
        StatusCode::CREATED,
        Json(Made {
            topic_id: outcome.posted.topic.0,
            post_id: outcome.posted.post.0,
            info_hash: outcome
                .hashes
                .as_ref()
                .map(|hashes| hashes.canonical().to_string()),
            info_hash_v2: outcome
                .hashes
                .and_then(|hashes| hashes.v2())
                .map(|hash| hash.to_string()),
        }),
    ))
}

/// A topic and one page of its posts.
#[derive(Serialize, ToSchema)]
pub struct Topic {
    topic_id: i64,
    forum_id: i64,
    title: String,
    author: Author,
    created_at: String,
    replies: u64,
    views: u64,
    locked: bool,
    pinned: bool,
    torrent: Option<Torrent>,
    page: u32,
    pages: u32,
    posts: Vec<Post>,
}

#[derive(Serialize, ToSchema)]
struct Author {
    user_id: i64,
    name: String,
}

#[derive(Serialize, ToSchema)]
struct Post {
    post_id: i64,
    /// Its place in the topic, from 1.
    number: u64,
    author: Author,
    created_at: String,
    /// BBCode; of passkeys only that there was one.
    body: String,
}

/// Which page of the posts.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    #[serde(default)]
    page: u32,
}

/// A topic with its torrent and its posts, page by page.
#[utoipa::path(
    get, path = "/api/v1/topics/{id}", tag = "topics", security((), ("token" = ["read"])),
    params(("id" = i64, Path), Which),
    responses((status = 200, body = Topic), (status = 404, body = ErrorBody))
)]
pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Id(id): Id<TopicId>,
    Params(which): Params<Which>,
) -> Result<Json<Topic>> {
    let viewer = caller.may(Scope::Read)?;
    let found = app
        .store
        .topic_page(viewer, id, Page::new(which.page, POSTS))
        .await?;
    let torrent = match &found.torrent {
        Some(torrent) => {
            let files = app.store.first_files(torrent.id, FILES).await?;
            Some(Torrent::new(&app, torrent, files))
        }
        None => None,
    };
    let topic = found.topic;
    Ok(Json(Topic {
        topic_id: topic.id.0,
        forum_id: topic.forum.0,
        title: topic.title,
        author: Author {
            user_id: topic.author.id.0,
            name: topic.author.name,
        },
        created_at: rfc3339(topic.created_at),
        replies: topic.replies,
        views: topic.views,
        locked: topic.locked,
        pinned: topic.pinned,
        torrent,
        page: found.page.number(),
        pages: found.page.count(found.total),
        posts: found
            .posts
            .into_iter()
            .map(|post| Post {
                post_id: post.id.0,
                number: post.number,
                author: Author {
                    user_id: post.author.id.0,
                    name: post.author.name,
                },
                created_at: rfc3339(post.created_at),
                body: markup::redact(&post.text).into_owned(),
            })
            .collect(),
    }))
}

/// Why a topic is deleted.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Why {
    /// What clients are told that go on announcing its torrent.
    #[serde(default)]
    reason: String,
}

/// Deletes a topic with its posts and its torrent for good. What was transferred stays with the users;
/// whoever goes on announcing the torrent is told that it was deleted.
#[utoipa::path(
    delete, path = "/api/v1/topics/{id}", tag = "moderation", security(("token" = ["moderate"])),
    params(("id" = i64, Path), Why),
    responses((status = 204), (status = 401, body = ErrorBody), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody))
)]
pub async fn remove(
    State(app): State<App>,
    caller: Caller,
    Id(topic): Id<TopicId>,
    Params(why): Params<Why>,
) -> Result<StatusCode> {
    let by = caller.moderator()?;
    moderation::delete_topic(&app, by, topic, &why.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A reply to write.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReply {
    /// BBCode.
    body: String,
}

/// A reply that was written.
#[derive(Serialize, ToSchema)]
pub struct MadeReply {
    post_id: i64,
}

/// Replies to a topic.
#[utoipa::path(
    post, path = "/api/v1/topics/{id}/replies", tag = "topics", security(("token" = ["post"])),
    params(("id" = i64, Path)), request_body = NewReply,
    responses(
        (status = 201, body = MadeReply), (status = 403, body = ErrorBody), (status = 404, body = ErrorBody),
        (status = 409, body = ErrorBody), (status = 422, body = ErrorBody)
    )
)]
pub async fn reply(
    State(app): State<App>,
    Id(topic): Id<TopicId>,
    Sent {
        caller, body: new, ..
    }: Sent<Posters, NewReply>,
) -> Result<(StatusCode, Json<MadeReply>)> {
    let posted = post_reply(
        &app,
        caller.viewer(),
        Reply {
            topic,
            text: caller.visit().blotted(&new.body),
        },
    )
    .await?;
    Ok((
        StatusCode::CREATED,
        Json(MadeReply {
            post_id: posted.post.0,
        }),
    ))
}
