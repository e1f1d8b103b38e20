//! Addresses for templates, which hand over references.

use domain::{ForumId, PostId, TopicId, UserId};

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
