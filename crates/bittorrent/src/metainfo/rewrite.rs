//! The file that is handed out.

use std::collections::BTreeSet;

use bencode::{Dict, Writer};

use super::{Metainfo, MetainfoError, document};

/// What to say around the info dictionary in a file that is handed out.
///
/// ```
/// use bittorrent::{Builder, Metainfo, MetainfoLimits, Rewrite};
///
/// let uploaded = Builder::new("a").file("b", "c").tier(["http://elsewhere.example/announce"]).build()?;
/// let torrent = Metainfo::parse(&uploaded, &MetainfoLimits::default())?;
/// let rewrite = Rewrite {
///     announce: vec![vec!["http://ours.example/announce/0123456789abcdef".to_owned()]],
///     comment: Some("http://ours.example/topics/1".to_owned()),
///     ..Rewrite::default()
/// };
/// let handed_out = Metainfo::parse(&torrent.rewrite(&rewrite), &MetainfoLimits::default())?;
/// assert_eq!(handed_out.trackers(), rewrite.announce);
/// assert_eq!(handed_out.hashes(), torrent.hashes());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
    /// Web seeds and texts that go all the same, as they stand in the original.
    pub without: Vec<String>,
}

impl Rewrite {
    /// Puts a file around an info dictionary that came without one, as a magnet link's does.
    pub fn wrap(&self, raw_info: &[u8]) -> Vec<u8> {
        let mut w = Writer::new();
        w.dict(|d| {
            self.write(d);
            d.key(b"info").raw(raw_info);
        });
        w.finish()
    }

    fn write(&self, d: &mut Dict<'_>) {
        let tiers = self.tiers();
        if let Some(first) = tiers.first().and_then(|tier| tier.first()) {
            d.key(b"announce").str(first);
        }
        if tiers.iter().map(Vec::len).sum::<usize>() > 1 {
            d.key(b"announce-list").list(|w| {
                for tier in &tiers {
                    w.list(|w| tier.iter().for_each(|url| _ = w.str(url)));
                }
            });
        }
        if let Some(comment) = &self.comment {
            d.key(b"comment").str(comment);
        }
        if let Some(url) = &self.publisher_url {
            d.key(b"publisher-url").str(url);
        }
    }

    /// The tiers with each URL where it stands first.
    fn tiers(&self) -> Vec<Vec<&str>> {
        let mut seen = BTreeSet::new();
        let tiers = self.announce.iter().map(|tier| {
            tier.iter()
                .map(|url| url.trim())
                .filter(|url| !url.is_empty() && seen.insert(*url))
                .collect()
        });
        tiers.filter(|tier: &Vec<&str>| !tier.is_empty()).collect()
    }
}

impl Metainfo {
    /// The file as it is handed out: nothing but the keys known here, the info dictionary and the
    /// piece layers byte for byte.
    ///
    /// What is kept of the original besides: `created by` and `creation date`, and web seeds if
    /// they are to stay, both but for what [`Rewrite::without`] names.
    pub fn rewrite(&self, rewrite: &Rewrite) -> Vec<u8> {
        let mut w = Writer::new();
        w.dict(|d| {
            rewrite.write(d);
            let stays = |text: &&str| !rewrite.without.iter().any(|gone| gone == text);
            if let Some(program) = self.created_by().filter(stays) {
                d.key(b"created by").str(program);
            }
            if let Some(date) = self.creation_date() {
                d.key(b"creation date").int(date);
            }
            d.key(b"info").raw(self.raw_info());
            if let Some(span) = &self.layers_span {
                d.key(b"piece layers").raw(&self.bytes[span.clone()]);
            }
            let seeds = self.web_seeds().iter().map(String::as_str);
            let seeds: Vec<&str> = seeds.filter(stays).collect();
            if rewrite.keep_web_seeds && !self.private() && !seeds.is_empty() {
                d.key(b"url-list")
                    .list(|w| seeds.iter().for_each(|url| _ = w.str(url)));
            }
        });
        w.finish()
    }

    /// The file with the private flag (BEP 27) set or taken away, everything else kept. Unless the
    /// flag was so already, the info-hash is another one, and whoever has the old file must
    /// download the new one.
    ///
    /// # Errors
    /// None that a parsed file could cause.
    pub fn with_private(&self, private: bool) -> Result<Vec<u8>, MetainfoError> {
        if private == self.private() {
            return Ok(self.bytes.clone());
        }
        let document = document(&self.bytes)?;
        let mut w = Writer::new();
        w.dict(|d| {
            for (key, value) in document.root().entries() {
                if key != b"info" {
                    d.key(key).raw(value.raw());
                    continue;
                }
                d.key(key).dict(|d| {
                    for (key, value) in value.entries().filter(|(key, _)| *key != b"private") {
                        d.key(key).raw(value.raw());
                    }
                    if private {
                        d.key(b"private").int(1);
                    }
                });
            }
        });
        Ok(w.finish())
    }
}
