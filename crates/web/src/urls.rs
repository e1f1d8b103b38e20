//! Every address of the site, built by a function: templates and handlers never paste one together.

use std::fmt::Write as _;

use domain::{CategoryId, ForumId, GroupId, PostId, TopicId, UserId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// `/`
pub fn index() -> &'static str {
    "/"
}

/// `/forums/{id}`
pub fn forum(id: ForumId) -> String {
    format!("/forums/{id}")
}

/// `/topics/{id}`
pub fn topic(id: TopicId) -> String {
    format!("/topics/{id}")
}

/// `/topics/{id}?page=n`; page 1 has no number.
pub fn topic_page(id: TopicId, page: u64) -> String {
    paged(topic(id), page)
}

/// A post within the page of its topic it stands on.
pub fn post(topic: TopicId, page: u64, post: PostId) -> String {
    format!("{}#post-{post}", topic_page(topic, page))
}

/// A topic its author has just posted, with what they have to know: `how` is `yes` or `private`.
pub fn topic_posted(id: TopicId, how: &str, stripped: usize) -> String {
    match stripped {
        0 => format!("/topics/{id}?posted={how}"),
        n => format!("/topics/{id}?posted={how}&stripped={n}"),
    }
}

/// The live counters of a topic's torrent (server-sent events).
pub fn topic_live(id: TopicId) -> String {
    format!("/topics/{id}/live")
}

/// The reply form of a topic.
pub fn reply(topic: TopicId) -> String {
    format!("/posting/reply?topic={topic}")
}

/// The reply form with a post quoted.
pub fn quote(topic: TopicId, post: PostId) -> String {
    format!("/posting/reply?topic={topic}&quote={post}")
}

/// The BBCode that quotes a post, for the script that puts it into the quick reply.
pub fn quote_text(post: PostId) -> String {
    format!("/posting/quote?post={post}")
}

/// The edit form of a post.
pub fn edit_post(post: PostId) -> String {
    format!("/posting/edit?post={post}")
}

/// Leads to a post wherever it stands by now.
pub fn post_link(post: PostId) -> String {
    format!("/posts/{post}")
}

/// A forum's topics in another order; the usual one has no word.
pub fn forum_sorted(id: ForumId, sort: &str) -> String {
    if sort.is_empty() {
        forum(id)
    } else {
        format!("/forums/{id}?sort={sort}")
    }
}

/// Every torrent the viewer may read of.
pub fn torrents() -> &'static str {
    "/torrents"
}

/// The same, those with most seeders first.
pub fn torrents_seeded() -> &'static str {
    "/torrents?sort=seeders"
}

/// The form for a new topic in a forum.
pub fn new_topic(forum: ForumId) -> String {
    format!("/posting/new?forum={forum}")
}

/// Where the new-topic form goes.
pub fn posting() -> &'static str {
    "/posting/new"
}

/// Renders BBCode for the editor.
pub fn preview() -> &'static str {
    "/posting/preview"
}

/// Analyses a `.torrent` for the editor.
pub fn analyse() -> &'static str {
    "/posting/analyse"
}

/// The `.torrent` of a topic.
pub fn download(topic: TopicId) -> String {
    format!("/dl/{topic}")
}

/// The `.torrent` as its author uploaded it.
pub fn download_original(topic: TopicId) -> String {
    format!("/dl/{topic}?original=1")
}

/// The file tree of a topic's torrent.
pub fn files(topic: TopicId) -> String {
    format!("/dl/{topic}/files")
}

/// A member's public profile.
pub fn member(id: UserId) -> String {
    format!("/members/{id}")
}

/// The log-in page, coming back to `next` afterwards.
pub fn login(next: &str) -> String {
    if next.is_empty() || next == "/" {
        "/login".to_owned()
    } else {
        format!("/login?next={}", query(next))
    }
}

/// The registration page.
pub fn register() -> &'static str {
    "/register"
}

/// The registration page with an invitation filled in.
pub fn register_with(invite: &str) -> String {
    format!("/register?invite={}", query(invite))
}

/// The settings of the signed-in member.
pub fn settings() -> &'static str {
    "/settings"
}

/// Password and sessions.
pub fn settings_security() -> &'static str {
    "/settings/security"
}

/// The tracker key.
pub fn settings_passkey() -> &'static str {
    "/settings/passkey"
}

/// API tokens.
pub fn settings_tokens() -> &'static str {
    "/settings/tokens"
}

/// Categories and forums.
pub fn admin_forums() -> &'static str {
    "/admin/forums"
}

/// One forum's settings.
pub fn admin_forum(id: ForumId) -> String {
    format!("/admin/forums/{id}")
}

/// An act on a category.
pub fn admin_category(id: CategoryId, act: &str) -> String {
    format!("/admin/categories/{id}/{act}")
}

/// Groups.
pub fn admin_groups() -> &'static str {
    "/admin/groups"
}

/// One group and its members.
pub fn admin_group(id: GroupId) -> String {
    format!("/admin/groups/{id}")
}

/// The list of accounts.
pub fn admin_users() -> &'static str {
    "/admin/users"
}

/// The list of accounts, filtered; the empty word shows all.
pub fn admin_users_filtered(filter: &str) -> String {
    if filter.is_empty() {
        admin_users().to_owned()
    } else {
        format!("/admin/users?filter={filter}")
    }
}

/// The accounts whose name begins like this.
pub fn admin_users_found(name: &str) -> String {
    format!("/admin/users?q={}", query(name))
}

/// Invitations.
pub fn admin_invites() -> &'static str {
    "/admin/invites"
}

/// The site's settings.
pub fn admin_settings() -> &'static str {
    "/admin/settings"
}

/// One account, as administrators see it.
pub fn admin_user(id: UserId) -> String {
    format!("/admin/users/{id}")
}

/// One account, as the tracker sees it.
pub fn admin_tracker_user(id: UserId) -> String {
    format!("/admin/tracker/users/{id}")
}

/// Uploads that wait for a ruling.
pub fn admin_suspicions() -> &'static str {
    "/admin/tracker/suspicions"
}

/// One torrent, as the tracker sees it.
pub fn admin_tracker_torrent(hash: &str) -> String {
    format!("/admin/tracker/torrents/{hash}")
}

/// A value made safe for a query string.
pub fn query(value: &str) -> String {
    utf8_percent_encode(value, QUERY).to_string()
}

/// A `next` parameter we may redirect to: a path of this site and nothing else.
///
/// Absolute and protocol-relative addresses, backslashes (which browsers read as slashes), control
/// characters and anything not starting with one `/` become `/`.
pub fn local(next: &str) -> &str {
    let ok = next.starts_with('/')
        && !next.starts_with("//")
        && next.len() <= 2000
        && !next.contains('\\')
        && next.bytes().all(|b| b > 0x20 && b < 0x7f);
    if ok { next } else { "/" }
}

const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'/');

fn paged(mut url: String, page: u64) -> String {
    if page > 1 {
        let _ = write!(url, "?page={page}");
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_are_redirected_to() {
        for good in ["/", "/topics/5?page=2", "/settings#passkey"] {
            assert_eq!(local(good), good);
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil",
            "https://evil.example",
            "javascript:alert(1)",
            "/a\r\nSet-Cookie: x=1",
            "/\t/evil.example",
            "topics/5",
            "/ /evil",
        ] {
            assert_eq!(local(bad), "/", "{bad:?}");
        }
    }

    #[test]
    fn the_way_back_survives_the_query_string() {
        assert_eq!(
            login("/topics/5?page=2&x=#y"),
            "/login?next=/topics/5%3Fpage%3D2%26x%3D%23y"
        );
        assert_eq!(login("/"), "/login");
    }
}
