//! BBCode: parsed to a tree once, rendered from the tree as often as needed, both in linear time.
//!
//! The tags: `b i u s color size url img quote code spoiler list [*]`, in any case. Nothing is an
//! error: a tag that is unknown, ill-formed, never closed or closed in the wrong place is text and
//! shows as it was typed. What comes out is always balanced and made of a closed set of elements
//! and attributes, listed in [`Tree::html`]; there is no way to write HTML through it.
//!
//! The stages, a file each: `clean` (control characters, passkeys), `scan` (text to tokens), `tree`
//! (tokens to pieces that nest), `html` and `plain` (pieces to output).

mod clean;
mod html;
mod link;
mod palette;
mod plain;
mod scan;
mod tree;

#[cfg(test)]
mod tests;

use crate::PostId;

pub use clean::{redact, without_key};
pub use palette::{COLOR_CLASSES, SIZE_CLASSES};
pub use tree::Tree;

/// What decides how a tree is rendered.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// What becomes of `[img]`.
    pub images: Images,
    /// The site's own host, with port if it has one, as in `forum.example:8080`: links to it carry
    /// no `rel`. Empty: every link with a host is a foreign one.
    pub site_host: String,
    /// The heading of a spoiler without a title, in the reader's language.
    pub spoiler: String,
    /// The address of a post, for the name above a quote; `None` leaves the name without a link.
    pub post_url: Option<fn(PostId) -> String>,
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
            spoiler: "Spoiler".to_owned(),
            post_url: None,
        }
    }
}

/// Parses BBCode. Never fails, and takes time and memory linear in the text.
///
/// Passkeys in announce addresses are blotted out first, wherever they stand: see [`redact`].
pub fn parse(text: &str) -> Tree {
    tree::build(clean::clean(text))
}

/// BBCode that quotes a post: what a reply begins with.
///
/// Of the quotes inside the text one level is kept. Tags that the text leaves open or closes without
/// having opened them are left out, so that they cannot reach beyond the quote.
pub fn quote(author: &str, post: PostId, text: &str) -> String {
    let author: String = author
        .chars()
        .filter(|&c| !matches!(c, '"' | '[' | ']') && !c.is_control())
        .collect();
    let body = parse(text).requoted(1);
    format!("[quote=\"{author}\" post={post}]{}[/quote]\n", body.trim())
}
