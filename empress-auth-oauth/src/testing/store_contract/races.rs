//! Two calls at once end as if one had come after the other (CO-1, O-9, O-19, O-21).

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use empress_auth_core::testing::present;
use empress_auth_core::{AuditAction, Authenticator, SecretDigest, StoreErrorKind};

use super::Store;
use super::endings::Ending;
use super::fixture::{
    CLIENT_SECRET, Made, client, code, events, granted, must, new_client, new_grant, new_tokens,
    now, operator, race, redeemed, rotate, there, user,
};
use super::sessions;
use super::signing_keys::key;
use crate::client::ClientSecretRow;
use crate::grant::{CodeUse, Consent};
use crate::store::{Redeemed, Rotated};

const RACERS: usize = 16;

/// Every race so many times, on new stores of `make`.
///
/// [`store_contract::check`](super::check) runs each a few times; this is for the bad order that comes once in a
/// thousand. Needs a tokio runtime of several threads.
pub async fn check<S: Store>(make: impl AsyncFn() -> S, rounds: usize) {
    for _ in 0..rounds {
        one_of_many_redeems_a_code(make().await).await;
        a_code_is_redeemed_or_spent(make().await).await;
        many_who_show_one_refresh_token_are_one_family(make().await).await;
        one_of_many_clients_of_one_id_is_made(make().await).await;
        one_of_many_replaces_the_secret_of_a_client(make().await).await;
        scopes_allowed_at_once_are_all_allowed(make().await).await;
        one_of_many_makes_the_signing_keys(make().await).await;
    }
    for ending in Ending::ALL {
        nothing_is_made_under_a_grant_that_has_ended(make().await, ending, rounds).await;
    }
    for _ in 0..rounds {
        sessions::no_grant_is_made_in_a_session_that_has_ended(make().await).await;
    }
    a_withdrawn_token_is_not_accepted_again(make().await, rounds).await;
}

/// Sixteen show one code: one gets tokens, and the others are told which grant that was.
pub async fn one_of_many_redeems_a_code<S: Store>(store: S) {
    redeem_at_once(&[store]).await;
}

/// As [`one_of_many_redeems_a_code`], through several handles in turn.
pub(super) async fn redeem_at_once<S: Store>(handles: &[S]) {
    let Some(store) = handles.first() else { return };
    let ada = user(store, "ada").await;
    let client = client(store, "client").await;
    let code = code(store, granted(&ada, &client)).await.id;
    let before = events(store).await.len();
    let outcomes = race(RACERS, |number| {
        let store = handle(handles, number);
        let grant = new_grant(&store, granted(&ada, &client));
        let made = new_tokens(&store, &grant, 1);
        async move {
            let tokens = made.tokens.clone();
            let outcome = store.redeem_code(code, grant.clone(), tokens).await;
            (must(outcome, "redeem_code"), grant.id, made)
        }
    })
    .await;
    let winners: Vec<_> = outcomes
        .iter()
        .filter(|(outcome, ..)| *outcome == Redeemed::First)
        .map(|(_, grant, _)| *grant)
        .collect();
    assert_eq!(winners.len(), 1, "winners of one code");
    for (outcome, grant, made) in &outcomes {
        let won = winners.contains(grant);
        let access = must(store.access_token(made.access).await, "access_token");
        let refresh = must(store.refresh_token(made.refresh).await, "refresh_token");
        assert_eq!((access.is_some(), refresh.is_some()), (won, won));
        if !won {
            let told = matches!(outcome, Redeemed::Again(told) if winners.contains(told));
            assert!(told, "{outcome:?}, but the winner was {winners:?}");
        }
    }
    let grants = must(store.grants(&ada.id).await, "grants");
    let grants: Vec<_> = grants.iter().map(|grant| grant.id).collect();
    assert_eq!(grants, winners, "one grant is kept");
    let logged = events(store).await.split_off(before);
    assert_eq!(logged.len(), 1, "one event: {logged:?}");
}

fn handle<S: Store>(handles: &[S], number: usize) -> S {
    #[expect(
        clippy::indexing_slicing,
        reason = "a remainder; there is one at least"
    )]
    handles[number % handles.len()].clone()
}

/// Eight redeem a code and eight spend it: one of both it is.
pub async fn a_code_is_redeemed_or_spent<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let code = code(&store, granted(&ada, &client)).await.id;
    let outcomes = race(RACERS, |number| {
        let store = store.clone();
        let grant = new_grant(&store, granted(&ada, &client));
        let tokens = new_tokens(&store, &grant, 1).tokens;
        async move {
            if number % 2 == 0 {
                must(store.spend_code(code).await, "spend_code");
                return None;
            }
            let outcome = store.redeem_code(code, grant, tokens).await;
            Some(must(outcome, "redeem_code"))
        }
    })
    .await;
    let redeemed: Vec<_> = outcomes.into_iter().flatten().collect();
    let winners = redeemed
        .iter()
        .filter(|outcome| **outcome == Redeemed::First)
        .count();
    let grants = must(store.grants(&ada.id).await, "grants");
    assert_eq!(grants.len(), winners, "as many grants as winners");
    assert!(winners <= 1, "{winners} winners");
    let used = must(store.code(code).await, "code").map(|code| code.used);
    match grants.first() {
        Some(grant) => assert_eq!(used, Some(CodeUse::Redeemed(grant.id))),
        None => assert!(
            matches!(used, None | Some(CodeUse::Spent))
                && redeemed.iter().all(|outcome| *outcome == Redeemed::Gone),
            "a spent code: {used:?}, {redeemed:?}"
        ),
    }
}

/// Sixteen show one refresh token, then each what it was given: one chain goes on, or none.
pub async fn many_who_show_one_refresh_token_are_one_family<S: Store>(store: S) {
    rotate_at_once(&[store]).await;
}

/// As [`many_who_show_one_refresh_token_are_one_family`], through several handles in turn.
pub(super) async fn rotate_at_once<S: Store>(handles: &[S]) {
    let Some(store) = handles.first() else { return };
    let ada = user(store, "ada").await;
    let client = client(store, "client").await;
    let live = redeemed(store, &ada, &client).await;
    let before = events(store).await.len();
    let given: Vec<Made> = race(RACERS, |number| {
        let (store, live) = (handle(handles, number), live.clone());
        async move {
            let (outcome, made) = rotate(&store, &live.grant, live.made.refresh, 2).await;
            // Nobody has used yet what it gave.
            assert_eq!(outcome, Rotated::Done);
            made
        }
    })
    .await;

    let outcomes = race(RACERS, |number| {
        let (store, grant) = (handle(handles, number), live.grant.clone());
        let shown = given
            .get(number)
            .map_or(live.made.refresh, |made| made.refresh);
        async move { rotate(&store, &grant, shown, 3).await }
    })
    .await;
    let count = |wanted: Rotated| {
        let these = outcomes.iter().filter(|(outcome, _)| *outcome == wanted);
        these.count()
    };
    let counts = (
        count(Rotated::Done),
        count(Rotated::Reused),
        count(Rotated::Gone),
    );
    assert_eq!(counts, (1, 1, RACERS - 2), "done, reused and gone");
    for (_, made) in &outcomes {
        let access = must(store.access_token(made.access).await, "access_token");
        assert!(access.is_none(), "a token of a family that has ended");
        let refresh = must(store.refresh_token(made.refresh).await, "refresh_token");
        assert!(refresh.is_none(), "a token of a family that has ended");
    }
    let logged = events(store).await.split_off(before);
    let actions: Vec<_> = logged.iter().map(|event| event.action).collect();
    assert_eq!(actions, [AuditAction::GrantEnded], "one event");
}

/// Sixteen put a client of one id: one does.
pub async fn one_of_many_clients_of_one_id_is_made<S: Store>(store: S) {
    let client = new_client("client");
    let outcomes = race(RACERS, |number| {
        let (store, mut client) = (store.clone(), client.clone());
        client.name = number.to_string().into();
        async move {
            let name = client.name.clone();
            let put = store.insert_client(client, &operator()).await;
            put.map(|()| name)
        }
    })
    .await;
    let mut made = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(name) => made.push(name),
            Err(error) => assert_eq!(error.kind(), StoreErrorKind::Conflict, "{error}"),
        }
    }
    let kept = there(store.client(&client.id).await, "client");
    let kept = std::slice::from_ref(&kept.name);
    assert_eq!(made, kept, "one client is made and kept");
}

/// Eight replace the secret that they all know, and eight change something else: one of the eight does, what it put stays,
/// and so does the last of the other changes.
pub async fn one_of_many_replaces_the_secret_of_a_client<S: Store>(store: S) {
    let client = client(&store, "client").await;
    let secret_of = |number: usize| format!("secret {number}");
    let outcomes = race(RACERS, |number| {
        let (store, mut client) = (store.clone(), client.clone());
        let [old, new] = [CLIENT_SECRET, secret_of(number).as_bytes()].map(SecretDigest::sha256_of);
        async move {
            if number % 2 == 0 {
                client.name = "renamed".into();
                must(store.update_client(client, &operator()).await, "update");
                return None;
            }
            let (new, grounds) = (ClientSecretRow::new(new, now()), operator());
            let put = store.replace_client_secret(&client.id, &old, new, &grounds);
            must(put.await, "replace_client_secret").then(|| secret_of(number))
        }
    })
    .await;
    let won: Vec<_> = outcomes.into_iter().flatten().collect();
    assert_eq!(won.len(), 1, "who replaced one secret: {won:?}");
    let kept = there(store.client(&client.id).await, "client");
    let secret = kept.secret.as_ref();
    let is_kept = |won: &String| secret.is_some_and(|kept| kept.digest.is_of(won.as_bytes()));
    assert!(won.iter().all(is_kept), "what the winner put");
    assert_eq!(&*kept.name, "renamed", "what else was changed");
}

/// Sixteen allow one scope each.
pub async fn scopes_allowed_at_once_are_all_allowed<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let added = race(RACERS, |number| {
        let store = store.clone();
        let scope: Vec<Box<str>> = vec![number.to_string().into()];
        let consent = Consent::new(&ada.id, &client.id, &scope, now());
        async move { store.add_consent(consent, &operator()).await }
    })
    .await;
    for added in added {
        must(added, "add_consent");
    }
    let kept = there(store.consent(&ada.id, &client.id).await, "consent");
    let kept = kept.allowed.into_iter().flat_map(|(_, scopes)| scopes);
    let kept: BTreeSet<_> = kept.collect();
    let expected = (0..RACERS)
        .map(|number| number.to_string().into())
        .collect();
    assert_eq!(kept, expected, "every scope was allowed");
}

/// Sixteen nodes start at once: one makes the keys, and the others find them (KY-2).
pub async fn one_of_many_makes_the_signing_keys<S: Store>(store: S) {
    let outcomes = race(RACERS, |number| {
        let store = store.clone();
        async move {
            let rows = vec![key(&number.to_string(), 0)];
            let done = store.replace_signing_keys(0, rows, &operator()).await;
            must(done, "replace_signing_keys").then(|| number.to_string())
        }
    })
    .await;
    let made: Vec<String> = outcomes.into_iter().flatten().collect();
    let keys = must(store.signing_keys().await, "signing_keys");
    let kept: Vec<_> = keys.rows.iter().map(|row| row.kid.to_string()).collect();
    assert_eq!(kept.len(), 1, "one node makes the keys");
    assert_eq!(made, kept, "and they are what is kept");
}

/// Others rotate, redeem and ask for tokens while the grant ends: nothing of it is there after the answer.
pub async fn nothing_is_made_under_a_grant_that_has_ended<S: Store>(
    store: S,
    ending: Ending,
    rounds: usize,
) {
    const OTHERS: usize = 4;
    for _ in 0..rounds {
        let ada = match must(store.user("ada").await, "user") {
            Some(ada) => ada,
            None => user(&store, "ada").await,
        };
        let client = client(&store, "client").await;
        let live = redeemed(&store, &ada, &client).await;
        let unused = code(&store, granted(&ada, &client)).await.id;
        let others: Vec<_> = (0..OTHERS)
            .map(|number| {
                let (store, live) = (store.clone(), live.clone());
                let granted = granted(&ada, &client);
                tokio::spawn(async move {
                    let mut made = Vec::new();
                    if number == 0 {
                        let grant = new_grant(&store, granted);
                        let tokens = new_tokens(&store, &grant, 1);
                        let outcome = store
                            .redeem_code(unused, grant, tokens.tokens.clone())
                            .await;
                        if must(outcome, "redeem_code") == Redeemed::First {
                            made.push(tokens);
                        }
                    }
                    for _ in 0..3 {
                        let (outcome, tokens) =
                            rotate(&store, &live.grant, live.made.refresh, 2).await;
                        if outcome == Rotated::Done {
                            made.push(tokens);
                        }
                    }
                    (number, made)
                })
            })
            .collect();
        tokio::task::yield_now().await;
        // Of a reuse the others would be a part, taken for the thief.
        let ending = if ending == Ending::Reused {
            Ending::GrantEnded
        } else {
            ending
        };
        ending.happens(&store, &live).await;
        for other in others {
            let (number, made) = must(other.await, "a racer");
            // A code is no part of a grant that is ended alone.
            let of_other_grant = number == 0 && ending == Ending::GrantEnded;
            for made in made.iter().filter(|_| !of_other_grant) {
                let access = must(store.access_token(made.access).await, "access_token");
                assert!(access.is_none(), "a token after {ending:?}");
                let refresh = must(store.refresh_token(made.refresh).await, "refresh_token");
                assert!(refresh.is_none(), "a token after {ending:?}");
            }
        }
    }
}

/// Readers show an access token while it is withdrawn: nobody is let in who asks after the answer.
pub async fn a_withdrawn_token_is_not_accepted_again<S: Store>(store: S, rounds: usize) {
    const READERS: usize = 8;
    let layer = Authenticator::new(store.clone());
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    for round in 0..rounds {
        let live = redeemed(&store, &ada, &client).await;
        let field: Arc<str> = live.made.field.into();
        let withdrawn = Arc::new(AtomicBool::new(false));
        let readers: Vec<_> = (0..READERS)
            .map(|_| {
                let (layer, field) = (layer.clone(), Arc::clone(&field));
                let withdrawn = Arc::clone(&withdrawn);
                tokio::spawn(async move {
                    loop {
                        let is_late = withdrawn.load(Ordering::SeqCst);
                        let accepted = present(&layer, &field).await.is_ok();
                        assert!(!(is_late && accepted), "a withdrawn token was accepted");
                        if is_late {
                            return;
                        }
                        tokio::task::yield_now().await;
                    }
                })
            })
            .collect();
        tokio::task::yield_now().await;
        let done = if round % 2 == 0 {
            store.withdraw_access_token(live.made.access).await
        } else {
            store.end_grant(live.grant.id, now()).await
        };
        assert!(must(done, "a withdrawal"), "it was there");
        withdrawn.store(true, Ordering::SeqCst);
        for reader in readers {
            must(reader.await, "a reader");
        }
    }
}
