//! Twenty bytes as a string of JSON.

use serde_json::value::RawValue;

/// Reads a string of twenty characters, each of which stands for a byte.
pub(super) fn parse(value: &RawValue) -> Option<[u8; 20]> {
    // No byte takes more than the six characters of `\u00ff`.
    let text = value.get();
    if text.len() > 2 + 20 * 6 {
        return None;
    }
    let text: String = serde_json::from_str(text).ok()?;
    let mut chars = text.chars();
    let mut bytes = [0; 20];
    for byte in &mut bytes {
        *byte = u8::try_from(chars.next()?).ok()?;
    }
    chars.next().is_none().then_some(bytes)
}

/// Appends the string, with its quotes.
pub(super) fn write(out: &mut Vec<u8>, bytes: &[u8; 20]) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            0..0x20 => {
                let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
                out.extend([b'\\', b'u', b'0', b'0', high, low]);
            }
            0x20..0x80 => out.push(byte),
            // two bytes of UTF-8
            0x80.. => out.extend([0xc0 | byte >> 6, 0x80 | byte & 0x3f]),
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(json: &str) -> Option<[u8; 20]> {
        parse(serde_json::from_str(json).unwrap())
    }

    proptest! {
        #[test]
        fn bytes_survive_the_way_there_and_back(bytes: [u8; 20]) {
            let mut out = Vec::new();
            write(&mut out, &bytes);
            let json = String::from_utf8(out).unwrap();
            prop_assert_eq!(read(&json), Some(bytes));
            let chars: String = bytes.iter().map(|byte| char::from(*byte)).collect();
            let other = serde_json::to_string(&chars).unwrap();
            prop_assert_eq!(read(&other), Some(bytes));
        }
    }

    #[test]
    fn only_twenty_characters_of_a_byte_each_are_taken() {
        for text in [
            r#""""#,
            r#""1234567890123456789""#,
            r#""123456789012345678901""#,
            r#""1234567890123456789\u0100""#,
            r#""1234567890123456789€""#,
            "12345678901234567890",
            "null",
            "[]",
            r#"{"a":"12345678901234567890"}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
        assert_eq!(read(r#""1234567890123456789\u00ff""#).unwrap()[19], 255);
    }
}
