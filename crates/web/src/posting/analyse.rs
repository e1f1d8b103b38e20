//! What a forum makes of a `.torrent`, before anything is stored.

use bittorrent::{InfoHashes, Metainfo, MetainfoLimits};
use domain::{ForeignTrackers, ForumId, ForumPolicy, Right, Viewer};
use store::{DuplicateTorrent, Site};

use super::trackers::{Own, host, texts};
use super::{Existing, Problem, Upload};
use crate::error::{Error, Result};
use crate::state::App;

/// A readable torrent, and what would become of it in a forum.
#[derive(Debug)]
pub(crate) struct Analysis {
    /// The file as uploaded.
    pub uploaded: Metainfo,
    /// The file as it would be registered, when that is another one: the private flag was set.
    pub forced: Option<Metainfo>,
    /// Announce URLs that lead elsewhere.
    pub foreign: usize,
    /// Whether those are left out.
    pub strips: bool,
    /// Whether an announce URL holds a key of this site.
    pub gives_key: bool,
    /// What stands in the way.
    pub problems: Vec<Problem>,
}

impl Analysis {
    /// The torrent that would be registered.
    pub fn registered(&self) -> &Metainfo {
        self.forced.as_ref().unwrap_or(&self.uploaded)
    }
}

/// Reads the upload and judges it by the forum's policy, the author's rights and what is registered
/// already. `Err(Ok(problem))` when it cannot even be read; a forum is needed for all but reading.
pub(crate) async fn analyse(
    app: &App,
    viewer: &Viewer,
    passkey: Option<&str>,
    forum: Option<ForumId>,
    upload: &Upload,
) -> Result<Result<Analysis, Problem>> {
    let site = app.store.site();
    let policy = forum.and_then(|id| site.forum(id)).map(|node| node.policy);
    let limit = app.config.max_torrent_bytes;
    let bytes = upload.bytes.clone();
    // Hashing and checking ten megabytes takes longer than an async thread should be held.
    let read = tokio::task::spawn_blocking(move || read(&bytes, limit, policy.as_ref())).await;
    let mut analysis = match read.map_err(Error::internal)? {
        Ok(analysis) => analysis,
        Err(problem) => return Ok(Err(problem)),
    };
    let own = Own::new(&app.config);
    let mut first = None;
    for url in analysis.uploaded.trackers().iter().flatten() {
        analysis.gives_key |= own.gives_key(url, passkey);
        if !own.is(url) {
            analysis.foreign += 1;
            // without its path, in which another site's key may stand
            first = first.or_else(|| Some(host(url).unwrap_or_else(|| "?".to_owned())));
        }
    }
    if let Some(key) = passkey {
        analysis.gives_key |= texts(&analysis.uploaded).any(|text| text.contains(key));
    }
    if let Some(first) = first
        && policy.is_some_and(|policy| policy.foreign == ForeignTrackers::Reject)
    {
        analysis.problems.push(Problem::Foreign {
            count: analysis.foreign,
            first,
        });
    }
    if let Some(id) = forum
        && !site.may(viewer, id, Right::Attach)
    {
        analysis.problems.push(Problem::AttachDenied);
    }
    let hashes = analysis.registered().hashes();
    if let Some(existing) = existing(app, &site, viewer, &hashes).await? {
        analysis.problems.push(Problem::Duplicate(existing));
    }
    Ok(Ok(analysis))
}

async fn existing(
    app: &App,
    site: &Site,
    viewer: &Viewer,
    hashes: &InfoHashes,
) -> Result<Option<Existing>> {
    let found = app.store.find_duplicate(hashes).await?;
    Ok(found.map(|duplicate| as_seen(site, viewer, duplicate)))
}

/// What of an existing registration its second author may know: the topic only when they may read it.
pub(super) fn as_seen(site: &Site, viewer: &Viewer, found: DuplicateTorrent) -> Existing {
    let readable = found
        .forum
        .is_some_and(|forum| site.may(viewer, forum, Right::Read));
    Existing {
        info_hash: found.info_hash,
        topic: found
            .topic
            .filter(|_| readable)
            .map(|topic| (topic, found.title)),
    }
}

fn read(bytes: &[u8], limit: usize, policy: Option<&ForumPolicy>) -> Result<Analysis, Problem> {
    if bytes.is_empty() {
        return Err(Problem::EmptyFile);
    }
    let limits = MetainfoLimits {
        bytes: limit,
        ..MetainfoLimits::default()
    };
    let uploaded = Metainfo::parse(bytes, &limits).map_err(Problem::Metainfo)?;
    let mut analysis = Analysis {
        forced: None,
        foreign: 0,
        strips: strips(policy, uploaded.private()),
        gives_key: false,
        problems: Vec::new(),
        uploaded,
    };
    let Some(policy) = policy else {
        return Ok(analysis);
    };
    match policy.check(analysis.uploaded.version(), analysis.uploaded.private()) {
        Err(refusal) => analysis.problems.push(Problem::Policy(refusal)),
        Ok(verdict) if verdict.must_force_private => {
            let bytes = analysis
                .uploaded
                .with_private(true)
                .map_err(Problem::Metainfo)?;
            // the flag adds a few bytes to a file that may have been at the limit
            let limits = MetainfoLimits {
                bytes: limit + 64,
                ..limits
            };
            let forced = Metainfo::parse(&bytes, &limits).map_err(Problem::Metainfo)?;
            analysis.forced = Some(forced);
        }
        Ok(_) => {}
    }
    Ok(analysis)
}

/// Whether foreign trackers are left out of what is handed out.
pub(crate) fn strips(policy: Option<&ForumPolicy>, private: bool) -> bool {
    private || policy.is_some_and(|policy| !policy.keeps_foreign(private))
}
