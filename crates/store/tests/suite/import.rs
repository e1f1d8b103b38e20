use domain::{Page, PostId, TopicId, TorrentId, UserId};
use store::{ImportPost, ImportTopic, ImportTorrent, ImportUser, StoreError, TorrentCounters};

use crate::world::{NOW, World, guest, v1};

fn user(w: &World, id: i64, name: &str) -> ImportUser {
    ImportUser {
        id: UserId(id),
        name: name.parse().unwrap(),
        email: None,
        password_hash: "$argon2id$".to_owned(),
        passkey: w.passkey(),
        admin: false,
        created_at: NOW,
        last_seen_at: None,
        uploaded: 70,
        downloaded: 30,
    }
}

on_both_engines! {
    async fn imported_rows_are_counted_afterwards(w: &World) {
        let forum = w.forum("Films").await;
        w.store.import_users(&[user(w, 10, "Ann"), user(w, 20, "Bob")]).await.unwrap();
        let topic = |id: i64| ImportTopic {
            id: TopicId(id),
            forum,
            author: UserId(10),
            title: format!("Topic {id}").parse().unwrap(),
            created_at: NOW,
            views: 3,
            pinned: false,
            locked: false,
        };
        w.store.import_topics(&[topic(100), topic(200)]).await.unwrap();
        let post = |id: i64, topic: i64, author: i64| ImportPost {
            id: PostId(id),
            topic: TopicId(topic),
            author: UserId(author),
            created_at: NOW.plus(id),
            text: format!("post {id}"),
        };
        let posts = [post(1000, 100, 10), post(1001, 200, 10), post(1002, 100, 20)];
        w.store.import_posts(&posts).await.unwrap();
        let model = w.torrent("film");
        let torrent = ImportTorrent {
            id: TorrentId(50),
            topic: TopicId(100),
            post: PostId(1000),
            forum,
            author: UserId(10),
            hashes: bittorrent::InfoHashes::from_v1(v1(77)),
            name: model.name,
            total_size: model.total_size,
            piece_length: model.piece_length,
            piece_count: model.piece_count,
            private: true,
            files: model.files,
            filename: model.filename,
            blob: model.blob,
            original_blob: model.original_blob,
            state: model.state,
            registered_at: NOW,
            counters: TorrentCounters {
                torrent: TorrentId(50),
                seeders: 4,
                leechers: 5,
                completed: 6,
                last_seed_at: Some(NOW),
            },
        };
        w.store.import_torrents(&[torrent]).await.unwrap();
        w.store.recount().await.unwrap();
        w.store.optimize().await.unwrap();
        let page = w.store.topic_page(&guest(), TopicId(100), Page::first(9)).await.unwrap();
        assert_eq!((page.topic.replies, page.topic.last_at), (1, NOW.plus(1002)));
        assert_eq!(page.torrent.unwrap().seeders, 4);
        let account = w.store.account(UserId(10)).await.unwrap();
        assert_eq!((account.posts, account.uploaded, account.downloaded), (2, 70, 30));
        let totals = w.store.totals().await.unwrap();
        assert_eq!((totals.users, totals.topics, totals.posts, totals.torrents), (2, 2, 3, 1));
        // new rows get ids above the imported ones
        assert!(w.user("Cid").await.0 > 20);
        let posted = w.post_torrent(forum, UserId(20), "New").await;
        assert!(posted.topic.0 > 200 && posted.post.0 > 1002);
        assert!(posted.torrent.unwrap().0 > 50);
    }

    async fn an_import_goes_in_whole_or_not_at_all(w: &World) {
        let twice = [user(w, 1, "Ann"), user(w, 2, "ann")];
        let error = w.store.import_users(&twice).await.unwrap_err();
        assert!(matches!(error, StoreError::Database(_)), "{error}");
        assert!(w.store.accounts_after(UserId(0), 9).await.unwrap().is_empty());
    }
}
