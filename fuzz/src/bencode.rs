//! Bencode: strict input is exactly what the writer writes; lenient input becomes strict by writing.

use bencode::{Document, Kind, Limits, Mode, Value, Writer};

pub fn run(input: &[u8]) {
    let limits = Limits {
        depth: 32,
        items: 2_000,
        bytes: 1 << 20,
    };
    let lenient = Document::parse(input, Mode::Lenient, &limits);
    match Document::parse(input, Mode::Strict, &limits) {
        Ok(document) => {
            assert_eq!(written(document.root()), input, "strict input is canonical");
            assert_eq!(document.root().raw(), input, "the root spans the input");
            assert!(lenient.is_ok(), "lenient takes whatever strict does");
        }
        Err(error) => assert!(
            error.offset() <= input.len(),
            "{error} at {}",
            error.offset()
        ),
    }
    match lenient {
        Ok(document) => {
            let canonical = written(document.root());
            let again = Document::parse(&canonical, Mode::Strict, &limits);
            let again = again.expect("what the writer writes is strict");
            assert_eq!(written(again.root()), canonical);
        }
        Err(error) => assert!(
            error.offset() <= input.len(),
            "{error} at {}",
            error.offset()
        ),
    }
    if let Ok((document, used)) = Document::parse_prefix(input, Mode::Lenient, &limits) {
        assert_eq!(document.root().raw(), &input[..used]);
        assert!(Document::parse(&input[..used], Mode::Lenient, &limits).is_ok());
    }
}

fn written(value: Value<'_, '_>) -> Vec<u8> {
    let mut writer = Writer::new();
    write(value, &mut writer);
    writer.finish()
}

fn write(value: Value<'_, '_>, writer: &mut Writer) {
    match value.kind() {
        Kind::Int => {
            writer.int(value.as_int().expect("an integer has a value"));
        }
        Kind::Bytes => {
            writer.bytes(value.as_bytes().expect("a string has bytes"));
        }
        Kind::List => {
            assert_eq!(value.items().count(), value.len());
            writer.list(|writer| value.items().for_each(|item| write(item, writer)));
        }
        Kind::Dict => {
            assert_eq!(value.entries().count(), value.len());
            writer.dict(|dict| {
                for (key, entry) in value.entries() {
                    let mut inner = Writer::new();
                    write(entry, &mut inner);
                    dict.key(key).raw(&inner.finish());
                }
            });
        }
    }
}
