//! The rules of bencode, one case each, and the properties that hold for every input.

use std::collections::BTreeMap;

use bencode::{Document, Error, Kind, Limits, Mode, Value, Writer};
use proptest::prelude::*;

/// Bencode as a tree, the way the tests compare it.
#[derive(Debug, Clone, PartialEq)]
enum Tree {
    Int(i64),
    Bytes(Vec<u8>),
    List(Vec<Tree>),
    Dict(BTreeMap<Vec<u8>, Tree>),
}

impl Tree {
    fn of(value: Value<'_, '_>) -> Self {
        match value.kind() {
            Kind::Int => Self::Int(value.as_int().unwrap()),
            Kind::Bytes => Self::Bytes(value.as_bytes().unwrap().to_vec()),
            Kind::List => Self::List(value.items().map(Self::of).collect()),
            Kind::Dict => Self::Dict(
                value
                    .entries()
                    .map(|(k, v)| (k.to_vec(), Self::of(v)))
                    .collect(),
            ),
        }
    }

    fn write(&self, w: &mut Writer) {
        match self {
            Self::Int(value) => {
                w.int(*value);
            }
            Self::Bytes(value) => {
                w.bytes(value);
            }
            Self::List(items) => {
                w.list(|w| items.iter().for_each(|item| item.write(w)));
            }
            // Backwards, so that the writer has something to sort.
            Self::Dict(entries) => {
                w.dict(|d| {
                    for (key, value) in entries.iter().rev() {
                        d.key(key).raw(&value.encode());
                    }
                });
            }
        }
    }

    fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        self.write(&mut w);
        w.finish()
    }
}

fn tree() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        any::<i64>().prop_map(Tree::Int),
        prop::collection::vec(any::<u8>(), 0..24).prop_map(Tree::Bytes),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        let key = prop::collection::vec(any::<u8>(), 0..12);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Tree::List),
            prop::collection::btree_map(key, inner, 0..8).prop_map(Tree::Dict),
        ]
    })
}

fn strict(input: &[u8]) -> Result<Document<'_>, Error> {
    Document::parse(input, Mode::Strict, &Limits::default())
}

/// Walks everything there is, so that a wrong link in the tape would show.
fn walk(value: Value<'_, '_>, input: &[u8]) {
    assert_eq!(value.raw(), &input[value.span()]);
    let length = value.len();
    assert_eq!(value.is_empty(), length == 0);
    let _ = format!("{value:?}");
    value.items().for_each(|item| walk(item, input));
    for (key, item) in value.entries() {
        assert_eq!(value.get(key).map(|v| v.span()), Some(item.span()));
        walk(item, input);
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(tree in tree()) {
        let bytes = tree.encode();
        let document = strict(&bytes).unwrap();
        walk(document.root(), &bytes);
        prop_assert_eq!(Tree::of(document.root()), tree);
    }

    #[test]
    fn what_is_accepted_is_written_back_byte_for_byte(
        tree in tree(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
    ) {
        let mut bytes = tree.encode();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(document) = strict(&bytes) {
            walk(document.root(), &bytes);
            prop_assert_eq!(Tree::of(document.root()).encode(), bytes);
        }
    }

    #[test]
    fn bencode_like_noise_never_panics(bytes in "[0-9ilde:\\-a]{0,64}") {
        let bytes = bytes.as_bytes();
        for mode in [Mode::Strict, Mode::Lenient] {
            if let Ok((document, used)) = Document::parse_prefix(bytes, mode, &Limits::default()) {
                prop_assert_eq!(document.root().span(), 0..used);
                walk(document.root(), bytes);
                prop_assert!(Document::parse(&bytes[..used], mode, &Limits::default()).is_ok());
            }
        }
        if let Ok(document) = strict(bytes) {
            prop_assert_eq!(Tree::of(document.root()).encode(), bytes);
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..256)) {
        if let Ok(document) = Document::parse(&bytes, Mode::Lenient, &Limits::default()) {
            walk(document.root(), &bytes);
        }
    }

    #[test]
    fn an_input_cut_short_is_refused(tree in tree(), at in any::<prop::sample::Index>()) {
        let bytes = tree.encode();
        let cut = at.index(bytes.len());
        prop_assert!(strict(&bytes[..cut]).is_err());
    }
}

#[test]
fn every_rule_is_named_with_its_offset() {
    let end = |offset, expected| Error::UnexpectedEnd { offset, expected };
    let byte = |offset, byte, expected| Error::UnexpectedByte {
        offset,
        byte,
        expected,
    };
    let cases: &[(&str, Error)] = &[
        ("", end(0, "a value")),
        ("l", end(1, "a value or the end of a list")),
        ("d", end(1, "a key or the end of a dictionary")),
        ("d1:a", end(4, "a value")),
        ("1", end(1, "the rest of a string length")),
        ("12", Error::LengthPastEnd { offset: 0 }),
        ("i", end(1, "the rest of an integer")),
        ("i12", end(3, "the rest of an integer")),
        ("e", byte(0, b'e', "a value")),
        ("x", byte(0, b'x', "a value")),
        ("lx", byte(1, b'x', "a value or the end of a list")),
        ("1x", byte(1, b'x', "a digit or a colon")),
        ("-1:a", byte(0, b'-', "a value")),
        ("ie", byte(1, b'e', "a digit")),
        ("i-e", byte(2, b'e', "a digit")),
        ("i--1e", byte(2, b'-', "a digit")),
        ("i+1e", byte(1, b'+', "a digit")),
        ("i1.0e", byte(2, b'.', "a digit or the end of an integer")),
        ("i01e", Error::IntegerNotCanonical { offset: 0 }),
        ("i-0e", Error::IntegerNotCanonical { offset: 0 }),
        ("i-01e", Error::IntegerNotCanonical { offset: 0 }),
        (
            "i9223372036854775808e",
            Error::IntegerOverflow { offset: 0 },
        ),
        (
            "i-9223372036854775809e",
            Error::IntegerOverflow { offset: 0 },
        ),
        (
            "i99999999999999999999999999999999e",
            Error::IntegerOverflow { offset: 0 },
        ),
        ("01:a", Error::LengthNotCanonical { offset: 0 }),
        ("00:", Error::LengthNotCanonical { offset: 0 }),
        ("2:a", Error::LengthPastEnd { offset: 0 }),
        (
            "99999999999999999999999999999999:a",
            Error::LengthPastEnd { offset: 0 },
        ),
        ("18446744073709551617:a", Error::LengthPastEnd { offset: 0 }),
        ("di1e1:ae", Error::KeyNotString { offset: 1 }),
        ("dlei1ee", Error::KeyNotString { offset: 1 }),
        ("d1:ae", Error::MissingValue { offset: 4 }),
        ("d1:bi1e1:ai1ee", Error::KeysOutOfOrder { offset: 7 }),
        ("d1:ai1e1:ai1ee", Error::DuplicateKey { offset: 7 }),
        ("i1ei2e", Error::TrailingBytes { offset: 3 }),
    ];
    for (input, expected) in cases {
        let error = strict(input.as_bytes()).unwrap_err();
        assert_eq!(error, *expected, "{input}");
        assert!(error.offset() <= input.len());
        let sentence = error.to_string();
        assert!(sentence.contains(&error.offset().to_string()), "{sentence}");
    }
}

#[test]
fn the_bounds_of_an_integer_are_read() {
    for value in [i64::MIN, -1, 0, 1, i64::MAX] {
        let text = format!("i{value}e");
        assert_eq!(
            strict(text.as_bytes()).unwrap().root().as_int(),
            Some(value)
        );
    }
    assert_eq!(strict(b"i-1e").unwrap().root().as_uint(), None);
}

#[test]
fn lenient_forgives_the_order_of_keys_and_nothing_else() {
    let lenient = |input: &'static [u8]| Document::parse(input, Mode::Lenient, &Limits::default());
    let document = lenient(b"d1:bi1e1:ad1:zi2e1:yi3eee").unwrap();
    assert_eq!(
        document
            .root()
            .get(b"a")
            .unwrap()
            .get(b"y")
            .unwrap()
            .as_int(),
        Some(3)
    );
    assert_eq!(
        lenient(b"d1:bi1e1:ai2e1:bi3ee").unwrap_err(),
        Error::DuplicateKey { offset: 13 }
    );
    assert_eq!(
        lenient(b"d1:bde1:aled1:xe").unwrap_err(),
        Error::KeyNotString { offset: 11 }
    );
    assert_eq!(
        lenient(b"i1ee").unwrap_err(),
        Error::TrailingBytes { offset: 3 }
    );
    assert_eq!(
        lenient(b"i01e").unwrap_err(),
        Error::IntegerNotCanonical { offset: 0 }
    );
}

#[test]
fn nesting_is_limited_and_never_overflows_the_stack() {
    let limits = Limits {
        depth: 3,
        ..Limits::default()
    };
    let parse = |input: &[u8]| Document::parse(input, Mode::Strict, &limits).map(|_| ());
    assert_eq!(
        parse(b"lllleeee"),
        Err(Error::TooDeep {
            offset: 3,
            limit: 3
        })
    );
    assert_eq!(parse(b"llleee"), Ok(()));
    assert_eq!(parse(b"lllelee4:spame"), Ok(()));

    let deep = [vec![b'l'; 1 << 20], vec![b'e'; 1 << 20]].concat();
    assert_eq!(
        strict(&deep).unwrap_err(),
        Error::TooDeep {
            offset: 64,
            limit: 64
        }
    );
    let limits = Limits {
        depth: usize::MAX,
        items: usize::MAX,
        ..Limits::default()
    };
    let document = Document::parse(&deep, Mode::Strict, &limits).unwrap();
    assert_eq!(document.root().raw().len(), deep.len());
    let mut value = document.root();
    let mut depth = 1;
    while let Some(inner) = value.items().next() {
        value = inner;
        depth += 1;
    }
    assert_eq!(depth, 1 << 20);
}

#[test]
fn items_and_bytes_are_limited() {
    let limits = Limits {
        items: 3,
        bytes: 12,
        ..Limits::default()
    };
    let parse = |input: &[u8]| Document::parse(input, Mode::Strict, &limits).map(|_| ());
    assert_eq!(parse(b"l0:0:e"), Ok(()));
    assert_eq!(
        parse(b"l0:0:0:e"),
        Err(Error::TooManyItems {
            offset: 5,
            limit: 3
        })
    );
    assert_eq!(
        parse(b"d0:0:1:a0:e"),
        Err(Error::TooManyItems {
            offset: 5,
            limit: 3
        })
    );
    assert_eq!(
        parse(b"10:abcdefghij"),
        Err(Error::TooLarge {
            size: 13,
            limit: 12
        })
    );
}

#[test]
fn a_prefix_says_how_much_it_took() {
    let input = b"d8:msg_typei1ee\x00payload";
    let (document, used) = Document::parse_prefix(input, Mode::Strict, &Limits::default()).unwrap();
    assert_eq!(used, 15);
    assert_eq!(document.root().get(b"msg_type").unwrap().as_int(), Some(1));
}

#[test]
fn accessors_of_another_kind_answer_nothing() {
    let document = strict(b"d1:ai1e1:b2:\xff\xfe1:cl1:xee").unwrap();
    let root = document.root();
    assert_eq!(root.as_int(), None);
    assert_eq!(root.as_bytes(), None);
    assert_eq!(root.items().count(), 0);
    assert_eq!(root.len(), 3);
    assert_eq!(root.get(b"a").unwrap().entries().count(), 0);
    assert_eq!(root.get(b"a").unwrap().get(b"a").map(|v| v.span()), None);
    assert_eq!(root.get(b"b").unwrap().as_str(), None);
    assert_eq!(root.get(b"b").unwrap().as_bytes(), Some(&b"\xff\xfe"[..]));
    assert_eq!(root.get(b"c").unwrap().raw(), b"l1:xe");
    assert_eq!(format!("{:?}", root.get(b"b").unwrap()), "\"\\xff\\xfe\"");
}

#[test]
fn the_writer_sorts_keys_and_keeps_the_last_of_two() {
    let mut w = Writer::append(b"HTTP".to_vec());
    w.dict(|d| {
        d.key(b"zz").list(|w| {
            w.int(1).str("x").bytes(b"").raw(b"de").int(u64::MAX);
        });
        d.key(b"b").int(1);
        d.key(b"").str("empty");
        d.key(b"a longer key than ten").dict(|d| {
            d.key(b"y").int(2);
            d.key(b"x").int(i64::MIN);
        });
        d.key(b"b").int(2);
        let _ = d.key(b"left out");
    });
    let expected: &[u8] =
        b"HTTPd0:5:empty21:a longer key than tend1:xi-9223372036854775808e1:yi2ee\
        1:bi2e2:zzli1e1:x0:dei18446744073709551615eee";
    assert_eq!(
        w.finish().escape_ascii().to_string(),
        expected.escape_ascii().to_string()
    );
}
