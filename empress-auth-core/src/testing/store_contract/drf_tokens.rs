//! Tokens that carry no id: the one that DRF's endpoint answers again and again, and imported ones.

use super::Store;
use super::fixture::{
    drf, events, identity, imported, must, operator, put, refused, snapshot, turned_away, user,
};
use crate::authenticator::Authenticator;
use crate::digest::SecretDigest;
use crate::store::StoreErrorKind;
use crate::user::UserChange;

const FIRST: &str = "0123456789abcdef0123456789abcdef01234567";
const SECOND: &str = "89abcdef0123456789abcdef0123456789abcdef";

/// The row that is there is answered, without another event, until it is revoked.
pub async fn the_same_row_is_answered_until_it_is_revoked<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let epoch = user(&store, "ada").await.token_epoch;
    let field = format!("Token {FIRST}");
    let row = || drf("ada", store.store_key(), FIRST);
    let first = store.put_drf_token(row(), epoch, &operator()).await;
    let first = must(first, "put_drf_token");
    let logged = events(&store).await.len();
    let second = store.put_drf_token(row(), epoch, &operator()).await;
    assert_eq!(
        must(second, "put_drf_token"),
        first,
        "the token is there already"
    );
    assert_eq!(
        events(&store).await.len(),
        logged,
        "nothing was written, so nothing is logged"
    );
    let found = identity(&layer, &field, "the DRF token").await;
    assert_eq!(found.credential_id(), first.to_string());

    let revoked = store
        .revoke_tokens(Some("ada"), &[first], &operator())
        .await;
    assert_eq!(must(revoked, "revoke_tokens"), [first]);
    turned_away(&layer, &field, "a revoked DRF token").await;
    refused(
        store.put_drf_token(row(), epoch, &operator()).await,
        StoreErrorKind::Conflict,
        "the DRF token of an epoch that ended with its revocation",
    );
}

/// What was made elsewhere goes without a trace in what is derived here: whoever logs in is answered the same row.
pub async fn a_revoked_import_leaves_the_derived_token<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let epoch = user(&store, "ada").await.token_epoch;
    let row = || drf("ada", store.store_key(), FIRST);
    let derived = store.put_drf_token(row(), epoch, &operator()).await;
    let derived = must(derived, "put_drf_token");
    let elsewhere = imported("ada", store.store_key(), SECOND);
    let elsewhere = put(&store, elsewhere).await.id;

    let revoked = store
        .revoke_tokens(Some("ada"), &[elsewhere], &operator())
        .await;
    assert_eq!(must(revoked, "revoke_tokens"), [elsewhere]);
    turned_away(&layer, &format!("Token {SECOND}"), "a revoked import").await;
    identity(&layer, &format!("Token {FIRST}"), "the derived token").await;
    let again = store.put_drf_token(row(), epoch, &operator()).await;
    assert_eq!(
        must(again, "put_drf_token of the same epoch"),
        derived,
        "the token is there still"
    );
}

/// SHA-256 and SHA-512 digests are found, of whatever text; `Token` and `Bearer` show the same token.
pub async fn a_token_without_an_id_is_found_by_its_digest<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    user(&store, "bob").await;
    put(&store, imported("ada", store.store_key(), FIRST)).await;
    let mut knox = imported("bob", store.store_key(), SECOND);
    knox.digest = SecretDigest::sha512_of(SECOND.as_bytes());
    put(&store, knox).await;
    for (text, owner) in [(FIRST, "ada"), (SECOND, "bob")] {
        for scheme in ["Token", "Bearer"] {
            let field = format!("{scheme} {text}");
            let found = identity(&layer, &field, "a token by its digest").await;
            assert_eq!(found.username(), owner);
        }
    }
    turned_away(&layer, &format!("Token {}", "f".repeat(40)), "no token").await;
}

/// The epoch is compared in the write, so that a token derived before a revocation is not stored after it.
pub async fn a_row_of_an_epoch_that_has_passed_is_refused<S: Store>(store: S) {
    let passed = user(&store, "ada").await.token_epoch;
    must(
        store.revoke_all_tokens("ada", &operator()).await,
        "revoke_all_tokens",
    );
    let moved = must(store.user("ada").await, "user").map(|user| user.token_epoch);
    assert!(
        moved.is_some_and(|epoch| epoch > passed),
        "revoke_all_tokens moves the epoch on, also if there was no token"
    );
    let before = snapshot(&store).await;
    let row = drf("ada", store.store_key(), FIRST);
    let late = store.put_drf_token(row, passed, &operator()).await;
    refused(late, StoreErrorKind::Conflict, "an epoch that has passed");
    let row = drf("nobody", store.store_key(), FIRST);
    let nobody = store.put_drf_token(row, passed, &operator()).await;
    refused(nobody, StoreErrorKind::NotFound, "a DRF token of nobody");
    assert!(
        snapshot(&store).await == before,
        "a refused DRF token must leave nothing behind"
    );

    let disable = UserChange {
        enabled: Some(false),
        ..UserChange::default()
    };
    let disabled = store.update_user("ada", disable, &operator()).await;
    let epoch = must(disabled, "update_user").token_epoch;
    let row = drf("ada", store.store_key(), FIRST);
    let disabled = store.put_drf_token(row, epoch, &operator()).await;
    refused(
        disabled,
        StoreErrorKind::NotFound,
        "a DRF token of a disabled user",
    );
}
