//! Who may download a torrent, and with which announce URLs.

use bittorrent::{InfoHashes, Magnet};
use domain::{ForumId, Right, TorrentState, UserId, Viewer};
use store::Site;

use crate::config::Config;
use crate::i18n;
use crate::layout::Shell;
use crate::pages::forum::mark::Mark;
use crate::state::App;
use crate::visit::Visit;

/// Whether a viewer may download, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Open,
    /// Yes, but only because it is their own or they run the site: the state withholds it.
    Withheld(TorrentState),
    /// Not without an account.
    Login,
    /// Not with this account in this forum.
    Right,
    /// The state withholds it from everyone.
    Frozen(TorrentState),
}

impl Access {
    /// Judges the forum's right first, then what moderators have said.
    pub fn new(
        site: &Site,
        viewer: &Viewer,
        forum: ForumId,
        author: UserId,
        state: TorrentState,
    ) -> Self {
        if !site.may(viewer, forum, Right::Download) {
            return if viewer.user.is_none() {
                Access::Login
            } else {
                Access::Right
            };
        }
        if !state.frozen() {
            return Access::Open;
        }
        if viewer.is_admin() || (viewer.is(author) && state.author_may_download()) {
            return Access::Withheld(state);
        }
        Access::Frozen(state)
    }

    /// Whether the file is handed out.
    pub fn allows(&self) -> bool {
        matches!(self, Access::Open | Access::Withheld(_))
    }

    /// Whether logging in may help.
    pub fn wants_login(&self) -> bool {
        matches!(self, Access::Login)
    }

    /// The sentence beside the button, or in its place.
    pub fn why(&self, shell: &Shell) -> Option<String> {
        let lang = shell.lang();
        let state = |state: &TorrentState| i18n::t(lang, Mark::of(state).key).to_string();
        match self {
            Access::Open => None,
            Access::Withheld(of) => Some(
                i18n::t(lang, "torrent-author-frozen")
                    .arg("state", state(of))
                    .to_string(),
            ),
            Access::Login => Some(i18n::t(lang, "torrent-refused-login").to_string()),
            Access::Right => Some(i18n::t(lang, "torrent-refused-right").to_string()),
            Access::Frozen(of) => Some(
                i18n::t(lang, "torrent-refused-frozen")
                    .arg("state", state(of))
                    .to_string(),
            ),
        }
    }
}

/// Our announce URLs in tiers, HTTP before UDP, with the key where there is one.
pub fn announce(config: &Config, passkey: Option<&str>) -> Vec<Vec<String>> {
    [&config.announce_http, &config.announce_udp]
        .into_iter()
        .flatten()
        .map(|base| {
            let base = base.trim_end_matches('/');
            vec![match passkey {
                Some(key) => format!("{base}/announce/{key}"),
                None => format!("{base}/announce"),
            }]
        })
        .collect()
}

/// What a magnet says about a torrent.
pub struct Named<'a> {
    hashes: InfoHashes,
    name: &'a str,
    size: u64,
    private: bool,
}

impl<'a> From<&'a store::TorrentBox> for Named<'a> {
    fn from(torrent: &'a store::TorrentBox) -> Self {
        Named {
            hashes: torrent.hashes,
            name: &torrent.name,
            size: torrent.total_size,
            private: torrent.private,
        }
    }
}

/// The magnet link for this visitor. A private torrent has none for guests: without a key the tracker
/// would refuse them, and there is no other way to its peers.
pub fn magnet(app: &App, visit: &Visit, torrent: Named<'_>) -> Option<String> {
    let passkey = visit.passkey().map(|key| key.as_str());
    if torrent.private && passkey.is_none() {
        return None;
    }
    let mut magnet = Magnet::new(torrent.hashes);
    magnet.name = Some(torrent.name.to_owned());
    magnet.size = Some(torrent.size);
    magnet.trackers = announce(&app.config, passkey).concat();
    Some(magnet.to_string())
}
