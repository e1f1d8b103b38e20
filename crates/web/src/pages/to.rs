//! Addresses for templates, which hand over references.

use domain::{CategoryId, ForumId, GroupId, PostId, TopicId, UserId};

use crate::urls;

/// `/forums/{id}`
pub fn forum(id: &ForumId) -> String {
    urls::forum(*id)
}

/// `/topics/{id}`
pub fn topic(id: &TopicId) -> String {
    urls::topic(*id)
}

/// `/members/{id}`
pub fn member(id: &UserId) -> String {
    urls::member(*id)
}

/// `/admin/users/{id}`
pub fn admin_user(id: &UserId) -> String {
    urls::admin_user(*id)
}

/// A post within the page of its topic it stands on, by the number of posts before it.
pub fn post(topic: &TopicId, before: &u64, post: &PostId) -> String {
    let page = domain::Page::holding(*before, super::topic::POSTS);
    urls::post(*topic, page.number().into(), *post)
}

/// The newest post of a topic, wherever it stands.
pub fn newest(_: &TopicId, post: &PostId) -> String {
    urls::post_link(*post)
}

/// `/admin/forums/{id}`
pub fn admin_forum(id: &ForumId) -> String {
    urls::admin_forum(*id)
}

/// Where the forum's deletion is confirmed to.
pub fn admin_forum_delete(id: &Option<ForumId>) -> String {
    id.map(|id| format!("{}/delete", urls::admin_forum(id)))
        .unwrap_or_default()
}

/// An act on a category: `/admin/categories/{id}/{act}`
pub fn admin_category(id: &CategoryId, act: &str) -> String {
    urls::admin_category(*id, act)
}

/// `/admin/groups/{id}`
pub fn admin_group(id: &GroupId) -> String {
    urls::admin_group(*id)
}
