use domain::{Scope, Scopes, SessionId, TokenId, UnixTime};
use store::{Conflict, NewAccount, NewGroup, NewSession, NewToken, StoreError, What};

use crate::world::{NOW, World};

fn session(w: &World, user: domain::UserId) -> NewSession {
    NewSession {
        user,
        token: w.secret(),
        csrf: [5; 32],
        ip: "203.0.113.7".to_owned(),
        user_agent: "x".repeat(1000),
        now: NOW,
        expires_at: NOW.plus(1000),
    }
}

on_both_engines! {
    async fn one_statement_tells_who_looks(w: &World) {
        let ann = w.user("Ann").await;
        let group = NewGroup { name: "Crew".to_owned(), description: String::new() };
        let mut groups = Vec::new();
        for name in ["A", "B"] {
            let group = NewGroup { name: name.to_owned(), ..group.clone() };
            let id = w.store.create_group(&group, NOW).await.unwrap();
            w.store.add_to_group(id, ann, NOW).await.unwrap();
            groups.push(id);
        }
        let new = session(w, ann);
        let id = w.store.create_session(&new).await.unwrap();
        let before = w.store.statements();
        let view = w.store.viewer_by_session(&new.token, NOW).await.unwrap().unwrap();
        assert_eq!(w.store.statements() - before, 1);
        assert_eq!((view.session, view.csrf), (id, [5; 32]));
        assert_eq!((view.viewer.user, view.viewer.name.as_str()), (Some(ann), "Ann"));
        assert_eq!(view.viewer.groups, groups);
        assert!(!view.viewer.admin && !view.viewer.banned);
        assert_eq!(view.passkey, w.store.account(ann).await.unwrap().passkey);
        assert!(w.store.viewer_by_session(&w.secret(), NOW).await.unwrap().is_none());
        let late = w.store.viewer_by_session(&new.token, NOW.plus(1000)).await.unwrap();
        assert!(late.is_none(), "the session has ended");
    }

    async fn a_session_in_use_is_written_now_and_then(w: &World) {
        let ann = w.user("Ann").await;
        let new = session(w, ann);
        w.store.create_session(&new).await.unwrap();
        let view = w.store.viewer_by_session(&new.token, NOW).await.unwrap().unwrap();
        let before = w.store.statements();
        w.store.touch_session(&view, NOW.plus(299), NOW.plus(5000)).await.unwrap();
        assert_eq!(w.store.statements(), before, "too early to write");
        w.store.touch_session(&view, NOW.plus(300), NOW.plus(5000)).await.unwrap();
        let view = w.store.viewer_by_session(&new.token, NOW.plus(4000)).await.unwrap().unwrap();
        assert_eq!((view.touched_at, view.expires_at), (NOW.plus(300), NOW.plus(5000)));
        assert_eq!(w.store.account(ann).await.unwrap().last_seen_at, Some(NOW.plus(300)));
    }

    async fn sessions_end_one_by_one_or_together(w: &World) {
        let (ann, bob) = (w.user("Ann").await, w.user("Bob").await);
        let mut ids = Vec::new();
        for _ in 0..3 {
            ids.push(w.store.create_session(&session(w, ann)).await.unwrap());
        }
        let other = session(w, bob);
        let other_id = w.store.create_session(&other).await.unwrap();
        let list = w.store.list_sessions(ann, NOW).await.unwrap();
        assert_eq!(list.len(), 3);
        assert_eq!(list[0].user_agent.len(), 250);
        w.store.end_session(ann, other_id).await.unwrap();
        assert!(w.store.viewer_by_session(&other.token, NOW).await.unwrap().is_some());
        w.store.end_session(ann, ids[0]).await.unwrap();
        assert_eq!(w.store.list_sessions(ann, NOW).await.unwrap().len(), 2);
        assert_eq!(w.store.end_other_sessions(ann, Some(ids[1])).await.unwrap(), 1);
        assert_eq!(w.store.end_other_sessions(ann, None).await.unwrap(), 1);
        assert_eq!(w.store.purge_sessions(NOW.plus(999)).await.unwrap(), 0);
        assert_eq!(w.store.purge_sessions(NOW.plus(1000)).await.unwrap(), 1);
    }

    async fn a_new_password_or_a_ban_ends_sessions(w: &World) {
        w.admin("Root").await;
        let ann = w.user("Ann").await;
        let (here, there) = (session(w, ann), session(w, ann));
        let id = w.store.create_session(&here).await.unwrap();
        w.store.create_session(&there).await.unwrap();
        w.store.set_password(ann, "new", Some(id)).await.unwrap();
        assert!(w.store.viewer_by_session(&here.token, NOW).await.unwrap().is_some());
        assert!(w.store.viewer_by_session(&there.token, NOW).await.unwrap().is_none());
        w.store.ban(ann, "spam", NOW).await.unwrap();
        assert!(w.store.viewer_by_session(&here.token, NOW).await.unwrap().is_none());
        let other = session(w, ann);
        w.store.create_session(&other).await.unwrap();
        let view = w.store.viewer_by_session(&other.token, NOW).await.unwrap().unwrap();
        assert!(view.viewer.banned);
        assert_eq!(SessionId(id.0), id);
    }

    async fn a_token_stands_for_its_owner_within_its_scopes(w: &World) {
        let ann = w.user("Ann").await;
        let bob = w.user("Bob").await;
        let scopes = Scopes::NONE.with(Scope::Read).with(Scope::Post);
        let new = NewToken {
            user: ann,
            name: "script".to_owned(),
            token: w.secret(),
            scopes,
            now: NOW,
            expires_at: Some(NOW.plus(100)),
        };
        let id = w.store.create_token(&new).await.unwrap();
        let before = w.store.statements();
        let view = w.store.viewer_by_token(&new.token, NOW).await.unwrap().unwrap();
        assert_eq!(w.store.statements() - before, 1);
        assert_eq!((view.token, view.viewer.user, view.scopes), (id, Some(ann), scopes));
        assert!(w.store.viewer_by_token(&new.token, NOW.plus(100)).await.unwrap().is_none());
        w.store.touch_token(&view, NOW.plus(7)).await.unwrap();
        let view = w.store.viewer_by_token(&new.token, NOW).await.unwrap().unwrap();
        assert_eq!(view.last_used_at, Some(NOW.plus(7)));
        let before = w.store.statements();
        w.store.touch_token(&view, NOW.plus(8)).await.unwrap();
        assert_eq!(w.store.statements(), before);
        let list = w.store.list_tokens(ann).await.unwrap();
        assert_eq!((list.len(), list[0].name.as_str(), list[0].scopes), (1, "script", scopes));
        let foreign = w.store.revoke_token(bob, id).await;
        assert!(matches!(foreign, Err(StoreError::NotFound(What::Token))));
        w.store.revoke_token(ann, id).await.unwrap();
        assert!(w.store.viewer_by_token(&new.token, NOW).await.unwrap().is_none());
        assert_eq!(TokenId(id.0), id);
    }

    async fn an_invite_lets_one_person_in(w: &World) {
        let ann = w.user("Ann").await;
        let code = w.secret();
        w.store.create_invite(ann, &code, NOW, NOW.plus(100)).await.unwrap();
        assert!(w.store.invite_is_valid(&code, NOW).await.unwrap());
        assert!(!w.store.invite_is_valid(&code, NOW.plus(100)).await.unwrap());
        let tries = ["Bob", "Cid", "Dan", "Eve"].map(|name| {
            let account = NewAccount { invite: Some(code), ..w.account(name) };
            let store = w.store.clone();
            tokio::spawn(async move { store.register(&account).await })
        });
        let mut made = Vec::new();
        for attempt in tries {
            match attempt.await.unwrap() {
                Ok(user) => made.push(user),
                Err(error) => assert!(
                    matches!(error, StoreError::Conflict(Conflict::InviteInvalid)),
                    "{error}"
                ),
            }
        }
        assert_eq!(made.len(), 1);
        assert!(!w.store.invite_is_valid(&code, NOW).await.unwrap());
        let list = w.store.list_invites(ann).await.unwrap();
        let (user, at) = list[0].used.clone().unwrap();
        assert_eq!((user.id, at), (made[0], NOW));
        let used = w.store.revoke_invite(ann, list[0].id).await;
        assert!(matches!(used, Err(StoreError::NotFound(What::Invite))));
        let second = w.store.create_invite(ann, &w.secret(), NOW, NOW.plus(1)).await.unwrap();
        w.store.revoke_invite(ann, second).await.unwrap();
        let late = NewAccount { invite: Some(w.secret()), ..w.account("Fay") };
        assert!(matches!(
            w.store.register(&late).await,
            Err(StoreError::Conflict(Conflict::InviteInvalid))
        ));
        assert_eq!(w.store.totals().await.unwrap().users, 2);
        assert_eq!(UnixTime(at.0), at);
    }
}
