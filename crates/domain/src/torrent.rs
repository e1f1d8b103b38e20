//! What a forum lets be posted, and what a moderator has said about a torrent.

use std::fmt;
use std::str::FromStr;

use bittorrent::Version;
use serde::{Deserialize, Serialize};

use crate::Error;

/// What kinds of torrents a forum takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForumPolicy {
    /// What becomes of the private flag (BEP 27).
    pub private: PrivatePolicy,
    /// What becomes of announce addresses that lead to other sites.
    pub foreign: ForeignTrackers,
    /// Whether torrents of version 1 alone are taken.
    pub v1_only: bool,
    /// Whether hybrid torrents are taken.
    pub hybrid: bool,
    /// Whether torrents of version 2 alone are taken.
    pub v2_only: bool,
}

/// A private forum that takes every version.
impl Default for ForumPolicy {
    fn default() -> Self {
        Self {
            private: PrivatePolicy::Force,
            foreign: ForeignTrackers::Strip,
            v1_only: true,
            hybrid: true,
            v2_only: true,
        }
    }
}

impl ForumPolicy {
    /// Whether announce addresses of other sites stay in a torrent that is handed out.
    pub fn keeps_foreign(&self, private: bool) -> bool {
        !private && self.private == PrivatePolicy::Allow && self.foreign == ForeignTrackers::Keep
    }

    /// Whether a torrent of this version and private flag may be posted, and what must be done to
    /// it. The version is judged first: no flag mends a wrong version.
    pub fn check(&self, version: Version, private: bool) -> Result<Verdict, Refusal> {
        match version {
            Version::V1 if !self.v1_only => Err(Refusal::V1Only),
            Version::Hybrid if !self.hybrid => Err(Refusal::Hybrid),
            Version::V2 if !self.v2_only => Err(Refusal::V2Only),
            _ => match self.private {
                PrivatePolicy::Require if !private => Err(Refusal::NotPrivate),
                policy => Ok(Verdict {
                    must_force_private: policy == PrivatePolicy::Force && !private,
                }),
            },
        }
    }
}

/// What a forum does about the private flag of `info` (BEP 27).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PrivatePolicy {
    /// A public torrent is made private, which gives it a new info-hash; its author must download
    /// it again.
    Force,
    /// A public torrent is refused.
    Require,
    /// Both kinds are taken.
    Allow,
}

impl PrivatePolicy {
    /// Every policy, in the order of the choice.
    pub const ALL: [Self; 3] = [Self::Force, Self::Require, Self::Allow];

    /// The word it is stored and sent as.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Force => "force",
            Self::Require => "require",
            Self::Allow => "allow",
        }
    }
}

impl fmt::Display for PrivatePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PrivatePolicy {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|p| p.as_str() == word)
            .ok_or(Error::PrivatePolicy)
    }
}

/// What a forum does about announce addresses that lead to other sites' trackers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ForeignTrackers {
    /// They are left out of what is handed out.
    Strip,
    /// A torrent with one of them is refused.
    Reject,
    /// They stay behind our own in public torrents. A private one has no other tracker than ours:
    /// two trackers of a private torrent are two swarms that must not know each other (BEP 27).
    Keep,
}

impl ForeignTrackers {
    /// Every choice, in the order of the form.
    pub const ALL: [Self; 3] = [Self::Strip, Self::Reject, Self::Keep];

    /// The word it is stored and sent as.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Strip => "strip",
            Self::Reject => "reject",
            Self::Keep => "keep",
        }
    }
}

impl fmt::Display for ForeignTrackers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for ForeignTrackers {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|p| p.as_str() == word)
            .ok_or(Error::ForeignTrackers)
    }
}

/// What must be done with a torrent that a forum takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The private flag has to be set, so the info-hash changes.
    pub must_force_private: bool,
}

/// Why a forum does not take a torrent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It is of version 1 alone.
    #[error("this forum does not take version 1 torrents: make a hybrid or version 2 torrent")]
    V1Only,
    /// It is a hybrid.
    #[error("this forum does not take hybrid torrents: make one of version 1 or version 2 alone")]
    Hybrid,
    /// It is of version 2 alone.
    #[error("this forum does not take version 2 torrents: make a hybrid or version 1 torrent")]
    V2Only,
    /// It lacks the private flag.
    #[error("this forum takes only private torrents: set the private flag and make it again")]
    NotPrivate,
}

impl Refusal {
    /// Stable snake_case name, for translations and for `error.code` of the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::V1Only => "policy_v1_only",
            Self::Hybrid => "policy_hybrid",
            Self::V2Only => "policy_v2_only",
            Self::NotPrivate => "policy_not_private",
        }
    }
}

/// What a moderator has said about a torrent. The numbers are TorrentPier's `tor_status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum TorrentState {
    /// Nobody has looked at it yet.
    #[default]
    NotApproved = 0,
    /// Closed by a moderator.
    Closed = 1,
    /// Approved.
    Approved = 2,
    /// Its author has to mend the post.
    NeedsEdit = 3,
    /// Its post describes nothing.
    NoDescription = 4,
    /// Another topic has the same.
    Duplicate = 5,
    /// Closed at the demand of a rights holder.
    TakenDown = 6,
    /// Merged into another release.
    Consumed = 7,
    /// Doubtful, but let be.
    Doubtful = 8,
    /// A moderator is looking at it.
    Checking = 9,
    /// Let be for a while.
    Temporary = 10,
    /// Held until a moderator has looked at it.
    Premoderation = 11,
    /// A release that still grows.
    Replenish = 12,
}

impl TorrentState {
    /// Every state, by number.
    pub const ALL: [Self; 13] = [
        Self::NotApproved,
        Self::Closed,
        Self::Approved,
        Self::NeedsEdit,
        Self::NoDescription,
        Self::Duplicate,
        Self::TakenDown,
        Self::Consumed,
        Self::Doubtful,
        Self::Checking,
        Self::Temporary,
        Self::Premoderation,
        Self::Replenish,
    ];

    /// The number it is stored as, 0 to 12.
    pub const fn id(self) -> i64 {
        self as i64
    }

    /// Stable snake_case name, for translations and the API.
    pub const fn code(self) -> &'static str {
        self.row().0
    }

    /// The one-character sign of lists.
    pub const fn sign(self) -> char {
        self.row().1
    }

    /// Whether it is withheld: nobody but (in some states) its author downloads it, and nobody
    /// announces it.
    pub const fn frozen(self) -> bool {
        self.row().2
    }

    /// Whether anyone with the forum's right may download it.
    pub const fn downloadable(self) -> bool {
        !self.frozen()
    }

    /// Whether the tracker answers announces for it.
    pub const fn announceable(self) -> bool {
        !self.frozen()
    }

    /// Whether its author may download it, frozen or not.
    pub const fn author_may_download(self) -> bool {
        !self.frozen() || self.row().3
    }

    /// Whether its author may edit the release.
    pub const fn author_may_edit(self) -> bool {
        self.row().4
    }

    /// Whether it keeps its author from posting new releases until it is mended; the author may
    /// answer the moderator.
    pub const fn blocks_new_releases(self) -> bool {
        matches!(self, Self::NeedsEdit | Self::NoDescription | Self::Doubtful)
    }

    /// Name, sign, frozen, author may download a frozen one, author may edit.
    const fn row(self) -> (&'static str, char, bool, bool, bool) {
        match self {
            Self::NotApproved => ("not_approved", '*', false, true, true),
            Self::Closed => ("closed", 'x', true, false, false),
            Self::Approved => ("approved", '√', false, true, true),
            Self::NeedsEdit => ("needs_edit", '?', false, true, true),
            Self::NoDescription => ("no_description", '!', true, true, true),
            Self::Duplicate => ("duplicate", 'D', true, false, false),
            Self::TakenDown => ("taken_down", '©', true, false, false),
            Self::Consumed => ("consumed", '∑', true, false, false),
            Self::Doubtful => ("doubtful", '#', false, true, true),
            Self::Checking => ("checking", '%', true, true, false),
            Self::Temporary => ("temporary", 'T', false, true, true),
            Self::Premoderation => ("premoderation", '∏', true, true, true),
            Self::Replenish => ("replenish", 'R', false, true, true),
        }
    }
}

impl TryFrom<i64> for TorrentState {
    type Error = Error;

    fn try_from(id: i64) -> Result<Self, Error> {
        usize::try_from(id)
            .ok()
            .and_then(|index| Self::ALL.get(index).copied())
            .ok_or(Error::TorrentState)
    }
}

impl From<TorrentState> for i64 {
    fn from(state: TorrentState) -> Self {
        state.id()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_own_number_name_and_sign() {
        for (index, state) in TorrentState::ALL.into_iter().enumerate() {
            assert_eq!(state.id(), index as i64);
            assert_eq!(TorrentState::try_from(state.id()), Ok(state));
            for other in &TorrentState::ALL[index + 1..] {
                assert_ne!(state.code(), other.code());
                assert_ne!(state.sign(), other.sign());
            }
        }
        assert_eq!(TorrentState::try_from(13), Err(Error::TorrentState));
        assert_eq!(TorrentState::try_from(-1), Err(Error::TorrentState));
    }

    #[test]
    fn states_freeze_as_the_table_says() {
        // id, sign, anyone downloads and announces, author downloads, author edits, blocks new
        let table = [
            (0, '*', true, true, true, false),
            (1, 'x', false, false, false, false),
            (2, '√', true, true, true, false),
            (3, '?', true, true, true, true),
            (4, '!', false, true, true, true),
            (5, 'D', false, false, false, false),
            (6, '©', false, false, false, false),
            (7, '∑', false, false, false, false),
            (8, '#', true, true, true, true),
            (9, '%', false, true, false, false),
            (10, 'T', true, true, true, false),
            (11, '∏', false, true, true, false),
            (12, 'R', true, true, true, false),
        ];
        for (id, sign, open, author, edit, blocks) in table {
            let state = TorrentState::try_from(id).unwrap();
            assert_eq!(state.sign(), sign);
            assert_eq!(state.downloadable(), open, "{state:?}");
            assert_eq!(state.announceable(), open, "{state:?}");
            assert_eq!(state.frozen(), !open, "{state:?}");
            assert_eq!(state.author_may_download(), author, "{state:?}");
            assert_eq!(state.author_may_edit(), edit, "{state:?}");
            assert_eq!(state.blocks_new_releases(), blocks, "{state:?}");
        }
    }

    #[test]
    fn a_forum_takes_exactly_what_its_policy_says() {
        let versions = [Version::V1, Version::Hybrid, Version::V2];
        for bits in 0..8u8 {
            let allowed = [bits & 1 != 0, bits & 2 != 0, bits & 4 != 0];
            for private_policy in PrivatePolicy::ALL {
                let policy = ForumPolicy {
                    private: private_policy,
                    foreign: ForeignTrackers::Strip,
                    v1_only: allowed[0],
                    hybrid: allowed[1],
                    v2_only: allowed[2],
                };
                for (index, version) in versions.into_iter().enumerate() {
                    for private in [false, true] {
                        let expected = if !allowed[index] {
                            Err([Refusal::V1Only, Refusal::Hybrid, Refusal::V2Only][index])
                        } else {
                            match (private_policy, private) {
                                (PrivatePolicy::Require, false) => Err(Refusal::NotPrivate),
                                (PrivatePolicy::Force, false) => Ok(true),
                                _ => Ok(false),
                            }
                        };
                        let verdict = policy.check(version, private);
                        assert_eq!(
                            verdict.map(|v| v.must_force_private),
                            expected,
                            "{policy:?}"
                        );
                    }
                }
            }
        }
    }

    #[test]
    fn a_policy_reads_its_own_word() {
        for policy in PrivatePolicy::ALL {
            assert_eq!(policy.as_str().parse(), Ok(policy));
        }
        assert_eq!("Force".parse::<PrivatePolicy>(), Err(Error::PrivatePolicy));
        for policy in ForeignTrackers::ALL {
            assert_eq!(policy.as_str().parse(), Ok(policy));
        }
        let unknown = "drop".parse::<ForeignTrackers>();
        assert_eq!(unknown, Err(Error::ForeignTrackers));
    }

    #[test]
    fn foreign_trackers_stay_only_where_everything_is_public() {
        for private_policy in PrivatePolicy::ALL {
            for foreign in ForeignTrackers::ALL {
                for private in [false, true] {
                    let policy = ForumPolicy {
                        private: private_policy,
                        foreign,
                        ..ForumPolicy::default()
                    };
                    let public = private_policy == PrivatePolicy::Allow && !private;
                    let expected = public && foreign == ForeignTrackers::Keep;
                    assert_eq!(policy.keeps_foreign(private), expected, "{policy:?}");
                }
            }
        }
    }
}
