//! A tree as plain text.

use super::scan::{Name, Tag};
use super::tree::{Piece, Tree};

impl Tree {
    /// The beginning of the text without markup, on one line: for lists, mails and descriptions. At
    /// most `max_chars` characters, cut at a word with `…` where there was more.
    ///
    /// What is quoted is another's, and what is in a spoiler is hidden: neither is in it, nor are
    /// images.
    pub fn text(&self, max_chars: usize) -> String {
        let mut excerpt = Excerpt {
            text: String::new(),
            chars: 0,
            max_chars,
        };
        let mut hidden = 0usize;
        for piece in &self.pieces {
            match piece {
                Piece::Open(Tag::Quote { .. } | Tag::Spoiler(_)) => hidden += 1,
                Piece::Close(Name::Quote | Name::Spoiler) => hidden -= 1,
                _ if hidden > 0 => {}
                Piece::Text(range) | Piece::Link(range) | Piece::Code(range) => {
                    if !excerpt.push(&self.text[range.clone()]) {
                        break;
                    }
                }
                Piece::Newline | Piece::Item => {
                    excerpt.push(" ");
                }
                Piece::Open(_) | Piece::Close(_) | Piece::Image(_) => {}
            }
        }
        excerpt.text.truncate(excerpt.text.trim_end().len());
        excerpt.text
    }
}

struct Excerpt {
    text: String,
    chars: usize,
    max_chars: usize,
}

impl Excerpt {
    /// Adds text with its white space collapsed; says whether there is room for more.
    fn push(&mut self, text: &str) -> bool {
        for c in text.chars() {
            if c.is_whitespace() {
                if self.text.is_empty() || self.text.ends_with(' ') {
                    continue;
                }
                self.text.push(' ');
                self.chars += 1;
                continue;
            }
            if self.chars >= self.max_chars {
                self.cut();
                return false;
            }
            self.text.push(c);
            self.chars += 1;
        }
        true
    }

    /// Makes room for the `…`: at the end of a word, or in the middle of one that stands alone.
    fn cut(&mut self) {
        let room = self.max_chars.saturating_sub(1);
        let end = self
            .text
            .char_indices()
            .nth(room)
            .map_or(self.text.len(), |(at, _)| at);
        let ends_word = self.text[end..].starts_with(' ');
        let keep = if ends_word {
            end
        } else {
            self.text[..end].rfind(' ').unwrap_or(end)
        };
        self.text.truncate(keep);
        self.text.truncate(self.text.trim_end().len());
        if self.max_chars > 0 {
            self.text.push('…');
        }
    }
}
