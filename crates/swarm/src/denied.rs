use std::sync::Arc;

/// Why an announce is refused. Its `Display` is a sentence for the person behind the client.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// The policy asks for registration, and the hash has none.
    #[error("this torrent is not registered here: post it on the site first, or download it anew")]
    Unregistered,
    /// The hash is on the deny list.
    #[error("this torrent was removed from this tracker")]
    Listed,
    /// The hash is not on the allow list.
    #[error("this tracker does not serve this torrent")]
    NotListed,
    /// A private torrent was announced without a passkey.
    #[error(
        "this torrent needs your passkey: use the HTTP address of the .torrent downloaded from this site"
    )]
    PasskeyMissing,
    /// The passkey is nobody's (any more).
    #[error("this passkey is unknown or was reset: download the .torrent from the site again")]
    PasskeyUnknown,
    /// The forum the torrent stands in gives its files to others only.
    #[error("your account may not download from the forum of this torrent: ask the staff")]
    Forum,
    /// The member is banned, with the reason.
    #[error("your account is banned: {0}")]
    Banned(Arc<str>),
    /// The torrent is frozen, with the reason.
    #[error("this torrent is frozen: {0}")]
    Frozen(Arc<str>),
    /// The torrent was deleted, with the reason.
    #[error("this torrent was deleted from the site: {0}")]
    Deleted(Arc<str>),
    /// The member may seed but not download.
    #[error("your account may seed but not download: ask the staff")]
    Downloads,
}

impl Denied {
    /// After how many minutes asking again may help (BEP 31); `None` when it never will.
    pub fn retry_in(&self) -> Option<u32> {
        match self {
            Self::Unregistered | Self::NotListed | Self::Frozen(_) => Some(30),
            Self::Banned(_) | Self::Forum | Self::Downloads => Some(60),
            Self::Listed | Self::PasskeyMissing | Self::PasskeyUnknown | Self::Deleted(_) => None,
        }
    }

    /// A short constant name, for counting refusals by reason.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Unregistered => "unregistered",
            Self::Listed => "denied",
            Self::NotListed => "not_listed",
            Self::PasskeyMissing => "passkey_missing",
            Self::PasskeyUnknown => "passkey_unknown",
            Self::Forum => "forum",
            Self::Banned(_) => "banned",
            Self::Frozen(_) => "frozen",
            Self::Deleted(_) => "deleted",
            Self::Downloads => "downloads",
        }
    }
}
