//! Characters that do not show, and characters that rearrange those around them.

/// Whether a reader sees nothing of the character: blanks, control characters, and what Unicode lets
/// a font leave out ([`is_ignorable`]), with the few letters and signs that are blank by design
/// besides.
///
/// Some of them have their use inside a text (joiners, variation selectors), so that one is no
/// fault; a name made of nothing else is.
pub fn is_invisible(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || is_ignorable(c)
        || matches!(
            c,
            '\u{2800}' | '\u{fff9}'..='\u{fffb}' | '\u{13441}'..='\u{13446}' | '\u{16fe4}' | '\u{1d159}'
        )
}

/// Whether Unicode lets a font leave the character out (`Default_Ignorable_Code_Point`): joiners,
/// soft hyphens, variation selectors, fillers, tags. Some file systems leave them out as well.
pub fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Whether the character steers the bidirectional algorithm (UAX #9) without being seen: marks,
/// embeddings, overrides and isolates. With one of them a name can show its end in the middle.
pub fn turns_direction(c: char) -> bool {
    matches!(
        c,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_shows_is_told_from_what_does_not() {
        for c in "\u{200b}\u{feff}\u{2060}\u{ad}\u{fe0f}\u{e0100}\u{115f}\u{1160}\u{3164}\u{ffa0}\u{2800}\u{200d}\u{202e} \t\u{a0}\u{3000}\0".chars() {
            assert!(is_invisible(c), "U+{:04X}", c as u32);
        }
        for c in "a.я張😀\u{301}-_\u{fffd}".chars() {
            assert!(!is_invisible(c), "U+{:04X}", c as u32);
        }
    }

    #[test]
    fn what_turns_the_direction_is_not_seen() {
        let turning = ('\0'..=char::MAX).filter(|&c| turns_direction(c));
        let turning: Vec<char> = turning.collect();
        assert_eq!(turning.len(), 12);
        assert!(turning.into_iter().all(is_invisible));
    }
}
