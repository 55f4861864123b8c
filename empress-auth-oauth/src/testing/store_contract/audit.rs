//! What was done is in the log, once, with who did it; what was not done is not (K-17).

use std::net::IpAddr;

use empress_auth_core::{Actor, AuditAction, AuditEvent, Authenticator, NewUser, SYSTEM_MANAGER};

use super::Store;
use super::endings::Ending;
use super::fixture::{
    HOUR, MINUTE, client, code, events, granted, identity, must, new_client, new_grant, new_tokens,
    now, operator, own, redeemed, redeemed_for, rotate, scopes, user,
};
use super::write::Write;
use crate::grant::{Consent, Granted};
use crate::store::{Redeemed, Rotated};

/// One event for each, with its actor, credential, address and moment.
pub async fn every_write_leaves_its_event<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let boss = NewUser::named("boss").with_roles([SYSTEM_MANAGER]);
    let boss = must(store.insert_user(boss, &operator()).await, "insert_user");
    let console = client(&store, "console").await;
    let all = Granted::new(&console.id, Some(&boss.id), &scopes(&["all"]));
    let shown = redeemed_for(&store, all).await;
    let acting = identity(&layer, &shown.made.field, "the manager's token").await;
    let from = Some(IpAddr::from([192, 0, 2, 7]));
    let at = now() + MINUTE;
    let by_boss = Actor::from(&acting).with_address(from).grounds(at);

    for (number, grounds) in [by_boss, operator()].into_iter().enumerate() {
        let bob = user(&store, &format!("bob{number}")).await;
        let client = client(&store, "client").await;
        for write in Write::ALL {
            let before = events(&store).await.len();
            let done = write.perform(&store, (&bob, &client), &grounds).await;
            let (user_id, credential_id) = must(done, "a write that is allowed");
            let logged = events(&store).await.split_off(before);
            let [event] = logged.as_slice() else {
                assert_eq!(logged.len(), 1, "the events of {write:?}: {logged:?}");
                return;
            };
            assert_eq!(event.action, write.action(), "the action of {write:?}");
            assert_eq!(*event.user_id, *user_id, "the subject of {write:?}");
            let named = event.credential_id.as_deref();
            assert_eq!(named, credential_id.as_deref(), "what {write:?} names");
            let acting = grounds.acting.as_ref();
            let actor_id = acting.map(|acting| acting.user_id.clone());
            assert_eq!(event.actor_id, actor_id, "the actor of {write:?}");
            let with = acting.map(|acting| acting.id.clone());
            assert_eq!(event.actor_credential_id, with, "{write:?}");
            assert_eq!(event.from, grounds.from, "the address of {write:?}");
            assert_eq!(event.at, grounds.at, "the moment of {write:?}");
        }
    }
}

/// The user's, named by the grant; a rotation and what a client has for itself leave none.
pub async fn a_grant_is_logged_when_it_is_made_and_when_it_ends<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let from = Some(IpAddr::from([192, 0, 2, 9]));

    let before = events(&store).await.len();
    let code = code(&store, granted(&ada, &client)).await.id;
    let mut grant = new_grant(&store, granted(&ada, &client));
    grant.from = from;
    let made = new_tokens(&store, &grant, 1);
    let outcome = store.redeem_code(code, grant.clone(), made.tokens).await;
    assert_eq!(must(outcome, "redeem_code"), Redeemed::First);
    let (done, next) = rotate(&store, &grant, made.refresh, 2).await;
    assert_eq!(done, Rotated::Done);
    let withdrawn = store.withdraw_access_token(next.access).await;
    assert!(must(withdrawn, "withdraw_access_token"));
    let logged = events(&store).await.split_off(before);
    let [event] = logged.as_slice() else {
        assert_eq!(logged.len(), 1, "one event of a redemption: {logged:?}");
        return;
    };
    let of_grant = |event: &AuditEvent| {
        assert_eq!(event.user_id, ada.id);
        let grant_id = grant.id.to_string();
        assert_eq!(event.credential_id.as_deref(), Some(grant_id.as_str()));
        assert_eq!(
            (&event.actor_id, &event.actor_credential_id),
            (&None, &None)
        );
    };
    of_grant(event);
    assert_eq!(event.action, AuditAction::GrantCreated);
    assert_eq!(event.at, grant.created_at);
    assert_eq!(event.from, from);

    let before = events(&store).await.len();
    let at = now() + HOUR;
    for _ in 0..2 {
        must(store.end_grant(grant.id, at).await, "end_grant");
    }
    let logged = events(&store).await.split_off(before);
    assert_eq!(logged.len(), 1, "one event of an end: {logged:?}");
    for event in &logged {
        of_grant(event);
        assert_eq!(event.action, AuditAction::GrantEnded);
        assert_eq!(event.at, at);
    }

    let live = redeemed(&store, &ada, &client).await;
    let before = events(&store).await.len();
    Ending::Reused.happens(&store, &live).await;
    let logged = events(&store).await.split_off(before);
    assert_eq!(logged.len(), 1, "one event of a reuse: {logged:?}");
    for event in &logged {
        assert_eq!(event.action, AuditAction::GrantEnded);
        let grant_id = live.grant.id.to_string();
        assert_eq!(event.credential_id.as_deref(), Some(grant_id.as_str()));
    }

    let before = events(&store).await;
    let of_client = own(&store, &client).await;
    let ended = store.end_grant(of_client.grant.id, now()).await;
    assert!(must(ended, "end_grant"));
    assert_eq!(events(&store).await, before, "what a client has for itself");
}

/// The event of the write says it all.
pub async fn what_ends_with_a_user_or_client_has_no_events_of_its_own<S: Store>(store: S) {
    for (ending, expected) in [
        (Ending::PasswordSet, [AuditAction::PasswordSet].as_slice()),
        (
            Ending::UserDisabled,
            &[AuditAction::UserUpdated, AuditAction::UserUpdated],
        ),
        (Ending::ConsentWithdrawn, &[AuditAction::ConsentWithdrawn]),
        (Ending::ClientDeleted, &[AuditAction::ClientDeleted]),
        (
            Ending::UserDeleted,
            &[AuditAction::UserDeleted, AuditAction::UserCreated],
        ),
    ] {
        let ada = match must(store.user("ada").await, "user") {
            Some(ada) => ada,
            None => user(&store, "ada").await,
        };
        let client = client(&store, "client").await;
        let live = redeemed(&store, &ada, &client).await;
        redeemed(&store, &ada, &client).await;
        let before = events(&store).await.len();
        ending.happens(&store, &live).await;
        let logged = events(&store).await.split_off(before);
        let actions: Vec<AuditAction> = logged.iter().map(|event| event.action).collect();
        assert_eq!(actions, expected, "the events of {ending:?}");
    }
}

/// What was refused, and what there was nothing to do for, is not logged.
pub async fn a_write_that_failed_leaves_none<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let one = client(&store, "one").await;
    let live = redeemed(&store, &ada, &one).await;
    let nowhere = new_client("nowhere");
    let before = events(&store).await;
    let grounds = &operator();
    let stray = Consent::new(&ada.id, &nowhere.id, &scopes(&["openid"]), now());
    let late = new_grant(&store, granted(&ada, &one));
    let tokens = new_tokens(&store, &late, 1).tokens;
    let taken = live.made.tokens.clone();
    let outcomes = [
        store.insert_client(one.clone(), grounds).await.is_err(),
        store.update_client(nowhere.clone(), grounds).await.is_err(),
        store.delete_client(&nowhere.id, grounds).await.is_err(),
        store.add_consent(stray, grounds).await.is_err(),
        store
            .withdraw_consent(&ada.id, &nowhere.id, grounds)
            .await
            .is_ok_and(|there| !there),
        store
            .replace_signing_keys(7, Vec::new(), grounds)
            .await
            .is_ok_and(|done| !done),
        store
            .redeem_code(live.code, late, tokens)
            .await
            .is_ok_and(|outcome| outcome == Redeemed::Again(live.grant.id)),
        store.rotate(live.made.refresh, taken).await.is_err(),
        store
            .end_grant(live.made.access, now())
            .await
            .is_ok_and(|there| !there),
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
