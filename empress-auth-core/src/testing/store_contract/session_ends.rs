//! What ends a session besides logging out, and what does not. K-11, P-12.

use super::Store;
use super::fixture::{
    enabled, events, logged_in, logged_out, must, now, operator, password_hash, password_set,
    put_session, session, session_ids, shifted, stored_session, user,
};
use crate::authenticator::Authenticator;
use crate::clock::Clock;
use crate::password::PasswordHash;
use crate::user::{NewUser, UserChange};

/// A password that is set ends them all, under its own event, and the next login begins anew.
pub async fn every_session_ends_with_the_password<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    user(&store, "bob").await;
    let (bobs, _) = stored_session(&store, "bob").await;
    let (remembered, _) = stored_session(&store, "ada").await;
    let (never_shown, _) = stored_session(&store, "ada").await;
    logged_in(&layer, &remembered, "a session").await;
    let before = events(&store).await.len();
    let set = store.update_user("ada", password_set(), &operator()).await;
    must(set, "update_user");
    for value in [&remembered, &never_shown] {
        logged_out(&layer, value, "a session from before the password").await;
    }
    assert_eq!(session_ids(&store, "ada").await, []);
    assert_eq!(events(&store).await.len(), before + 1, "one event tells it");
    logged_in(&layer, &bobs, "another user's session").await;
    let (value, _) = stored_session(&store, "ada").await;
    logged_in(&layer, &value, "a session from after the password").await;
}

/// Disabling and deleting end them all; neither enabling nor a namesake brings one back.
pub async fn every_session_ends_with_its_user<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    let (disabled, _) = stored_session(&store, "ada").await;
    logged_in(&layer, &disabled, "a session").await;
    for enable in [false, true] {
        let changed = store.update_user("ada", enabled(enable), &operator()).await;
        must(changed, "update_user");
        logged_out(&layer, &disabled, "a session of a user once disabled").await;
        assert_eq!(session_ids(&store, "ada").await, []);
    }
    let (deleted, id) = stored_session(&store, "ada").await;
    logged_in(&layer, &deleted, "a session").await;
    must(store.delete_user("ada", &operator()).await, "delete_user");
    logged_out(&layer, &deleted, "a session of a deleted user").await;
    user(&store, "ada").await;
    logged_out(&layer, &deleted, "a session of a former user of the name").await;
    assert_eq!(session_ids(&store, "ada").await, []);
    let ended = store.end_session(None, id, &operator()).await;
    assert!(!must(ended, "end_session"), "it went with its user");
}

/// Another hash of the same password, another role, another name of the person: all of them go on.
pub async fn what_is_no_reason_ends_no_session<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let new = NewUser::named("ada").with_password_hash(password_hash());
    must(store.insert_user(new, &operator()).await, "insert_user");
    let (value, id) = stored_session(&store, "ada").await;
    let other = PasswordHash::from_stored("!another");
    let replaced = store
        .replace_password_hash("ada", &password_hash(), other)
        .await;
    assert!(must(replaced, "replace_password_hash"));
    let change = UserChange {
        full_name: Some(Some("Ada Lovelace".into())),
        roles: Some(vec!["Manager".into()]),
        ..enabled(true)
    };
    let changed = store.update_user("ada", change, &operator()).await;
    must(changed, "update_user");
    let revoked = store.revoke_all_tokens("ada", &operator()).await;
    must(revoked, "revoke_all_tokens");
    let identity = logged_in(&layer, &value, "a session that goes on").await;
    assert!(identity.has_role("Manager"), "the new role is seen at once");
    assert_eq!(session_ids(&store, "ada").await, [id]);
}

/// A session ends when it was left alone, and at its end however much it is used; both to the moment.
pub async fn a_session_ends_when_it_expires_or_is_left_alone<S: Store>(store: S) {
    const HOUR: i64 = 60 * 60 * 1_000;
    let at = now();
    let clock = Clock::manual(at);
    let layer = Authenticator::new(store.clone()).clock(clock.clone());
    user(&store, "ada").await;
    let (row, value) = session("ada", store.store_key());
    let end = put_session(&store, row).await.expires_at;
    let (left_alone, _) = stored_session(&store, "ada").await;

    clock.set(shifted(at, 12 * HOUR - 2_000));
    logged_in(&layer, &value, "a session within its idle timeout").await;
    clock.set(shifted(at, 13 * HOUR));
    logged_out(&layer, &left_alone, "a session that was left alone").await;
    logged_in(&layer, &value, "a session that was used since").await;
    for hour in (24..7 * 24).step_by(11) {
        clock.set(shifted(at, hour * HOUR));
        logged_in(&layer, &value, "a session that is used").await;
    }
    clock.set(shifted(end, -1_000));
    logged_in(&layer, &value, "a session before its end").await;
    clock.set(end);
    logged_out(&layer, &value, "a session at its end").await;
}

/// Who looks at a session after it was used sees that it was.
pub async fn a_use_is_seen_at_once<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    if store.memory().is_none() {
        // Nothing writes uses down for a store that keeps no memory.
        return;
    }
    let (value, used) = stored_session(&store, "ada").await;
    let (_, unused) = stored_session(&store, "ada").await;
    let before = shifted(now(), -2_000);
    logged_in(&layer, &value, "a session").await;
    for session in must(store.sessions("ada").await, "sessions") {
        if session.id == used {
            assert!(session.last_used_at.is_some_and(|at| at >= before));
        } else {
            assert_eq!((session.id, session.last_used_at), (unused, None));
        }
    }
}
