//! Key pairs: one key for the life of a user, one secret at a time.

use std::time::Duration;

use super::Store;
use super::fixture::{
    identity, key_pair, must, new_secret, now, operator_at, refused, shifted, snapshot,
    turned_away, user,
};
use crate::authenticator::Authenticator;
use crate::clock::Clock;
use crate::issuing::NewApiSecret;
use crate::store::StoreErrorKind;

fn key_of(field: &str) -> &str {
    let pair = field.trim_start_matches("token ");
    pair.split(':').next().unwrap_or_default()
}

/// A second secret comes with the key of the first, and ends it.
pub async fn the_key_stays_and_the_last_secret_holds<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let at = now();
    user(&store, "ada").await;
    assert_eq!(
        must(store.api_key("ada").await, "api_key"),
        None,
        "a new user has no key"
    );
    let first = key_pair(&store, "ada", at).await;
    identity(&layer, &first, "the first secret").await;
    let second = key_pair(&store, "ada", shifted(at, 1_000)).await;
    assert_eq!(key_of(&first), key_of(&second), "the key never changes");
    turned_away(&layer, &first, "a secret that was replaced").await;
    let found = identity(&layer, &second, "the second secret").await;
    assert_eq!(found.credential_id(), key_of(&second));

    let info = must(store.api_key("ada").await, "api_key");
    let info = info.map(|info| (info.api_key.to_string(), info.issued_at));
    assert_eq!(
        info,
        Some((key_of(&second).to_owned(), Some(shifted(at, 1_000)))),
        "the key is shown with the moment of its secret"
    );
    let (new, _) = new_secret();
    let unknown = store.put_api_secret("bob", new, &operator_at(at)).await;
    refused(unknown, StoreErrorKind::NotFound, "a secret for nobody");
}

/// With `keep_previous_until` two secrets hold, until that moment and not at it.
pub async fn a_replaced_secret_lives_on_until_it_is_told<S: Store>(store: S) {
    let at = now();
    let clock = Clock::manual(at);
    let layer = Authenticator::new(store.clone()).clock(clock.clone());
    user(&store, "ada").await;
    let first = key_pair(&store, "ada", at).await;
    let until = at + Duration::from_secs(3_600);
    let (new, secret) = new_secret();
    let new = NewApiSecret {
        keep_previous_until: Some(until),
        ..new
    };
    let key = store.put_api_secret("ada", new, &operator_at(at)).await;
    let key = must(key, "put_api_secret");
    let second = format!("token {key}:{}", secret.expose_secret());

    for moment in [at, shifted(until, -1)] {
        clock.set(moment);
        let by_old = identity(&layer, &first, "the replaced secret in its overlap").await;
        assert_eq!(
            by_old.expires_at(),
            Some(until),
            "the replaced secret has an end"
        );
        let by_new = identity(&layer, &second, "the new secret").await;
        assert_eq!(by_new.expires_at(), None);
    }
    clock.set(until);
    turned_away(&layer, &first, "the replaced secret after its overlap").await;
    identity(&layer, &second, "the new secret").await;

    // Without an overlap, nothing before it lives on: neither the present secret nor the one before.
    clock.set(at);
    let third = key_pair(&store, "ada", shifted(at, 1)).await;
    turned_away(&layer, &first, "the secret before the last").await;
    turned_away(&layer, &second, "a secret that was replaced at once").await;
    identity(&layer, &third, "the third secret").await;
}

/// Withdrawing the secret says whether there was one; the user keeps the key.
pub async fn a_withdrawn_secret_is_gone_and_the_key_stays<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let grounds = operator_at(now());
    user(&store, "ada").await;
    let none = store.delete_api_secret("ada", &grounds).await;
    assert!(!must(none, "delete_api_secret"), "there was none");
    let first = key_pair(&store, "ada", now()).await;
    identity(&layer, &first, "the secret").await;

    let there = store.delete_api_secret("ada", &grounds).await;
    assert!(must(there, "delete_api_secret"), "there was one");
    turned_away(&layer, &first, "a withdrawn secret").await;
    let info = must(store.api_key("ada").await, "api_key");
    let info = info.map(|info| (info.api_key.to_string(), info.issued_at));
    assert_eq!(
        info,
        Some((key_of(&first).to_owned(), None)),
        "the key stays, without a secret"
    );
    let again = store.delete_api_secret("ada", &grounds).await;
    assert!(!must(again, "delete_api_secret"), "it is gone already");

    let second = key_pair(&store, "ada", now()).await;
    assert_eq!(key_of(&first), key_of(&second), "the key never changes");
    turned_away(&layer, &first, "a withdrawn secret after a new one").await;
    identity(&layer, &second, "the new secret").await;
    let unknown = store.delete_api_secret("bob", &grounds).await;
    refused(unknown, StoreErrorKind::NotFound, "the secret of nobody");
}

/// Another user's key cannot be had.
pub async fn a_key_belongs_to_one_user<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    user(&store, "bob").await;
    let (new, secret) = new_secret();
    let same = NewApiSecret::new(new.key_if_none.clone(), new_secret().0.digest);
    let key = store.put_api_secret("ada", new, &operator_at(now())).await;
    let key = must(key, "put_api_secret");
    let before = snapshot(&store).await;
    let stolen = store.put_api_secret("bob", same, &operator_at(now())).await;
    refused(stolen, StoreErrorKind::Conflict, "another user's key");
    assert!(
        snapshot(&store).await == before,
        "a refused key must leave nothing behind"
    );
    let field = format!("token {key}:{}", secret.expose_secret());
    let found = identity(&layer, &field, "the owner's pair").await;
    assert_eq!(found.username(), "ada");
}
