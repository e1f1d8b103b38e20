use domain::{Audience, ForumRights, TorrentState, UnixTime};
use store::{AccessChange, AccessForum, Conflict, NewGroup, StoreError, What};

use crate::world::{NOW, details, guest, why};

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

        w.store.delete_topic(film.topic, &why()).await.unwrap();
        w.category("irrelevant").await;
        let (seq, news) = w.store.access_after(seq).await.unwrap();
        assert!(matches!(
            &news[..],
            [AccessChange::Site(site), AccessChange::TorrentDeleted(gone)]
                if site.forums.len() == 1 && gone.torrent == torrent
                    && gone.forum.is_some() && gone.reason == "a copy of another"
        ));
        let snapshot = w.store.access_snapshot().await.unwrap();
        assert_eq!(snapshot.deleted.len(), 1, "a tracker that starts later knows too");
        assert_eq!(seq, w.store.last_change().await.unwrap());
    }

    async fn the_tracker_learns_who_may_what_in_forums(w: &World) {
        let (root, ann) = (w.admin("Root").await, w.user("Ann").await);
        let category = w.category("Films").await;
        let friends = NewGroup { name: "Friends".to_owned(), description: String::new() };
        let friends = w.store.create_group(&friends, NOW).await.unwrap();
        let above = ForumRights { see: Audience::Group(friends), ..ForumRights::default() };
        let above = w.forum_in(category, None, "Above", above).await;
        let below = ForumRights { read: Audience::Members, ..ForumRights::default() };
        let below = w.forum_in(category, Some(above), "Below", below).await;
        let film = w.post_torrent(below, root, "Film").await.torrent.unwrap();
        let start = w.store.access_snapshot().await.unwrap();
        let known = start.torrents.iter().find(|t| t.torrent == film).unwrap();
        assert_eq!(known.forum, Some(below));
        let of = |forums: &[AccessForum], id| forums.iter().find(|f| f.forum == id).unwrap().clone();
        let forum = of(&start.site.forums, below);
        assert_eq!(forum.download, Audience::Members);
        assert_eq!(
            forum.know,
            [Audience::Everyone, Audience::Members, Audience::Group(friends)]
        );
        let keeper = start.users.iter().find(|u| u.user == root).unwrap();
        assert!(keeper.admin && keeper.groups.is_empty());

        w.store.add_to_group(friends, ann, NOW).await.unwrap();
        let (seq, news) = w.store.access_after(start.seq).await.unwrap();
        assert!(matches!(
            &news[..],
            [AccessChange::User(user)] if user.user == ann && user.groups == [friends]
        ));
        w.store.remove_from_group(friends, ann).await.unwrap();
        w.store.set_admin(ann, true).await.unwrap();
        let (seq, news) = w.store.access_after(seq).await.unwrap();
        assert!(matches!(
            &news[..],
            [AccessChange::User(user)] if user.groups.is_empty() && user.admin
        ));
        let rights = ForumRights { download: Audience::Staff, ..ForumRights::default() };
        w.store.update_forum(above, &details("Above", rights)).await.unwrap();
        w.store.set_torrent_state(
            film, TorrentState::NotApproved, TorrentState::Closed, root, "", NOW,
        ).await.unwrap();
        let (seq, news) = w.store.access_after(seq).await.unwrap();
        let [AccessChange::Site(site), AccessChange::Torrent(_)] = &news[..] else {
            panic!("{news:?}")
        };
        assert_eq!(of(&site.forums, above).download, Audience::Staff);
        assert!(of(&site.forums, below).know.iter().all(|a| !matches!(a, Audience::Group(_))));
        w.store.move_forum(below, category, None, 0).await.unwrap();
        let (seq, news) = w.store.access_after(seq).await.unwrap();
        let [AccessChange::Site(site)] = &news[..] else { panic!("{news:?}") };
        assert_eq!(of(&site.forums, below).know, [Audience::Everyone, Audience::Members]);
        let mut settings = w.store.site().settings.clone();
        settings.set("announce_interval", "900").unwrap();
        w.store.set_settings(&settings).await.unwrap();
        let (_, news) = w.store.access_after(seq).await.unwrap();
        assert!(matches!(&news[..], [AccessChange::Site(site)] if site.announce_interval == 900));
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

    async fn old_changes_are_forgotten_and_readers_notice(w: &World) {
        let at = |seconds| UnixTime(NOW.0 + seconds);
        let ann = w.user("Ann").await;
        let early = w.store.last_change().await.unwrap();
        for name in ["a", "b", "c"] {
            w.category(name).await;
        }
        let kept = async || w.store.changes_after(0).await.unwrap().len();
        w.store.refresh_if_changed().await.unwrap();
        assert!(!w.store.prune_changes(at(0)).await.unwrap());
        let before = kept().await;
        w.category("later").await;
        w.store.refresh_if_changed().await.unwrap();
        assert!(!w.store.prune_changes(at(3599)).await.unwrap());
        assert_eq!(kept().await, before + 1, "nothing is an hour old yet");
        assert!(!w.store.prune_changes(at(3600)).await.unwrap());
        assert_eq!(kept().await, 2, "what was there an hour ago, and what came since");
        // Whoever read on keeps reading on; who was away gets everything.
        let last = w.store.last_change().await.unwrap();
        w.store.ban(ann, "", NOW).await.unwrap();
        let (_, news) = w.store.access_after(last).await.unwrap();
        assert!(matches!(&news[..], [AccessChange::User(_)]), "{news:?}");
        let (seq, news) = w.store.access_after(early).await.unwrap();
        let [AccessChange::All(all)] = &news[..] else { panic!("{news:?}") };
        assert_eq!((all.users.len(), all.users[0].user), (1, ann));
        assert_eq!(seq, w.store.last_change().await.unwrap());
        w.store.refresh_if_changed().await.unwrap();
        for _ in 0..2 {
            assert!(!w.store.prune_changes(at(100_000)).await.unwrap());
        }
        assert!(!w.store.prune_changes(at(200_000)).await.unwrap());
        assert_eq!(kept().await, 1, "the newest stays");
        assert_eq!(w.store.last_change().await.unwrap(), seq);
    }

    async fn forgetting_ends_when_it_is_told_to(w: &World) {
        w.store.try_writing().await.unwrap();
        w.store.prune(domain::Clock::fixed(NOW), std::future::ready(())).await;
        w.store.try_writing().await.unwrap();
        assert_eq!(w.store.last_change().await.unwrap(), 0);
    }
}
