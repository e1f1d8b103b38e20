use domain::{Language, Page, Theme, UserId};
use store::{AccountFilter, Conflict, Duplicate, NewAccount, NewGroup, StoreError, What};

use crate::world::NOW;

on_both_engines! {
    async fn an_account_is_found_by_every_name_that_looks_like_its_own(w: &World) {
        let email = Some("Ann@Example.org".parse().unwrap());
        let new = NewAccount { email, language: Some(Language::Ru), ..w.account("Ann Lee") };
        let ann = w.store.register(&new).await.unwrap();
        let found = w.store.find_for_login(&"ann lee".parse().unwrap()).await.unwrap().unwrap();
        assert_eq!((found.user, found.name.as_str()), (ann, "Ann Lee"));
        assert_eq!(found.password_hash, "$argon2id$test");
        assert_eq!(found.ban, None);
        let mail = "ANN@example.ORG".parse().unwrap();
        assert_eq!(w.store.find_for_login_by_email(&mail).await.unwrap().unwrap().user, ann);
        assert_eq!(w.store.login_record(ann).await.unwrap(), found);
        assert_eq!(w.store.find_for_login(&"Bob".parse().unwrap()).await.unwrap(), None);
        let account = w.store.account(ann).await.unwrap();
        assert_eq!(account.email.as_deref(), Some("Ann@example.org"), "hosts have no case");
        assert_eq!(account.passkey, new.passkey);
        assert_eq!((account.language, account.theme), (Some(Language::Ru), None));
        assert_eq!(account.created_at, NOW);
        let by_name = w.store.account_by_name(&"ANN LEE".parse().unwrap()).await.unwrap();
        assert_eq!(by_name.unwrap().user, ann);
        assert!(matches!(
            w.store.account(UserId(999)).await,
            Err(StoreError::NotFound(What::User))
        ));
    }

    async fn names_addresses_and_passkeys_are_unique(w: &World) {
        let email = Some("ann@example.org".parse().unwrap());
        let ann = NewAccount { email: email.clone(), ..w.account("Ann") };
        w.store.register(&ann).await.unwrap();
        for (second, what) in [
            (w.account("ANN"), Duplicate::UserName),
            (w.account("Аnn"), Duplicate::UserName), // begins with a Cyrillic letter
            (NewAccount { email, ..w.account("Bob") }, Duplicate::Email),
            (NewAccount { passkey: ann.passkey.clone(), ..w.account("Cid") }, Duplicate::Passkey),
        ] {
            let error = w.store.register(&second).await.unwrap_err();
            assert!(matches!(&error, StoreError::Duplicate(d) if *d == what), "{what:?}: {error}");
        }
        assert_eq!(w.store.totals().await.unwrap().users, 1);
    }

    async fn two_who_set_up_at_once_make_one_administrator(w: &World) {
        assert!(w.store.needs_setup().await.unwrap());
        let tries = ["Ann", "Bob", "Cid", "Dan"].map(|name| {
            let (store, account) = (w.store.clone(), w.account(name));
            tokio::spawn(async move { store.setup(&account).await })
        });
        let mut made = Vec::new();
        for attempt in tries {
            match attempt.await.unwrap() {
                Ok(user) => made.push(user),
                Err(error) => assert!(
                    matches!(error, StoreError::Conflict(Conflict::SetupDone)),
                    "{error}"
                ),
            }
        }
        assert_eq!(made.len(), 1);
        assert!(w.store.account(made[0]).await.unwrap().admin);
        assert!(!w.store.needs_setup().await.unwrap());
    }

    async fn accounts_are_listed_and_walked(w: &World) {
        let ann = w.admin("Ann").await;
        let bob = w.user("Bob").await;
        let cid = w.user("Cid").await;
        w.store.ban(bob, "spam", NOW).await.unwrap();
        for (filter, wanted) in [
            (AccountFilter::All, vec![ann, bob, cid]),
            (AccountFilter::Banned, vec![bob]),
            (AccountFilter::Admins, vec![ann]),
        ] {
            let (list, total) = w.store.list_accounts(filter, Page::first(10)).await.unwrap();
            assert_eq!(list.iter().map(|a| a.user).collect::<Vec<_>>(), wanted, "{filter:?}");
            assert_eq!(total, wanted.len() as u64);
        }
        let (second, total) =
            w.store.list_accounts(AccountFilter::All, Page::new(2, 2)).await.unwrap();
        assert_eq!((second[0].user, total), (cid, 3));
        let walked = w.store.accounts_after(ann, 10).await.unwrap();
        assert_eq!(walked.iter().map(|a| a.user).collect::<Vec<_>>(), [bob, cid]);
        let members = w.store.members_page(Page::new(9, 2)).await.unwrap();
        assert_eq!((members.total, members.page), (3, Page::new(2, 2)));
        assert_eq!(members.members[0].id, cid);
    }

    async fn accounts_are_found_by_how_their_name_begins(w: &World) {
        for name in ["Anna", "anton", "Bob", "barney", "BAR", "Bambi", "Андрей", "a_b"] {
            w.user(name).await;
        }
        let find = async |text: &str| {
            let (list, total) = w.store.find_accounts(text, Page::first(10)).await.unwrap();
            assert_eq!(total, list.len() as u64, "{text:?}");
            list.into_iter().map(|account| account.name).collect::<Vec<_>>()
        };
        assert_eq!(find("an").await, ["Anna", "anton"]);
        assert_eq!(find("  ANNA ").await, ["Anna"]);
        assert_eq!(find("анд").await, ["Андрей"]);
        assert_eq!(find("Аn").await, ["Anna", "anton"], "begins with a Cyrillic letter");
        assert_eq!(find("nn").await, [""; 0], "not in the middle");
        // no wildcards
        for text in ["%", "_", "a%", "an*", "'"] {
            assert_eq!(find(text).await, [""; 0], "{text}");
        }
        assert_eq!(find("a_").await, ["a_b"]);
        // r and n together look like an m, and are kept as one
        let mut bar = find("bar").await;
        bar.sort_unstable();
        assert_eq!(bar, ["BAR", "barney"]);
        assert_eq!(find("barn").await, ["Bambi", "barney"]);
        let (all, total) = w.store.find_accounts("", Page::new(2, 4)).await.unwrap();
        assert_eq!((all.len(), total), (4, 8));
        let long = "a".repeat(10_000);
        assert_eq!(find(&long).await, [""; 0]);
    }

    async fn what_an_owner_changes_is_changed(w: &World) {
        let ann = w.user("Ann").await;
        let bob = w.user("Bob").await;
        w.store.rehash_password(ann, "stronger").await.unwrap();
        assert_eq!(w.store.login_record(ann).await.unwrap().password_hash, "stronger");
        w.store.set_password(ann, "new", None).await.unwrap();
        assert_eq!(w.store.login_record(ann).await.unwrap().password_hash, "new");
        let mail = "a@example.org".parse().unwrap();
        w.store.set_email(ann, Some(&mail)).await.unwrap();
        let error = w.store.set_email(bob, Some(&mail)).await.unwrap_err();
        assert!(matches!(error, StoreError::Duplicate(Duplicate::Email)));
        w.store.set_email(ann, None).await.unwrap();
        w.store.set_email(bob, Some(&mail)).await.unwrap();
        w.store.set_appearance(ann, Some(Language::Ru), Some(Theme::Dark)).await.unwrap();
        let account = w.store.account(ann).await.unwrap();
        assert_eq!((account.language, account.theme), (Some(Language::Ru), Some(Theme::Dark)));
        let key = w.passkey();
        w.store.reset_passkey(ann, &key).await.unwrap();
        assert_eq!(w.store.account(ann).await.unwrap().passkey, key);
        let error = w.store.reset_passkey(bob, &key).await.unwrap_err();
        assert!(matches!(error, StoreError::Duplicate(Duplicate::Passkey)));
        assert!(matches!(
            w.store.reset_passkey(UserId(99), &w.passkey()).await,
            Err(StoreError::NotFound(What::User))
        ));
    }

    async fn the_last_administrator_stays(w: &World) {
        let ann = w.admin("Ann").await;
        let bob = w.user("Bob").await;
        let kept = |r: store::Result<()>| {
            assert!(matches!(r, Err(StoreError::Conflict(Conflict::LastAdministrator))), "{r:?}");
        };
        kept(w.store.set_admin(ann, false).await);
        kept(w.store.ban(ann, "", NOW).await);
        w.store.set_admin(bob, true).await.unwrap();
        w.store.ban(ann, "left", NOW).await.unwrap();
        kept(w.store.set_admin(bob, false).await);
        let ban = w.store.login_record(ann).await.unwrap().ban.unwrap();
        assert_eq!((ban.at, ban.reason.as_str()), (NOW, "left"));
        w.store.unban(ann).await.unwrap();
        assert_eq!(w.store.login_record(ann).await.unwrap().ban, None);
        w.store.set_admin(bob, false).await.unwrap();
    }

    async fn a_group_has_members_and_a_name_of_its_own(w: &World) {
        let (ann, bob) = (w.user("Ann").await, w.user("Bob").await);
        let group = NewGroup { name: "Crew".to_owned(), description: "who helps".to_owned() };
        let crew = w.store.create_group(&group, NOW).await.unwrap();
        let again = NewGroup { name: "CREW".to_owned(), description: String::new() };
        let error = w.store.create_group(&again, NOW).await.unwrap_err();
        assert!(matches!(error, StoreError::Duplicate(Duplicate::GroupName)), "{error}");
        for user in [bob, ann, ann] {
            w.store.add_to_group(crew, user, NOW).await.unwrap();
        }
        let members = w.store.group_members(crew).await.unwrap();
        assert_eq!(members.iter().map(|m| m.user).collect::<Vec<_>>(), [ann, bob]);
        assert_eq!(w.store.account(ann).await.unwrap().groups, [crew]);
        w.store.remove_from_group(crew, bob).await.unwrap();
        w.store.remove_from_group(crew, bob).await.unwrap();
        assert_eq!(w.store.group_members(crew).await.unwrap().len(), 1);
        w.store.update_group(crew, &again).await.unwrap();
        assert_eq!(w.store.site().group(crew).unwrap().name, "CREW");
        let gone = w.store.add_to_group(crew, UserId(99), NOW).await;
        assert!(matches!(gone, Err(StoreError::NotFound(What::User))));
        w.store.delete_group(crew).await.unwrap();
        assert!(w.store.site().groups.is_empty());
        assert!(w.store.account(ann).await.unwrap().groups.is_empty());
        let gone = w.store.add_to_group(crew, ann, NOW).await;
        assert!(matches!(gone, Err(StoreError::NotFound(What::Group))));
    }
}
