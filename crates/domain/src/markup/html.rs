//! A tree as HTML.
//!
//! BBCode lets a run of bold text begin in one paragraph and end inside a quote three further on;
//! HTML does not. So blocks (quotes, spoilers, lists, code) become elements where they stand, while
//! what runs within a line (bold, colours, links) is a state: it is closed where a paragraph ends
//! and opened again where the next begins. A state holds at most one of each kind, so what is opened
//! again is short however deep the tags nest.

use std::fmt::Write;

use super::link;
use super::scan::{Name, Tag};
use super::tree::{Piece, Tree};
use super::{Images, RenderOptions};

impl Tree {
    /// The text as HTML, always balanced.
    ///
    /// It is made of `p br strong em u s span[class] a[href rel] img[src alt loading
    /// referrerpolicy] blockquote cite bdi pre code details summary ul ol[type] li` and nothing else;
    /// classes are those of [`COLOR_CLASSES`](super::COLOR_CLASSES) and
    /// [`SIZE_CLASSES`](super::SIZE_CLASSES); `href` is `http`, `https`, `magnet` or a path within
    /// the site, `src` is `http` or `https`.
    pub fn html(&self, options: &RenderOptions) -> String {
        self.render(options).0
    }

    /// The HTML and the number of steps it took.
    pub(super) fn render(&self, options: &RenderOptions) -> (String, u64) {
        let mut renderer = Renderer {
            text: &self.text,
            options,
            html: String::with_capacity(self.text.len() + self.text.len() / 2),
            blocks: Vec::new(),
            runs: Vec::new(),
            wanted: Vec::new(),
            stale: false,
            open: Vec::new(),
            in_paragraph: false,
            newlines: 0,
            steps: 0,
        };
        for piece in &self.pieces {
            renderer.piece(piece);
        }
        renderer.end_paragraph();
        let steps = renderer.steps + renderer.html.len() as u64;
        (renderer.html, steps)
    }
}

struct Renderer<'a> {
    text: &'a str,
    options: &'a RenderOptions,
    html: String,
    blocks: Vec<Block>,
    /// The tags within a line that are open in the tree.
    runs: Vec<&'a Tag>,
    /// What `runs` come to: the elements that text now has to stand in.
    wanted: Vec<&'a Tag>,
    /// Whether `runs` changed since `wanted` was made.
    stale: bool,
    /// The elements within a line that are open in `html`.
    open: Vec<&'a Tag>,
    in_paragraph: bool,
    /// Line ends since the last text.
    newlines: usize,
    steps: u64,
}

enum Block {
    Quote,
    Spoiler,
    List { numbered: bool, in_item: bool },
}

impl<'a> Renderer<'a> {
    fn piece(&mut self, piece: &'a Piece) {
        self.steps += 1;
        match piece {
            Piece::Text(range) => self.words(&self.text[range.clone()]),
            Piece::Newline => self.newlines += 1,
            Piece::Open(tag) if tag.name().is_block() => self.open_block(tag),
            Piece::Open(tag) => {
                self.runs.push(tag);
                self.stale = true;
            }
            Piece::Close(name) if name.is_block() => self.close_block(),
            Piece::Close(name) => {
                if *name == Name::Link {
                    self.label_link();
                }
                self.runs.pop();
                self.stale = true;
            }
            Piece::Item => self.item(),
            Piece::Image(range) => self.image(&self.text[range.clone()]),
            Piece::Link(range) => {
                self.begin_text();
                self.address(&self.text[range.clone()]);
            }
            Piece::Code(range) => self.code(&self.text[range.clone()]),
        }
    }

    fn words(&mut self, text: &'a str) {
        let at_start = !self.in_paragraph || self.newlines > 0;
        let text = if at_start { text.trim_start() } else { text };
        if text.is_empty() {
            return;
        }
        self.begin_text();
        if self.in_link() {
            escape(text, &mut self.html);
            return;
        }
        let mut at = 0;
        while let Some(range) = link::find_address(text, at, &mut self.steps) {
            escape(&text[at..range.start], &mut self.html);
            self.address(&text[range.clone()]);
            at = range.end;
        }
        escape(&text[at..], &mut self.html);
    }

    /// Writes an address as a link to itself.
    fn address(&mut self, address: &str) {
        if self.open_link(address) {
            escape(&link::label(address), &mut self.html);
            self.html.push_str("</a>");
        }
    }

    fn open_link(&mut self, address: &str) -> bool {
        let Some(address) = link::link_address(address) else {
            return false;
        };
        self.html.push_str("<a href=\"");
        escape_attribute(&address.href, &mut self.html);
        let within = address.href.starts_with('/');
        let ours = !address.host.is_empty() && address.host == self.options.site_host;
        self.html.push_str(if within || ours {
            "\">"
        } else {
            "\" rel=\"nofollow noopener ugc\">"
        });
        true
    }

    /// Gives a link that has no text its address for one.
    fn label_link(&mut self) {
        if let Some(&Tag::Link(range)) = self.runs.last().as_ref()
            && !self.link_is_open()
        {
            self.begin_text();
            escape(&link::label(&self.text[range.clone()]), &mut self.html);
        }
    }

    fn image(&mut self, address: &str) {
        self.begin_text();
        match self.options.images {
            Images::Show => {
                let Some(address) = link::web_address(address) else {
                    return;
                };
                self.html.push_str("<img src=\"");
                escape_attribute(&address.href, &mut self.html);
                self.html.push_str("\" alt=\"");
                escape_attribute(&link::label(file_name(&address.href)), &mut self.html);
                self.html
                    .push_str("\" loading=\"lazy\" referrerpolicy=\"no-referrer\">");
            }
            Images::Link if self.in_link() => escape(&link::label(address), &mut self.html),
            Images::Link => self.address(address),
        }
    }

    fn code(&mut self, code: &str) {
        self.begin_block();
        self.html.push_str("<pre><code>");
        let code = code.strip_prefix('\n').unwrap_or(code);
        escape(code.strip_suffix('\n').unwrap_or(code), &mut self.html);
        self.html.push_str("</code></pre>");
    }

    fn open_block(&mut self, tag: &Tag) {
        self.begin_block();
        match tag {
            Tag::Quote { author, post } => {
                self.html.push_str("<blockquote>");
                self.cite(
                    &self.text[author.clone()],
                    post.and_then(|post| self.options.post_url.map(|url| url(post))),
                );
                self.blocks.push(Block::Quote);
            }
            Tag::Spoiler(title) => {
                let title = &self.text[title.clone()];
                self.html.push_str("<details><summary>");
                escape(
                    if title.is_empty() {
                        &self.options.spoiler
                    } else {
                        title
                    },
                    &mut self.html,
                );
                self.html.push_str("</summary>");
                self.blocks.push(Block::Spoiler);
            }
            Tag::List(numbering) => {
                match numbering {
                    None => self.html.push_str("<ul>"),
                    Some('1') => self.html.push_str("<ol>"),
                    Some(kind) => {
                        let _ = write!(self.html, "<ol type=\"{kind}\">");
                    }
                }
                self.blocks.push(Block::List {
                    numbered: numbering.is_some(),
                    in_item: false,
                });
            }
            // the rest runs within a line
            _ => {}
        }
    }

    fn cite(&mut self, author: &str, url: Option<String>) {
        if author.is_empty() {
            return;
        }
        // another's name: whatever direction it is written in, what follows it is not
        self.html.push_str("<cite><bdi>");
        match url {
            Some(url) if self.open_link(&url) => {
                escape(author, &mut self.html);
                self.html.push_str("</a>");
            }
            _ => escape(author, &mut self.html),
        }
        self.html.push_str("</bdi></cite>");
    }

    fn close_block(&mut self) {
        self.end_paragraph();
        match self.blocks.pop() {
            Some(Block::Quote) => self.html.push_str("</blockquote>"),
            Some(Block::Spoiler) => self.html.push_str("</details>"),
            Some(Block::List { numbered, in_item }) => {
                self.html.push_str(if in_item { "</li>" } else { "" });
                self.html.push_str(if numbered { "</ol>" } else { "</ul>" });
            }
            None => {}
        }
    }

    fn item(&mut self) {
        self.end_paragraph();
        if let Some(Block::List { in_item, .. }) = self.blocks.last_mut() {
            self.html
                .push_str(if *in_item { "</li><li>" } else { "<li>" });
            *in_item = true;
        }
    }

    /// Ends the paragraph and makes sure that a block may stand here.
    fn begin_block(&mut self) {
        self.end_paragraph();
        self.begin_item();
    }

    /// What stands in a list before its first item makes an item of its own.
    fn begin_item(&mut self) {
        if matches!(self.blocks.last(), Some(Block::List { in_item: false, .. })) {
            self.item();
        }
    }

    /// Makes sure that text may stand here, in the elements that it has to stand in.
    fn begin_text(&mut self) {
        let in_list = matches!(self.blocks.last(), Some(Block::List { .. }));
        if self.in_paragraph && self.newlines > 1 && !in_list && !self.link_is_open() {
            self.end_paragraph();
        }
        if !self.in_paragraph {
            self.begin_item();
            self.html.push_str(if in_list { "" } else { "<p>" });
            self.in_paragraph = true;
        } else {
            self.html
                .push_str(["", "<br>", "<br><br>"][self.newlines.min(2)]);
        }
        self.newlines = 0;
        self.sync();
    }

    fn end_paragraph(&mut self) {
        self.newlines = 0;
        if !self.in_paragraph {
            return;
        }
        self.close_runs(0);
        let in_list = matches!(self.blocks.last(), Some(Block::List { .. }));
        self.html.push_str(if in_list { "" } else { "</p>" });
        self.in_paragraph = false;
    }

    fn in_link(&self) -> bool {
        self.runs.iter().any(|tag| tag.name() == Name::Link)
    }

    fn link_is_open(&self) -> bool {
        self.in_link() && self.open.iter().any(|tag| tag.name() == Name::Link)
    }

    /// Closes and opens elements until those that are open are those that are wanted.
    fn sync(&mut self) {
        if self.stale {
            self.wanted = self.wanted();
            self.stale = false;
        }
        let same = self
            .open
            .iter()
            .zip(&self.wanted)
            .take_while(|(open, wanted)| open == wanted)
            .count();
        self.close_runs(same);
        for index in same..self.wanted.len() {
            self.open_run(self.wanted[index]);
        }
    }

    /// The innermost run of each kind, outermost first. What stands around a link is settled by
    /// itself, so that nothing inside a link makes it close and open again.
    fn wanted(&mut self) -> Vec<&'a Tag> {
        let mut wanted = Vec::with_capacity(8);
        let mut seen = [false; Name::COUNT];
        for tag in self.runs.iter().rev() {
            self.steps += 1;
            let name = tag.name();
            if name == Name::Link {
                seen = [false; Name::COUNT];
            }
            if !std::mem::replace(&mut seen[name as usize], true) {
                wanted.push(*tag);
            }
        }
        wanted.reverse();
        wanted
    }

    fn open_run(&mut self, tag: &'a Tag) {
        match tag {
            Tag::Bold => self.html.push_str("<strong>"),
            Tag::Italic => self.html.push_str("<em>"),
            Tag::Underline => self.html.push_str("<u>"),
            Tag::Strike => self.html.push_str("<s>"),
            Tag::Color(class) | Tag::Size(class) => {
                let _ = write!(self.html, "<span class=\"{class}\">");
            }
            Tag::Link(range) => {
                self.open_link(&self.text[range.clone()]);
            }
            Tag::Quote { .. } | Tag::Spoiler(_) | Tag::List(_) => return,
        }
        self.open.push(tag);
    }

    fn close_runs(&mut self, keep: usize) {
        while self.open.len() > keep {
            self.html.push_str(match self.open.pop().map(Tag::name) {
                Some(Name::Bold) => "</strong>",
                Some(Name::Italic) => "</em>",
                Some(Name::Underline) => "</u>",
                Some(Name::Strike) => "</s>",
                Some(Name::Color | Name::Size) => "</span>",
                Some(Name::Link) => "</a>",
                _ => "",
            });
        }
    }
}

/// Writes text so that an HTML parser reads the same text.
fn escape(text: &str, html: &mut String) {
    escape_all(text, false, html);
}

/// Writes the value of an attribute in double quotes.
fn escape_attribute(text: &str, html: &mut String) {
    escape_all(text, true, html);
}

fn escape_all(text: &str, quotes: bool, html: &mut String) {
    let mut copied = 0;
    for (at, c) in text.char_indices() {
        let entity = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            '"' if quotes => "&quot;",
            '\u{a0}' => "&nbsp;",
            _ => continue,
        };
        html.push_str(&text[copied..at]);
        html.push_str(entity);
        copied = at + c.len_utf8();
    }
    html.push_str(&text[copied..]);
}

/// The last segment of an address's path: all that is known of an image in words.
fn file_name(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    path.trim_end_matches('/')
        .rsplit('/')
        .next()
        .unwrap_or(path)
}
