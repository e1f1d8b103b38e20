//! `POST /topics/{id}/state` and `/topics/{id}/delete`: what moderators do to a topic.

use axum::extract::State;
use domain::TopicId;
use serde::Deserialize;

use crate::answer::Done;
use crate::error::Result;
use crate::extract::{Admin, Fields, Id, SignedIn};
use crate::state::App;
use crate::{moderation, urls};

#[derive(Deserialize)]
pub struct NewState {
    state: String,
    #[serde(default)]
    reason: String,
}

/// `POST /topics/{id}/state`
pub async fn state(
    State(app): State<App>,
    admin: Admin,
    me: SignedIn,
    Id(topic): Id<TopicId>,
    Fields(form): Fields<NewState>,
) -> Result<Done> {
    let state = moderation::state(&form.state)?;
    let place = app.store.torrent_of_topic(me.viewer(), topic).await?;
    let hash = place.torrent.hashes.canonical().to_string();
    let torrent = moderation::registered(&app, &hash).await?;
    moderation::set_state(&app, admin.user, &torrent, state, &form.reason).await?;
    Ok(Done::go(urls::topic(topic)).notice(&app, "saved"))
}

#[derive(Deserialize)]
pub struct Why {
    #[serde(default)]
    reason: String,
}

/// `POST /topics/{id}/delete`
pub async fn delete(
    State(app): State<App>,
    admin: Admin,
    Id(topic): Id<TopicId>,
    Fields(why): Fields<Why>,
) -> Result<Done> {
    let forum = app.store.forum_of_topic(topic).await?;
    moderation::delete_topic(&app, admin.user, topic, &why.reason).await?;
    let back = forum.map_or(urls::index().to_owned(), urls::forum);
    Ok(Done::go(back).notice(&app, "topic-deleted"))
}
