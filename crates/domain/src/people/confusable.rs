//! Letters that look alike, folded together.

use unicode_normalization::UnicodeNormalization;

/// What is left of a text when letter case and look-alikes are taken away: two texts that a reader
/// takes for the same have the same skeleton. The idea is that of Unicode's UTS #39 §4, with case
/// added and the table cut to the scripts that imitate Latin.
///
/// Since both cases of a letter fold together, whatever looks like either of them does too: I, l and
/// 1 are one, and so are В, в and B.
pub(super) fn skeleton(text: &str) -> String {
    let mixed = text.nfkc().any(|c| c.is_alphabetic() && !is_greek(c));
    let mut skeleton = String::with_capacity(text.len());
    text.nfkc()
        .map(|c| if mixed { greek_among_others(c) } else { c })
        .flat_map(char::to_lowercase)
        .nfd()
        .filter(|&c| !shows_little(c))
        .for_each(|c| push(&mut skeleton, c));
    skeleton
}

fn push(skeleton: &mut String, c: char) {
    match look_alike(c) {
        'n' if skeleton.ends_with('r') => {
            skeleton.pop();
            skeleton.push('m');
        }
        'ß' => skeleton.push_str("ss"),
        c => skeleton.push(c),
    }
}

/// The one letter that stands for all that look like `c`, which is in lower case and decomposed.
fn look_alike(c: char) -> char {
    match c {
        // Latin and digits
        'i' | '1' | 'ı' | 'ɩ' | 'ɪ' | 'ǀ' => 'l',
        '0' | 'ᴏ' => 'o',
        'ɑ' => 'a',
        'ɡ' => 'g',
        'ʏ' => 'y',
        'ʜ' => 'h',
        'ʟ' => 'l',
        // Cyrillic
        'а' => 'a',
        'в' | 'ь' => 'b',
        'с' => 'c',
        'ԁ' => 'd',
        'е' => 'e',
        'ԍ' => 'g',
        'н' | 'һ' => 'h',
        'і' | 'ӏ' => 'l',
        'ј' => 'j',
        'к' | 'қ' => 'k',
        'м' => 'm',
        'о' => 'o',
        'р' => 'p',
        'ԛ' => 'q',
        'ѕ' => 's',
        'т' => 't',
        'ѵ' => 'v',
        'ԝ' => 'w',
        'х' => 'x',
        'у' | 'ү' => 'y',
        'з' | 'ӡ' => '3',
        'б' => '6',
        // Greek, by the capitals where the two cases disagree
        'α' => 'a',
        'β' => 'b',
        'γ' => 'y',
        'ε' => 'e',
        'ζ' => 'z',
        'η' => 'h',
        'ι' => 'l',
        'κ' => 'k',
        'μ' => 'm',
        'ν' => 'n',
        'ο' | 'σ' | 'ς' => 'o',
        'ρ' => 'p',
        'τ' => 't',
        'υ' => 'y',
        'χ' => 'x',
        'ω' => 'w',
        'ϲ' => 'c',
        'ϳ' => 'j',
        // Armenian
        'օ' => 'o',
        'ո' => 'n',
        'ս' => 'u',
        'հ' => 'h',
        'ց' => 'g',
        'զ' => 'q',
        // Cherokee, whose lower case are small capitals
        'ꭰ' => 'd',
        'ꭱ' | 'ꮢ' => 'r',
        'ꭲ' => 't',
        'ꭺ' => 'a',
        'ꭻ' => 'j',
        'ꭼ' => 'e',
        'ꮃ' | 'ꮤ' => 'w',
        'ꮇ' => 'm',
        'ꮋ' => 'h',
        'ꮍ' => 'y',
        'ꮐ' => 'g',
        'ꮓ' => 'z',
        'ꮟ' | 'ᏼ' => 'b',
        'ꮩ' => 'v',
        'ꮪ' => 's',
        'ꮮ' => 'l',
        'ꮯ' => 'c',
        'ꮲ' => 'p',
        'ꮶ' => 'k',
        c => c,
    }
}

/// Four Greek letters whose small form looks like another Latin letter than their capital does.
/// Inside a word of another script they are there for their looks, so the form counts as typed.
fn greek_among_others(c: char) -> char {
    match c {
        'η' => 'n',
        'ν' => 'v',
        'υ' | 'μ' => 'u',
        c => c,
    }
}

fn is_greek(c: char) -> bool {
    matches!(c, '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}')
}

/// Modifier letters and stretching marks that pass for a speck of dust.
fn shows_little(c: char) -> bool {
    matches!(
        c,
        '\u{2b0}'..='\u{2ff}' | '\u{640}' | '\u{7fa}' | '\u{a788}'
    )
}

#[cfg(test)]
mod tests {
    use super::skeleton;

    #[test]
    fn look_alikes_have_one_skeleton() {
        for (one, other) in [
            ("Paypal", "Раураl"),   // Cyrillic Р а у р а
            ("anna", "ANNA"),       // case
            ("ANNA", "ΑΝΝΑ"),       // Greek capitals
            ("вова", "BOBA"),       // Cyrillic against Latin capitals
            ("driver", "driνer"),   // Greek nu for v
            ("Nick", "Νick"),       // Greek capital Nu for N
            ("human", "hυmaη"),     // Greek upsilon for u, eta for n
            ("Igor", "lgor"),       // capital I, small L
            ("admin", "adm1n"),     // digit
            ("Oleg", "0leg"),       // digit
            ("Mom", "Morn"),        // r n for m
            ("straße", "STRASSE"),  // full case folding
            ("ｗｉｄｅ", "wide"),   // full width
            ("𝒜𝓃𝓃𝒶", "anna"),       // mathematical letters
            ("noël", "noёl"),       // Cyrillic io for e with diaeresis
            ("Ꭺnna", "Anna"),       // Cherokee
            ("annʹ", "ann"),        // a speck
            ("Έλληνας", "έλληνασ"), // both sigmas
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }

    #[test]
    fn different_names_stay_apart() {
        for (one, other) in [
            ("anna", "hanna"),
            ("nan", "van"),
            ("иван", "йван"),
            ("noel", "noël"),
            ("ann lee", "annlee"),
            ("ann_lee", "ann-lee"),
            ("νίκος", "υίκος"),
            ("幸子", "辛子"),
        ] {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }
}
