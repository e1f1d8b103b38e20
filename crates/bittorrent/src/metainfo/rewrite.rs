//! The file that is handed out.

/// What to say around the info dictionary in a file that is handed out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rewrite {
    /// Announce URLs in tiers (BEP 12). A URL that stood before is left out, and so are empty tiers.
    pub announce: Vec<Vec<String>>,
    /// `comment`, usually the address of the topic.
    pub comment: Option<String>,
    /// `publisher-url`, usually the address of the site.
    pub publisher_url: Option<String>,
    /// Whether web seeds stay; a private torrent loses them all the same.
    pub keep_web_seeds: bool,
}
