//! Addresses of the software many sites come from, kept alive: a bookmark, a search engine and an old
//! post still lead to the same place.
//!
//! The redirect says nothing about whether the thing exists or may be seen; the page it leads to does.

use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use domain::{ForumId, PostId, TopicId, UserId};
use serde::Deserialize;

use crate::error::{Error, Result};
use crate::extract::Params;
use crate::layout::Shell;
use crate::state::App;
use crate::urls;

#[derive(Deserialize)]
pub struct Old {
    t: Option<String>,
    p: Option<String>,
    f: Option<String>,
    u: Option<String>,
    id: Option<String>,
    mode: Option<String>,
}

/// `viewtopic.php?t=` and `viewtopic.php?p=`
pub async fn topic(
    State(app): State<App>,
    shell: Shell,
    Params(old): Params<Old>,
) -> Result<Moved> {
    if let Some(topic) = id(&old.t) {
        return Ok(Moved(urls::topic(TopicId(topic))));
    }
    let post = PostId(id(&old.p).ok_or(Error::NotFound)?);
    let (topic, before) = app.store.post_place(shell.viewer(), post).await?;
    let page = domain::Page::holding(before, super::super::topic::POSTS);
    Ok(Moved(urls::post(topic, page.number().into(), post)))
}

/// `viewforum.php?f=`
pub async fn forum(Params(old): Params<Old>) -> Result<Moved> {
    id(&old.f)
        .map(|forum| Moved(urls::forum(ForumId(forum))))
        .ok_or(Error::NotFound)
}

/// `dl.php?t=` and `dl.php?id=`
pub async fn download(Params(old): Params<Old>) -> Result<Moved> {
    let topic = id(&old.t).or(id(&old.id)).ok_or(Error::NotFound)?;
    Ok(Moved(urls::download(TopicId(topic))))
}

/// `profile.php?mode=viewprofile&u=`
pub async fn profile(Params(old): Params<Old>) -> Result<Moved> {
    match (old.mode.as_deref(), id(&old.u)) {
        (None | Some("viewprofile"), Some(user)) => Ok(Moved(urls::member(UserId(user)))),
        (Some("register"), _) => Ok(Moved(urls::register().to_owned())),
        (Some("editprofile"), _) => Ok(Moved(urls::settings().to_owned())),
        _ => Err(Error::NotFound),
    }
}

/// `tracker.php`
pub async fn tracker() -> Moved {
    Moved(urls::torrents().to_owned())
}

/// `index.php`
pub async fn index() -> Moved {
    Moved(urls::index().to_owned())
}

/// For good (RFC 9110 §15.4.2).
pub struct Moved(String);

impl IntoResponse for Moved {
    fn into_response(self) -> Response {
        let location = HeaderValue::from_str(&self.0).unwrap_or(HeaderValue::from_static("/"));
        (
            StatusCode::MOVED_PERMANENTLY,
            [(header::LOCATION, location)],
        )
            .into_response()
    }
}

fn id(text: &Option<String>) -> Option<i64> {
    text.as_deref()?.parse().ok().filter(|id| *id > 0)
}

#[cfg(test)]
mod tests {
    use crate::testing::Site;

    #[tokio::test]
    async fn old_addresses_lead_to_the_new_ones() {
        let mut guest = Site::new().await.guest();
        for (old, new) in [
            ("/viewtopic.php?t=5", "/topics/5"),
            ("/viewtopic.php?t=5&start=30", "/topics/5"),
            ("/viewforum.php?f=7", "/forums/7"),
            ("/dl.php?id=9", "/dl/9"),
            ("/dl.php?t=9", "/dl/9"),
            ("/profile.php?mode=viewprofile&u=3", "/members/3"),
            ("/tracker.php", "/torrents"),
            ("/tracker.php?nm=debian", "/torrents"),
            ("/index.php", "/"),
        ] {
            assert_eq!(guest.get(old).await.expect(301).location(), new, "{old}");
        }
        for bad in [
            "/viewtopic.php",
            "/viewtopic.php?t=",
            "/viewtopic.php?t=-1",
            "/viewtopic.php?t=//evil.example",
            "/viewforum.php?f=1/../2",
            "/dl.php?id=x",
            "/viewtopic.php?p=1",
        ] {
            guest.get(bad).await.expect(404);
        }
    }
}
