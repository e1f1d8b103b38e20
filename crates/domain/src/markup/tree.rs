//! Tokens to pieces that nest: which tags belong together, and which are only text.

use std::ops::Range;

use super::scan::{self, Kind, Name, Tag, Token};

/// A parsed text.
#[derive(Clone, Debug)]
pub struct Tree {
    pub(super) text: String,
    /// The tree in reading order: what is between an `Open` and its `Close` is inside it. Balanced
    /// by construction.
    pub(super) pieces: Vec<Piece>,
    steps: u64,
}

/// A leaf of the tree, or one of the two ends of a branch. Ranges point into the text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Text(Range<usize>),
    Newline,
    Open(Tag),
    Close(Name),
    /// Begins an item of the innermost list.
    Item,
    Image(Range<usize>),
    Link(Range<usize>),
    Code(Range<usize>),
}

/// How deep tags nest; deeper ones are text.
pub(super) const MAX_DEPTH: usize = 32;

/// Builds the tree of a text that is clean already.
pub(super) fn build(text: String) -> Tree {
    let mut steps = 0;
    let tokens = scan::scan(&text, &mut steps);
    let partners = partners(&tokens, &mut steps);
    let pieces = pieces(tokens, &partners, &mut steps);
    Tree {
        text,
        pieces,
        steps,
    }
}

impl Tree {
    /// How many steps building the tree took, bytes looked at among them: what tests and fuzzing
    /// hold against the text's length, since it is the same on every machine.
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// The source again, made to stand inside a tag: tags without partner are broken up, so that
    /// they stay the text they are, and quotes that are nested in `quotes` others are left out.
    pub(super) fn requoted(&self, quotes: usize) -> String {
        let mut steps = 0;
        let tokens = scan::scan(&self.text, &mut steps);
        let partners = partners(&tokens, &mut steps);
        let mut source = String::with_capacity(self.text.len());
        let mut depth = 0;
        for (token, partner) in tokens.iter().zip(partners) {
            let text = &self.text[token.span.clone()];
            match token.kind {
                Kind::Open(_) | Kind::Close(_) if partner.is_none() => {
                    if depth <= quotes {
                        // its value may hold what becomes a tag without the quotes around it
                        source.push_str(&text.replace('[', "[ "));
                    }
                    continue;
                }
                Kind::Open(Tag::Quote { .. }) => depth += 1,
                _ => {}
            }
            match token.kind {
                _ if depth > quotes => {
                    // what stood before and after must not grow together into a tag: none goes
                    // over the end of a line
                    if !source.ends_with('\n') {
                        source.push('\n');
                    }
                }
                Kind::Text => break_code(text, &mut source),
                _ => source.push_str(text),
            }
            if token.kind == Kind::Close(Name::Quote) {
                depth -= 1;
            }
        }
        source
    }
}

/// Copies text, breaking up every `[code`: it was never closed here, but could be further on.
fn break_code(text: &str, source: &mut String) {
    for part in text.split_inclusive('[') {
        if source.ends_with('[')
            && part
                .get(..4)
                .is_some_and(|p| p.eq_ignore_ascii_case("code"))
        {
            source.push(' ');
        }
        source.push_str(part);
    }
}

/// For each token the index of the tag it opens with or closes with. A closing tag belongs to the
/// innermost open one of its name, and leaves whatever was opened inside without a partner.
fn partners(tokens: &[Token], steps: &mut u64) -> Vec<Option<usize>> {
    let mut partners = vec![None; tokens.len()];
    let mut open: Vec<(usize, Name)> = Vec::new();
    let mut open_by_name = [0usize; Name::COUNT];
    for (index, token) in tokens.iter().enumerate() {
        *steps += 1;
        match &token.kind {
            Kind::Open(tag) => {
                open.push((index, tag.name()));
                open_by_name[tag.name() as usize] += 1;
            }
            Kind::Close(name) if open_by_name[*name as usize] > 0 => {
                while let Some((opener, opened)) = open.pop() {
                    *steps += 1;
                    open_by_name[opened as usize] -= 1;
                    if opened == *name {
                        partners[opener] = Some(index);
                        partners[index] = Some(opener);
                        break;
                    }
                }
            }
            _ => {}
        }
    }
    partners
}

/// Turns tokens into pieces. Tags without partner, too deep, or in a place where they make no sense
/// (blocks and links inside a link, items outside a list) become text together with their partner.
fn pieces(tokens: Vec<Token>, partners: &[Option<usize>], steps: &mut u64) -> Vec<Piece> {
    let mut pieces = Pieces(Vec::with_capacity(tokens.len()));
    let mut depth = 0;
    let mut in_link = false;
    let mut blocks: Vec<Name> = Vec::new();
    let mut kept = vec![false; tokens.len()];
    for (index, Token { span, kind }) in tokens.into_iter().enumerate() {
        *steps += 1;
        match kind {
            Kind::Text => pieces.text(span),
            Kind::Newline => pieces.0.push(Piece::Newline),
            Kind::Open(tag) => {
                let name = tag.name();
                let misplaced = in_link && (name.is_block() || name == Name::Link);
                if partners[index].is_none() || depth == MAX_DEPTH || misplaced {
                    pieces.text(span);
                    continue;
                }
                kept[index] = true;
                depth += 1;
                in_link |= name == Name::Link;
                if name.is_block() {
                    blocks.push(name);
                }
                pieces.0.push(Piece::Open(tag));
            }
            Kind::Close(name) => {
                if !partners[index].is_some_and(|opener| kept[opener]) {
                    pieces.text(span);
                    continue;
                }
                depth -= 1;
                in_link &= name != Name::Link;
                if name.is_block() {
                    blocks.pop();
                }
                pieces.0.push(Piece::Close(name));
            }
            Kind::Item if blocks.last() == Some(&Name::List) && !in_link => {
                pieces.0.push(Piece::Item);
            }
            Kind::Code(range) if !in_link => pieces.0.push(Piece::Code(range)),
            Kind::Link(range) if !in_link => pieces.0.push(Piece::Link(range)),
            Kind::Image(range) => pieces.0.push(Piece::Image(range)),
            Kind::Item | Kind::Code(_) | Kind::Link(_) => pieces.text(span),
        }
    }
    pieces.0
}

struct Pieces(Vec<Piece>);

impl Pieces {
    /// Adds text, to the text before it where there is no gap: an address may hold what looked like
    /// a tag.
    fn text(&mut self, span: Range<usize>) {
        match self.0.last_mut() {
            Some(Piece::Text(last)) if last.end == span.start => last.end = span.end,
            _ => self.0.push(Piece::Text(span)),
        }
    }
}
