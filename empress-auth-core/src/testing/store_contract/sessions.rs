//! Browser sessions: put, listed, ended. P-11, P-12.

use super::Store;
use super::fixture::{
    enabled, events, logged_in, logged_out, must, now, operator, operator_at, pat, put,
    put_session, refused, session, session_ids, shifted, snapshot, stored_session, user,
};
use crate::audit::{AuditAction, AuditEvent};
use crate::authenticator::Authenticator;
use crate::identity::CredentialKind;
use crate::store::{Lookup, StoreErrorKind};
use crate::stored::StoredCredential;

/// Every part of a session is kept, to the millisecond; its cookie is its user's.
pub async fn a_session_comes_back_as_it_was_put<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let ada = user(&store, "ada").await;
    user(&store, "bob").await;
    let (mut row, value) = session("ada", store.store_key());
    row.session.from = Some(must("2001:db8::7".parse(), "an address"));
    row.session.last_used_at = Some(shifted(row.session.created_at, 1_234));
    let (plain, _) = session("ada", store.store_key());
    let mut expected = vec![row.session.clone(), plain.session.clone()];
    expected.sort_by_key(|session| session.id);
    for row in [row.clone(), plain] {
        let kept = row.session.clone();
        assert_eq!(put_session(&store, row).await, kept, "what was put");
    }
    let listed = must(store.sessions("ada").await, "sessions");
    assert_eq!(listed, expected, "sessions come back as put, by id");
    for other in ["bob", "nobody"] {
        assert_eq!(must(store.sessions(other).await, "sessions"), []);
    }
    let identity = logged_in(&layer, &value, "a session").await;
    assert_eq!(identity.user_id(), &*ada.id);
    assert_eq!(identity.proof(), CredentialKind::Session);
    assert_eq!(identity.credential_id(), row.session.id.to_string());
    assert_eq!(identity.expires_at(), Some(row.session.expires_at));
    assert_eq!(identity.scopes().as_list(), None, "all that its user may");
}

/// An id cannot be put twice, for whomever; what the refused login should have replaced lives on.
pub async fn an_id_is_taken_once<S: Store>(store: S) {
    user(&store, "ada").await;
    user(&store, "bob").await;
    let (row, _) = session("ada", store.store_key());
    put_session(&store, row.clone()).await;
    let (_, other) = stored_session(&store, "bob").await;
    let before = snapshot(&store).await;
    let (mut same_id, _) = session("bob", store.store_key());
    same_id.session.id = row.session.id;
    for row in [row, same_id] {
        let put = store.insert_session(row, Some(other), 1, &operator()).await;
        refused(put, StoreErrorKind::Conflict, "the id of another session");
    }
    assert!(
        snapshot(&store).await == before,
        "a refused session must leave nothing behind, and end nothing"
    );
}

/// Both may have one id: each is found by its own question and ends alone.
pub async fn a_session_is_no_token_and_a_token_no_session<S: Store>(store: S) {
    user(&store, "ada").await;
    let (session, _) = session("ada", store.store_key());
    let id = put_session(&store, session.clone()).await.id;
    let none = must(store.find(Lookup::Token(id)).await, "find");
    assert!(none.is_none(), "a session was found as a token");
    let (mut token, _) = pat("ada", store.store_key());
    token.token.id = id;
    put(&store, token.clone()).await;
    let digest = |row: StoredCredential| row.digest.as_bytes().to_vec();
    let as_token = must(store.find(Lookup::Token(id)).await, "find").map(digest);
    assert_eq!(as_token.as_deref(), Some(token.digest.as_bytes()));
    let as_session = must(store.find(Lookup::SessionId(id)).await, "find").map(digest);
    assert_eq!(as_session.as_deref(), Some(session.digest.as_bytes()));

    must(
        store.revoke_tokens(None, &[id], &operator()).await,
        "revoke_tokens",
    );
    assert_eq!(session_ids(&store, "ada").await, [id]);
    put(&store, token).await;
    must(
        store.end_session(None, id, &operator()).await,
        "end_session",
    );
    assert!(must(store.token(id).await, "token").is_some());
    let none = must(store.find(Lookup::SessionId(id)).await, "find");
    assert!(none.is_none(), "a token was found as a session");
}

/// No session for nobody, and none for a disabled user.
pub async fn nobody_gets_a_session_who_cannot_use_it<S: Store>(store: S) {
    user(&store, "ada").await;
    let disabled = store.update_user("ada", enabled(false), &operator()).await;
    must(disabled, "update_user");
    for name in ["ada", "bob"] {
        let (row, _) = session(name, store.store_key());
        let put = store.insert_session(row, None, 10, &operator()).await;
        refused(put, StoreErrorKind::NotFound, name);
    }
}

/// The session before the login ends in the same transaction, whosever it was; one that is gone is no matter.
pub async fn a_login_ends_the_session_that_it_replaces<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    let eve = user(&store, "eve").await;
    let (planted, planted_id) = stored_session(&store, "eve").await;
    logged_in(&layer, &planted, "the session before").await;
    let before = events(&store).await.len();
    let (row, value) = session("ada", store.store_key());
    let put = store
        .insert_session(row.clone(), Some(planted_id), 10, &operator())
        .await;
    must(put, "insert_session");
    logged_out(&layer, &planted, "the session before the login").await;
    logged_in(&layer, &value, "the session of the login").await;
    let logged = events(&store).await.split_off(before);
    let ended = |event: &AuditEvent| {
        let id = event.credential_id.as_deref() == Some(&*planted_id.to_string());
        event.action == AuditAction::SessionEnded && event.user_id == eve.id && id
    };
    assert_eq!(logged.len(), 2, "one event for each of the two sessions");
    assert!(logged.iter().any(ended), "the end of the one is told");

    let (next, _) = session("ada", store.store_key());
    let put = store
        .insert_session(next, Some(planted_id), 10, &operator())
        .await;
    must(put, "a login in place of a session that is gone");
    assert_eq!(session_ids(&store, "ada").await.len(), 2);
}

/// A full house turns nobody away: what has expired goes first and without an event, then who was not seen for longest.
pub async fn the_session_that_was_not_seen_for_longest_makes_room<S: Store>(store: S) {
    let at = now();
    user(&store, "ada").await;
    user(&store, "bob").await;
    stored_session(&store, "bob").await;
    let mut ids = Vec::new();
    for (minute, last_used) in [(0, Some(30)), (1, None), (2, None), (3, Some(4))] {
        let (mut row, _) = session("ada", store.store_key());
        row.session.created_at = shifted(at, minute * 60_000);
        row.session.last_used_at = last_used.map(|minute| shifted(at, minute * 60_000));
        ids.push(row.session.id);
        put_session(&store, row).await;
    }
    let &[first, second, third, fourth] = &*ids else {
        return assert_eq!(ids.len(), 4);
    };
    let later = operator_at(shifted(at, 60 * 60_000));
    for (limit, stay) in [(4, vec![first, third, fourth]), (2, vec![first])] {
        let before = events(&store).await.len();
        let there = session_ids(&store, "ada").await.len();
        let (mut row, _) = session("ada", store.store_key());
        row.session.created_at = later.at;
        let id = row.session.id;
        let put = store.insert_session(row, None, limit, &later).await;
        must(put, "insert_session");
        let mut expected = stay;
        expected.push(id);
        expected.sort_unstable();
        assert_eq!(session_ids(&store, "ada").await, expected, "limit {limit}");
        let logged = events(&store).await.split_off(before);
        assert_eq!(logged.len(), there + 2 - limit, "one event for each");
        let ended = store.end_session(None, id, &later).await;
        assert!(must(ended, "end_session"));
    }
    assert!(!session_ids(&store, "ada").await.contains(&second));

    // One that has expired, and one that is older and holds.
    let (mut expired, _) = session("ada", store.store_key());
    expired.session.created_at = shifted(at, 50 * 60_000);
    expired.session.expires_at = later.at;
    put_session(&store, expired).await;
    let before = events(&store).await.len();
    let (row, _) = session("ada", store.store_key());
    let id = row.session.id;
    let put = store.insert_session(row, None, 2, &later).await;
    must(put, "insert_session");
    let mut expected = vec![first, id];
    expected.sort_unstable();
    assert_eq!(session_ids(&store, "ada").await, expected);
    assert_eq!(events(&store).await.len(), before + 1, "expiry is no event");
    assert_eq!(session_ids(&store, "bob").await.len(), 1, "another user's");
}

/// A session ends for who owns it, or for whoever may name any; once.
pub async fn a_session_is_ended_by_its_owner_or_by_anybody_asked_to<S: Store>(store: S) {
    let layers = [
        Authenticator::new(store.clone()),
        Authenticator::new(store.clone()),
    ];
    user(&store, "ada").await;
    user(&store, "bob").await;
    for owner in [Some("ada"), None] {
        let (value, id) = stored_session(&store, "ada").await;
        let (stays, _) = stored_session(&store, "ada").await;
        for layer in &layers {
            logged_in(layer, &value, "a session").await;
        }
        for stranger in ["bob", "nobody"] {
            let ended = store.end_session(Some(stranger), id, &operator()).await;
            assert!(!must(ended, "end_session"), "{stranger} ended it");
        }
        logged_in(&layers[0], &value, "a session that others tried to end").await;
        let ended = store.end_session(owner, id, &operator()).await;
        assert!(must(ended, "end_session"), "the session was there");
        for layer in &layers {
            logged_out(layer, &value, "an ended session").await;
            logged_in(layer, &stays, "a session that was not meant").await;
        }
        let again = store.end_session(owner, id, &operator()).await;
        assert!(!must(again, "end_session"), "it had ended already");
    }
}

/// All of one user's, but the one that is excepted.
pub async fn all_sessions_of_a_user_end_but_one<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    user(&store, "bob").await;
    let (bobs, bobs_id) = stored_session(&store, "bob").await;
    let (mine, my_id) = stored_session(&store, "ada").await;
    for (except, count) in [(Some(my_id), 2), (None, 3), (Some(bobs_id), 2)] {
        let (one, _) = stored_session(&store, "ada").await;
        let (other, _) = stored_session(&store, "ada").await;
        logged_in(&layer, &one, "a session").await;
        let ended = store.end_sessions("ada", except, &operator()).await;
        assert_eq!(must(ended, "end_sessions"), count, "but {except:?}");
        for value in [one, other] {
            logged_out(&layer, &value, "an ended session").await;
        }
        if except == Some(my_id) {
            logged_in(&layer, &mine, "the excepted session").await;
        } else {
            logged_out(&layer, &mine, "an ended session").await;
        }
        logged_in(&layer, &bobs, "another user's session").await;
    }
    let nobody = store.end_sessions("carol", None, &operator()).await;
    refused(nobody, StoreErrorKind::NotFound, "a user that is not there");
}
