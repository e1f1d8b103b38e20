use domain::{TopicId, TorrentId};

use crate::world::guest;

on_both_engines! {
    async fn views_and_downloads_are_added_up(w: &World) {
        let ann = w.user("Ann").await;
        let forum = w.forum("Films").await;
        let one = w.post_torrent(forum, ann, "One").await;
        let two = w.post_torrent(forum, ann, "Two").await;
        let views = [(one.topic, 2), (two.topic, 1), (one.topic, 3), (TopicId(99), 9)];
        w.store.add_views(&views).await.unwrap();
        w.store.add_views(&[(one.topic, 1)]).await.unwrap();
        w.store.add_views(&[]).await.unwrap();
        assert_eq!(w.store.topic_head(&guest(), one.topic).await.unwrap().views, 6);
        assert_eq!(w.store.topic_head(&guest(), two.topic).await.unwrap().views, 1);
        let torrent = one.torrent.unwrap();
        let downloads = [(torrent, 2), (torrent, 2), (TorrentId(99), 1)];
        w.store.add_downloads(&downloads).await.unwrap();
        w.store.add_downloads(&[]).await.unwrap();
        let place = w.store.torrent_of_topic(&guest(), one.topic).await.unwrap();
        assert_eq!(place.torrent.downloads, 4);
        let many: Vec<_> = (0..40_000).map(|n| (TopicId(n), 1)).collect();
        w.store.add_views(&many).await.unwrap();
        assert_eq!(w.store.topic_head(&guest(), two.topic).await.unwrap().views, 2);
        w.store.add_views(&[(two.topic, u64::MAX), (two.topic, u64::MAX)]).await.unwrap();
    }
}
