use bittorrent::{Event, PeerId};
use domain::{Page, TorrentId, UnixTime, UserId, UserName};
use store::{
    AccessChange, AccountFilter, AccountingBatch, Duplicate, ForeignChange, StoreError, What,
};
use swarm::Observation;

use crate::world::NOW;

on_both_engines! {
    async fn a_foreign_user_is_made_once_and_is_no_member(w: &World) {
        let ann = w.user("Ann").await;
        let seq = w.store.last_change().await.unwrap();
        let key = w.passkey();
        let (made, new) = w.store.add_foreign_user(1, &key, NOW).await.unwrap();
        assert!(new);
        assert_eq!((made.foreign, made.number(), &made.passkey), (Some(1), 1, &key));
        assert_ne!(made.user, ann, "their numbers are not ours");
        let (again, new) = w.store.add_foreign_user(1, &w.passkey(), NOW).await.unwrap();
        assert!(!new);
        assert_eq!(again, made, "the second time changes nothing");
        let (_, news) = w.store.access_after(seq).await.unwrap();
        assert!(matches!(
            &news[..],
            [AccessChange::User(user)] if user.passkey == key && user.may_download
        ));
        let taken = w.store.add_foreign_user(2, &key, NOW).await;
        assert!(matches!(taken, Err(StoreError::Duplicate(Duplicate::Passkey))));

        let page = Page::new(1, 50);
        let (accounts, total) =
            w.store.list_accounts(AccountFilter::All, page).await.unwrap();
        assert_eq!((accounts.len(), total), (1, 1));
        assert_eq!(w.store.accounts_after(UserId(0), 50).await.unwrap().len(), 1);
        let members = w.store.members_page(page).await.unwrap();
        assert_eq!((members.members.len(), members.total), (1, 1));
        assert_eq!(w.store.totals().await.unwrap().newest.unwrap().id, ann);
        let page = w.store.member_page(&crate::world::guest(), made.user).await;
        assert!(matches!(page, Err(StoreError::NotFound(What::User))));
        assert!("#1".parse::<UserName>().is_err(), "nobody logs in as one");
        assert_eq!(w.store.tracker_user(ann).await.unwrap().number(), ann.0 as u64);
        assert_eq!(w.store.tracker_user(made.user).await.unwrap(), made);
    }

    async fn foreign_users_come_in_the_order_of_their_numbers(w: &World) {
        for number in [30, 7, 1 << 40] {
            w.store.add_foreign_user(number, &w.passkey(), NOW).await.unwrap();
        }
        let numbers = async |after, limit| {
            let users = w.store.foreign_users_after(after, limit).await.unwrap();
            users.iter().filter_map(|user| user.foreign).collect::<Vec<_>>()
        };
        assert_eq!(numbers(0, 2).await, [7, 30]);
        assert_eq!(numbers(30, 2).await, [1 << 40]);
        assert!(numbers(1 << 40, 2).await.is_empty());
    }

    async fn a_foreign_user_changes_all_at_once(w: &World) {
        let ann = w.user("Ann").await;
        w.store.add_foreign_user(5, &w.passkey(), NOW).await.unwrap();
        let change = ForeignChange {
            passkey: Some(w.passkey()),
            ban: Some(Some("cheats".to_owned())),
            may_download: Some(false),
        };
        let seq = w.store.last_change().await.unwrap();
        w.store.change_foreign_user(5, &change, NOW).await.unwrap();
        let user = w.store.foreign_user(5).await.unwrap();
        assert_eq!(Some(&user.passkey), change.passkey.as_ref());
        assert_eq!(user.ban.as_ref().unwrap().reason, "cheats");
        assert!(!user.may_download);
        let (_, news) = w.store.access_after(seq).await.unwrap();
        assert!(matches!(
            &news[..],
            [AccessChange::User(user)] if !user.may_download && user.banned.is_some()
        ));
        let change = ForeignChange { ban: Some(None), ..ForeignChange::default() };
        w.store.change_foreign_user(5, &change, NOW).await.unwrap();
        let user = w.store.foreign_user(5).await.unwrap();
        assert!(user.ban.is_none() && !user.may_download, "what is not named stays");
        // What is wrong in one part undoes the others.
        let taken = w.store.tracker_user(ann).await.unwrap().passkey;
        let change = ForeignChange {
            passkey: Some(taken),
            ban: Some(Some("again".to_owned())),
            may_download: None,
        };
        let refused = w.store.change_foreign_user(5, &change, NOW).await;
        assert!(matches!(refused, Err(StoreError::Duplicate(Duplicate::Passkey))));
        assert!(w.store.foreign_user(5).await.unwrap().ban.is_none());
        let member = w.store.change_foreign_user(ann.0 as u64, &change, NOW).await;
        assert!(matches!(member, Err(StoreError::NotFound(What::User))));
    }

    async fn shares_are_listed_by_user_and_by_torrent(w: &World) {
        let ann = w.user("Ann").await;
        let forum = w.forum("Films").await;
        let (bob, _) = w.store.add_foreign_user(9, &w.passkey(), NOW).await.unwrap();
        let mut torrents = Vec::new();
        let mut observations = Vec::new();
        for (n, title) in (0_u64..).zip(["One", "Two", "Three"]) {
            let torrent = w.post_torrent(forum, ann, title).await.torrent.unwrap();
            torrents.push(torrent);
            for (user, left) in [(ann, 0), (bob.user, 7)] {
                observations.push(Observation {
                    torrent: swarm::TorrentId(torrent.0),
                    user: swarm::UserId(user.0),
                    peer_id: PeerId::from([user.0 as u8; 20]),
                    uploaded: 10 + n,
                    downloaded: 3,
                    left,
                    event: Event::None,
                    at: swarm::UnixTime(NOW.0 + n as i64),
                    seq: observations.len() as u64 + 1,
                    terms: swarm::Terms::default(),
                });
            }
        }
        let batch = AccountingBatch {
            instance: "tracker".to_owned(),
            up_to_seq: 6,
            observations,
            counters: Vec::new(),
        };
        w.store.apply_accounting(&batch).await.unwrap();
        let user = w.store.foreign_user(9).await.unwrap();
        assert_eq!((user.uploaded, user.downloaded), (33, 9));
        assert_eq!(user.last_announce, Some(UnixTime(NOW.0 + 2)));

        let first = w.store.shares_of_user(bob.user, TorrentId(0), 2).await.unwrap();
        assert_eq!(first.iter().map(|s| s.torrent).collect::<Vec<_>>(), torrents[..2]);
        assert_eq!((first[1].share.uploaded, first[1].share.left), (11, Some(7)));
        assert_eq!((first[0].name.as_str(), first[0].topic.is_some()), ("One", true));
        let rest = w.store.shares_of_user(bob.user, torrents[1], 2).await.unwrap();
        assert_eq!(rest.len(), 1);
        let active = w.store.active_shares_of_user(bob.user, NOW, 10).await.unwrap();
        let active: Vec<_> = active.iter().map(|s| s.torrent).collect();
        assert_eq!(active, [torrents[2], torrents[1]]);

        let users = w.store.shares_of_torrent(torrents[0], UserId(0), 10).await.unwrap();
        let users: Vec<_> = users.iter().map(|s| (s.user, s.foreign, s.share.left)).collect();
        assert_eq!(users, [(ann, None, Some(0)), (bob.user, Some(9), Some(7))]);
        let after = w.store.shares_of_torrent(torrents[0], ann, 10).await.unwrap();
        assert_eq!(after.len(), 1);

        w.store.remove_foreign_user(9).await.unwrap();
        let gone = w.store.foreign_user(9).await;
        assert!(matches!(gone, Err(StoreError::NotFound(What::User))));
        assert!(w.store.shares_of_user(bob.user, TorrentId(0), 2).await.unwrap().is_empty());
        let member = w.store.remove_foreign_user(ann.0 as u64).await;
        assert!(matches!(member, Err(StoreError::NotFound(What::User))));
    }
}
