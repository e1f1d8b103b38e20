//! `.torrent` files that break a rule: at least one case for each.

use std::collections::{BTreeMap, BTreeSet};

use bencode::{Document, Limits, Mode, Writer};
use bittorrent::{Builder, Metainfo, MetainfoError, MetainfoLimits, Version};

/// A torrent taken apart, so that a case can change one thing in it.
#[derive(Clone)]
struct Parts {
    root: BTreeMap<Vec<u8>, Vec<u8>>,
    info: BTreeMap<Vec<u8>, Vec<u8>>,
}

impl Parts {
    fn of(torrent: &[u8]) -> Self {
        let document = Document::parse(torrent, Mode::Strict, &Limits::default()).unwrap();
        let entries = |value: bencode::Value<'_, '_>| {
            value
                .entries()
                .map(|(key, value)| (key.to_vec(), value.raw().to_vec()))
                .collect()
        };
        let info = entries(document.root().get(b"info").unwrap());
        let mut root: BTreeMap<_, _> = entries(document.root());
        root.remove(&b"info"[..]);
        Self { root, info }
    }

    /// Sets a key of the info dictionary to a value that is bencoded already.
    fn info(mut self, key: &str, value: impl AsRef<[u8]>) -> Self {
        self.info.insert(key.into(), value.as_ref().into());
        self
    }

    fn without_info(mut self, key: &str) -> Self {
        self.info.remove(key.as_bytes());
        self
    }

    /// Sets a key beside the info dictionary.
    fn root(mut self, key: &str, value: impl AsRef<[u8]>) -> Self {
        self.root.insert(key.into(), value.as_ref().into());
        self
    }

    fn without_root(mut self, key: &str) -> Self {
        self.root.remove(key.as_bytes());
        self
    }

    fn bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.dict(|d| {
            for (key, value) in &self.root {
                d.key(key).raw(value);
            }
            d.key(b"info").dict(|d| {
                for (key, value) in &self.info {
                    d.key(key).raw(value);
                }
            });
        });
        w.finish()
    }

    fn parse(&self) -> Result<Metainfo, MetainfoError> {
        Metainfo::parse(&self.bytes(), &MetainfoLimits::default())
    }
}

/// Two files, 3 bytes in one piece of 16 KiB.
fn v1() -> Parts {
    Parts::of(
        &Builder::new("n")
            .file("a", "x")
            .file("b", "yz")
            .build()
            .unwrap(),
    )
}

/// One file of three pieces.
fn v2() -> Parts {
    Parts::of(
        &Builder::new("n")
            .version(Version::V2)
            .file("a", vec![1; 40_000])
            .build()
            .unwrap(),
    )
}

/// Two files with a pad between.
fn hybrid() -> Parts {
    let builder = Builder::new("n").version(Version::Hybrid);
    Parts::of(
        &builder
            .file("a", vec![1; 40_000])
            .file("b", "x")
            .build()
            .unwrap(),
    )
}

/// The file list of one file with this path, or of files with these entries.
fn path(components: &[&str]) -> String {
    let list: String = components.iter().map(|part| string(part)).collect();
    format!("ld6:lengthi3e4:pathl{list}eee")
}

fn string(text: &str) -> String {
    format!("{}:{text}", text.len())
}

/// A file tree of one file with these properties.
fn tree(properties: &str) -> String {
    format!("d1:ad0:d{properties}eee")
}

/// One line for each case, however long.
#[rustfmt::skip]
fn cases() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let long = "x".repeat(256);
    let deep = vec!["x"; 33];
    let wide = vec![&long[..100]; 30];
    let root = format!("11:pieces root32:{}", "r".repeat(32));
    let two = |first: &str, second: &str| {
        format!("ld6:lengthi1e4:pathl{first}eed6:lengthi2e4:pathl{second}eee")
    };
    let hybrid_files = |first: &str, pad: &str, second: &str| format!("l{first}{pad}{second}e");
    let (a, pad, b) = (
        "d6:lengthi40000e4:pathl1:aee",
        "d4:attr1:p6:lengthi9152e4:pathl4:.pad4:9152ee",
        "d6:lengthi1e4:pathl1:bee",
    );
    let many_urls = format!("l{}e", format!("l{}e", "1:u".repeat(10)).repeat(101));

    let mut cases = vec![
        // The file as a whole.
        ("file_too_large", vec![b'd'; (10 << 20) + 1], "the file is 10485761 bytes long, at most 10485760 are accepted"),
        ("not_bencode", b"<html>".to_vec(), "the file is not valid bencode: byte 0 is 0x3c where a value must stand"),
        ("not_bencode", [v1().bytes(), b"x".to_vec()].concat(), "the file is not valid bencode: bytes follow the end of the value at byte 129"),
        ("not_bencode", b"d4:infod4:name1:n4:name1:nee".to_vec(), "the file is not valid bencode: the dictionary key at byte 17 appears twice"),
        ("not_bencode", b"d4:infode1:ai1ee".to_vec(), "the file is not valid bencode: the dictionary key at byte 9 is out of order"),
        ("not_bencode", vec![b'l'; 100], "the file is not valid bencode: nesting at byte 64 is deeper than 64 levels"),
        ("wrong_type", b"le".to_vec(), "the field must be a dictionary"),
        ("missing", b"de".to_vec(), "info: the field is missing"),
        ("wrong_type", b"d4:infoi1ee".to_vec(), "info: the field must be a dictionary"),
    ];
    let mut case = |code, parts: Parts, sentence| cases.push((code, parts.bytes(), sentence));

    // Names.
    case("missing", v1().without_info("name"), "info.name: the field is missing");
    case("wrong_type", v1().info("name", "i1e"), "info.name: the field must be a string");
    case("name_not_utf8", v1().info("name", b"1:\xff"), "info.name: the name is not UTF-8");
    case("name_empty", v1().info("name", "0:"), "info.name: the name is empty");
    case("name_dots", v1().info("name.utf-8", "2:.."), "info.name.utf-8: the name is \".\" or \"..\"");
    case("name_dots", v1().info("name", "2:..").info("name.utf-8", "1:n"), "info.name: the name is \".\" or \"..\"");
    case("name_separator", v1().info("name", "3:a/b"), "info.name: the name has a slash or a backslash");
    case("wrong_type", v1().info("files", "ld6:lengthi3e4:path1:aee"), "info.files[0].path: the field must be a list of strings");
    case("wrong_type", v1().info("files", "ld6:lengthi3e4:pathli1eeee"), "info.files[0].path[0]: the field must be a string");
    case("missing", v1().info("files", "ld6:lengthi3eee"), "info.files[0].path: the field is missing");
    case("name_empty", v1().info("files", path(&[])), "info.files[0].path: the name is empty");
    case("name_empty", v1().info("files", path(&["a", ""])), "info.files[0].path[1]: the name is empty");
    case("name_dots", v1().info("files", path(&["..", "a"])), "info.files[0].path[0]: the name is \".\" or \"..\"");
    case("name_separator", v1().info("files", path(&["/etc/passwd"])), "info.files[0].path[0]: the name has a slash or a backslash");
    case("name_separator", v1().info("files", path(&["a\\b"])), "info.files[0].path[0]: the name has a slash or a backslash");
    case("name_control", v1().info("files", path(&["a\0"])), "info.files[0].path[0]: the name has control characters");
    case("name_reserved", v1().info("files", path(&["a", "b?"])), "info.files[0].path[1]: the name has one of the characters ? < > : * | \"");
    case("name_too_long", v1().info("files", path(&[&long])), "info.files[0].path[0]: the name is longer than 255 bytes");
    case("name_blank", v1().info("files", path(&["... "])), "info.files[0].path[0]: the name has nothing that shows but dots");
    case("name_device", v1().info("files", path(&["NUL.txt"])), "info.files[0].path[0]: the name is that of a Windows device");
    case("name_tilde", v1().info("files", path(&["~a"])), "info.files[0].path[0]: the name begins with a tilde");
    case("name_padding", v1().info("files", path(&[".pad", "3"])), "info.files[0].path[0]: the name is that of a padding file, but the file is not marked as one");
    case("name_dots", v1().info("files", "ld6:lengthi3e4:pathl2:..e10:path.utf-8l1:aeee"), "info.files[0].path[0]: the name is \".\" or \"..\"");
    case("name_dots", v1().info("files", "ld6:lengthi3e4:pathl1:ae10:path.utf-8l2:..eee"), "info.files[0].path.utf-8[0]: the name is \".\" or \"..\"");
    case("name_dots", v1().info("files", "ld4:attr1:l6:lengthi3e4:pathl1:ae12:symlink pathl2:..eee", ), "info.files[0].symlink path[0]: the name is \".\" or \"..\"");
    case("name_dots", v1().info("files", "ld4:attr1:p6:lengthi3e4:pathl2:..eee"), "info.files[0].path[0]: the name is \".\" or \"..\"");
    case("path_too_deep", v1().info("files", path(&deep)), "info.files[0].path: the path is more than 32 folders deep");
    case("path_too_long", v1().info("files", path(&wide)), "info.files[0].path: the path is longer than 2048 bytes");
    case("duplicate_path", v1().info("files", two("1:d1:a", "1:D1:A")), "info.files[1].path: the path \"D/A\" appears twice (case, the two spellings of an accented letter, invisible characters, and dots and spaces at the end of a name make no difference)");
    case("duplicate_path", v1().info("files", two("6:caf\u{e9}a", "7:CAFE\u{301}a")), "info.files[1].path: the path \"CAFE\\u{301}a\" appears twice (case, the two spellings of an accented letter, invisible characters, and dots and spaces at the end of a name make no difference)");
    case("duplicate_path", v1().info("files", two("1:a", "2:a.")), "info.files[1].path: the path \"a.\" appears twice (case, the two spellings of an accented letter, invisible characters, and dots and spaces at the end of a name make no difference)");
    case("duplicate_path", v1().info("files", two("2:a ", "1:a")), "info.files[1].path: the path \"a\" appears twice (case, the two spellings of an accented letter, invisible characters, and dots and spaces at the end of a name make no difference)");
    case("duplicate_path", v1().info("files", two("4:a\u{200b}", "1:A")), "info.files[1].path: the path \"A\" appears twice (case, the two spellings of an accented letter, invisible characters, and dots and spaces at the end of a name make no difference)");
    case("duplicate_path", v1().info("files", two("2:d.1:a", "1:d3:a..")), "info.files[1].path: the path \"d/a..\" appears twice (case, the two spellings of an accented letter, invisible characters, and dots and spaces at the end of a name make no difference)");
    case("file_and_folder", v1().info("files", two("3:a. 1:b", "1:A")), "info.files[1].path: the path \"A\" is both a file and a folder");
    case("name_direction", v1().info("files", path(&["a\u{202e}gpj.exe"])), "info.files[0].path[0]: the name has invisible characters that turn the writing direction around");
    case("name_direction", v1().info("name", "4:n\u{200f}"), "info.name: the name has invisible characters that turn the writing direction around");
    case("name_blank", v1().info("name", "3:\u{feff}"), "info.name: the name has nothing that shows but dots");
    case("file_and_folder", v1().info("files", two("1:A", "1:a1:b")), "info.files[1].path: the path \"A\" is both a file and a folder");

    // Sizes and pieces of v1.
    case("wrong_type", v1().info("files", "i1e"), "info.files: the field must be a list of dictionaries");
    case("wrong_type", v1().info("files", "li1ee"), "info.files[0]: the field must be a dictionary");
    case("wrong_type", v1().info("files", "ld4:attri1e6:lengthi3e4:pathl1:aeee"), "info.files[0].attr: the field must be a string");
    case("missing", v1().info("files", "ld4:pathl1:aeee"), "info.files[0].length: the field is missing");
    case("wrong_type", v1().info("files", "ld6:length1:34:pathl1:aeee"), "info.files[0].length: the field must be an integer");
    case("negative", v1().info("files", "ld6:lengthi-3e4:pathl1:aeee"), "info.files[0].length: the number -3 is negative");
    case("negative", v1().without_info("files").info("length", "i-1e"), "info.length: the number -1 is negative");
    case("length_and_files", v1().info("length", "i3e"), "info: there must be either length or files, not both");
    case("missing", v1().without_info("files"), "info.length: the field is missing");
    case("no_content", v1().info("files", "le"), "info: the torrent has no content");
    case("no_content", v1().without_info("files")            .info("length", "i0e")            .info("pieces", "0:"), "info: the torrent has no content");
    case("no_content", v1().info("files", "ld4:attr2:px6:lengthi3eee"), "info: the torrent has no content");
    case("size_overflow", v1().info("files", two("1:a", "1:b").replace("i1e", "i9223372036854775807e"), ), "info: the sizes of all files together are too large");
    case("missing", v1().without_info("piece length"), "info.piece length: the field is missing");
    case("wrong_type", v1().info("piece length", "0:"), "info.piece length: the field must be an integer");
    case("negative", v1().info("piece length", "i-1e"), "info.piece length: the number -1 is negative");
    case("piece_length_zero", v1().info("piece length", "i0e"), "info.piece length: the piece length is zero");
    case("piece_length_too_large", v1().info("piece length", "i1073741825e"), "info.piece length: the piece length 1073741825 is larger than 1073741824");
    case("missing", v1().without_info("pieces"), "info.pieces: the field is missing");
    case("wrong_type", v1().info("pieces", "le"), "info.pieces: the field must be a string");
    case("pieces_length", v1().info("pieces", "3:abc"), "info.pieces: the length 3 is not a multiple of 20");
    case("piece_count", v1().info("pieces", "0:"), "info.pieces: there are 0 piece hashes where the sizes make 1");
    case("private_flag", v1().info("private", "1:1"), "info.private: the private flag must be the integer 1 or 0");
    case("private_flag", v1().info("private", "i2e"), "info.private: the private flag must be the integer 1 or 0");
    case("wrong_type", v1().info("source", "i2e"), "info.source: the field must be a string");

    // v2.
    case("meta_version", v1().info("meta version", "i3e"), "info.meta version: the meta version must be 2, not 3");
    case("wrong_type", v1().info("meta version", "1:2"), "info.meta version: the field must be an integer");
    case("file_tree_without_version", v2().without_info("meta version"), "info.meta version: a file tree needs meta version 2");
    case("files_without_pieces", v2().info("length", "i3e"), "info.pieces: a v2 torrent has v1 files but no v1 pieces");
    case("piece_length_v2", v2().info("piece length", "i8192e"), "info.piece length: the piece length 8192 of a v2 torrent is not a power of two of at least 16384");
    case("piece_length_v2", v2().info("piece length", "i49152e"), "info.piece length: the piece length 49152 of a v2 torrent is not a power of two of at least 16384");
    case("missing", v2().without_info("file tree"), "info.file tree: the field is missing");
    case("wrong_type", v2().info("file tree", "le"), "info.file tree: the field must be a dictionary");
    case("wrong_type", v2().info("file tree", "d1:ai1ee"), "info.file tree[\"a\"]: the field must be a dictionary");
    case("wrong_type", v2().info("file tree", "d1:ad0:leee"), "info.file tree[\"a\"]: the field must be a dictionary");
    case("no_content", v2().info("file tree", "de"), "info.file tree: the torrent has no content");
    case("empty_folder", v2().info("file tree", "d1:ad1:bdeee"), "info.file tree[\"a/b\"]: the folder is empty");
    case("file_with_entries", v2().info("file tree", "d1:ad0:d6:lengthi1ee1:bd0:d6:lengthi0eeeee"), "info.file tree[\"a\"]: the entry is both a file and a folder");
    case("name_empty", v2().info("file tree", "d0:d6:lengthi0eee"), "info.file tree[\"\"]: the name is empty");
    case("name_dots", v2().info("file tree", "d1:ad2:..d0:d6:lengthi0eeeee"), "info.file tree[\"a\"][\"..\"]: the name is \".\" or \"..\"");
    case("name_not_utf8", v2().info("file tree", b"d1:\xffd0:d6:lengthi0eeee"), "info.file tree[\"\u{fffd}\"]: the name is not UTF-8");
    case("pad_in_file_tree", v2().info("file tree", tree("4:attr1:p6:lengthi1e")), "info.file tree[\"a\"].attr: a file tree must not have padding files");
    case("missing", v2().info("file tree", tree("")), "info.file tree[\"a\"].length: the field is missing");
    case("negative", v2().info("file tree", tree("6:lengthi-1e")), "info.file tree[\"a\"].length: the number -1 is negative");
    case("missing", v2().info("file tree", tree("6:lengthi1e")), "info.file tree[\"a\"].pieces root: the field is missing");
    case("wrong_type", v2().info("file tree", tree("6:lengthi1e11:pieces rootle")), "info.file tree[\"a\"].pieces root: the field must be a string");
    case("pieces_root_length", v2().info("file tree", tree("6:lengthi1e11:pieces root3:abc")), "info.file tree[\"a\"].pieces root: the pieces root must be 32 bytes, not 3");
    case("pieces_root_of_empty", v2().info("file tree", tree(&format!("6:lengthi0e{root}"))), "info.file tree[\"a\"].pieces root: an empty file must not have a pieces root");
    case("name_dots", v2().info("file tree", tree("6:lengthi0e12:symlink pathl2:..e")), "info.file tree[\"a\"].symlink path[0]: the name is \".\" or \"..\"");
    case("layer_missing", v2().without_root("piece layers"), "piece layers: the piece layer of the file \"a\" is missing");
    case("layer_missing", v2().root("piece layers", "de"), "piece layers: the piece layer of the file \"a\" is missing");
    case("wrong_type", v2().root("piece layers", "le"), "piece layers: the field must be a dictionary");
    case("wrong_type", v2().root("piece layers", "d1:ai1ee"), "piece layers: the field must be a dictionary of strings");
    let layers = v2().root[&b"piece layers"[..]].clone();
    let mut flipped = layers.clone();
    *flipped.iter_mut().rev().nth(2).unwrap() ^= 1;
    case("layer_root", v2().root("piece layers", flipped), "piece layers: the piece layer does not match its pieces root");
    let unused = [&layers[..layers.len() - 1], b"40:", &[0xff; 40][..], b"0:e"].concat();
    case("layer_unused", v2().root("piece layers", unused), "piece layers: the piece layer belongs to no file");
    assert_eq!(layers[36..39], *b"96:");
    let short = [&layers[..36], b"64:", &[0; 64][..], b"e"].concat();
    case("layer_length", v2().root("piece layers", short), "piece layers: the piece layer of the file \"a\" is 64 bytes long instead of 96");

    // Hybrids.
    assert!(
        hybrid()
            .info("files", hybrid_files(a, pad, b))
            .parse()
            .is_ok()
    );
    case("hybrid_count", hybrid().info("files", hybrid_files(a, pad, "d4:attr1:p6:lengthi1ee")), "info: the v1 files and the v2 file tree have 1 and 2 files");
    case("hybrid_path", hybrid().info("files", hybrid_files(a, pad, &b.replace("1:b", "1:c"))), "info: file 1 is \"c\" on the v1 side and \"b\" on the v2 side");
    case("hybrid_length", hybrid().info("files", hybrid_files(a, pad, &b.replace("i1e", "i2e"))), "info: the file \"b\" has 2 bytes on the v1 side and 1 on the v2 side");
    case("hybrid_unaligned", hybrid()            .info("files", hybrid_files(a, &pad.replace("9152e", "9151e"), b))            .info("pieces", format!("60:{}", "h".repeat(60))), "info: the file \"b\" of a hybrid does not begin at a piece");

    // Around the info dictionary.
    case("wrong_type", v1().root("announce", "i1e"), "announce: the field must be a string");
    case("not_utf8", v1().root("announce", b"1:\xff"), "announce: the text is not UTF-8");
    case("url_too_long", v1().root("announce", string(&"u".repeat(2049))), "announce: the URL is longer than 2048 bytes");
    case("url_characters", v1().root("announce", string("http://a b")), "announce: the URL has blanks or control characters");
    case("wrong_type", v1().root("announce-list", "1:u"), "announce-list: the field must be a list of lists of strings");
    case("wrong_type", v1().root("announce-list", "l1:ue"), "announce-list[0]: the field must be a list of lists of strings");
    case("wrong_type", v1().root("announce-list", "lli1eee"), "announce-list[0][0]: the field must be a string");
    case("too_many_urls", v1().root("announce-list", &many_urls), "announce-list: there are more than 1000 URLs");
    case("wrong_type", v1().root("url-list", "i1e"), "url-list: the field must be a list of strings");
    case("url_characters", v1().root("url-list", "l3:a be"), "url-list[0]: the URL has blanks or control characters");
    case("wrong_type", v1().root("creation date", "1:x"), "creation date: the field must be an integer");
    case("wrong_type", v1().root("comment", "i1e"), "comment: the field must be a string");
    cases
}

#[test]
fn every_rule_refuses_with_its_own_sentence() {
    let mut wrong = Vec::new();
    for (code, bytes, sentence) in cases() {
        match Metainfo::parse(&bytes, &MetainfoLimits::default()) {
            Ok(_) => wrong.push(format!("accepted: {sentence}")),
            Err(error) if error.to_string() == sentence && error.code() == code => {
                assert!(sentence.starts_with(error.field()));
            }
            Err(error) => wrong.push(format!(
                "{}: {error}\n  instead of {code}: {sentence}",
                error.code()
            )),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn limits_are_those_given() {
    let limits = MetainfoLimits {
        files: 1,
        ..MetainfoLimits::default()
    };
    let error = Metainfo::parse(&v1().bytes(), &limits).unwrap_err();
    assert_eq!(
        (error.code(), error.to_string().as_str()),
        ("too_many_files", "info: there are more than 1 files")
    );
    let error = Metainfo::parse(&hybrid().bytes(), &limits).unwrap_err();
    assert_eq!(error.code(), "too_many_files");

    let limits = MetainfoLimits {
        paths_bytes: 1,
        ..MetainfoLimits::default()
    };
    let error = Metainfo::parse(&v1().bytes(), &limits).unwrap_err();
    assert_eq!(error.code(), "paths_too_long");
    let pads = format!("l{}e", "d4:attr1:p6:lengthi1ee".repeat(4));
    let limits = MetainfoLimits {
        files: 1,
        ..MetainfoLimits::default()
    };
    let error = Metainfo::parse(&v1().info("files", pads).bytes(), &limits).unwrap_err();
    assert_eq!(error.code(), "too_many_files");
}

#[test]
fn every_code_has_a_case() {
    let source = include_str!("../../src/metainfo/error.rs");
    let codes = source
        .split("=> \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let all: BTreeSet<&str> = codes.collect();
    let mut tried: BTreeSet<&str> = cases().into_iter().map(|(code, ..)| code).collect();
    tried.extend(["too_many_files", "paths_too_long"]);
    assert_eq!(all, tried);
}
