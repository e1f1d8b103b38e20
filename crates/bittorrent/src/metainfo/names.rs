//! File and folder names: what is safe on every system, and paths put together from them.

use bencode::Value;
use unicode_normalization::UnicodeNormalization as _;

use super::error::{MetainfoError, MetainfoRule, NameRule};
use super::{Budget, MetainfoLimits};
use crate::text::{is_ignorable, is_invisible, turns_direction};

/// Reads one component and holds it to every rule.
pub(super) fn component(bytes: &[u8]) -> Result<&str, NameRule> {
    let name = std::str::from_utf8(bytes).map_err(|_| NameRule::NotUtf8)?;
    harmless(bytes)?;
    if name.contains('\\') {
        return Err(NameRule::Separator);
    }
    if name.chars().any(char::is_control) {
        return Err(NameRule::Control);
    }
    if name.chars().any(turns_direction) {
        return Err(NameRule::Direction);
    }
    if name.contains(['?', '<', '>', ':', '*', '|', '"']) {
        return Err(NameRule::Reserved);
    }
    if name.len() > NAME_BYTES {
        return Err(NameRule::TooLong);
    }
    if name.chars().all(|c| c == '.' || is_invisible(c)) {
        return Err(NameRule::Blank);
    }
    if name.starts_with('~') {
        return Err(NameRule::Tilde);
    }
    if is_device(name) {
        return Err(NameRule::Device);
    }
    if name == ".pad" || name.starts_with("____padding") || name.starts_with("_____padding") {
        return Err(NameRule::Padding);
    }
    Ok(name)
}

/// What even a name that is not shown must not do: it may be in any encoding, and a program that
/// knows no better might write to it.
pub(super) fn harmless(bytes: &[u8]) -> Result<(), NameRule> {
    match bytes {
        b"" => Err(NameRule::Empty),
        b"." | b".." => Err(NameRule::Dots),
        _ if bytes.contains(&b'/') => Err(NameRule::Separator),
        _ if bytes.contains(&0) => Err(NameRule::Control),
        _ => Ok(()),
    }
}

/// Reads a single name from a dictionary: `<key>.utf-8` if there is one, else `<key>`, which must
/// be harmless all the same.
pub(super) fn name(dict: Value<'_, '_>, key: &str, field: &str) -> Result<String, MetainfoError> {
    let read = |key: &str| {
        let field = format!("{field}.{key}");
        match dict.get(key.as_bytes()) {
            None => Ok(None),
            Some(value) => match value.as_bytes() {
                Some(bytes) => Ok(Some((field, bytes))),
                None => Err(MetainfoError::new(
                    field,
                    MetainfoRule::WrongType("a string"),
                )),
            },
        }
    };
    let (plain, utf8) = (read(key)?, read(&format!("{key}.utf-8"))?);
    if let Some((field, bytes)) = &plain {
        harmless(bytes).map_err(|rule| MetainfoError::new(field, rule.into()))?;
    }
    let Some((field, bytes)) = utf8.or(plain) else {
        return Err(MetainfoError::new(
            format!("{field}.{key}"),
            MetainfoRule::Missing,
        ));
    };
    match component(bytes) {
        Ok(name) => Ok(name.to_owned()),
        Err(rule) => Err(MetainfoError::new(field, rule.into())),
    }
}

/// Reads the path of a v1 file: `path.utf-8` if there is one, else `path`.
pub(super) fn path(
    file: Value<'_, '_>,
    index: usize,
    limits: &MetainfoLimits,
    budget: &mut Budget,
) -> Result<String, MetainfoError> {
    let plain = file.get(b"path");
    if let Some(plain) = plain {
        harmless_path(plain, || format!("info.files[{index}].path"))?;
    }
    let (key, path) = match (file.get(b"path.utf-8"), plain) {
        (Some(path), _) => ("path.utf-8", path),
        (None, Some(path)) => ("path", path),
        (None, None) => {
            return Err(MetainfoError::new(
                format!("info.files[{index}].path"),
                MetainfoRule::Missing,
            ));
        }
    };
    joined(
        path,
        || format!("info.files[{index}].{key}"),
        limits,
        budget,
    )
}

/// Reads a list of components into one path, joined by `/`.
pub(super) fn joined(
    path: Value<'_, '_>,
    field: impl Fn() -> String,
    limits: &MetainfoLimits,
    budget: &mut Budget,
) -> Result<String, MetainfoError> {
    if path.kind() != bencode::Kind::List {
        return Err(MetainfoError::new(
            field(),
            MetainfoRule::WrongType("a list of strings"),
        ));
    }
    let mut joined = String::new();
    for (at, part) in path.items().enumerate() {
        let Some(bytes) = part.as_bytes() else {
            return Err(MetainfoError::new(
                format!("{}[{at}]", field()),
                MetainfoRule::WrongType("a string"),
            ));
        };
        let part = component(bytes)
            .map_err(|rule| MetainfoError::new(format!("{}[{at}]", field()), rule.into()))?;
        push(&mut joined, part, at, &field, limits)?;
    }
    if joined.is_empty() {
        return Err(MetainfoError::new(field(), NameRule::Empty.into()));
    }
    budget.take_path(joined.len())?;
    Ok(joined)
}

/// Appends a component that is the one at `depth` of its path.
pub(super) fn push(
    path: &mut String,
    component: &str,
    depth: usize,
    field: impl Fn() -> String,
    limits: &MetainfoLimits,
) -> Result<(), MetainfoError> {
    if depth >= limits.path_depth {
        return Err(MetainfoError::new(
            field(),
            MetainfoRule::PathTooDeep(limits.path_depth),
        ));
    }
    if depth > 0 {
        path.push('/');
    }
    path.push_str(component);
    if path.len() > limits.path_bytes {
        return Err(MetainfoError::new(
            field(),
            MetainfoRule::PathTooLong(limits.path_bytes),
        ));
    }
    Ok(())
}

/// Checks a path that is not shown.
pub(super) fn harmless_path(
    path: Value<'_, '_>,
    field: impl Fn() -> String,
) -> Result<(), MetainfoError> {
    if path.kind() != bencode::Kind::List {
        return Err(MetainfoError::new(
            field(),
            MetainfoRule::WrongType("a list of strings"),
        ));
    }
    for (at, part) in path.items().enumerate() {
        let checked = match part.as_bytes() {
            Some(bytes) => harmless(bytes).map_err(MetainfoRule::Name),
            None => Err(MetainfoRule::WrongType("a string")),
        };
        checked.map_err(|rule| MetainfoError::new(format!("{}[{at}]", field()), rule))?;
    }
    Ok(())
}

/// Whether Windows takes the name for a device, with or without an extension.
fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let is = |device: &str| stem.eq_ignore_ascii_case(device);
    let numbered = || {
        let mut chars = stem.chars();
        let port = chars
            .by_ref()
            .take(3)
            .collect::<String>()
            .to_ascii_lowercase();
        let number = matches!(
            chars.next(),
            Some('0'..='9' | '\u{b9}' | '\u{b2}' | '\u{b3}')
        );
        (port == "com" || port == "lpt") && number && chars.next().is_none()
    };
    ["con", "prn", "aux", "nul", "conin$", "conout$"]
        .into_iter()
        .any(is)
        || numbered()
}

/// What common file systems take for one name.
const NAME_BYTES: usize = 255;

/// What stands between the components of a [`folded`] path: it sorts before everything else, so that
/// what is inside a folder follows the folder at once.
pub(super) const FOLDED_SEPARATOR: char = '\0';

/// The path as the most forgiving of file systems compares it: without regard for case, for how
/// accents are spelt, for characters that do not show, and for dots and spaces at the end of a name.
pub(super) fn folded(path: &str) -> String {
    let plain: String = if path.is_ascii() {
        path.to_ascii_lowercase()
    } else {
        // canonical caseless matching (Unicode, D145): down, up and down again is case folding,
        // except that a dotless i must stay what it is
        let shown = path.chars().filter(|&c| !is_ignorable(c)).nfd();
        let upper = shown.flat_map(char::to_lowercase).flat_map(|c| {
            let kept = (c == '\u{131}').then_some(c);
            let changed = kept.is_none().then(|| c.to_uppercase());
            kept.into_iter().chain(changed.into_iter().flatten())
        });
        upper.flat_map(char::to_lowercase).nfc().collect()
    };
    let mut folded = String::with_capacity(plain.len());
    for (at, name) in plain.split('/').enumerate() {
        if at > 0 {
            folded.push(FOLDED_SEPARATOR);
        }
        folded.push_str(name.trim_end_matches(['.', ' ']));
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_held_to_what_every_system_takes() {
        use NameRule::*;
        let long = "a".repeat(256);
        let cases: &[(&str, NameRule)] = &[
            ("", Empty),
            (".", Dots),
            ("..", Dots),
            ("...", Blank),
            (". .", Blank),
            (" ", Blank),
            ("a/b", Separator),
            ("/etc", Separator),
            ("a\\b", Separator),
            ("..\\x", Separator),
            ("a\0b", Control),
            ("a\nb", Control),
            ("a\x7f", Control),
            ("a\u{85}", Control),
            ("exe\u{202e}gpj", Direction),
            ("a\u{200e}b", Direction),
            ("a\u{200f}b", Direction),
            ("a\u{61c}b", Direction),
            ("a\u{2067}b", Direction),
            ("\u{200b}", Blank),
            ("\u{feff}", Blank),
            ("\u{2060}.\u{ad}", Blank),
            ("\u{3164}\u{fe0f}", Blank),
            ("what?", Reserved),
            ("C:", Reserved),
            ("a<b", Reserved),
            ("a>b", Reserved),
            ("a*b", Reserved),
            ("a|b", Reserved),
            ("a\"b", Reserved),
            (&long, TooLong),
            ("~root", Tilde),
            ("nul", Device),
            ("CON", Device),
            ("Aux.tar.gz", Device),
            ("com1", Device),
            ("LPT9.txt", Device),
            ("prn .txt", Device),
            ("COM\u{b9}", Device),
            (".pad", Padding),
            ("_____padding_file_0_of_bitcomet", Padding),
        ];
        for (name, rule) in cases {
            assert_eq!(component(name.as_bytes()), Err(*rule), "{name:?}");
        }
        assert_eq!(component(b"\xff"), Err(NotUtf8));
        for name in [
            "a",
            ".hidden",
            "a..b",
            "com",
            "com10",
            "comrade1",
            "console",
            "a~",
            "\u{43f}\u{440}",
            &long[1..],
            "nul2",
            "a\u{200d}b",
            "\u{2764}\u{fe0f}",
        ] {
            assert_eq!(component(name.as_bytes()), Ok(name));
        }
    }

    #[test]
    fn paths_that_are_one_file_somewhere_fold_into_one() {
        for (a, b) in [
            ("D/a", "d/A"),
            ("caf\u{e9}", "CAFE\u{301}"),
            ("stra\u{df}e", "STRASSE"),
            ("\u{1e9e}", "\u{df}"),
            ("\u{3c3}\u{3c2}", "\u{3a3}\u{3a3}"),
            ("a", "a."),
            ("a", "a "),
            ("a", "a. ."),
            ("d /a", "d/a"),
            ("a", "a\u{200b}"),
            ("a", "\u{feff}a\u{ad}"),
            ("a", "a.\u{200d}"),
            ("\u{2764}\u{fe0f}", "\u{2764}"),
        ] {
            assert_eq!(folded(a), folded(b), "{a:?} {b:?}");
        }
        for (a, b) in [
            ("a", "b"),
            ("a", ".a"),
            ("a", " a"),
            ("a.b", "ab"),
            ("a b", "ab"),
            ("a/b", "ab"),
            ("e", "\u{e9}"),
            ("\u{131}", "i"),
            ("\u{43f}", "n"),
        ] {
            assert_ne!(folded(a), folded(b), "{a:?} {b:?}");
        }
    }
}
