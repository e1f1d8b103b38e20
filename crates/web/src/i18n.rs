//! Every word a person reads: Fluent messages per language, looked up by key.
//!
//! Files are `locales/<language>/<area>.ftl`, compiled into the binary. A key lives in one area file
//! and its name starts with what it belongs to (`login-title`, `error-not-found`). English is the
//! reference; tests check that every other language has the same keys with the same variables.

use std::fmt;
use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use intl_memoizer::concurrent::IntlLangMemoizer;
use unic_langid::LanguageIdentifier;

use domain::Language;

use crate::format;

/// The message under `key`; give it arguments with [`Text::arg`].
pub fn t(lang: Language, key: &str) -> Text<'_> {
    Text {
        lang,
        key,
        args: None,
    }
}

/// Whether there is a message under `key`.
pub fn has(lang: Language, key: &str) -> bool {
    bundle(lang).has_message(key)
}

/// The language's name in itself.
pub fn own_name(lang: Language) -> &'static str {
    match lang {
        Language::En => "English",
        Language::Ru => "Русский",
    }
}

/// The language with this BCP 47 code; regional variants (`ru-BY`) count as their base.
pub fn from_code(code: &str) -> Option<Language> {
    let base = code.split(['-', '_']).next().unwrap_or_default();
    Language::ALL
        .iter()
        .copied()
        .find(|lang| lang.as_str().eq_ignore_ascii_case(base))
}

/// The best language for an `Accept-Language` header (RFC 9110 §12.5.4), if any fits.
pub fn negotiate(accept: &str) -> Option<Language> {
    let mut best: Option<(f32, Language)> = None;
    for item in accept.split(',').take(32) {
        let mut parts = item.split(';');
        let Some(lang) = parts.next().map(str::trim).and_then(from_code) else {
            continue;
        };
        let weight = parts
            .find_map(|p| p.trim().strip_prefix("q="))
            .map_or(Some(1.0), |q| q.trim().parse::<f32>().ok())
            .unwrap_or(0.0);
        if weight > 0.0 && best.is_none_or(|(w, _)| weight > w) {
            best = Some((weight, lang));
        }
    }
    best.map(|(_, lang)| lang)
}

/// A message on its way to the page: displays as plain text (templates escape it).
///
/// A key that does not exist displays as `⟦key⟧`, so that a test or a person sees it.
pub struct Text<'a> {
    lang: Language,
    key: &'a str,
    args: Option<FluentArgs<'static>>,
}

impl Text<'_> {
    /// The same message with `{ $name }` set to `value`.
    pub fn arg(mut self, name: &'static str, value: impl ToArg) -> Self {
        self.args
            .get_or_insert_with(FluentArgs::new)
            .set(name, value.to_arg());
        self
    }
}

impl Text<'_> {
    /// The same message with every text and whole number of `facts` as a variable of that name.
    pub fn facts(mut self, facts: &serde_json::Map<String, serde_json::Value>) -> Self {
        for (name, value) in facts {
            let value = match value {
                serde_json::Value::String(text) => text.to_arg(),
                serde_json::Value::Number(n) => n.as_i64().unwrap_or_default().to_arg(),
                _ => continue,
            };
            self.args
                .get_or_insert_with(FluentArgs::new)
                .set(name.clone(), value);
        }
        self
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bundle = bundle(self.lang);
        let Some(pattern) = bundle.get_message(self.key).and_then(|m| m.value()) else {
            return write!(f, "⟦{}⟧", self.key);
        };
        let mut errors = Vec::new();
        let args = self.args.as_ref();
        bundle.write_pattern(f, pattern, args, &mut errors)?;
        if errors.is_empty() {
            Ok(())
        } else {
            write!(f, "⟦{}⟧", self.key)
        }
    }
}

impl askama::FastWritable for Text<'_> {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn askama::Values) -> askama::Result<()> {
        Ok(write!(dest, "{self}")?)
    }
}

/// What may be given to a message: text, whole numbers (grouped and pluralised by language), or a
/// reference to either.
pub trait ToArg {
    /// The value as Fluent takes it.
    fn to_arg(&self) -> FluentValue<'static>;
}

impl<T: ToArg + ?Sized> ToArg for &T {
    fn to_arg(&self) -> FluentValue<'static> {
        (**self).to_arg()
    }
}

impl ToArg for str {
    fn to_arg(&self) -> FluentValue<'static> {
        FluentValue::from(self.to_owned())
    }
}

impl ToArg for String {
    fn to_arg(&self) -> FluentValue<'static> {
        FluentValue::from(self.clone())
    }
}

impl ToArg for Text<'_> {
    fn to_arg(&self) -> FluentValue<'static> {
        FluentValue::from(self.to_string())
    }
}

macro_rules! whole_numbers {
    ($($number:ty)*) => {$(
        impl ToArg for $number {
            fn to_arg(&self) -> FluentValue<'static> {
                FluentValue::from(*self)
            }
        }
    )*};
}

whole_numbers!(u8 u16 u32 u64 usize i32 i64);

type Bundle = FluentBundle<FluentResource>;

macro_rules! locale {
    ($code:literal) => {
        [
            (
                "common",
                include_str!(concat!("../locales/", $code, "/common.ftl")),
            ),
            (
                "account",
                include_str!(concat!("../locales/", $code, "/account.ftl")),
            ),
            (
                "admin",
                include_str!(concat!("../locales/", $code, "/admin.ftl")),
            ),
            (
                "setup",
                include_str!(concat!("../locales/", $code, "/setup.ftl")),
            ),
            (
                "api",
                include_str!(concat!("../locales/", $code, "/api.ftl")),
            ),
            (
                "forum",
                include_str!(concat!("../locales/", $code, "/forum.ftl")),
            ),
            (
                "topic",
                include_str!(concat!("../locales/", $code, "/topic.ftl")),
            ),
            (
                "posting",
                include_str!(concat!("../locales/", $code, "/posting.ftl")),
            ),
            (
                "tracker",
                include_str!(concat!("../locales/", $code, "/tracker.ftl")),
            ),
        ]
    };
}

const SOURCES: [[(&str, &str); 9]; 2] = [locale!("en"), locale!("ru")];

static BUNDLES: LazyLock<[Bundle; 2]> = LazyLock::new(|| [load(Language::En), load(Language::Ru)]);

fn bundle(lang: Language) -> &'static Bundle {
    &BUNDLES[lang as usize]
}

fn load(lang: Language) -> Bundle {
    let mut bundle = FluentBundle::new_concurrent(vec![langid(lang)]);
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(match lang {
        Language::En => |value, _: &IntlLangMemoizer| number(Language::En, value),
        Language::Ru => |value, _: &IntlLangMemoizer| number(Language::Ru, value),
    }));
    for (area, source) in SOURCES[lang as usize] {
        // A broken entry is left out here and found by the tests; the rest of the file still works.
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(r, errors)| {
            tracing::error!(
                area,
                lang = lang.as_str(),
                ?errors,
                "a message file has broken entries"
            );
            r
        });
        if let Err(errors) = bundle.add_resource(resource) {
            tracing::error!(
                area,
                lang = lang.as_str(),
                ?errors,
                "a message key is used twice"
            );
        }
    }
    bundle
}

fn langid(lang: Language) -> LanguageIdentifier {
    match lang {
        Language::En => unic_langid::langid!("en"),
        Language::Ru => unic_langid::langid!("ru"),
    }
}

fn number(lang: Language, value: &FluentValue<'_>) -> Option<String> {
    match value {
        FluentValue::Number(n) => Some(format::whole(lang, n.value as i64)),
        _ => None,
    }
}
