//! The frame around every page: what `layout.html` needs, and what every template may call.
//!
//! A page's template struct has a field `shell: Shell` and begins with
//! `{% extends "layout.html" %}`.

use std::fmt;
use std::sync::Arc;

use domain::{Language, Theme, UnixTime, UserId, Viewer};

use crate::i18n::{self, Text};
use crate::state::App;
use crate::visit::Visit;
use crate::{assets, format};

/// What the frame shows, and the words and numbers of the reader's language.
#[derive(Clone)]
pub struct Shell {
    /// The state, for handlers that take nothing else.
    pub app: App,
    visit: Arc<Visit>,
}

impl Shell {
    /// The frame for a visit.
    pub fn new(app: App, visit: Arc<Visit>) -> Self {
        Shell { app, visit }
    }

    /// The request's circumstances.
    pub fn visit(&self) -> &Visit {
        &self.visit
    }

    /// Who looks; a guest when nobody is signed in.
    pub fn viewer(&self) -> &Viewer {
        self.visit.viewer()
    }

    /// The signed-in account.
    pub fn user(&self) -> Option<UserId> {
        self.visit.user()
    }

    /// The page's language.
    pub fn lang(&self) -> Language {
        self.visit.lang
    }

    /// The message under `key`; `.arg("name", value)` fills a variable.
    pub fn t<'k>(&self, key: &'k str) -> Text<'k> {
        i18n::t(self.visit.lang, key)
    }

    /// The message under `key`, or `None` when there is none: for keys made of codes.
    pub fn known<'k>(&self, key: &'k str) -> Option<Text<'k>> {
        i18n::has(self.visit.lang, key).then(|| self.t(key))
    }

    /// The message `<key>-hint`, if there is one.
    pub fn hint(&self, key: &str) -> Option<String> {
        let key = format!("{key}-hint");
        self.known(&key).map(|text| text.to_string())
    }

    /// A language's name in itself.
    pub fn language_name(&self, language: &Language) -> &'static str {
        i18n::own_name(*language)
    }

    /// A whole number, grouped.
    pub fn num(&self, n: impl Whole) -> String {
        format::whole(self.visit.lang, n.whole())
    }

    /// Bytes in a unit that fits.
    pub fn size(&self, bytes: impl Whole) -> String {
        format::size(self.visit.lang, bytes.whole().max(0) as u64)
    }

    /// A share ratio.
    pub fn ratio(&self, uploaded: impl Whole, downloaded: impl Whole) -> String {
        let bytes = |n: i64| n.max(0) as u64;
        format::ratio(
            self.visit.lang,
            bytes(uploaded.whole()),
            bytes(downloaded.whole()),
        )
    }

    /// A `<time>` element that says how long ago; write it with `|safe`.
    pub fn ago(&self, at: &UnixTime) -> String {
        let lang = self.visit.lang;
        let words = format::ago(lang, *at, self.visit.now);
        time_element(*at, &words, &format::datetime(lang, *at), " data-rel")
    }

    /// A `<time>` element with the day; write it with `|safe`.
    pub fn date(&self, at: &UnixTime) -> String {
        let lang = self.visit.lang;
        time_element(
            *at,
            &format::date(lang, *at),
            &format::datetime(lang, *at),
            "",
        )
    }

    /// The hidden field that every form with `method="post"` begins with; write it with `|safe`.
    pub fn csrf_field(&self) -> String {
        format!(
            r#"<input type="hidden" name="csrf" value="{}">"#,
            self.visit.csrf()
        )
    }

    /// The site's name.
    pub fn site_name(&self) -> &str {
        &self.visit.site.settings.site_name
    }

    /// The first letter of a name, for its round face.
    pub fn initial(&self, name: &str) -> String {
        name.chars()
            .next()
            .map(|c| c.to_uppercase().collect())
            .unwrap_or_default()
    }

    /// The theme of the page.
    pub fn theme(&self) -> Theme {
        self.visit.theme
    }

    /// Whether the page belongs to the forums.
    pub fn in_forums(&self) -> bool {
        let path = self.visit.path.as_str();
        path == "/"
            || ["/forums", "/topics", "/posting"]
                .iter()
                .any(|p| path.starts_with(p))
    }

    /// Whether the request only reads.
    pub fn is_get(&self) -> bool {
        self.visit.reads
    }

    /// Whether this is the page at exactly this path.
    pub fn at(&self, path: &str) -> bool {
        self.visit.path.split('?').next() == Some(path)
    }

    /// Whether the page stands under this path.
    pub fn in_section(&self, prefix: &str) -> bool {
        self.visit.path.starts_with(prefix)
    }

    /// The value of `data-theme`, when the reader has chosen one.
    pub fn theme_attribute(&self) -> Option<&'static str> {
        match self.visit.theme {
            Theme::Auto => None,
            theme => Some(theme.as_str()),
        }
    }

    /// The message to show once.
    pub fn notice(&self) -> Option<String> {
        let key = self.visit.notice.as_ref()?;
        let key = format!("notice-{key}");
        i18n::has(self.visit.lang, &key).then(|| self.t(&key).to_string())
    }

    /// Where the reader comes back to after switching language or theme, or logging in: this page, or
    /// the index from a page that only answers forms.
    pub fn here(&self) -> &str {
        let path = &self.visit.path;
        let forms = ["/login", "/register", "/setup"];
        if !self.visit.reads || forms.iter().any(|form| path.starts_with(form)) {
            "/"
        } else {
            path
        }
    }

    /// Whether newcomers may register at all.
    pub fn may_register(&self) -> bool {
        self.visit.site.settings.registration != domain::Registration::Closed
    }

    /// Bytes uploaded by the signed-in account.
    pub fn uploaded(&self) -> u64 {
        self.visit.totals().0
    }

    /// Bytes downloaded by the signed-in account.
    pub fn downloaded(&self) -> u64 {
        self.visit.totals().1
    }

    /// Address of the stylesheet.
    pub fn style(&self) -> &'static str {
        &assets::STYLE.url
    }

    /// Address of the script.
    pub fn script(&self) -> &'static str {
        &assets::SCRIPT.url
    }

    /// Address of the icon.
    pub fn icon(&self) -> &'static str {
        &assets::ICON.url
    }
}

/// The message key of a theme's name.
pub fn theme_key(theme: &Theme) -> &'static str {
    match theme {
        Theme::Auto => "theme-auto",
        Theme::Light => "theme-light",
        Theme::Dark => "theme-dark",
    }
}

impl fmt::Debug for Shell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shell")
            .field("path", &self.visit.path)
            .finish_non_exhaustive()
    }
}

/// A whole number in whatever type a read model has it.
pub trait Whole {
    /// The number; too large ones saturate.
    fn whole(&self) -> i64;
}

impl<T: Whole + ?Sized> Whole for &T {
    fn whole(&self) -> i64 {
        (**self).whole()
    }
}

macro_rules! whole {
    ($($number:ty)*) => {$(
        impl Whole for $number {
            fn whole(&self) -> i64 {
                i64::try_from(*self).unwrap_or(i64::MAX)
            }
        }
    )*};
}

whole!(u8 u16 u32 u64 usize i32 i64);

fn time_element(at: UnixTime, words: &str, title: &str, more: &str) -> String {
    // Nothing in here comes from a person.
    format!(
        r#"<time datetime="{}" title="{title}"{more}>{words}</time>"#,
        format::rfc3339(at)
    )
}
