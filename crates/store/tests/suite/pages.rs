use domain::{Audience, ForumId, ForumRights, Page, PostId, Right, TopicId, UserId, Viewer};
use store::{
    NewSession, NewTopic, StoreError, TopicSort, TorrentCounters, TorrentFilter, TorrentSort, What,
};

use crate::world::{NOW, World, guest, member, staff, torrent, v1, v2};

/// A site with a public forum, a forum below it, a hidden one, and topics in all.
struct Place {
    ann: UserId,
    root: UserId,
    public: ForumId,
    below: ForumId,
    hidden: ForumId,
    closed: ForumId,
    topics: Vec<TopicId>,
    secret: store::Posted,
}

async fn place(w: &World) -> Place {
    let root = w.admin("Root").await;
    let ann = w.user("Ann").await;
    let public = w.forum("Public").await;
    let category = w.store.site().forum(public).unwrap().category;
    let below = w
        .forum_in(category, Some(public), "Below", ForumRights::default())
        .await;
    let hidden = w.hidden_forum("Hidden").await;
    let rights = ForumRights {
        read: Audience::Members,
        ..ForumRights::default()
    };
    let closed = w.forum_in(category, None, "Closed", rights).await;
    let mut topics = Vec::new();
    for n in 0..7 {
        let title = format!("Topic {n}");
        let posted = if n % 2 == 0 {
            w.post_torrent(public, ann, &title).await
        } else {
            w.post(public, ann, &title).await
        };
        topics.push(posted.topic);
    }
    w.post_torrent(below, ann, "Deep").await;
    let secret = w.post_torrent(hidden, root, "Secret").await;
    w.post_torrent(closed, ann, "For members").await;
    Place {
        ann,
        root,
        public,
        below,
        hidden,
        closed,
        topics,
        secret,
    }
}

on_both_engines! {
    async fn the_index_shows_what_the_viewer_may_see(w: &World) {
        let p = place(w).await;
        let index = w.store.index_page(&guest(), NOW).await.unwrap();
        let titles: Vec<_> = index
            .categories
            .iter()
            .flat_map(|c| c.forums.iter().map(|f| f.title.as_str()))
            .collect();
        assert_eq!(titles, ["Public", "Closed"]);
        let public = &index.categories[0].forums[0];
        assert_eq!((public.topics, public.posts), (8, 8), "with the forum below");
        assert_eq!(public.subforums[0].id, p.below);
        assert_eq!(public.last.as_ref().unwrap().title, "Deep");
        let closed = &index.categories[0].forums[1];
        assert_eq!((closed.topics, closed.last.clone()), (1, None), "seen, but not read");
        assert!(index.latest.iter().all(|t| t.title != "Secret" && t.title != "For members"));
        assert_eq!(index.latest.len(), 5);
        assert_eq!(index.latest[0].title, "Deep");
        assert!(index.latest.iter().all(|t| t.torrent.is_some()));
        assert_eq!(index.totals.newest.as_ref().unwrap().id, p.ann);
        let of = |t: &store::SiteTotals| (t.topics, t.posts, t.torrents);
        assert_eq!((index.totals.users, of(&index.totals)), (2, (9, 9, 6)), "what is seen");
        let mine = w.store.index_page(&member(p.ann), NOW).await.unwrap();
        assert_eq!(mine.latest[0].title, "For members");
        let all = w.store.index_page(&staff(p.root), NOW).await.unwrap();
        assert_eq!(all.categories.len(), 2);
        assert_eq!(all.latest.len(), 7);
        assert_eq!(of(&all.totals), (10, 10, 7), "and all of it");
        assert!(all.totals.total_size > index.totals.total_size);
        assert_eq!(w.store.totals().await.unwrap(), all.totals);
    }

    async fn members_seen_lately_are_online(w: &World) {
        let (ann, bob) = (w.user("Ann").await, w.user("Bob").await);
        w.user("Never seen").await;
        for (user, at) in [(ann, NOW), (bob, NOW.plus(-901))] {
            let session = NewSession {
                user,
                token: w.secret(),
                csrf: [0; 32],
                ip: String::new(),
                user_agent: String::new(),
                now: at,
                expires_at: NOW.plus(1),
            };
            w.store.create_session(&session).await.unwrap();
        }
        let index = w.store.index_page(&guest(), NOW).await.unwrap();
        assert_eq!(index.online.iter().map(|m| m.id).collect::<Vec<_>>(), [ann]);
    }

    async fn a_forum_shows_its_topics_in_the_order_asked_for(w: &World) {
        let p = place(w).await;
        let t = &p.topics;
        w.reply(t[2], p.ann, "up").await;
        w.store.set_pinned(t[1], true).await.unwrap();
        w.store.set_pinned(t[0], true).await.unwrap();
        let mut written = Vec::new();
        for (topic, seeders) in [(t[0], 5), (t[4], 9), (t[6], 1)] {
            let torrent = w.store.torrent_of_topic(&guest(), topic).await.unwrap().torrent.id;
            written.push(TorrentCounters {
                torrent,
                seeders,
                leechers: 0,
                completed: 0,
                last_seed_at: None,
            });
        }
        w.store.flush_counters(&written).await.unwrap();
        for (sort, wanted) in [
            (TopicSort::LastPost, [1, 0, 2, 6, 5, 4, 3]),
            (TopicSort::Added, [1, 0, 6, 5, 4, 3, 2]),
            (TopicSort::Seeders, [0, 1, 4, 6, 2, 5, 3]),
            (TopicSort::Size, [0, 1, 6, 4, 2, 5, 3]),
        ] {
            let wanted: Vec<_> = wanted.into_iter().map(|n: usize| t[n]).collect();
            for size in [1, 2, 3, 4, 7, 50] {
            let mut found = Vec::new();
            for number in 1..=7_u32.div_ceil(size) {
                let page = w
                    .store
                    .forum_page(&guest(), p.public, sort, Page::new(number, size))
                    .await
                    .unwrap();
                assert_eq!((page.total, page.page.number()), (7, number));
                found.extend(page.topics.iter().map(|t| t.id));
            }
            assert_eq!(found, wanted, "{sort:?} by {size}");
            }
        }
        let last = w
            .store
            .forum_page(&guest(), p.public, TopicSort::LastPost, Page::new(9, 3))
            .await
            .unwrap();
        assert_eq!((last.page, last.topics.len()), (Page::new(3, 3), 1));
        assert_eq!(last.forum.category_title, "Public");
        assert_eq!(last.subforums[0].title, "Below");
        assert_eq!(last.subforums[0].topics, 1);
        let head = w.store.forum_head(&guest(), p.below).unwrap();
        assert_eq!(head.parents.iter().map(|f| f.id).collect::<Vec<_>>(), [p.public]);
        let closed = w
            .store
            .forum_page(&guest(), p.closed, TopicSort::LastPost, Page::first(3))
            .await
            .unwrap();
        assert_eq!((closed.topics.len(), closed.total), (0, 1), "seen, but not read");
    }

    async fn a_topic_shows_its_posts_page_by_page(w: &World) {
        let p = place(w).await;
        let topic = p.topics[1];
        for n in 1..=8 {
            w.reply(topic, p.ann, &format!("reply {n}")).await;
        }
        let mut texts = Vec::new();
        for number in 1..=3 {
            let page =
                w.store.topic_page(&guest(), topic, Page::new(number, 4)).await.unwrap();
            assert_eq!((page.total, page.topic.replies), (9, 8));
            for (offset, post) in (1..).zip(&page.posts) {
                assert_eq!(post.number, u64::from(number - 1) * 4 + offset);
                let (place, before) = w.store.post_place(&guest(), post.id).await.unwrap();
                assert_eq!((place, before + 1), (topic, post.number));
            }
            texts.extend(page.posts.into_iter().map(|post| post.text));
        }
        let mut wanted = vec!["text of Topic 1".to_owned()];
        wanted.extend((1..=8).map(|n| format!("reply {n}")));
        assert_eq!(texts, wanted);
        assert_eq!(w.store.forum_of_topic(topic).await.unwrap(), Some(p.public));
        assert_eq!(w.store.forum_of_topic(TopicId(99)).await.unwrap(), None);
    }

    async fn torrents_are_listed_by_forum_author_and_order(w: &World) {
        let p = place(w).await;
        let titles = async |viewer: Viewer, filter: TorrentFilter, page: Page| {
            let found = w.store.torrents_page(&viewer, &filter, page).await.unwrap();
            assert!(found.rows.iter().all(|row| row.topic.torrent.is_some()));
            assert!(found.rows.iter().all(|row| row.forum.id == row.topic.forum));
            let titles: Vec<_> = found.rows.into_iter().map(|row| row.topic.title).collect();
            (titles, found.total)
        };
        let all = TorrentFilter::default();
        let (found, total) = titles(guest(), all, Page::first(10)).await;
        assert_eq!(found, ["Deep", "Topic 6", "Topic 4", "Topic 2", "Topic 0"]);
        assert_eq!(total, 5);
        let (found, _) = titles(guest(), all, Page::new(3, 2)).await;
        assert_eq!(found, ["Topic 0"]);
        let (found, total) = titles(staff(p.root), all, Page::first(3)).await;
        assert_eq!((found[1].as_str(), total), ("Secret", 7));
        let public = TorrentFilter { forum: Some(p.public), ..all };
        assert_eq!(titles(guest(), public, Page::first(10)).await.1, 5);
        let below = TorrentFilter { forum: Some(p.below), ..all };
        assert_eq!(titles(guest(), below, Page::first(10)).await.0, ["Deep"]);
        let by_root = TorrentFilter { author: Some(p.root), ..all };
        assert_eq!(titles(staff(p.root), by_root, Page::first(10)).await.0, ["Secret"]);
        assert_eq!(titles(guest(), by_root, Page::first(10)).await.1, 0);
        let hidden = TorrentFilter { forum: Some(p.hidden), ..all };
        let error =
            w.store.torrents_page(&guest(), &hidden, Page::first(10)).await.unwrap_err();
        assert!(matches!(error, StoreError::NotFound(What::Forum)));
        for sort in [
            TorrentSort::Added,
            TorrentSort::Size,
            TorrentSort::Seeders,
            TorrentSort::Leechers,
            TorrentSort::Completed,
        ] {
            for reverse in [false, true] {
                let filter = TorrentFilter { sort, reverse, ..all };
                let (whole, _) = titles(member(p.ann), filter, Page::first(10)).await;
                let mut pieces = Vec::new();
                for number in 1..=3 {
                    pieces.extend(titles(member(p.ann), filter, Page::new(number, 2)).await.0);
                }
                assert_eq!(pieces, whole, "{filter:?}");
                let newest_first = whole[0] == "For members";
                assert_eq!(newest_first, !reverse, "equal ones stand by age");
            }
        }
    }

    async fn a_torrent_is_found_by_each_of_its_hashes(w: &World) {
        let p = place(w).await;
        let hashes = bittorrent::InfoHashes::hybrid(v1(500), v2(500));
        let new = NewTopic {
            torrent: Some(torrent("both", hashes)),
            ..w.topic(p.public, p.ann, "Both")
        };
        let posted = w.store.post_torrent_topic(&new).await.unwrap();
        for hash in hashes.wire_hashes() {
            let found = w.store.torrent_by_hash(&guest(), hash).await.unwrap();
            assert_eq!((found.topic.id, found.torrent.hashes), (posted.topic, hashes));
        }
        let found = w.store.torrent_by_v2_hash(&guest(), v2(500)).await.unwrap();
        assert_eq!(found.topic.id, posted.topic);
        let missing = w.store.torrent_by_hash(&guest(), v1(501)).await;
        assert!(matches!(missing, Err(StoreError::NotFound(What::Torrent))));
        let missing = w.store.torrent_of_topic(&guest(), p.topics[1]).await;
        assert!(matches!(missing, Err(StoreError::NotFound(What::Torrent))));
    }

    async fn what_a_download_needs_is_there(w: &World) {
        let p = place(w).await;
        let info = w.store.download_info(&guest(), p.topics[0]).await.unwrap();
        assert_eq!((info.forum, info.author), (p.public, p.ann));
        assert_eq!(info.blob, "blob of Topic 0");
        assert_eq!(info.original_blob, "original of Topic 0");
        assert_eq!((info.title.as_str(), info.name.as_str()), ("Topic 0", "Topic 0"));
        assert!(info.private && info.total_size == 300);
        let missing = w.store.download_info(&guest(), p.topics[1]).await;
        assert!(matches!(missing, Err(StoreError::NotFound(What::Torrent))));
        let missing = w.store.files_page(&guest(), p.topics[1]).await;
        assert!(matches!(missing, Err(StoreError::NotFound(What::Torrent))));
        let files = w.store.files_page(&guest(), p.topics[0]).await.unwrap().files;
        assert_eq!(files[1].pieces_root, Some([7; 32]));
    }

    async fn a_member_page_leaves_hidden_topics_out(w: &World) {
        let p = place(w).await;
        let page = w.store.member_page(&guest(), p.root).await.unwrap();
        assert_eq!((page.topics, page.latest.len(), page.posts), (0, 0, 1));
        assert!(page.admin && page.name == "Root");
        let page = w.store.member_page(&staff(p.root), p.root).await.unwrap();
        assert_eq!((page.topics, page.latest[0].id), (1, p.secret.topic));
        let page = w.store.member_page(&guest(), p.ann).await.unwrap();
        assert_eq!((page.topics, page.latest[0].title.as_str()), (8, "Deep"));
        let missing = w.store.member_page(&guest(), UserId(99)).await;
        assert!(matches!(missing, Err(StoreError::NotFound(What::User))));
    }

    async fn nothing_of_a_hidden_forum_comes_out(w: &World) {
        let p = place(w).await;
        let (topic, post) = (p.secret.topic, p.secret.post);
        let hash = w.store.torrent_of_topic(&staff(p.root), topic).await.unwrap().torrent.hashes;
        for viewer in [guest(), member(p.ann), Viewer { banned: true, ..staff(p.root) }] {
            let v = &viewer;
            let page = Page::first(10);
            let answers = [
                w.store.topic_page(v, topic, page).await.err(),
                w.store.topic_head(v, topic).await.err(),
                w.store.files_page(v, topic).await.err(),
                w.store.download_info(v, topic).await.err(),
                w.store.torrent_of_topic(v, topic).await.err(),
                w.store.torrent_by_hash(v, hash.canonical()).await.err(),
                w.store.post_place(v, post).await.err(),
                w.store.post_for_edit(v, post).await.err(),
                w.store.quote_source(v, post).await.err(),
                w.store.forum_page(v, p.hidden, TopicSort::LastPost, page).await.err(),
                w.store.forum_head(v, p.hidden).err(),
            ];
            for (n, answer) in answers.into_iter().enumerate() {
                assert!(matches!(answer, Some(StoreError::NotFound(_))), "{n}: {answer:?}");
            }
            let index = format!("{:?}", w.store.index_page(v, NOW).await.unwrap());
            let all = TorrentFilter::default();
            let torrents = w.store.torrents_page(v, &all, page).await.unwrap();
            let member = w.store.member_page(v, p.root).await.unwrap();
            for shown in [index, format!("{torrents:?}"), format!("{member:?}")] {
                assert!(!shown.contains("Secret") && !shown.contains("Hidden"), "{shown}");
            }
        }
        // a forum that is seen, but not read
        let closed = TorrentFilter { forum: Some(p.closed), ..TorrentFilter::default() };
        let mut found =
            w.store.torrents_page(&member(p.ann), &closed, Page::first(1)).await.unwrap();
        let row = found.rows.remove(0).topic;
        let missing = w.store.topic_page(&guest(), row.id, Page::first(1)).await;
        assert!(matches!(missing, Err(StoreError::NotFound(What::Topic))));
        assert!(w.store.topic_page(&member(p.ann), row.id, Page::first(1)).await.is_ok());
    }

    async fn a_quote_names_its_author(w: &World) {
        let p = place(w).await;
        let posted = w.reply(p.topics[0], p.root, "wise words").await;
        let quote = w.store.quote_source(&guest(), posted.post).await.unwrap();
        assert_eq!((quote.author.name.as_str(), quote.text.as_str()), ("Root", "wise words"));
        assert_eq!(quote.topic.id, p.topics[0]);
        let missing = w.store.quote_source(&guest(), PostId(9999)).await;
        assert!(matches!(missing, Err(StoreError::NotFound(What::Post))));
    }

    async fn a_page_takes_few_statements_however_full_it_is(w: &World) {
        let p = place(w).await;
        let cost = async |w: &World| {
            let (s, v) = (&w.store, &member(p.ann));
            let topic = p.topics[0];
            let posted = s.topic_page(v, topic, Page::first(1)).await.unwrap().posts[0].id;
            let mut costs = Vec::new();
            macro_rules! costs {
                ($($call:expr),+ $(,)?) => {$(
                    let before = s.statements();
                    $call.await.unwrap();
                    costs.push(s.statements() - before);
                )+};
            }
            costs!(
                s.index_page(v, NOW),
                s.forum_page(v, p.public, TopicSort::LastPost, Page::first(50)),
                s.forum_page(v, p.public, TopicSort::Seeders, Page::first(50)),
                s.topic_page(v, topic, Page::first(20)),
                s.torrents_page(v, &TorrentFilter::default(), Page::first(50)),
                s.member_page(v, p.ann),
                s.members_page(Page::first(50)),
                s.files_page(v, topic),
                s.download_info(v, topic),
                s.post_for_edit(v, posted),
                s.quote_source(v, posted),
            );
            costs
        };
        let empty = cost(w).await;
        for n in 0..60 {
            let posted = w.post_torrent(p.public, p.ann, &format!("More {n}")).await;
            w.reply(posted.topic, p.root, "hello").await;
            w.reply(p.topics[0], p.root, "hello").await;
        }
        assert_eq!(empty, [4, 2, 3, 2, 2, 3, 2, 2, 1, 1, 1]);
        assert_eq!(cost(w).await, empty, "the cost of a page must not depend on what it shows");
        assert!(empty.iter().all(|&cost| cost < 6), "one more is the session's");
    }

    async fn the_views_for_people_exist(w: &World) {
        let p = place(w).await;
        w.sql(
            "insert into settings (key, value)
             select 'probe', t.info_hash || f.path from v_torrents t
             join v_files f on f.torrent_id = t.id
             where t.total_size = 300 and t.piece_length = 16384 and t.num_pieces = 1
                and t.comment = 'a comment' and t.created_date = 1700000000
                and t.collected_at = t.inserted_at and f.size = 100
             order by t.id limit 1",
        )
        .await;
        w.sql("delete from settings where key = 'probe' and length(value) = 49").await;
        w.sql("insert into settings (key, value) values ('probe', '')").await;
        assert!(w.store.site().may(&guest(), p.public, Right::Read));
    }
}
