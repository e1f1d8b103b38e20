use bittorrent::Event;
use domain::{TorrentId, UserId};
use store::{AccountingBatch, MemberTotals};
use swarm::Observation;

on_both_engines! {
    async fn sums_and_authors_are_found_by_id(w: &World) {
        let (ann, bob) = (w.user("Ann").await, w.user("Bob").await);
        let forum = w.forum("Films").await;
        let one = w.post_torrent(forum, ann, "One").await.torrent.unwrap();
        let two = w.post_torrent(forum, bob, "Two").await.torrent.unwrap();
        let observation = Observation {
            torrent: swarm::TorrentId(one.0),
            user: swarm::UserId(bob.0),
            peer_id: bittorrent::PeerId::from([1; 20]),
            uploaded: 1 << 40,
            downloaded: 7,
            left: 0,
            event: Event::None,
            at: swarm::UnixTime(1),
            seq: 1,
            terms: swarm::Terms::default(),
        };
        let batch = AccountingBatch {
            instance: "one".to_owned(),
            up_to_seq: 1,
            observations: vec![observation],
            counters: vec![],
        };
        w.store.apply_accounting(&batch).await.unwrap();
        let totals = w.store.member_totals(&[bob, UserId(99), ann, bob]).await.unwrap();
        assert_eq!(totals, [
            MemberTotals { user: ann, uploaded: 0, downloaded: 0 },
            MemberTotals { user: bob, uploaded: 1 << 40, downloaded: 7 },
        ]);
        let authors = w.store.torrent_authors(&[two, TorrentId(99), one]).await.unwrap();
        assert_eq!(authors, [(one, ann), (two, bob)]);
        assert_eq!(w.store.member_totals(&[]).await.unwrap(), []);
        assert_eq!(w.store.torrent_authors(&[]).await.unwrap(), []);
    }
}
