//! The doctor notices what is wrong.

use crate::world::NOW;

on_both_engines! {
    async fn every_number_that_is_wrong_is_found(w: &World) {
        let (ann, bob) = (w.user("Ann").await, w.user("Bob").await);
        let forum = w.forum("Films").await;
        let film = w.post_torrent(forum, ann, "Film").await;
        w.post(forum, ann, "Talk").await;
        w.reply(film.topic, bob, "thanks").await;
        assert_eq!(w.store.doctor().await.unwrap(), []);
        w.expect_damage();
        for (check, damage, repair) in [
            (
                "users_posts",
                "update users set posts = posts + 1 where id = 1",
                "update users set posts = posts - 1 where id = 1",
            ),
            ("users_total", "update totals set value = 7", "update totals set value = 2"),
            (
                "users_uploaded",
                "update users set uploaded = 1 where id = 2",
                "update users set uploaded = 0",
            ),
            (
                "users_downloaded",
                "update users set downloaded_base = 1 where id = 2; update users set uploaded = 0,
                 downloaded = 3 where id = 2",
                "update users set downloaded_base = 0, downloaded = 0",
            ),
            (
                "topics_replies",
                "update topics set replies = 5 where id = 1; update forums set posts = 7",
                "update topics set replies = 1 where id = 1; update forums set posts = 3",
            ),
            (
                "topics_first_post",
                "update topics set first_post_id = 3 where id = 1",
                "update topics set first_post_id = 1 where id = 1",
            ),
            (
                "topics_last_poster",
                "update topics set last_poster_id = 1 where id = 1",
                "update topics set last_poster_id = 2 where id = 1",
            ),
            (
                "posts_edits",
                "update posts set edits = 1 where id = 1",
                "update posts set edits = 0",
            ),
            ("forums_topics", "update forums set topics = 9", "update forums set topics = 2"),
            ("forums_posts", "update forums set posts = 9", "update forums set posts = 3"),
            ("forums_torrents", "update forums set torrents = 9", "update forums set torrents = 1"),
            (
                "forums_torrents_size",
                "update forums set torrents_size = 9",
                "update forums set torrents_size = 300",
            ),
            (
                "forums_last_topic",
                "update forums set last_topic_id = 2",
                "update forums set last_topic_id = 1",
            ),
            ("torrents_files", "update torrents set file_count = 9", "update torrents set file_count = 2"),
            (
                "torrents_completed",
                "insert into downloads (torrent_id, user_id, uploaded, downloaded, started_at,
                    announced_at, completed_at) values (1, 1, 0, 0, 1, 1, 1)",
                "delete from downloads",
            ),
            (
                "downloads_without_torrent",
                "insert into downloads (torrent_id, user_id, uploaded, downloaded, started_at,
                    announced_at) values (9, 1, 0, 0, 1, 1)",
                "delete from downloads",
            ),
            (
                "posts_without_text",
                "delete from post_texts where post_id = 1",
                "insert into post_texts values (1, 'x')",
            ),
        ] {
            w.sql(damage).await;
            let findings = w.store.doctor().await.unwrap();
            let checks: Vec<_> = findings.iter().map(|f| f.check).collect();
            assert_eq!(checks, [check], "{findings:?}");
            assert!(findings[0].message.starts_with(check) && !findings[0].message.contains('\n'));
            w.sql(repair).await;
        }
        assert_eq!(w.store.doctor().await.unwrap(), []);
        assert_eq!(w.store.index_page(&crate::world::guest(), NOW).await.unwrap().totals.users, 2);
    }
}
