//! `.torrent` files: what is taken is safe to show and to write to disk, and keeps its hash however
//! often it is handed out.

use bittorrent::{InfoHash, InfoHashV2, Magnet, Metainfo, MetainfoLimits, Rewrite};

pub fn run(input: &[u8]) {
    let limits = MetainfoLimits {
        bytes: 1 << 20,
        files: 500,
        ..MetainfoLimits::default()
    };
    let torrent = match Metainfo::parse(input, &limits) {
        Ok(torrent) => torrent,
        Err(error) => {
            assert!(!error.code().is_empty() && !error.to_string().is_empty());
            return;
        }
    };
    let hashes = torrent.hashes();
    assert!(
        hashes
            .v1()
            .is_none_or(|hash| hash == InfoHash::of(torrent.raw_info()))
    );
    assert!(
        hashes
            .v2()
            .is_none_or(|hash| hash == InfoHashV2::of(torrent.raw_info()))
    );
    assert_eq!(hashes.version(), torrent.version());
    assert!(torrent.files().len() <= limits.files);
    assert_eq!(
        torrent
            .files()
            .iter()
            .map(|file| file.length())
            .sum::<u64>(),
        torrent.total_size()
    );
    for file in torrent.files() {
        for name in file.components() {
            assert!(!matches!(name, "" | "." | ".."), "{:?}", file.path());
            assert!(!name.contains(['/', '\\', '\0']), "{:?}", file.path());
        }
    }

    let rewrite = Rewrite {
        announce: vec![vec![
            "http://ours.example/announce/0123456789abcdef".to_owned(),
        ]],
        comment: Some("http://ours.example/topics/1".to_owned()),
        ..Rewrite::default()
    };
    let handed_out = torrent.rewrite(&rewrite);
    let again = Metainfo::parse(&handed_out, &limits).expect("what is handed out can be read");
    assert_eq!(again.raw_info(), torrent.raw_info());
    assert_eq!(again.hashes(), hashes);
    assert_eq!(again.trackers(), rewrite.announce);
    assert_eq!(again.comment(), rewrite.comment.as_deref());
    assert!(again.web_seeds().is_empty());
    assert_eq!(
        again.rewrite(&rewrite),
        handed_out,
        "handing out again changes nothing"
    );

    let other = torrent
        .with_private(!torrent.private())
        .expect("the flag can be changed");
    let other = Metainfo::parse(&other, &limits).expect("with the flag changed it can be read");
    assert_eq!(other.private(), !torrent.private());
    assert_ne!(other.hashes(), hashes);
    assert_eq!(other.files().len(), torrent.files().len());

    let magnet: Magnet = Magnet::from(&torrent)
        .to_string()
        .parse()
        .expect("our magnets can be read");
    assert_eq!(magnet.hashes, hashes);
}
