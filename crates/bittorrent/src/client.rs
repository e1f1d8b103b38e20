//! Which program a peer id belongs to: the conventions of BEP 20 and a few older ones.

use crate::PeerId;

/// A BitTorrent program and its version, as a peer id tells them. Nothing proves either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Client {
    /// The program's name.
    pub name: &'static str,
    /// Its version, like `4.6.5`; empty where the id does not tell.
    pub version: String,
}

impl Client {
    pub(crate) fn of(id: &PeerId) -> Option<Self> {
        let id = id.as_bytes();
        azureus(id)
            .or_else(|| prefixed(id))
            .or_else(|| mainline(id))
            .or_else(|| shadow(id))
    }
}

/// `-XX1234-`: two characters for the program, four for the version.
fn azureus(id: &[u8; 20]) -> Option<Client> {
    if id[0] != b'-' {
        return None;
    }
    let (_, name, style) = AZUREUS.iter().find(|(code, ..)| **code == id[1..3])?;
    let version = match style {
        Style::Dots => dots(&id[3..7]),
        Style::Three => dots(&id[3..6]),
        Style::Pairs => pairs(&id[3..7])?,
        Style::Transmission => transmission(&id[3..7]),
        Style::Text => text(&id[3..]),
    };
    Some(Client { name, version })
}

/// Ids that begin with a word of their own.
fn prefixed(id: &[u8; 20]) -> Option<Client> {
    let (prefix, name) = PREFIXES.iter().find(|(prefix, _)| id.starts_with(prefix))?;
    let rest = &id[prefix.len()..];
    let version = match *prefix {
        b"A2-" => numbers(&rest[..rest.len().min(8)]),
        b"exbc" => format!("{}.{:02}", rest[0], rest[1]),
        b"XBT" => dots(&rest[..3]),
        b"TIX" => pairs(&rest[..4])?,
        _ => text(rest),
    };
    Some(Client { name, version })
}

/// `M7-9-2--`: the first BitTorrent program, decimal numbers between dashes.
fn mainline(id: &[u8; 20]) -> Option<Client> {
    let name = match id[0] {
        b'M' => "BitTorrent (mainline)",
        b'Q' => "Queen Bee",
        _ => return None,
    };
    let digits = &id[1..8];
    let well_formed = digits[0].is_ascii_digit()
        && digits.contains(&b'-')
        && digits
            .iter()
            .all(|byte| byte.is_ascii_digit() || *byte == b'-');
    well_formed.then(|| Client {
        name,
        version: numbers(digits),
    })
}

/// `S587---`: one letter for the program, up to five base 64 digits for the version.
fn shadow(id: &[u8; 20]) -> Option<Client> {
    let (_, name) = SHADOW.iter().find(|(letter, _)| *letter == id[0])?;
    if &id[6..9] != b"---" || !id[1].is_ascii_alphanumeric() {
        return None;
    }
    let end = id[1..6].iter().position(|byte| *byte == b'-').unwrap_or(5);
    let digits = &id[1..=end];
    let well_formed = digits.iter().all(|&byte| digit(byte).is_some())
        && id[1 + end..6].iter().all(|byte| *byte == b'-');
    well_formed.then(|| Client {
        name,
        version: dots(digits),
    })
}

/// One number per character, a fourth that is zero left out.
fn dots(digits: &[u8]) -> String {
    let mut numbers: Vec<String> = digits
        .iter()
        .map_while(|&byte| digit(byte))
        .map(|n| n.to_string())
        .collect();
    if numbers.len() > 3 && numbers[3] == "0" {
        numbers.truncate(3);
    }
    numbers.join(".")
}

/// Two digits for the major number and two for the minor.
fn pairs(digits: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(digits).ok()?;
    let (major, minor) = text.split_at_checked(2)?;
    Some(format!(
        "{}.{}",
        major.parse::<u8>().ok()?,
        minor.parse::<u8>().ok()?
    ))
}

/// `2940` is 2.94 and `4060` is 4.0.6: the scheme changed with version 4.
fn transmission(digits: &[u8]) -> String {
    if digits[0] < b'4' && digits[..3].iter().all(u8::is_ascii_digit) {
        format!(
            "{}.{}{}",
            char::from(digits[0]),
            char::from(digits[1]),
            char::from(digits[2])
        )
    } else {
        dots(&digits[..3])
    }
}

/// The decimal numbers between dashes, up to the first that is missing.
fn numbers(digits: &[u8]) -> String {
    let numbers = digits
        .split(|byte| *byte == b'-')
        .take_while(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit));
    numbers
        .map(|number| String::from_utf8_lossy(number))
        .collect::<Vec<_>>()
        .join(".")
}

/// A version written as text: digits and dots.
fn text(bytes: &[u8]) -> String {
    let text = bytes
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || **byte == b'.');
    text.map(|&byte| char::from(byte)).collect()
}

/// The value of a version character: digits, then capital letters, then small ones from 36.
fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'Z' => Some(byte - b'A' + 10),
        b'a'..=b'z' => Some(byte - b'a' + 36),
        _ => None,
    }
}

/// How the four version characters behind a program's code are meant.
enum Style {
    Dots,
    Three,
    Pairs,
    Transmission,
    Text,
}

use Style::{Dots, Pairs, Text, Three, Transmission};

const AZUREUS: &[(&[u8; 2], &str, Style)] = &[
    (b"7T", "aTorrent", Dots),
    (b"AG", "Ares", Dots),
    (b"AZ", "Vuze", Dots),
    (b"BC", "BitComet", Pairs),
    (b"BI", "BiglyBT", Dots),
    (b"BL", "BitLord", Pairs),
    (b"BN", "Baidu Netdisk", Dots),
    (b"BR", "BitRocket", Dots),
    (b"BT", "BitTorrent", Three),
    (b"CD", "Enhanced CTorrent", Pairs),
    (b"CT", "CTorrent", Dots),
    (b"DE", "Deluge", Three),
    (b"ES", "Electric Sheep", Dots),
    (b"FD", "Free Download Manager", Three),
    (b"FG", "FlashGet", Pairs),
    (b"FL", "Flud", Dots),
    (b"FW", "FrostWire", Dots),
    (b"FX", "Freebox", Dots),
    (b"GT", "anacrolix/torrent", Dots),
    (b"HL", "Halite", Dots),
    (b"KG", "KGet", Dots),
    (b"KT", "KTorrent", Three),
    (b"LP", "Lphant", Pairs),
    (b"LT", "libtorrent", Three),
    (b"LW", "LimeWire", Dots),
    (b"ML", "MLDonkey", Text),
    (b"MO", "MonoTorrent", Dots),
    (b"MR", "Miro", Dots),
    (b"PI", "PicoTorrent", Dots),
    (b"QD", "QQDownload", Dots),
    (b"SB", "Swiftbit", Dots),
    (b"SD", "Thunder", Dots),
    (b"SP", "BitSpirit", Dots),
    (b"ST", "SymTorrent", Dots),
    (b"SZ", "Shareaza", Dots),
    (b"TL", "Tribler", Dots),
    (b"TR", "Transmission", Transmission),
    (b"TX", "Tixati", Pairs),
    (b"UE", "\u{b5}Torrent Embedded", Three),
    (b"UM", "\u{b5}Torrent for Mac", Three),
    (b"UT", "\u{b5}Torrent", Three),
    (b"UW", "\u{b5}Torrent Web", Three),
    (b"WD", "WebTorrent Desktop", Pairs),
    (b"WT", "BitLet", Dots),
    (b"WW", "WebTorrent", Pairs),
    (b"WY", "FireTorrent", Dots),
    (b"XF", "Xfplay", Dots),
    (b"XL", "Xunlei", Dots),
    (b"XX", "Xtorrent", Dots),
    (b"ZT", "ZipTorrent", Dots),
    (b"lt", "rTorrent", Three),
    (b"qB", "qBittorrent", Dots),
];

const SHADOW: &[(u8, &str)] = &[
    (b'A', "ABC"),
    (b'O', "Osprey Permaseed"),
    (b'Q', "BTQueue"),
    (b'R', "Tribler"),
    (b'S', "Shadow's client"),
    (b'T', "BitTornado"),
    (b'U', "UPnP NAT BitTorrent"),
];

const PREFIXES: &[(&[u8], &str)] = &[
    (b"A2-", "aria2"),
    (b"OP", "Opera"),
    (b"TIX", "Tixati"),
    (b"XBT", "XBT"),
    (b"exbc", "BitComet"),
    (b"-G3", "G3 Torrent"),
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn programs_are_recognised_by_their_ids() {
        let cases: &[(&[u8; 20], &str, &str)] = &[
            (b"-qB4650-abcdefghijkl", "qBittorrent", "4.6.5"),
            (b"-qB45A0-abcdefghijkl", "qBittorrent", "4.5.10"),
            (b"-TR2940-abcdefghijkl", "Transmission", "2.94"),
            (b"-TR300Z-abcdefghijkl", "Transmission", "3.00"),
            (b"-TR4060-abcdefghijkl", "Transmission", "4.0.6"),
            (b"-UT355W-abcdefghijkl", "\u{b5}Torrent", "3.5.5"),
            (b"-DE211s-abcdefghijkl", "Deluge", "2.1.1"),
            (b"-DE13F0-abcdefghijkl", "Deluge", "1.3.15"),
            (b"-LT20B0-abcdefghijkl", "libtorrent", "2.0.11"),
            (b"-lt0D80-abcdefghijkl", "rTorrent", "0.13.8"),
            (b"-AZ5771-abcdefghijkl", "Vuze", "5.7.7.1"),
            (b"-BC0171-abcdefghijkl", "BitComet", "1.71"),
            (b"-WW0102-abcdefghijkl", "WebTorrent", "1.2"),
            (b"-ML3.1.7-abcdefghijk", "MLDonkey", "3.1.7"),
            (b"A2-1-36-0-abcdefghij", "aria2", "1.36.0"),
            (b"M7-10-2-abcdefghijkl", "BitTorrent (mainline)", "7.10.2"),
            (b"M4-3-6--abcdefghijkl", "BitTorrent (mainline)", "4.3.6"),
            (b"T03I-----abcdefghijk", "BitTornado", "0.3.18"),
            (b"S588-----abcdefghijk", "Shadow's client", "5.8.8"),
            (b"XBT054d-abcdefghijkl", "XBT", "0.5.4"),
            (b"exbc\x00\x46abcdefghijklmn", "BitComet", "0.70"),
            (b"-G3abcdefghijklmnopq", "G3 Torrent", ""),
            (b"OP1234abcdefghijklmn", "Opera", "1234"),
        ];
        for (id, name, version) in cases {
            let client = PeerId::from(**id)
                .client()
                .unwrap_or_else(|| panic!("{id:?}"));
            assert_eq!((client.name, client.version.as_str()), (*name, *version));
        }
    }

    #[test]
    fn unknown_ids_stay_unknown() {
        for id in [
            b"-??1234-abcdefghijkl",
            b"abcdefghijklmnopqrst",
            b"Mabcdefghijklmnopqrs",
            b"S\xff88-----abcdefghijk",
        ] {
            assert_eq!(PeerId::from(*id).client(), None, "{id:?}");
        }
    }

    #[test]
    fn the_codes_are_unique_and_sorted() {
        assert!(AZUREUS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    proptest! {
        #[test]
        fn no_id_panics(id in any::<[u8; 20]>(), start in 0usize..8) {
            let starts: [&[u8]; 8] = [b"-qB", b"-TR", b"-BC", b"A2-", b"exbc", b"M", b"T", b"TIX"];
            let mut id = id;
            id[..starts[start].len()].copy_from_slice(starts[start]);
            let id = PeerId::from(id);
            let _ = (id.client(), id.to_string());
        }
    }
}
