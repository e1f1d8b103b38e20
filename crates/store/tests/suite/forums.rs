use domain::{Audience, ForumRights, GroupId, Registration, Right, SiteSettings};
use store::{Conflict, ForumDetails, NewForum, NewGroup, Options, Store, StoreError, What};

use crate::world::{NOW, details, guest, member, staff, why};

on_both_engines! {
    async fn the_site_is_in_memory_as_it_is_stored(w: &World) {
        let mut settings = SiteSettings::default();
        settings.set("site_name", "The Hive").unwrap();
        settings.set("registration", "invite").unwrap();
        w.store.set_settings(&settings).await.unwrap();
        settings.set("rules_text", "be kind").unwrap();
        w.store.set_settings(&settings).await.unwrap();
        assert_eq!(w.store.site().settings, settings);
        let again = Store::open(&w.url, Options::default()).await.unwrap();
        assert_eq!(again.site().settings.registration, Registration::Invite);
        assert_eq!(again.engine(), w.store.engine());
        again.close().await;
        w.store.ping().await.unwrap();
    }

    async fn categories_and_forums_keep_their_order(w: &World) {
        let (a, b) = (w.category("A").await, w.category("B").await);
        let rights = ForumRights::default();
        let one = w.forum_in(a, None, "One", rights).await;
        let two = w.forum_in(a, None, "Two", rights).await;
        let sub = w.forum_in(b, Some(two), "Sub", rights).await;
        let three = w.forum_in(b, None, "Three", rights).await;
        let order = || {
            let site = w.store.site();
            site.forums.iter().map(|f| (f.id, f.depth)).collect::<Vec<_>>()
        };
        assert_eq!(order(), [(one, 0), (two, 0), (sub, 1), (three, 0)]);
        assert_eq!(w.store.site().forum(sub).unwrap().category, a, "the parent's category");
        w.store.move_forum(two, a, None, 0).await.unwrap();
        assert_eq!(order(), [(two, 0), (sub, 1), (one, 0), (three, 0)]);
        w.store.move_category(b, 0).await.unwrap();
        assert_eq!(order(), [(three, 0), (two, 0), (sub, 1), (one, 0)]);
        w.store.move_forum(two, a, Some(three), 9).await.unwrap();
        assert_eq!(order(), [(three, 0), (two, 1), (sub, 2), (one, 0)]);
        assert_eq!(w.store.site().forum(sub).unwrap().category, b, "the family moves along");
        let site = w.store.site();
        assert_eq!(site.ancestors(sub).iter().map(|f| f.id).collect::<Vec<_>>(), [three, two]);
        assert_eq!(site.family(three), [three, two, sub]);
        assert_eq!(site.children(three).map(|f| f.id).collect::<Vec<_>>(), [two]);
        for (under, moved) in [(sub, two), (two, two)] {
            let error = w.store.move_forum(moved, b, Some(under), 0).await.unwrap_err();
            assert!(matches!(error, StoreError::Conflict(Conflict::ForumCycle)), "{error}");
        }
        w.store.update_category(a, &"Changed".parse().unwrap()).await.unwrap();
        assert_eq!(w.store.site().category(a).unwrap().title, "Changed");
    }

    async fn only_what_is_empty_is_deleted(w: &World) {
        let ann = w.user("Ann").await;
        let category = w.category("A").await;
        let above = w.forum_in(category, None, "Above", ForumRights::default()).await;
        let below = w.forum_in(category, Some(above), "Below", ForumRights::default()).await;
        let posted = w.post(below, ann, "Hello").await;
        let error = w.store.delete_category(category).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict(Conflict::CategoryNotEmpty)));
        for forum in [above, below] {
            let error = w.store.delete_forum(forum).await.unwrap_err();
            assert!(matches!(error, StoreError::Conflict(Conflict::ForumNotEmpty)));
        }
        w.store.delete_topic(posted.topic, &why()).await.unwrap();
        w.store.delete_forum(below).await.unwrap();
        w.store.delete_forum(above).await.unwrap();
        w.store.delete_category(category).await.unwrap();
        assert!(w.store.site().categories.is_empty() && w.store.site().forums.is_empty());
        assert!(matches!(
            w.store.delete_forum(above).await,
            Err(StoreError::NotFound(What::Forum))
        ));
        assert!(matches!(
            w.store.delete_category(category).await,
            Err(StoreError::NotFound(What::Category))
        ));
    }

    async fn rights_follow_group_and_parent(w: &World) {
        let ann = w.user("Ann").await;
        let group = NewGroup { name: "Crew".to_owned(), description: String::new() };
        let crew = w.store.create_group(&group, NOW).await.unwrap();
        let category = w.category("A").await;
        let rights = ForumRights { see: Audience::Group(crew), ..ForumRights::default() };
        let above = w.forum_in(category, None, "Above", rights).await;
        let below = w.forum_in(category, Some(above), "Below", ForumRights::default()).await;
        let in_crew = domain::Viewer { groups: vec![crew], ..member(ann) };
        let site = w.store.site();
        for forum in [above, below] {
            assert!(!site.may(&guest(), forum, Right::Read));
            assert!(!site.may(&member(ann), forum, Right::Read));
            assert!(site.may(&in_crew, forum, Right::Read));
            assert!(site.may(&staff(ann), forum, Right::Read));
        }
        assert_eq!(site.forums_with(&in_crew, Right::Post).len(), 2);
        assert!(site.forums_with(&guest(), Right::See).is_empty());
        assert!(site.visible(&guest(), below).is_err() && site.visible(&in_crew, below).is_ok());
        let used = w.store.delete_group(crew).await;
        assert!(matches!(used, Err(StoreError::Conflict(Conflict::GroupInUse))));
        w.store.update_forum(above, &details("Above", ForumRights::default())).await.unwrap();
        assert!(w.store.site().may(&guest(), below, Right::Read));
        w.store.delete_group(crew).await.unwrap();
        let rights = ForumRights { read: Audience::Group(GroupId(99)), ..ForumRights::default() };
        let unknown = w.store.update_forum(above, &details("Above", rights)).await;
        assert!(matches!(unknown, Err(StoreError::NotFound(What::Group))));
    }

    async fn a_forum_goes_nowhere_unknown(w: &World) {
        let category = w.category("A").await;
        let details: ForumDetails = details("One", ForumRights::default());
        let nowhere = NewForum {
            category: domain::CategoryId(99),
            parent: None,
            details: details.clone(),
        };
        assert!(matches!(
            w.store.create_forum(&nowhere).await,
            Err(StoreError::NotFound(What::Category))
        ));
        let under = NewForum { category, parent: Some(domain::ForumId(99)), details };
        assert!(matches!(
            w.store.create_forum(&under).await,
            Err(StoreError::NotFound(What::Forum))
        ));
    }

    async fn another_process_sees_what_changed(w: &World) {
        let other = Store::open(&w.url, Options::default()).await.unwrap();
        let mut news = other.subscribe();
        let follower = other.clone();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let following = tokio::spawn(async move {
            follower.follow(async { drop(stopped.await) }).await;
        });
        let category = w.category("A").await;
        news.changed().await.unwrap();
        assert_eq!(other.site().categories[0].id, category);
        w.user("Ann").await;
        w.store.update_category(category, &"B".parse().unwrap()).await.unwrap();
        let last = w.store.last_change().await.unwrap();
        news.wait_for(|seq| *seq >= last).await.unwrap();
        assert_eq!(other.site().categories[0].title, "B");
        stop.send(()).unwrap();
        following.await.unwrap();
        let before = other.statements();
        other.refresh_if_changed().await.unwrap();
        assert_eq!(other.statements() - before, 1);
        other.close().await;
    }
}
