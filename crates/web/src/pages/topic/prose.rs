//! BBCode as this reader sees it.

use domain::Language;
use domain::markup::{self, Images, RenderOptions};

use crate::{i18n, urls};

/// Renders posts for one reader.
pub struct Prose(RenderOptions);

impl Prose {
    /// `host` is the site's own, for links that stay here.
    pub fn new(lang: Language, host: String) -> Self {
        Prose(RenderOptions {
            images: Images::Show,
            site_host: host,
            spoiler: i18n::t(lang, "topic-spoiler").to_string(),
            post_url: Some(urls::post_link),
        })
    }

    /// The text as HTML, safe to write as it is.
    pub fn html(&self, text: &str) -> String {
        markup::parse(text).html(&self.0)
    }
}
