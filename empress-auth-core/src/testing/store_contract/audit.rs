//! What was done is in the log, once, with who did it; what was not done is not (K-17).

use std::net::{IpAddr, Ipv4Addr};

use super::Store;
use super::fixture::{
    drf, events, identity, key_pair, manager, must, new_secret, now, operator, pat, put,
    put_session, session, shifted, stored_pat, stored_session, user,
};
use super::write::{Victim, Write};
use crate::actor::{Actor, Grounds};
use crate::api_token::TokenChange;
use crate::audit::AuditEvent;
use crate::authenticator::Authenticator;
use crate::issuing::NewApiSecret;
use crate::scopes::Scopes;
use crate::user::{NewUser, UserChange};

/// Every write leaves one event for each thing it did, with its actor, credential, address and moment.
pub async fn every_write_leaves_its_events<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let boss = manager(&store, "boss").await;
    let field = key_pair(&store, "boss", now()).await;
    let acting = identity(&layer, &field, "the manager's pair").await;
    let from = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 7));
    let at = shifted(now(), 1_000);
    let by_boss = Actor::from(&acting).with_address(Some(from)).grounds(at);

    for grounds in [by_boss, operator()] {
        let bob = user(&store, "bob").await;
        let (_, token) = stored_pat(&store, "bob").await;
        let (_, session) = stored_session(&store, "bob").await;
        let victim = Victim {
            username: "bob",
            token,
            session,
        };
        for write in Write::ALL {
            let before = events(&store).await.len();
            let done = write.perform(&store, &victim, &grounds).await;
            let mut expected = must(done, "a write that is allowed");
            let logged = events(&store).await.split_off(before);
            let subject = if matches!(write, Write::InsertUser) {
                made_by_write(&store).await
            } else {
                bob.id.to_string()
            };
            let mut of: Vec<Option<String>> = Vec::new();
            for event in &logged {
                assert_eq!(event.action, write.action(), "the action of {write:?}");
                assert_eq!(*event.user_id, *subject, "the subject of {write:?}");
                check_actor(event, &grounds);
                of.push(event.credential_id.as_deref().map(str::to_owned));
            }
            of.sort_unstable();
            expected.sort_unstable();
            assert_eq!(of, expected, "one event for each thing {write:?} did");
        }
        must(
            store.delete_user("made-by-write", &operator()).await,
            "delete_user",
        );
    }
    let by_boss = events(&store).await;
    let by_boss = by_boss
        .iter()
        .find(|event| event.actor_id.as_ref() == Some(&boss.id));
    let credential = by_boss.and_then(|event| event.actor_credential_id.as_deref());
    assert_eq!(
        credential,
        Some(acting.credential_id()),
        "the log names the credential that was used"
    );
}

fn check_actor(event: &AuditEvent, grounds: &Grounds) {
    let acting = grounds.acting.as_ref();
    assert_eq!(
        event.actor_id,
        acting.map(|acting| acting.user_id.clone()),
        "the actor of {event:?}"
    );
    assert_eq!(
        event.actor_credential_id,
        acting.map(|acting| acting.id.clone()),
        "the credential of {event:?}"
    );
    assert_eq!(event.from, grounds.from, "the address of {event:?}");
    assert_eq!(event.at, grounds.at, "the moment of {event:?}");
}

async fn made_by_write<S: Store>(store: &S) -> String {
    let made = must(store.user("made-by-write").await, "user");
    made.map(|user| user.id.to_string()).unwrap_or_default()
}

/// What was refused, and what there was nothing to do for, is not logged.
pub async fn a_write_that_failed_leaves_none<S: Store>(store: S) {
    user(&store, "ada").await;
    user(&store, "bob").await;
    let pair = new_secret().0;
    let taken = NewApiSecret::new(pair.key_if_none.clone(), pair.digest.clone());
    must(
        store.put_api_secret("ada", pair, &operator()).await,
        "put_api_secret",
    );
    let (row, _) = pat("ada", store.store_key());
    let id = put(&store, row.clone()).await.id;
    let narrow = TokenChange {
        scopes: Some(Scopes::only(["a"])),
        ..TokenChange::default()
    };
    let narrowed = store.update_token("ada", id, narrow, &operator()).await;
    must(narrowed, "update_token");
    let (present, _) = session("ada", store.store_key());
    let of_ada = put_session(&store, present.clone()).await.id;
    let before = events(&store).await;

    let grounds = &operator();
    let wide = TokenChange {
        scopes: Some(Scopes::only(["b"])),
        ..TokenChange::default()
    };
    let nothing = UserChange::default;
    let late = drf("ada", store.store_key(), "a-late-token");
    let (one_more, _) = pat("ada", store.store_key());
    let outcomes = [
        store
            .insert_user(NewUser::named("ADA"), grounds)
            .await
            .is_err(),
        store
            .update_user("carol", nothing(), grounds)
            .await
            .is_err(),
        store.delete_user("carol", grounds).await.is_err(),
        store.put_api_secret("bob", taken, grounds).await.is_err(),
        store.insert_token(row, 100, grounds).await.is_err(),
        store.insert_token(one_more, 1, grounds).await.is_err(),
        store.update_token("ada", id, wide, grounds).await.is_err(),
        store.put_drf_token(late, 77, grounds).await.is_err(),
        store
            .delete_api_secret("bob", grounds)
            .await
            .is_ok_and(|there| !there),
        store
            .revoke_tokens(Some("bob"), &[id], grounds)
            .await
            .is_ok_and(|revoked| revoked.is_empty()),
        store
            .insert_session(present, Some(of_ada), 1, grounds)
            .await
            .is_err(),
        store
            .end_session(Some("bob"), of_ada, grounds)
            .await
            .is_ok_and(|there| !there),
        store
            .end_sessions("ada", Some(of_ada), grounds)
            .await
            .is_ok_and(|count| count == 0),
        store.end_sessions("carol", None, grounds).await.is_err(),
    ];
    assert!(
        outcomes.into_iter().all(|nothing_done| nothing_done),
        "one of these writes was done: {outcomes:?}"
    );
    assert_eq!(
        events(&store).await,
        before,
        "the log tells of something that was not done"
    );
}

/// Numbers grow, and a page begins after the number that was given.
pub async fn events_are_numbered_and_read_in_order<S: Store>(store: S) {
    for number in 0..20 {
        user(&store, &format!("user{number}")).await;
    }
    let all = events(&store).await;
    assert_eq!(all.len(), 20, "one event for each user");
    let mut read: Vec<AuditEvent> = Vec::new();
    loop {
        let after = read.last().map_or(0, |event| event.sequence);
        let page = must(store.audit(after, 6).await, "audit");
        assert!(page.len() <= 6, "a page of more than was asked for");
        if page.is_empty() {
            break;
        }
        read.extend(page);
    }
    assert_eq!(read, all, "the pages are the whole log");
    assert!(
        read.windows(2)
            .all(|pair| matches!(pair, [a, b] if a.sequence < b.sequence)),
        "numbers grow"
    );
}
