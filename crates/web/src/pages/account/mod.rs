//! What a person does with their account.

pub mod login;
pub mod preferences;
pub mod register;
pub mod rules;

use domain::Language;
use domain::markup::{self, RenderOptions};

use crate::i18n;

/// The site's rules as HTML.
fn rules_html(lang: Language, text: &str) -> String {
    let options = RenderOptions {
        spoiler: i18n::t(lang, "rules-more").to_string(),
        ..RenderOptions::default()
    };
    markup::parse(text).html(&options)
}
