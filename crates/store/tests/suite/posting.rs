use std::sync::Arc;

use bittorrent::InfoHashes;
use domain::{ForumId, Page, TopicId, UserId};
use store::{Conflict, Duplicate, DuplicateTorrent, NewReply, NewTopic, StoreError, What};

use crate::world::{NOW, guest, reply, torrent, v1, v2};

fn existing(error: StoreError) -> DuplicateTorrent {
    match error {
        StoreError::Duplicate(Duplicate::Torrent(existing)) => existing,
        other => panic!("not a duplicate torrent: {other}"),
    }
}

on_both_engines! {
    async fn a_topic_with_its_torrent_is_there_at_once(w: &World) {
        let ann = w.user("Ann").await;
        let forum = w.forum("Films").await;
        let new = NewTopic {
            torrent: Some(torrent("film", InfoHashes::hybrid(v1(1), v2(1)))),
            ..w.topic(forum, ann, "A film")
        };
        let posted = w.store.post_torrent_topic(&new).await.unwrap();
        let page = w.store.topic_page(&guest(), posted.topic, Page::first(20)).await.unwrap();
        assert_eq!((page.topic.title.as_str(), page.topic.replies), ("A film", 0));
        assert_eq!((page.topic.first_post, page.topic.forum), (posted.post, forum));
        assert_eq!((page.posts.len(), page.posts[0].number), (1, 1));
        assert_eq!(page.posts[0].text, "text of A film");
        assert_eq!((page.posts[0].author.id, page.posts[0].author.posts), (ann, 1));
        let torrent = page.torrent.unwrap();
        assert_eq!(Some(torrent.id), posted.torrent);
        assert_eq!(torrent.hashes, InfoHashes::hybrid(v1(1), v2(1)));
        assert_eq!((torrent.total_size, torrent.file_count), (300, 2));
        assert_eq!((torrent.registered_at, torrent.author), (NOW, ann));
        assert_eq!((torrent.name.as_str(), torrent.filename.as_str()), ("film", "film.torrent"));
        let totals = w.store.totals().await.unwrap();
        assert_eq!((totals.topics, totals.posts, totals.torrents), (1, 1, 1));
        assert_eq!(totals.total_size, 300);
    }

    async fn of_simultaneous_uploads_one_wins_and_the_others_learn_where_it_is(w: &World) {
        let forum = w.forum("Films").await;
        let mut authors = Vec::new();
        for name in ["Ann", "Bob", "Cid", "Dan", "Eve", "Fay", "Gus", "Hal"] {
            authors.push(w.user(name).await);
        }
        for round in 0..5 {
            let start = Arc::new(tokio::sync::Barrier::new(authors.len()));
            let mut uploads = Vec::new();
            for &author in &authors {
                let new = NewTopic {
                    torrent: Some(torrent("film", InfoHashes::from_v1(v1(100 + round)))),
                    ..w.topic(forum, author, &format!("by {author}"))
                };
                let (store, start) = (w.store.clone(), start.clone());
                uploads.push(tokio::spawn(async move {
                    start.wait().await;
                    store.post_torrent_topic(&new).await
                }));
            }
            let (mut won, mut lost) = (Vec::new(), Vec::new());
            for upload in uploads {
                match upload.await.unwrap() {
                    Ok(posted) => won.push(posted),
                    Err(error) => lost.push(existing(error)),
                }
            }
            assert_eq!((won.len(), lost.len()), (1, authors.len() - 1));
            for existing in lost {
                assert_eq!(existing.topic, Some(won[0].topic));
                assert_eq!(existing.forum, Some(forum));
                assert_eq!(existing.info_hash, v1(100 + round));
                assert!(existing.title.starts_with("by "));
            }
        }
        let totals = w.store.totals().await.unwrap();
        assert_eq!((totals.topics, totals.posts, totals.torrents), (5, 5, 5));
    }

    async fn a_hash_is_taken_in_whatever_place_it_stands(w: &World) {
        let ann = w.user("Ann").await;
        let forum = w.forum("Films").await;
        let first = NewTopic {
            torrent: Some(torrent("film", InfoHashes::hybrid(v1(1), v2(1)))),
            ..w.topic(forum, ann, "First")
        };
        let posted = w.store.post_torrent_topic(&first).await.unwrap();
        for hashes in [
            InfoHashes::from_v1(v1(1)),
            InfoHashes::from_v2(v2(1)),
            InfoHashes::hybrid(v1(2), v2(1)),
            InfoHashes::hybrid(v1(1), v2(2)),
            // a v1 hash that is the other's truncated v2 hash
            InfoHashes::from_v1(v2(1).truncated()),
        ] {
            let second = NewTopic {
                torrent: Some(torrent("again", hashes)),
                ..w.topic(forum, ann, "Second")
            };
            let found = existing(w.store.post_torrent_topic(&second).await.unwrap_err());
            assert_eq!((found.topic, found.title.as_str()), (Some(posted.topic), "First"));
            assert_eq!(w.store.find_duplicate(&hashes).await.unwrap(), Some(found));
        }
        let free = InfoHashes::hybrid(v1(3), v2(3));
        assert_eq!(w.store.find_duplicate(&free).await.unwrap(), None);
        assert_eq!(w.store.totals().await.unwrap().topics, 1);
    }

    async fn replies_move_a_topic_up_and_are_counted(w: &World) {
        let (ann, bob) = (w.user("Ann").await, w.user("Bob").await);
        let forum = w.forum("Talk").await;
        let first = w.post(forum, ann, "First").await;
        let second = w.post(forum, ann, "Second").await;
        let later = NewReply { now: NOW.plus(60), ..reply(first.topic, bob, "me too") };
        let replied = w.store.reply(&later).await.unwrap();
        let page = w
            .store
            .forum_page(&guest(), forum, store::TopicSort::LastPost, Page::first(50))
            .await
            .unwrap();
        assert_eq!(
            page.topics.iter().map(|t| t.id).collect::<Vec<_>>(),
            [first.topic, second.topic]
        );
        let row = &page.topics[0];
        assert_eq!((row.replies, row.last_post, row.last_at), (1, replied.post, NOW.plus(60)));
        assert_eq!((row.last_by.id, row.author.id), (bob, ann));
        assert_eq!(w.store.account(bob).await.unwrap().posts, 1);
    }

    async fn many_replies_at_once_are_all_counted(w: &World) {
        let ann = w.user("Ann").await;
        let forum = w.forum("Talk").await;
        let topics = [w.post(forum, ann, "One").await, w.post(forum, ann, "Two").await];
        let replies: Vec<_> = (0..40)
            .map(|n: usize| {
                let (store, topic) = (w.store.clone(), topics[n % 2].topic);
                tokio::spawn(async move { store.reply(&reply(topic, ann, "hello")).await.unwrap() })
            })
            .collect();
        for reply in replies {
            reply.await.unwrap();
        }
        for topic in topics {
            let head = w.store.topic_head(&guest(), topic.topic).await.unwrap();
            assert_eq!(head.replies, 20);
        }
        assert_eq!(w.store.account(ann).await.unwrap().posts, 42);
    }

    async fn a_locked_topic_takes_no_reply(w: &World) {
        let ann = w.user("Ann").await;
        let topic = w.post(w.forum("Talk").await, ann, "First").await.topic;
        w.store.set_locked(topic, true).await.unwrap();
        let error = w.store.reply(&reply(topic, ann, "hello")).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict(Conflict::TopicLocked)));
        let by_staff = NewReply { ignore_lock: true, ..reply(topic, ann, "closed") };
        w.store.reply(&by_staff).await.unwrap();
        w.store.set_locked(topic, false).await.unwrap();
        w.reply(topic, ann, "open again").await;
    }

    async fn nothing_is_written_by_a_post_that_fails(w: &World) {
        let ann = w.user("Ann").await;
        let forum = w.forum("Talk").await;
        let nowhere = w.topic(ForumId(99), ann, "Lost");
        let error = w.store.post_torrent_topic(&nowhere).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound(What::Forum)), "{error}");
        let nobody = w.topic(forum, UserId(99), "Lost");
        let error = w.store.post_torrent_topic(&nobody).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound(What::User)), "{error}");
        let error = w.store.reply(&reply(TopicId(99), ann, "lost")).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound(What::Topic)), "{error}");
        let topic = w.post(forum, ann, "Here").await.topic;
        let error = w.store.reply(&reply(topic, UserId(99), "lost")).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound(What::User)), "{error}");
        let totals = w.store.totals().await.unwrap();
        assert_eq!((totals.topics, totals.posts), (1, 1));
    }

    async fn text_from_outside_may_hold_a_zero(w: &World) {
        let ann = w.user("Ann").await;
        let forum = w.forum("Films").await;
        let mut odd = w.torrent("odd");
        odd.name = "a\0b".to_owned();
        odd.comment = Some("\0".to_owned());
        odd.files[0].path = "x\0y".to_owned();
        let new = NewTopic { torrent: Some(odd), ..w.topic(forum, ann, "Odd") };
        let posted = w.store.post_torrent_topic(&new).await.unwrap();
        let files = w.store.files_page(&guest(), posted.topic).await.unwrap();
        assert_eq!(files.torrent.name, "a\u{fffd}b");
        assert_eq!(files.files[0].path, "x\u{fffd}y");
    }

    async fn a_torrent_of_many_files_is_kept_whole(w: &World) {
        let ann = w.user("Ann").await;
        let forum = w.forum("Films").await;
        let mut big = w.torrent("big");
        big.files = (0..20_000)
            .map(|n| store::NewTorrentFile {
                path: format!("d/{n:05}"),
                length: n,
                pieces_root: None,
            })
            .collect();
        let new = NewTopic { torrent: Some(big), ..w.topic(forum, ann, "Big") };
        let posted = w.store.post_torrent_topic(&new).await.unwrap();
        let page = w.store.files_page(&guest(), posted.topic).await.unwrap();
        assert_eq!((page.files.len(), page.torrent.file_count), (20_000, 20_000));
        assert_eq!(page.files[19_999].path, "d/19999");
        let first = w.store.first_files(posted.torrent.unwrap(), 3).await.unwrap();
        assert_eq!(first.iter().map(|f| f.size).collect::<Vec<_>>(), [0, 1, 2]);
    }
}
