//! What an administrator decides about the site as a whole.

use std::fmt;
use std::str::FromStr;

use bittorrent::text::{is_invisible, turns_direction};
use serde::{Deserialize, Serialize};

use crate::{Error, UnixTime};

/// The site's settings. Stored as pairs of key and value; see [`SiteSettings::set`] and
/// [`SiteSettings::pairs`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteSettings {
    /// The site's name, 1 to 80 characters.
    pub site_name: String,
    /// Who may register.
    pub registration: Registration,
    /// The rules shown on registration, in BBCode; may be empty.
    pub rules_text: String,
    /// The language of those who have chosen none and whose browser asks for none we have.
    pub default_language: Language,
    /// The theme of those who have chosen none.
    pub default_theme: Theme,
    /// How often clients are asked to announce, in seconds.
    pub announce_interval: u32,
    /// Until when no download counts on any torrent.
    pub freeleech_until: Option<UnixTime>,
    /// An upload of one torrent faster than this, in bytes a second, is kept apart until somebody
    /// decides; 0 believes any. The default, 2 Gbit/s between two announces, is more than lines at
    /// home and all but few servers can keep up for one torrent, and little to one who invents.
    pub upload_speed_limit: u64,
}

impl Default for SiteSettings {
    fn default() -> Self {
        Self {
            site_name: "Skep".to_owned(),
            registration: Registration::Open,
            rules_text: String::new(),
            default_language: Language::En,
            default_theme: Theme::Auto,
            announce_interval: 1800,
            freeleech_until: None,
            upload_speed_limit: 250_000_000,
        }
    }
}

impl SiteSettings {
    /// Sets one setting from its text. On an error nothing changes.
    pub fn set(&mut self, key: &str, value: &str) -> Result<(), Error> {
        match key {
            "site_name" => self.site_name = site_name(value)?,
            "registration" => self.registration = value.parse()?,
            "rules_text" => self.rules_text = rules_text(value)?,
            "default_language" => self.default_language = value.parse()?,
            "default_theme" => self.default_theme = value.parse()?,
            "announce_interval" => self.announce_interval = announce_interval(value)?,
            "freeleech_until" => self.freeleech_until = freeleech_until(value)?,
            "upload_speed_limit" => {
                self.upload_speed_limit = value.parse().map_err(|_| Error::UploadSpeedLimit)?;
            }
            _ => return Err(Error::SettingUnknown),
        }
        Ok(())
    }

    /// Every setting as key and text, in a fixed order: what is stored.
    pub fn pairs(&self) -> [(&'static str, String); 8] {
        [
            ("site_name", self.site_name.clone()),
            ("registration", self.registration.to_string()),
            ("rules_text", self.rules_text.clone()),
            ("default_language", self.default_language.to_string()),
            ("default_theme", self.default_theme.to_string()),
            ("announce_interval", self.announce_interval.to_string()),
            (
                "freeleech_until",
                self.freeleech_until
                    .map_or_else(String::new, |at| at.to_string()),
            ),
            ("upload_speed_limit", self.upload_speed_limit.to_string()),
        ]
    }

    /// Reads stored pairs over the defaults. The first pair that does not fit is returned with the
    /// reason.
    pub fn from_pairs<K: AsRef<str>, V: AsRef<str>>(
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Self, (String, Error)> {
        let mut settings = Self::default();
        for (key, value) in pairs {
            settings
                .set(key.as_ref(), value.as_ref())
                .map_err(|error| (key.as_ref().to_owned(), error))?;
        }
        Ok(settings)
    }
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident, $error:ident, $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// Every value, in the order of the choice.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The word it is stored and sent as.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(word: &str) -> Result<Self, Error> {
                match word { $($word => Ok(Self::$variant),)+ _ => Err(Error::$error) }
            }
        }
    };
}

words! {
    /// Who may register.
    Registration, Registration,
    /// Anyone.
    Open = "open",
    /// Whoever holds an invitation.
    Invite = "invite",
    /// Nobody.
    Closed = "closed",
}

words! {
    /// A language that the site speaks.
    Language, Language,
    /// English.
    En = "en",
    /// Russian.
    Ru = "ru",
}

words! {
    /// Light, dark, or what the reader's system says.
    Theme, Theme,
    /// What the reader's system says.
    Auto = "auto",
    /// Light.
    Light = "light",
    /// Dark.
    Dark = "dark",
}

const RULES_MAX: usize = 60_000;

fn site_name(text: &str) -> Result<String, Error> {
    let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let forbidden = |c: char| c.is_control() || turns_direction(c);
    let shows = !name.chars().all(is_invisible);
    if !shows || name.chars().count() > 80 || name.chars().any(forbidden) {
        return Err(Error::SiteName);
    }
    Ok(name)
}

fn rules_text(text: &str) -> Result<String, Error> {
    if text.chars().count() > RULES_MAX {
        return Err(Error::TextLong { max: RULES_MAX });
    }
    Ok(text.replace("\r\n", "\n").trim().to_owned())
}

fn announce_interval(text: &str) -> Result<u32, Error> {
    let seconds = text.parse().map_err(|_| Error::AnnounceInterval)?;
    (60..=86_400)
        .contains(&seconds)
        .then_some(seconds)
        .ok_or(Error::AnnounceInterval)
}

/// Nothing, a moment as people write it, or in seconds as it is stored.
fn freeleech_until(text: &str) -> Result<Option<UnixTime>, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let stored = || text.parse().ok().filter(|at| *at >= 0).map(UnixTime);
    let until = UnixTime::from_civil(text).or_else(stored);
    until.map(Some).ok_or(Error::FreeleechUntil)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_survive_being_stored() {
        let mut settings = SiteSettings::default();
        for (key, value) in [
            ("site_name", "  The  Hive "),
            ("registration", "invite"),
            ("rules_text", "be\r\nkind\n"),
            ("default_language", "ru"),
            ("default_theme", "dark"),
            ("announce_interval", "900"),
            ("freeleech_until", "2027-01-31T18:00"),
            ("upload_speed_limit", "0"),
        ] {
            settings.set(key, value).unwrap();
        }
        assert_eq!(settings.site_name, "The Hive");
        assert_eq!(settings.rules_text, "be\nkind");
        assert_eq!(SiteSettings::from_pairs(settings.pairs()), Ok(settings));
    }

    #[test]
    fn a_bad_setting_is_named_and_changes_nothing() {
        for (key, value, error) in [
            ("site_name", " ", Error::SiteName),
            ("site_name", "\u{200b}\u{3164}", Error::SiteName),
            ("site_name", "eviH\u{202e} ehT", Error::SiteName),
            ("registration", "Open", Error::Registration),
            ("default_language", "xx", Error::Language),
            ("default_theme", "", Error::Theme),
            ("announce_interval", "59", Error::AnnounceInterval),
            ("announce_interval", "86401", Error::AnnounceInterval),
            ("announce_interval", "-1", Error::AnnounceInterval),
            ("freeleech_until", "soon", Error::FreeleechUntil),
            ("freeleech_until", "-5", Error::FreeleechUntil),
            ("upload_speed_limit", "fast", Error::UploadSpeedLimit),
            ("colour", "red", Error::SettingUnknown),
        ] {
            let mut settings = SiteSettings::default();
            assert_eq!(settings.set(key, value), Err(error), "{key} = {value:?}");
            assert_eq!(settings, SiteSettings::default());
            assert_eq!(
                SiteSettings::from_pairs([(key, value)]),
                Err((key.to_owned(), error))
            );
        }
    }
}
