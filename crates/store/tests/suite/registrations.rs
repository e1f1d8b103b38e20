use bittorrent::InfoHashes;
use domain::{TorrentId, UserId};
use store::{AccessChange, Duplicate, NewRegistration, StoreError, What};

use crate::world::{NOW, v1, v2, why};

fn new(hashes: InfoHashes, by: UserId) -> NewRegistration {
    NewRegistration {
        hashes,
        private: true,
        by,
        now: NOW,
    }
}

on_both_engines! {
    async fn a_torrent_is_registered_by_its_hash_alone(w: &World) {
        let (bob, _) = w.store.add_foreign_user(9, &w.passkey(), NOW).await.unwrap();
        let (eve, _) = w.store.add_foreign_user(8, &w.passkey(), NOW).await.unwrap();
        let seq = w.store.last_change().await.unwrap();
        let old = InfoHashes::from_v1(v1(500));
        let (made, fresh) = w.store.register_torrent(&new(old, bob.user)).await.unwrap();
        assert!(fresh);
        assert_eq!(made.by.as_ref().unwrap().foreign, Some(9));
        let (_, news) = w.store.access_after(seq).await.unwrap();
        assert!(matches!(
            &news[..],
            [AccessChange::Torrent(t)] if t.forum.is_none() && t.private && t.hashes == old
        ));
        let (again, fresh) = w.store.register_torrent(&new(old, bob.user)).await.unwrap();
        assert_eq!((again, fresh), (made.clone(), false));
        let other = w.store.register_torrent(&new(old, eve.user)).await;
        assert!(matches!(other, Err(StoreError::Duplicate(Duplicate::Torrent(_)))));
        let nobody = InfoHashes::from_v1(v1(501));
        let nobody = w.store.register_torrent(&new(nobody, UserId(99))).await;
        assert!(matches!(nobody, Err(StoreError::NotFound(What::User))));

        let modern = InfoHashes::from_v2(v2(502));
        let (modern, _) = w.store.register_torrent(&new(modern, eve.user)).await.unwrap();
        let full = w.store.registration_v2(v2(502)).await.unwrap();
        let short = w.store.registration(v2(502).truncated()).await.unwrap();
        assert_eq!((&full, &short), (&modern, &modern));
        let asked = [v1(500), v2(502).truncated(), v1(999)];
        assert_eq!(w.store.registrations_with(&asked).await.unwrap().len(), 2);
        assert!(w.store.registrations_with(&[]).await.unwrap().is_empty());
        let listed = w.store.registrations_after(TorrentId(0), 1).await.unwrap();
        assert_eq!(listed, std::slice::from_ref(&made));
        let listed = w.store.registrations_after(made.torrent, 10).await.unwrap();
        assert_eq!(listed, [modern]);

        // Who registered it may go, the torrent stays.
        w.store.remove_foreign_user(9).await.unwrap();
        assert_eq!(w.store.registration(v1(500)).await.unwrap().by, None);
    }

    async fn a_torrent_with_a_topic_is_neither_registered_again_nor_deleted_alone(w: &World) {
        let ann = w.user("Ann").await;
        let film = w.post_torrent(w.forum("Films").await, ann, "Film").await;
        let torrent = film.torrent.unwrap();
        let known = w.store.registrations_after(TorrentId(0), 1).await.unwrap().remove(0);
        assert_eq!((known.torrent, known.topic), (torrent, Some(film.topic)));
        let again = w.store.register_torrent(&new(known.hashes, ann)).await;
        assert!(matches!(
            again,
            Err(StoreError::Duplicate(Duplicate::Torrent(there))) if there.topic == Some(film.topic)
        ));
        let alone = w.store.delete_registration(torrent, &why()).await;
        assert!(matches!(alone, Err(StoreError::NotFound(What::Torrent))));
        assert!(w.store.access_snapshot().await.unwrap().deleted.is_empty());
    }

    async fn what_was_deleted_is_remembered_until_it_is_registered_anew(w: &World) {
        let (bob, _) = w.store.add_foreign_user(9, &w.passkey(), NOW).await.unwrap();
        let hashes = InfoHashes::from_v1(v1(500));
        let (made, _) = w.store.register_torrent(&new(hashes, bob.user)).await.unwrap();
        let seq = w.store.last_change().await.unwrap();
        w.store.delete_registration(made.torrent, &why()).await.unwrap();
        let (_, news) = w.store.access_after(seq).await.unwrap();
        assert!(matches!(
            &news[..],
            [AccessChange::TorrentDeleted(gone)] if gone.hashes == hashes
        ));
        let missing = w.store.registration(v1(500)).await;
        assert!(matches!(missing, Err(StoreError::NotFound(What::Torrent))));
        let missing = w.store.delete_registration(made.torrent, &why()).await;
        assert!(matches!(missing, Err(StoreError::NotFound(What::Torrent))));
        let (anew, fresh) = w.store.register_torrent(&new(hashes, bob.user)).await.unwrap();
        assert!(fresh);
        assert_ne!(anew.torrent, made.torrent, "its number is its own");
    }
}
