//! `GET /dl/{id}`: the `.torrent`, with the caller's key in its announce URLs.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bittorrent::{Metainfo, MetainfoLimits, Rewrite};
use blobs::{BlobError, BlobKey};
use domain::{PrivatePolicy, Scope, TopicId};
use serde::Deserialize;
use store::DownloadInfo;

use super::access::{Access, announce};
use super::name::disposition;
use crate::error::{Error, Fault, Result};
use crate::extract::{Caller, Id, Params};
use crate::posting::{Own, strips};
use crate::state::App;
use crate::{origin, urls};

#[derive(Deserialize)]
pub struct Query {
    /// The file as its author uploaded it; the value does not matter.
    original: Option<String>,
}

pub async fn show(
    State(app): State<App>,
    caller: Caller,
    Id(topic): Id<TopicId>,
    Params(query): Params<Query>,
    headers: HeaderMap,
) -> Result<Response> {
    let viewer = caller.may(Scope::Download)?;
    let info = app.store.download_info(viewer, topic).await?;
    match Access::new(
        &app.store.site(),
        viewer,
        info.forum,
        info.author,
        info.state,
    ) {
        Access::Open | Access::Withheld(_) => {}
        Access::Login => return Err(Error::SignIn),
        Access::Right => return Err(Error::Forbidden),
        Access::Frozen(state) => {
            let fault = Fault::new("torrent_frozen", "the torrent is withheld by the staff");
            return Err(Error::Conflict(
                fault.with("state", state.code()).link(urls::topic(topic)),
            ));
        }
    }
    let bytes = if query.original.is_some() {
        if !viewer.is(info.author) {
            return Err(Error::Forbidden);
        }
        stored(&app, &info.original_blob).await?
    } else {
        let passkey = caller.visit().passkey().map(|key| key.as_str());
        let file = stored(&app, &info.blob).await?;
        let page = format!(
            "{}{}",
            origin::origin(&app.config, &headers),
            urls::topic(topic)
        );
        dressed(&app, &info, file, passkey, page)?
    };
    app.tally.downloaded(info.torrent);
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/x-bittorrent"),
        ),
        (header::CONTENT_DISPOSITION, disposition(&info.filename)),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("private, no-store"),
        ),
    ];
    Ok((headers, bytes).into_response())
}

async fn stored(app: &App, key: &str) -> Result<Vec<u8>> {
    let key: BlobKey = key.parse().map_err(Error::internal)?;
    app.blobs.get(&key).await.map_err(|error| match error {
        BlobError::NotFound(key) => {
            tracing::error!(blob.key = %key, "a registered .torrent is not in the blob store");
            Error::Conflict(Fault::new("torrent_missing", "the stored file is gone"))
        }
        other => Error::internal(other),
    })
}

/// The file as it is handed out: our announce URLs first, the page of the topic as comment. Web seeds
/// stay where torrent and forum are public, foreign trackers where the forum keeps them besides.
/// `info` is never touched.
fn dressed(
    app: &App,
    info: &DownloadInfo,
    file: Vec<u8>,
    passkey: Option<&str>,
    page: String,
) -> Result<Vec<u8>> {
    let limits = MetainfoLimits {
        bytes: usize::MAX,
        ..MetainfoLimits::default()
    };
    let metainfo = Metainfo::parse(&file, &limits).map_err(Error::internal)?;
    let site = app.store.site();
    let policy = site.forum(info.forum).map(|forum| forum.policy);
    let strip = strips(policy.as_ref(), info.private);
    let public = !info.private && policy.is_none_or(|p| p.private == PrivatePolicy::Allow);
    let mut tiers = announce(&app.config, passkey);
    let own = Own::new(&app.config);
    if !strip {
        let foreign = |tier: &Vec<String>| {
            tier.iter()
                .filter(|url| !own.is(url))
                .cloned()
                .collect::<Vec<_>>()
        };
        tiers.extend(metainfo.trackers().iter().map(foreign));
    }
    let rewrite = Rewrite {
        announce: tiers,
        comment: Some(page.clone()),
        publisher_url: Some(page),
        keep_web_seeds: public,
        // nobody's key but the caller's leaves the site
        without: own.leaking(&metainfo, None),
    };
    Ok(metainfo.rewrite(&rewrite))
}
