//! Files that libtorrent 2.1 and Transmission 3.0 made, and the same torrents built here.
//!
//! The hashes are those that libtorrent computed. Ours being equal means that each program takes
//! what the other makes.

use bittorrent::{Builder, InfoHash, InfoHashV2, Metainfo, MetainfoLimits, Version};
use sha2::{Digest, Sha256};

fn parse(bytes: &[u8]) -> Metainfo {
    Metainfo::parse(bytes, &MetainfoLimits::default()).unwrap()
}

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../fixtures/", $name, ".torrent"))
    };
}

/// The contents of the fixtures' files: SHA-256 over the name and a counter.
fn contents(seed: &str, length: usize) -> Vec<u8> {
    let blocks = (0..length.div_ceil(32)).flat_map(|at| Sha256::digest(format!("{seed}{at}")));
    blocks.take(length).collect()
}

fn album() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a.txt", b"hello\n".to_vec()),
        ("b/deep.bin", contents("deep", 70_000)),
        ("b/empty", Vec::new()),
        ("c.bin", contents("c", 16_384)),
        ("d.bin", contents("d", 40_000)),
    ]
}

fn builder(name: &str, version: Version) -> Builder {
    Builder::new(name)
        .version(version)
        .piece_length(32_768)
        .tier(["http://tracker.example/announce"])
        .comment("a fixture")
        .created_by("fixture")
        .creation_date(1_700_000_000)
}

fn check(bytes: &[u8], version: Version, v1: Option<&str>, v2: Option<&str>) -> Metainfo {
    let torrent = parse(bytes);
    assert_eq!(torrent.version(), version);
    assert_eq!(
        torrent.hashes().v1(),
        v1.map(|hash| hash.parse::<InfoHash>().unwrap())
    );
    assert_eq!(
        torrent.hashes().v2(),
        v2.map(|hash| hash.parse::<InfoHashV2>().unwrap())
    );
    assert_eq!(torrent.piece_length(), 32_768);
    assert_eq!(torrent.bytes(), bytes);
    torrent
}

const ALBUM_V1: &str = "f0efb1ff806779e2e4e2bbb7fcd4c43e1d8551a2";
const ALBUM_V2: &str = "71444f49f11806ef868981138c31c8615b6070a80487ff6634c47cc243940aad";
const ALBUM_HYBRID: (&str, &str) = (
    "934e91d09f8f0fa4340eeca1444f41f4a7b70aa3",
    "4b2a3a03249cadbca532746b6fff7ae527b638bde62c3c592179f31820e0d66a",
);
const SINGLE_V1: &str = "03a2210c96dea39c682aa69e72dbee1e784badcb";
const SINGLE_V2: &str = "0aaf3473709d0f48e70bf8b1d711fcc9d1d7eb5501a877547f7306ed5ee57b19";
const SINGLE_HYBRID: (&str, &str) = (
    "dd2da8242f36c429b6b26a13125755464f4e9a86",
    "8bfae4b6f63ff5b47d07caa06ab1ff916b86ece4e435ec9a4695fd327365efed",
);

#[test]
fn albums_of_libtorrent_are_read() {
    let v1 = check(fixture!("album-v1"), Version::V1, Some(ALBUM_V1), None);
    let v2 = check(fixture!("album-v2"), Version::V2, None, Some(ALBUM_V2));
    let (hash, hash_v2) = ALBUM_HYBRID;
    let hybrid = check(
        fixture!("album-hybrid"),
        Version::Hybrid,
        Some(hash),
        Some(hash_v2),
    );
    for torrent in [&v1, &v2, &hybrid] {
        assert_eq!(
            (
                torrent.name(),
                torrent.is_single_file(),
                torrent.total_size()
            ),
            ("album", false, 126_390)
        );
        assert_eq!(torrent.trackers(), [["http://tracker.example/announce"]]);
        assert_eq!(
            (torrent.comment(), torrent.created_by()),
            (Some("a fixture"), Some("fixture"))
        );
        assert_eq!(
            (torrent.creation_date(), torrent.private()),
            (Some(1_700_000_000), false)
        );
    }
    assert_eq!(
        (v1.piece_count(), v2.piece_count(), hybrid.piece_count()),
        (4, 7, 7)
    );
    let paths: Vec<&str> = hybrid.files().iter().map(|file| file.path()).collect();
    assert_eq!(
        paths,
        ["a.txt", "b/deep.bin", "b/empty", "c.bin", "d.bin"],
        "pads are no files"
    );
    assert_eq!(v2.files(), hybrid.files());
    let rooted: Vec<bool> = v2
        .files()
        .iter()
        .map(|file| file.pieces_root().is_some())
        .collect();
    assert_eq!(rooted, [true, true, false, true, true]);
    assert_eq!(
        hybrid.files()[1].components().collect::<Vec<_>>(),
        ["b", "deep.bin"]
    );
}

#[test]
fn single_files_of_libtorrent_are_read() {
    let (hash, hash_v2) = SINGLE_HYBRID;
    for torrent in [
        check(fixture!("single-v1"), Version::V1, Some(SINGLE_V1), None),
        check(fixture!("single-v2"), Version::V2, None, Some(SINGLE_V2)),
        check(
            fixture!("single-hybrid"),
            Version::Hybrid,
            Some(hash),
            Some(hash_v2),
        ),
    ] {
        assert_eq!(
            (torrent.name(), torrent.is_single_file()),
            ("single.bin", true)
        );
        assert_eq!((torrent.total_size(), torrent.piece_count()), (100_000, 4));
        assert_eq!(torrent.files()[0].path(), "single.bin");
    }
}

#[test]
fn files_of_transmission_are_read() {
    let private = "d54b43112ef93bb06d39aadd00251db2695938bf";
    let private = check(
        fixture!("transmission-private"),
        Version::V1,
        Some(private),
        None,
    );
    assert!(private.private());
    let public = "a557b13d21d5892a9fbab82f9f3872eb7e9c402d";
    let public = check(
        fixture!("transmission-single"),
        Version::V1,
        Some(public),
        None,
    );
    assert!(!public.private(), "a private flag of 0");
    assert_eq!(public.comment(), Some("from transmission"));
    assert!(public.trackers().is_empty());
}

#[test]
fn what_is_built_is_what_libtorrent_builds() {
    for (version, expected) in [
        (Version::V2, &fixture!("album-v2")[..]),
        (Version::Hybrid, &fixture!("album-hybrid")[..]),
    ] {
        // In any order: the file tree has its own.
        let built = album()
            .into_iter()
            .rev()
            .fold(builder("album", version), |b, (path, bytes)| {
                b.file(path, bytes)
            });
        assert_eq!(
            built.build().unwrap().escape_ascii().to_string(),
            expected.escape_ascii().to_string()
        );
    }
    // libtorrent took the files in the order of its directory.
    let mut in_order = album();
    in_order.rotate_left(1);
    let order = ["b/deep.bin", "b/empty", "d.bin", "c.bin", "a.txt"];
    in_order.sort_by_key(|(path, _)| order.iter().position(|other| other == path));
    let built = in_order
        .into_iter()
        .fold(builder("album", Version::V1), |b, (path, bytes)| {
            b.file(path, bytes)
        });
    assert_eq!(built.build().unwrap(), fixture!("album-v1"));

    for (version, expected) in [
        (Version::V1, &fixture!("single-v1")[..]),
        (Version::V2, &fixture!("single-v2")[..]),
        (Version::Hybrid, &fixture!("single-hybrid")[..]),
    ] {
        let built = builder("single.bin", version).single_file(contents("single", 100_000));
        assert_eq!(
            built.build().unwrap().escape_ascii().to_string(),
            expected.escape_ascii().to_string()
        );
    }
}
