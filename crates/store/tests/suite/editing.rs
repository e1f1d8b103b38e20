use domain::{Page, PostId, TopicId, TorrentId};
use store::{Conflict, EditPost, StoreError, Subject, What};

use crate::world::{NOW, guest, why};

on_both_engines! {
    async fn an_edit_keeps_the_old_text(w: &World) {
        let (ann, bob) = (w.user("Ann").await, w.user("Bob").await);
        let posted = w.post(w.forum("Talk").await, ann, "First").await;
        let source = w.store.post_for_edit(&guest(), posted.post).await.unwrap();
        assert_eq!((source.text.as_str(), source.edits), ("text of First", 0));
        assert!(source.first && source.author == ann && source.topic.id == posted.topic);
        let edit = EditPost {
            post: posted.post,
            editor: bob,
            text: "better".parse().unwrap(),
            seen_edits: 0,
            now: NOW.plus(5),
        };
        w.store.edit_post(&edit).await.unwrap();
        let error = w.store.edit_post(&edit).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict(Conflict::Stale)), "{error}");
        let same = EditPost { seen_edits: 1, ..edit.clone() };
        w.store.edit_post(&same).await.unwrap();
        let again = EditPost { seen_edits: 1, text: "best".parse().unwrap(), ..edit };
        w.store.edit_post(&again).await.unwrap();
        let page = w.store.topic_page(&guest(), posted.topic, Page::first(20)).await.unwrap();
        let post = &page.posts[0];
        assert_eq!((post.text.as_str(), post.edits), ("best", 2));
        let (editor, at) = post.edited.clone().unwrap();
        assert_eq!((editor.id, at), (bob, NOW.plus(5)));
        let revisions = w.store.post_revisions(posted.post).await.unwrap();
        let texts: Vec<_> = revisions.iter().map(|r| r.text.as_str()).collect();
        assert_eq!(texts, ["better", "text of First"]);
        assert_eq!(revisions[0].replaced_by.name, "Bob");
        let gone = EditPost { post: PostId(99), ..again };
        assert!(matches!(
            w.store.edit_post(&gone).await,
            Err(StoreError::NotFound(What::Post))
        ));
    }

    async fn of_two_edits_at_once_one_is_refused(w: &World) {
        let ann = w.user("Ann").await;
        let posted = w.post(w.forum("Talk").await, ann, "First").await;
        let edits = ["one", "two", "three", "four"].map(|text| {
            let store = w.store.clone();
            let edit = EditPost {
                post: posted.post,
                editor: ann,
                text: text.parse().unwrap(),
                seen_edits: 0,
                now: NOW,
            };
            tokio::spawn(async move { store.edit_post(&edit).await })
        });
        let mut done = 0;
        for edit in edits {
            match edit.await.unwrap() {
                Ok(()) => done += 1,
                Err(error) => {
                    assert!(matches!(error, StoreError::Conflict(Conflict::Stale)), "{error}");
                }
            }
        }
        assert_eq!(done, 1);
        assert_eq!(w.store.post_revisions(posted.post).await.unwrap().len(), 1);
    }

    async fn titles_locks_and_pins_change(w: &World) {
        let ann = w.user("Ann").await;
        let topic = w.post(w.forum("Talk").await, ann, "First").await.topic;
        w.store.edit_title(topic, &"Renamed".parse().unwrap()).await.unwrap();
        w.store.set_locked(topic, true).await.unwrap();
        w.store.set_pinned(topic, true).await.unwrap();
        let head = w.store.topic_head(&guest(), topic).await.unwrap();
        assert!(head.title == "Renamed" && head.locked && head.pinned);
        w.store.set_locked(topic, false).await.unwrap();
        w.store.set_pinned(topic, false).await.unwrap();
        let head = w.store.topic_head(&guest(), topic).await.unwrap();
        assert!(!head.locked && !head.pinned);
        let missing = w.store.set_pinned(TopicId(99), true).await;
        assert!(matches!(missing, Err(StoreError::NotFound(What::Topic))));
        let missing = w.store.edit_title(TopicId(99), &"x".parse().unwrap()).await;
        assert!(matches!(missing, Err(StoreError::NotFound(What::Topic))));
    }

    async fn a_deleted_topic_takes_everything_but_the_totals(w: &World) {
        let (ann, bob) = (w.user("Ann").await, w.user("Bob").await);
        let forum = w.forum("Films").await;
        let kept = w.post_torrent(forum, ann, "Kept").await;
        let gone = w.post_torrent(forum, ann, "Gone").await;
        w.reply(gone.topic, bob, "thanks").await;
        let torrent = gone.torrent.unwrap();
        w.sql(&format!(
            "insert into downloads (torrent_id, user_id, uploaded, downloaded, started_at, announced_at)
             values ({torrent}, {bob}, 5, 7, 1, 1);
             update users set uploaded = 5, downloaded = 7 where id = {bob}"
        ))
        .await;
        let before = w.store.last_change().await.unwrap();
        let orphans = w.store.delete_topic(gone.topic, &why()).await.unwrap();
        assert_eq!(orphans, ["blob of Gone", "original of Gone"]);
        let account = w.store.account(bob).await.unwrap();
        assert_eq!((account.uploaded, account.downloaded, account.posts), (5, 7, 0));
        let totals = w.store.totals().await.unwrap();
        assert_eq!((totals.topics, totals.posts, totals.torrents), (1, 1, 1));
        let changes = w.store.changes_after(before).await.unwrap();
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].subject, Subject::Torrent(TorrentId(torrent.0)));
        let index = w.store.index_page(&guest(), NOW).await.unwrap();
        assert_eq!(index.categories[0].forums[0].last.as_ref().unwrap().topic, kept.topic);
        assert!(matches!(
            w.store.delete_topic(gone.topic, &why()).await,
            Err(StoreError::NotFound(What::Topic))
        ));
        // its hash is free again
        w.post_torrent(forum, ann, "Gone").await;
        assert_eq!(
            w.store.blob_keys_after("", 10).await.unwrap(),
            ["blob of Gone", "blob of Kept", "original of Gone", "original of Kept"]
        );
        assert_eq!(w.store.blob_keys_after("blob of Gone", 1).await.unwrap(), ["blob of Kept"]);
    }

    async fn a_blob_that_another_topic_uses_is_no_orphan(w: &World) {
        let ann = w.user("Ann").await;
        let forum = w.forum("Films").await;
        let one = w.post_torrent(forum, ann, "Same").await;
        let two = w.post_torrent(forum, ann, "Same").await;
        assert!(w.store.delete_topic(one.topic, &why()).await.unwrap().is_empty());
        assert_eq!(w.store.delete_topic(two.topic, &why()).await.unwrap().len(), 2);
    }

    async fn a_deleted_reply_gives_the_last_word_back(w: &World) {
        let (ann, bob) = (w.user("Ann").await, w.user("Bob").await);
        let forum = w.forum("Talk").await;
        let topic = w.post(forum, ann, "First").await;
        let other = w.post(forum, ann, "Other").await;
        let reply = w.reply(topic.topic, bob, "oops").await;
        w.store.delete_reply(reply.post).await.unwrap();
        let page = w.store.topic_page(&guest(), topic.topic, Page::first(20)).await.unwrap();
        assert_eq!((page.total, page.topic.last_at), (1, NOW));
        let index = w.store.index_page(&guest(), NOW).await.unwrap();
        let last = index.categories[0].forums[0].last.clone().unwrap();
        assert_eq!((last.topic, last.post), (other.topic, other.post));
        for post in [topic.post, reply.post] {
            assert!(matches!(
                w.store.delete_reply(post).await,
                Err(StoreError::NotFound(What::Post))
            ));
        }
    }
}
