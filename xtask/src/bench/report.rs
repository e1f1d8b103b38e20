//! The regions of `docs/BENCHMARKS.md` that `cargo xtask bench` writes: one for each measure, between
//! `<!-- measured NAME -->` and `<!-- end -->`. What stands outside of them is left alone.

use std::fs;

use anyhow::{Context, Result};

use crate::provision::root;

const DOCUMENT: &str = "docs/BENCHMARKS.md";
const END: &str = "<!-- end -->";

/// Puts `text` into the region of a measure.
pub fn write(name: &str, text: &str) -> Result<()> {
    let path = root().join(DOCUMENT);
    let document = fs::read_to_string(&path).with_context(|| format!("reading {DOCUMENT}"))?;
    let document = replaced(&document, name, text).with_context(|| {
        format!("{DOCUMENT} has no region `<!-- measured {name} -->` … `{END}`")
    })?;
    fs::write(&path, document).with_context(|| format!("writing {DOCUMENT}"))
}

fn replaced(document: &str, name: &str, text: &str) -> Option<String> {
    let begin = format!("<!-- measured {name} -->\n");
    let at = document.find(&begin)? + begin.len();
    let length = document[at..].find(END)?;
    Some(format!(
        "{}\n{}\n\n{}",
        &document[..at],
        text.trim(),
        &document[at + length..]
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_replaced_and_nothing_else() {
        let old =
            "a\n<!-- measured x -->\nold\n<!-- end -->\nb\n<!-- measured y -->\n<!-- end -->\n";
        let new = replaced(old, "x", "new\n").unwrap();
        assert_eq!(
            new,
            "a\n<!-- measured x -->\n\nnew\n\n<!-- end -->\nb\n<!-- measured y -->\n<!-- end -->\n"
        );
        assert_eq!(replaced(&new, "x", "new").unwrap(), new);
        assert_eq!(replaced(old, "z", ""), None);
    }
}
