//! Two calls at once end as if one had come after the other (CO-1, CO-4, R-12).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Store;
use super::fixture::{
    basic_password, drf, events, identity, key_pair, logged_out, manager, must, new_secret, now,
    operator, password_hash, password_set, pat, put, race, session, session_ids, show_cookie,
    stored_pat, stored_session, turned_away, user,
};
use crate::actor::Actor;
use crate::api_token::TokenChange;
use crate::audit::AuditAction;
use crate::authenticator::Authenticator;
use crate::scopes::Scopes;
use crate::store::StoreErrorKind;
use crate::user::{NewUser, UserChange};

const RACERS: usize = 16;

/// Every race so many times, on new stores of `make`.
///
/// [`store_contract::check`](super::check) runs each a few times; this is for the bad order that comes once in a
/// thousand. Needs a tokio runtime of several threads.
pub async fn check<S: Store>(make: impl AsyncFn() -> S, rounds: usize) {
    for _ in 0..rounds {
        one_of_many_users_of_one_name_is_made(make().await).await;
        roles_given_and_taken_at_once_are_all_given_and_taken(make().await).await;
        many_secrets_at_once_end_with_one_key_and_one_secret(make().await).await;
        the_limit_holds_for_many_at_once(make().await).await;
        many_requests_for_the_drf_token_make_one_row(make().await).await;
        a_token_is_narrowed_once(make().await).await;
        a_revoked_token_is_counted_once(make().await).await;
    }
    a_withdrawn_credential_mints_nothing_more(make().await, rounds).await;
    a_revoked_token_is_not_accepted_again(make().await, rounds).await;
    no_login_survives_another_password(make().await, rounds).await;
    an_ended_session_is_not_accepted_again(make().await, rounds).await;
}

/// Sixteen make a user of one name, in two spellings: one does.
pub async fn one_of_many_users_of_one_name_is_made<S: Store>(store: S) {
    let outcomes = race(RACERS, |number| {
        let store = store.clone();
        let name = if number % 2 == 0 { "ada" } else { "ADA" };
        async move { store.insert_user(NewUser::named(name), &operator()).await }
    })
    .await;
    let made = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(made, 1, "one user of the name is made");
    for error in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(error.kind(), StoreErrorKind::Conflict, "{error}");
    }
    let users = must(store.users(None, 10).await, "users");
    assert_eq!(users.len(), 1, "one user of the name is kept");
}

/// Eight give a role and eight take another: no change undoes what another one did.
pub async fn roles_given_and_taken_at_once_are_all_given_and_taken<S: Store>(store: S) {
    let held = (0..RACERS).filter(|number| number % 2 == 1);
    let new = NewUser::named("ada").with_roles(held.map(|number| number.to_string()));
    must(store.insert_user(new, &operator()).await, "insert_user");
    let changed = race(RACERS, |number| {
        let store = store.clone();
        let roles: Vec<Box<str>> = vec![number.to_string().into()];
        let change = if number % 2 == 0 {
            UserChange {
                added_roles: roles,
                ..UserChange::default()
            }
        } else {
            UserChange {
                removed_roles: roles,
                ..UserChange::default()
            }
        };
        async move { store.update_user("ada", change, &operator()).await }
    })
    .await;
    for changed in changed {
        must(changed, "update_user");
    }
    let ada = must(store.user("ada").await, "user");
    let roles: BTreeSet<Box<str>> = ada.into_iter().flat_map(|ada| ada.roles).collect();
    let given = (0..RACERS).filter(|number| number % 2 == 0);
    let expected: BTreeSet<Box<str>> = given.map(|number| number.to_string().into()).collect();
    assert_eq!(roles, expected, "each role was given or taken");
}

/// Sixteen replace the secret of a user without a key: all get one key, and one secret holds.
pub async fn many_secrets_at_once_end_with_one_key_and_one_secret<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    let made = race(RACERS, |_| {
        let store = store.clone();
        let (new, secret) = new_secret();
        async move {
            let key = store.put_api_secret("ada", new, &operator()).await;
            (must(key, "put_api_secret"), secret)
        }
    })
    .await;
    let keys: BTreeSet<_> = made.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys.len(), 1, "all calls answer one key");
    let mut holding = 0;
    for (key, secret) in &made {
        let field = format!("token {key}:{}", secret.expose_secret());
        holding += usize::from(crate::testing::present(&layer, &field).await.is_ok());
    }
    assert_eq!(holding, 1, "the last secret holds, and no other");
    let logged = events(&store).await;
    let logged = logged
        .iter()
        .filter(|event| event.action == AuditAction::KeysGenerated);
    assert_eq!(logged.count(), RACERS, "one event for each call");
}

/// Sixteen put a token where five fit.
pub async fn the_limit_holds_for_many_at_once<S: Store>(store: S) {
    const LIMIT: usize = 5;
    user(&store, "ada").await;
    let outcomes = race(RACERS, |_| {
        let store = store.clone();
        let (row, _) = pat("ada", store.store_key());
        async move { store.insert_token(row, LIMIT, &operator()).await }
    })
    .await;
    let made = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    assert_eq!(made, LIMIT, "as many tokens as fit are made");
    for error in outcomes.into_iter().filter_map(Result::err) {
        assert_eq!(error.kind(), StoreErrorKind::LimitReached, "{error}");
    }
    let kept = store.tokens(Some("ada"), None, 100).await;
    assert_eq!(must(kept, "tokens").len(), LIMIT);
}

/// Sixteen ask for the DRF token: one row, which all are told of.
pub async fn many_requests_for_the_drf_token_make_one_row<S: Store>(store: S) {
    let epoch = user(&store, "ada").await.token_epoch;
    let ids = race(RACERS, |_| {
        let store = store.clone();
        let row = drf("ada", store.store_key(), "the-derived-token");
        async move {
            let put = store.put_drf_token(row, epoch, &operator()).await;
            must(put, "put_drf_token")
        }
    })
    .await;
    let kept = store.tokens(Some("ada"), None, 100).await;
    let kept: Vec<_> = must(kept, "tokens").iter().map(|token| token.id).collect();
    assert_eq!(kept.len(), 1, "one row");
    assert!(
        ids.iter().all(|id| kept.contains(id)),
        "every call answers the row that was kept"
    );
    let made = events(&store).await;
    let made = made
        .iter()
        .filter(|event| event.action == AuditAction::TokenCreated);
    assert_eq!(made.count(), 1, "one event for the one row");
}

/// Sixteen limit a token to one scope each: the first does, and for the others it has become too narrow.
pub async fn a_token_is_narrowed_once<S: Store>(store: S) {
    user(&store, "ada").await;
    let scope = |number: usize| format!("scope{number}");
    let (mut row, _) = pat("ada", store.store_key());
    row.token.scopes = Scopes::only((0..RACERS).map(scope));
    let id = put(&store, row).await.id;
    let outcomes = race(RACERS, |number| {
        let store = store.clone();
        let change = TokenChange {
            scopes: Some(Scopes::only([scope(number)])),
            ..TokenChange::default()
        };
        async move { store.update_token("ada", id, change, &operator()).await }
    })
    .await;
    let kept = must(store.token(id).await, "token").map(|token| token.scopes);
    let mut narrowed = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(token) => narrowed.push(token.scopes),
            Err(error) => assert_eq!(error.kind(), StoreErrorKind::Conflict, "{error}"),
        }
    }
    assert_eq!(narrowed.len(), 1, "one change wins");
    assert_eq!(narrowed.first(), kept.as_ref(), "and is what is kept");
}

/// Sixteen revoke the same tokens: each is answered to one of them, and logged once.
pub async fn a_revoked_token_is_counted_once<S: Store>(store: S) {
    user(&store, "ada").await;
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(stored_pat(&store, "ada").await.1);
    }
    let revoked = race(RACERS, |number| {
        let (store, ids) = (store.clone(), ids.clone());
        async move {
            let grounds = &operator();
            if number % 4 == 0 {
                must(
                    store.revoke_all_tokens("ada", grounds).await,
                    "revoke_all_tokens",
                )
            } else {
                let revoked = store.revoke_tokens(Some("ada"), &ids, grounds).await;
                must(revoked, "revoke_tokens").len()
            }
        }
    })
    .await;
    assert_eq!(revoked.iter().sum::<usize>(), ids.len(), "each token once");
    let logged = events(&store).await;
    let logged = logged
        .iter()
        .filter(|event| event.action == AuditAction::TokenRevoked);
    assert_eq!(logged.count(), ids.len(), "one event for each token");
}

/// A stolen key makes tokens while it is being withdrawn: none is made after the withdrawal was answered.
pub async fn a_withdrawn_credential_mints_nothing_more<S: Store>(store: S, rounds: usize) {
    const THIEVES: usize = 4;
    let layer = Authenticator::new(store.clone());
    manager(&store, "boss").await;
    user(&store, "victim").await;
    for round in 0..rounds {
        let field = key_pair(&store, "boss", now()).await;
        let acting = identity(&layer, &field, "the stolen pair").await;
        let stopped = Arc::new(AtomicBool::new(false));
        let thieves: Vec<_> = (0..THIEVES)
            .map(|_| {
                let (store, stopped) = (store.clone(), Arc::clone(&stopped));
                let actor = Actor::from(&acting);
                tokio::spawn(async move {
                    let mut late = 0;
                    loop {
                        let is_late = stopped.load(Ordering::SeqCst);
                        let (row, _) = pat("victim", store.store_key());
                        let grounds = actor.grounds(now());
                        match store.insert_token(row, usize::MAX >> 1, &grounds).await {
                            Ok(_) => late += usize::from(is_late),
                            Err(error) => {
                                let kind = error.kind();
                                assert_eq!(kind, StoreErrorKind::ActorWithdrawn, "{error}");
                                return late;
                            }
                        }
                    }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        if round % 2 == 0 {
            key_pair(&store, "boss", now()).await;
        } else {
            let deleted = store.delete_api_secret("boss", &operator()).await;
            assert!(must(deleted, "delete_api_secret"));
        }
        stopped.store(true, Ordering::SeqCst);
        let count = must(store.tokens(Some("victim"), None, 100_000).await, "tokens").len();
        for thief in thieves {
            assert_eq!(must(thief.await, "a thief"), 0, "made with an ended key");
        }
        let later = must(store.tokens(Some("victim"), None, 100_000).await, "tokens").len();
        assert_eq!(later, count, "tokens were made after the key had ended");
        must(
            store.revoke_all_tokens("victim", &operator()).await,
            "revoke_all_tokens",
        );
    }
}

/// Readers show a token while it is revoked: nobody is let in who asks after the answer.
pub async fn a_revoked_token_is_not_accepted_again<S: Store>(store: S, rounds: usize) {
    const READERS: usize = 8;
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    for _ in 0..rounds {
        let (field, id) = stored_pat(&store, "ada").await;
        let field: Arc<str> = field.into();
        let revoked = Arc::new(AtomicBool::new(false));
        let readers: Vec<_> = (0..READERS)
            .map(|_| {
                let (layer, field) = (layer.clone(), Arc::clone(&field));
                let revoked = Arc::clone(&revoked);
                tokio::spawn(async move {
                    loop {
                        let is_late = revoked.load(Ordering::SeqCst);
                        let accepted = crate::testing::present(&layer, &field).await.is_ok();
                        assert!(!(is_late && accepted), "a revoked token was accepted");
                        if is_late {
                            return;
                        }
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        let done = store.revoke_tokens(None, &[id], &operator()).await;
        assert_eq!(must(done, "revoke_tokens"), [id]);
        revoked.store(true, Ordering::SeqCst);
        turned_away(&layer, &field, "a revoked token").await;
        for reader in readers {
            must(reader.await, "a reader");
        }
        turned_away(&layer, &field, "a revoked token").await;
    }
}

/// People log in while their password is replaced: who proved the old one has no session in the end.
pub async fn no_login_survives_another_password<S: Store>(store: S, rounds: usize) {
    const LOGINS: usize = 4;
    let layer = Authenticator::new(store.clone()).passwords();
    let new = NewUser::named("ada").with_password_hash(password_hash());
    must(store.insert_user(new, &operator()).await, "insert_user");
    for _ in 0..rounds {
        let acting = identity(&layer, &basic_password("ada"), "the password").await;
        let logins: Vec<_> = (0..LOGINS)
            .map(|_| {
                let (store, actor) = (store.clone(), Actor::from(&acting));
                tokio::spawn(async move {
                    loop {
                        let (row, _) = session("ada", store.store_key());
                        let grounds = actor.grounds(now());
                        let put = store.insert_session(row, None, 1_000, &grounds).await;
                        if let Err(error) = put {
                            let kind = error.kind();
                            assert_eq!(kind, StoreErrorKind::ActorWithdrawn, "{error}");
                            return;
                        }
                    }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        let set = store.update_user("ada", password_set(), &operator()).await;
        must(set, "update_user");
        for login in logins {
            must(login.await, "a login");
        }
        let left = session_ids(&store, "ada").await;
        assert_eq!(left, [], "sessions of a password that was replaced");
    }
}

/// Readers show a session while it ends: nobody is let in who asks after the answer (P-12).
pub async fn an_ended_session_is_not_accepted_again<S: Store>(store: S, rounds: usize) {
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    for round in 0..rounds {
        let (value, id) = stored_session(&store, "ada").await;
        let value: Arc<str> = value.into();
        let ended = Arc::new(AtomicBool::new(false));
        let readers: Vec<_> = (0..RACERS)
            .map(|_| {
                let (layer, value) = (layer.clone(), Arc::clone(&value));
                let ended = Arc::clone(&ended);
                tokio::spawn(async move {
                    loop {
                        let is_late = ended.load(Ordering::SeqCst);
                        let accepted = show_cookie(&layer, &value).await.is_ok();
                        assert!(!(is_late && accepted), "an ended session was accepted");
                        if is_late {
                            return;
                        }
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        if round % 2 == 0 {
            let done = store.end_session(Some("ada"), id, &operator()).await;
            assert!(must(done, "end_session"));
        } else {
            let set = store.update_user("ada", password_set(), &operator()).await;
            must(set, "update_user");
        }
        ended.store(true, Ordering::SeqCst);
        logged_out(&layer, &value, "an ended session").await;
        for reader in readers {
            must(reader.await, "a reader");
        }
        logged_out(&layer, &value, "an ended session").await;
    }
}
