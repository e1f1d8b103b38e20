//! What is accepted, rewritten and built.

use bencode::{Document, Limits, Mode};
use bittorrent::{
    BuildError, Builder, InfoHash, Magnet, Metainfo, MetainfoLimits, Rewrite, Version,
};
use proptest::prelude::*;

fn parse(bytes: &[u8]) -> Metainfo {
    Metainfo::parse(bytes, &MetainfoLimits::default()).unwrap_or_else(|error| panic!("{error}"))
}

fn keys(bytes: &[u8]) -> Vec<String> {
    let document = Document::parse(bytes, Mode::Strict, &Limits::default()).unwrap();
    document
        .root()
        .entries()
        .map(|(key, _)| String::from_utf8(key.to_vec()).unwrap())
        .collect()
}

/// A torrent with everything in it that a program could think of.
fn cluttered(private: bool) -> Vec<u8> {
    let private = if private { "7:privatei1e" } else { "" };
    format!(
        "d8:announce9:http://a/13:announce-listll9:http://b/0:el0:el9:http://a/ee7:comment3:hey10:created by1:p\
         13:creation datei7e8:encoding5:UTF-84:infod4:blah3:foo6:lengthi3e6:md5sum1:x4:name1:n\
         12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaa{private}6:source4:heree\
         5:nodesll9:127.0.0.1i1eee9:publisher1:q13:publisher-url1:r8:url-listl9:http://w/ee"
    )
    .into_bytes()
}

#[test]
fn unknown_keys_are_tolerated_and_count_for_the_hash() {
    let bytes = cluttered(false);
    let torrent = parse(&bytes);
    let raw = &bytes[bytes.windows(7).position(|w| w == b"d4:blah").unwrap()..];
    let raw = &raw[..raw.windows(9).position(|w| w == b"4:heree5:").unwrap() + 7];
    assert_eq!(torrent.raw_info(), raw);
    assert_eq!(torrent.hashes().v1(), Some(InfoHash::of(raw)));
    assert_eq!(torrent.trackers(), [["http://b/"], ["http://a/"]]);
    assert_eq!(torrent.web_seeds(), ["http://w/"]);
    assert_eq!(
        (torrent.source(), torrent.comment()),
        (Some("here"), Some("hey"))
    );
    assert_eq!(
        (torrent.created_by(), torrent.creation_date()),
        (Some("p"), Some(7))
    );
}

#[test]
fn a_rewrite_keeps_the_info_and_nothing_else_unasked() {
    let torrent = parse(&cluttered(false));
    let bare = torrent.rewrite(&Rewrite::default());
    assert_eq!(keys(&bare), ["created by", "creation date", "info"]);
    let rewrite = Rewrite {
        announce: vec![
            vec!["http://1/".into(), "http://2/".into(), "http://1/".into()],
            vec!["http://2/".into(), "".into()],
            vec!["http://3/".into(), "http://1/".into()],
        ],
        comment: Some("c".into()),
        publisher_url: Some("http://site/".into()),
        keep_web_seeds: true,
        ..Rewrite::default()
    };
    let full = torrent.rewrite(&rewrite);
    assert_eq!(
        keys(&full),
        [
            "announce",
            "announce-list",
            "comment",
            "created by",
            "creation date",
            "info",
            "publisher-url",
            "url-list"
        ]
    );
    let full = parse(&full);
    assert_eq!(full.raw_info(), torrent.raw_info());
    assert_eq!(
        full.trackers(),
        [vec!["http://1/", "http://2/"], vec!["http://3/"]]
    );
    assert_eq!(full.web_seeds(), ["http://w/"]);

    let without = Rewrite {
        without: vec!["http://w/".into(), "p".into()],
        ..rewrite.clone()
    };
    let without = parse(&torrent.rewrite(&without));
    assert!(without.web_seeds().is_empty() && without.created_by().is_none());

    let private = parse(&cluttered(true));
    assert!(
        !keys(&private.rewrite(&rewrite)).contains(&"url-list".to_owned()),
        "private"
    );
    let single = Rewrite {
        announce: vec![vec!["http://1/".into()]],
        ..Rewrite::default()
    };
    assert_eq!(
        keys(&torrent.rewrite(&single))[0..2],
        ["announce", "created by"],
        "one URL needs no list"
    );
    assert_eq!(
        parse(&single.wrap(torrent.raw_info())).hashes(),
        torrent.hashes()
    );
}

#[test]
fn a_rewrite_keeps_piece_layers() {
    let torrent = parse(include_bytes!("../fixtures/album-hybrid.torrent"));
    let rewritten = parse(&torrent.rewrite(&Rewrite::default()));
    assert_eq!(rewritten.hashes(), torrent.hashes());
    assert_eq!(rewritten.files(), torrent.files());
}

#[test]
fn private_is_set_and_taken_away_and_nothing_else_changes() {
    let torrent = parse(&cluttered(false));
    let private = torrent.with_private(true).unwrap();
    assert_eq!(private, cluttered(true));
    assert!(parse(&private).private());
    assert_ne!(parse(&private).hashes(), torrent.hashes());
    assert_eq!(
        parse(&private).with_private(false).unwrap(),
        torrent.bytes()
    );
    assert_eq!(parse(&private).with_private(true).unwrap(), private);
}

#[test]
fn old_encodings_are_read_by_their_utf_8_names() {
    // The second byte of this Shift JIS character is that of a backslash.
    let bytes = b"d4:infod5:filesld6:lengthi3e4:pathl2:\x83\x5ce10:path.utf-8l5:\xe3\x82\xbd.ceee\
        4:name2:\xff\xfe10:name.utf-84:name12:piece lengthi16384e6:pieces20:aaaaaaaaaaaaaaaaaaaaee";
    let torrent = parse(bytes);
    assert_eq!(
        (torrent.name(), torrent.files()[0].path()),
        ("name", "\u{30bd}.c")
    );
}

#[test]
fn a_folder_with_one_file_is_no_single_file() {
    let folder = |version| {
        parse(
            &Builder::new("n")
                .version(version)
                .file("f", "x")
                .build()
                .unwrap(),
        )
    };
    for version in [Version::V1, Version::V2, Version::Hybrid] {
        assert!(!folder(version).is_single_file());
    }
}

#[test]
fn a_builder_says_why_it_cannot() {
    let sized = Builder::new("n").sized_file("f", 40_000);
    assert_eq!(
        sized.clone().version(Version::V2).build(),
        Err(BuildError::ContentsNeeded)
    );
    assert_eq!(
        sized.clone().piece_length(0).build(),
        Err(BuildError::PieceLengthZero)
    );
    let code = |builder: Builder| match builder.build() {
        Err(BuildError::Refused(error)) => error.code(),
        other => panic!("{other:?}"),
    };
    assert_eq!(code(sized.clone()), "piece_count");
    assert_eq!(
        parse(&sized.pieces(vec![[7; 20]; 3]).build().unwrap()).total_size(),
        40_000
    );
    assert_eq!(code(Builder::new("n")), "no_content");
    assert_eq!(code(Builder::new("a/b").single_file("x")), "name_separator");
    assert_eq!(
        code(
            Builder::new("n")
                .version(Version::V2)
                .file("a", "x")
                .file("a", "y")
        ),
        "not_bencode"
    );
    assert_eq!(
        code(
            Builder::new("n")
                .version(Version::V2)
                .file("a", "x")
                .file("a/b", "y")
        ),
        "not_bencode"
    );
    assert_eq!(
        code(
            Builder::new("n")
                .version(Version::V2)
                .file("A/c", "x")
                .file("a/C", "y")
        ),
        "duplicate_path"
    );
    assert_eq!(
        code(
            Builder::new("n")
                .version(Version::Hybrid)
                .piece_length(20_000)
                .file("a", "x")
        ),
        "piece_length_v2"
    );
}

#[test]
fn a_large_torrent_is_read_within_its_limits() {
    let sized = (0..100_000).fold(Builder::new("n"), |b, at| {
        b.sized_file(format!("folder {}/file {at}", at % 100), 1)
    });
    let bytes = sized
        .piece_length(1 << 20)
        .pieces(vec![[0; 20]; 1])
        .build()
        .unwrap();
    assert_eq!(parse(&bytes).files().len(), 100_000);
}

#[test]
fn shared_folder_names_cannot_blow_up_memory() {
    // A file tree of a few hundred KB whose paths together would be some 60 MB.
    let folders: String = (0..8)
        .map(|_| format!("255:{}d", "x".repeat(255)))
        .collect();
    let files: String = (0..30_000)
        .map(|at| format!("5:{at:05}d0:d6:lengthi0eee"))
        .collect();
    let bytes = format!(
        "d4:infod9:file treed{folders}{files}{}e12:meta versioni2e4:name1:n12:piece lengthi16384eee",
        "e".repeat(8)
    );
    let limits = MetainfoLimits {
        path_bytes: 4096,
        ..MetainfoLimits::default()
    };
    let error = Metainfo::parse(bytes.as_bytes(), &limits).unwrap_err();
    assert_eq!(error.code(), "paths_too_long");
}

/// Builders of small torrents of every kind.
fn builder() -> impl Strategy<Value = Builder> {
    let version = prop_oneof![Just(Version::V1), Just(Version::V2), Just(Version::Hybrid)];
    let files =
        prop::collection::btree_map("[a-z]{1,3}(/[a-z]{1,2}){0,2}\\.[a-z]", 0usize..70_000, 1..6);
    let piece = prop_oneof![Just(16u64 << 10), Just(32 << 10), Just(64 << 10)];
    (version, files, piece, any::<bool>(), any::<Option<i64>>()).prop_map(
        |(version, files, piece, private, date)| {
            let builder = Builder::new("name")
                .version(version)
                .piece_length(piece)
                .private(private);
            let builder = date.into_iter().fold(builder, Builder::creation_date);
            files.into_iter().fold(builder, |builder, (path, length)| {
                let contents: Vec<u8> = (0..length).map(|at| (at * 31 / 7) as u8).collect();
                builder.file(path, contents)
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn what_is_built_is_accepted_and_survives_its_rewrites(builder in builder()) {
        let Ok(bytes) = builder.build() else {
            return Ok(());
        };
        let torrent = parse(&bytes);
        let rewritten = parse(&torrent.rewrite(&Rewrite::default()));
        prop_assert_eq!(rewritten.raw_info(), torrent.raw_info());
        prop_assert_eq!(rewritten.files(), torrent.files());
        let other = parse(&torrent.with_private(!torrent.private()).unwrap());
        prop_assert_ne!(other.hashes(), torrent.hashes());
        prop_assert_eq!(other.with_private(torrent.private()).unwrap(), bytes);
        prop_assert_eq!(Magnet::from(&torrent).hashes, torrent.hashes());
    }

    #[test]
    fn mutated_torrents_never_panic(
        builder in builder(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let Ok(mut bytes) = builder.build() else {
            return Ok(());
        };
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        match Metainfo::parse(&bytes, &MetainfoLimits::default()) {
            Ok(torrent) => {
                let again = parse(&torrent.rewrite(&Rewrite::default()));
                prop_assert_eq!(again.hashes(), torrent.hashes());
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn one_file_on_some_system_is_not_two(
        name in "x[a-zäßé]{1,4}",
        folder in prop::option::of("x[a-zé]{1,3}"),
        ways in prop::collection::vec(0..6usize, 1..4),
        nested in any::<bool>(),
        version in prop_oneof![Just(Version::V1), Just(Version::V2), Just(Version::Hybrid)],
    ) {
        let written = |name: &str| {
            ways.iter().fold(name.to_owned(), |name, way| match way {
                0 => name.to_uppercase(),
                1 => name.replace('é', "e\u{301}").replace('ä', "a\u{308}"),
                2 => format!("{name}."),
                3 => format!("{name} "),
                4 => format!("{name}\u{200b}"),
                _ => format!("\u{feff}{name}\u{fe0f}"),
            })
        };
        let other = written(&name);
        let (first, second) = match &folder {
            Some(folder) => (format!("{folder}/{name}"), format!("{}/{other}", written(folder))),
            None => (name.clone(), other.clone()),
        };
        prop_assume!(first != second);
        let second = if nested { format!("{second}/x") } else { second };
        let build = Builder::new("n").version(version).piece_length(16_384);
        let error = build.file(first, "x").file(second, "y").build().unwrap_err();
        let BuildError::Refused(error) = error else {
            return Err(TestCaseError::fail(error.to_string()));
        };
        let expected = if nested { "file_and_folder" } else { "duplicate_path" };
        prop_assert_eq!(error.code(), expected);
    }
}
