//! What can be wrong with a value that a person typed.

/// Why a value was refused. Display is a sentence for logs and the API; [`Error::code`] is the
/// stable name that pages translate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// An identifier of an address or form is not a plain positive number.
    #[error("the identifier is not a number above zero")]
    Id,
    /// A user name is shorter than 2 or longer than 32 characters.
    #[error("the name must have 2 to 32 characters")]
    NameLength,
    /// A user name holds something besides letters, digits, `_`, `-`, `.` and single inner spaces.
    #[error("the name may hold only letters, digits, \"_\", \"-\", \".\" and single spaces inside")]
    NameCharacter,
    /// A user name has no letter and no digit.
    #[error("the name must hold a letter or a digit")]
    NameEmpty,
    /// An e-mail address is not of the form `someone@example.org`, or longer than 254 bytes.
    #[error("the e-mail address is not of the form someone@example.org")]
    Email,
    /// A password has fewer than ten characters.
    #[error("the password must have at least 10 characters")]
    PasswordShort,
    /// A password has more than 200 bytes.
    #[error("the password must have at most 200 bytes")]
    PasswordLong,
    /// A password is, or holds little besides, the account's name.
    #[error("the password must not be the name")]
    PasswordIsName,
    /// A password is one of those that are tried first.
    #[error("the password is one of the commonest; choose another")]
    PasswordCommon,
    /// A passkey is not 10 to 64 ASCII letters and digits.
    #[error("the passkey must be 10 to 64 letters and digits")]
    Passkey,
    /// A secret of an address or header is not of the shape we hand out.
    #[error("the secret is not of the expected shape")]
    Secret,
    /// A scope has an unknown name.
    #[error("unknown scope; known are read, download, account, post, tracker, moderate and admin")]
    Scope,
    /// A stored number names no audience.
    #[error("the number names no audience")]
    Audience,
    /// A stored number names no torrent state.
    #[error("the number names no torrent state")]
    TorrentState,
    /// A private policy is none of `force`, `require`, `allow`.
    #[error("the private policy must be force, require or allow")]
    PrivatePolicy,
    /// A choice about foreign trackers is none of `strip`, `reject`, `keep`.
    #[error("the choice about foreign trackers must be strip, reject or keep")]
    ForeignTrackers,
    /// A title is empty or longer than its limit.
    #[error("the title must have 1 to {max} characters")]
    TitleLength {
        /// The longest title allowed, in characters.
        max: usize,
    },
    /// A title is made of characters that do not show.
    #[error("the title has no character that shows")]
    TitleBlank,
    /// A text is empty.
    #[error("the text is empty")]
    TextEmpty,
    /// A text is longer than its limit.
    #[error("the text must have at most {max} characters")]
    TextLong {
        /// The longest text allowed, in characters.
        max: usize,
    },
    /// A site setting has an unknown key.
    #[error("unknown setting")]
    SettingUnknown,
    /// The site's name is empty or longer than 80 characters.
    #[error("the site name must have 1 to 80 characters")]
    SiteName,
    /// The registration setting is none of `open`, `invite`, `closed`.
    #[error("registration must be open, invite or closed")]
    Registration,
    /// A language is not one that the site speaks.
    #[error("the language must be one of en, ru")]
    Language,
    /// A theme is none of `auto`, `light`, `dark`.
    #[error("the theme must be auto, light or dark")]
    Theme,
    /// The announce interval is not a whole number of seconds between 60 and 86 400.
    #[error("the announce interval must be 60 to 86400 seconds")]
    AnnounceInterval,
    /// A moment is no date and time as RFC 3339 writes them in UTC.
    #[error("the time must be written as 2027-01-31T18:00Z")]
    FreeleechUntil,
    /// A speed is not a whole number of bytes a second.
    #[error("the speed must be a whole number of bytes a second, 0 for any")]
    UploadSpeedLimit,
    /// An upload counts more than ten times or a download more than once.
    #[error("an upload counts 0 to 1000 percent, a download 0 to 100")]
    Factors,
}

impl Error {
    /// Stable snake_case name, for translations and for `error.code` of the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Id => "bad_id",
            Self::NameLength => "name_length",
            Self::NameCharacter => "name_character",
            Self::NameEmpty => "name_empty",
            Self::Email => "bad_email",
            Self::PasswordShort => "password_short",
            Self::PasswordLong => "password_long",
            Self::PasswordIsName => "password_is_name",
            Self::PasswordCommon => "password_common",
            Self::Passkey => "bad_passkey",
            Self::Secret => "bad_secret",
            Self::Scope => "bad_scope",
            Self::Audience => "bad_audience",
            Self::TorrentState => "bad_torrent_state",
            Self::PrivatePolicy => "bad_private_policy",
            Self::ForeignTrackers => "bad_foreign_trackers",
            Self::TitleLength { .. } => "title_length",
            Self::TitleBlank => "title_blank",
            Self::TextEmpty => "text_empty",
            Self::TextLong { .. } => "text_long",
            Self::SettingUnknown => "setting_unknown",
            Self::SiteName => "bad_site_name",
            Self::Registration => "bad_registration",
            Self::Language => "bad_language",
            Self::Theme => "bad_theme",
            Self::AnnounceInterval => "bad_announce_interval",
            Self::FreeleechUntil => "bad_freeleech_until",
            Self::UploadSpeedLimit => "bad_upload_speed_limit",
            Self::Factors => "bad_factors",
        }
    }
}
