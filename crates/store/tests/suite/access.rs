use domain::TorrentState;
use store::{AccessChange, Conflict, StoreError, What};

use crate::world::{NOW, guest};

on_both_engines! {
    async fn the_tracker_learns_all_at_first_and_then_what_changed(w: &World) {
        w.admin("Root").await;
        let ann = w.user("Ann").await;
        let forum = w.forum("Films").await;
        let film = w.post_torrent(forum, ann, "Film").await;
        let torrent = film.torrent.unwrap();
        let start = w.store.access_snapshot().await.unwrap();
        assert_eq!((start.users.len(), start.torrents.len()), (2, 1));
        let known = &start.torrents[0];
        assert_eq!((known.torrent, known.state), (torrent, TorrentState::NotApproved));
        assert!(known.private && known.upload_percent == 100 && known.download_percent == 100);
        assert_eq!(w.store.access_after(start.seq).await.unwrap(), (start.seq, Vec::new()));

        w.store.ban(ann, "cheating", NOW).await.unwrap();
        let (seq, news) = w.store.access_after(start.seq).await.unwrap();
        assert_eq!(news.len(), 1);
        assert!(matches!(
            &news[0],
            AccessChange::User(user) if user.user == ann && user.banned.as_deref() == Some("cheating")
        ));

        let key = w.passkey();
        w.store.reset_passkey(ann, &key).await.unwrap();
        w.store.unban(ann).await.unwrap();
        let (seq, news) = w.store.access_after(seq).await.unwrap();
        assert_eq!(news.len(), 1, "two changes of one account are one piece of news");
        assert!(matches!(
            &news[0],
            AccessChange::User(user) if user.passkey == key && user.banned.is_none()
        ));

        let (from, to) = (TorrentState::NotApproved, TorrentState::Closed);
        w.store.set_torrent_state(torrent, from, to, ann, "dup", NOW).await.unwrap();
        let place = w.store.torrent_of_topic(&guest(), film.topic).await.unwrap().torrent;
        assert_eq!((place.state, place.state_reason.as_str()), (to, "dup"));
        assert_eq!(place.state_by.unwrap().0.id, ann);
        let stale = w.store.set_torrent_state(torrent, from, to, ann, "", NOW).await;
        assert!(matches!(stale, Err(StoreError::Conflict(Conflict::Stale))));
        let missing = domain::TorrentId(99);
        let missing = w.store.set_torrent_state(missing, from, to, ann, "", NOW).await;
        assert!(matches!(missing, Err(StoreError::NotFound(What::Torrent))));
        let (seq, news) = w.store.access_after(seq).await.unwrap();
        assert!(matches!(&news[..], [AccessChange::Torrent(t)] if t.state == to));

        w.store.delete_topic(film.topic).await.unwrap();
        w.category("irrelevant").await;
        let (seq, news) = w.store.access_after(seq).await.unwrap();
        assert_eq!(news, [AccessChange::TorrentGone(torrent)]);
        assert_eq!(seq, w.store.last_change().await.unwrap());
    }

    async fn changes_become_visible_in_the_order_of_their_numbers(w: &World) {
        let start = w.store.last_change().await.unwrap();
        let writers: Vec<_> = (0..8)
            .map(|n| {
                let accounts: Vec<_> =
                    (0..10).map(|m| w.account(&format!("user {n}-{m}"))).collect();
                let store = w.store.clone();
                tokio::spawn(async move {
                    for account in accounts {
                        store.register(&account).await.unwrap();
                    }
                })
            })
            .collect();
        // Whoever reads on from the last number seen must not miss one that appears below it.
        let (mut seq, mut seen) = (start, Vec::new());
        let mut finished = false;
        while !finished {
            finished = writers.iter().all(|writer| writer.is_finished());
            for change in w.store.changes_after(seq).await.unwrap() {
                assert!(change.seq > seq);
                seq = change.seq;
                seen.push(change);
            }
        }
        assert_eq!(seen.len(), 80);
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(seen, w.store.changes_after(start).await.unwrap());
        assert_eq!(*w.store.subscribe().borrow(), seq);
    }
}
