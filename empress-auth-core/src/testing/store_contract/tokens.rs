//! API tokens: put, changed, revoked.

use std::time::Duration;

use super::Store;
use super::fixture::{
    identity, imported, must, networks, now, operator, pat, put, refused, shifted, snapshot,
    stored_pat, turned_away, user,
};
use crate::api_token::TokenChange;
use crate::authenticator::Authenticator;
use crate::scopes::Scopes;
use crate::store::StoreErrorKind;
use crate::user::UserChange;

/// Every part of a token is kept, to the millisecond.
pub async fn a_token_comes_back_as_it_was_put<S: Store>(store: S) {
    user(&store, "ada").await;
    user(&store, "bob").await;
    let (mut row, _) = pat("ada", store.store_key());
    row.token.name = "laptop ☃".into();
    row.token.scopes = Scopes::only(["b:read", "a:write"]);
    row.token.created_by = Some("bob".into());
    row.token.expires_at = Some(shifted(now(), 3_600_123));
    row.token.idle_timeout = Some(Duration::from_secs(700));
    row.token.networks = networks(&["192.0.2.0/24", "2001:db8::/32"]);
    let (plain, _) = pat("ada", store.store_key());
    for row in [row, plain] {
        let expected = row.token.clone();
        assert_eq!(
            put(&store, row).await,
            expected,
            "the answer is what was put"
        );
        let found = must(store.token(expected.id).await, "token");
        assert_eq!(
            found,
            Some(expected),
            "a token must come back as it was put"
        );
    }
    let (unknown, _) = pat("ada", store.store_key());
    assert_eq!(must(store.token(unknown.token.id).await, "token"), None);
    let empty = Scopes::only::<&str>([]);
    let (mut none, _) = pat("ada", store.store_key());
    none.token.scopes = empty.clone();
    let id = put(&store, none).await.id;
    let found = must(store.token(id).await, "token").map(|token| token.scopes);
    assert_eq!(found, Some(empty), "no scopes is not every scope");
}

/// Neither an id nor the digest of a token without an id can be put twice, for whomever.
pub async fn an_id_and_a_digest_are_taken_once<S: Store>(store: S) {
    user(&store, "ada").await;
    user(&store, "bob").await;
    let (row, _) = pat("ada", store.store_key());
    put(&store, row.clone()).await;
    let elsewhere = imported("ada", store.store_key(), "an-imported-token");
    put(&store, elsewhere.clone()).await;
    let before = snapshot(&store).await;

    let (mut same_id, _) = pat("bob", store.store_key());
    same_id.token.id = row.token.id;
    let same_digest = imported("bob", store.store_key(), "an-imported-token");
    for (row, what) in [
        (row, "the same token"),
        (same_id, "the id of another token"),
        (elsewhere, "the same imported token"),
        (same_digest, "the digest of another token"),
    ] {
        let put = store.insert_token(row, 100, &operator()).await;
        refused(put, StoreErrorKind::Conflict, what);
    }
    assert!(
        snapshot(&store).await == before,
        "a refused token must leave nothing behind"
    );
}

/// `limit` tokens fit and one more does not; another user's do not count.
pub async fn the_limit_is_the_last_one_that_fits<S: Store>(store: S) {
    user(&store, "ada").await;
    user(&store, "bob").await;
    stored_pat(&store, "bob").await;
    let mut ids = Vec::new();
    for _ in 0..3 {
        let (row, _) = pat("ada", store.store_key());
        let put = store.insert_token(row, 3, &operator()).await;
        ids.push(must(put, "a token below the limit").id);
    }
    let (row, _) = pat("ada", store.store_key());
    let full = store.insert_token(row.clone(), 3, &operator()).await;
    refused(full, StoreErrorKind::LimitReached, "one above the limit");
    must(
        store.revoke_tokens(None, &ids, &operator()).await,
        "revoke_tokens",
    );
    let put = store.insert_token(row, 3, &operator()).await;
    must(put, "a token in the place of revoked ones");
}

/// A token that has expired gives its place to another one when there is no other.
pub async fn the_limit_counts_no_expired_ones<S: Store>(store: S) {
    user(&store, "ada").await;
    let (mut expired, _) = pat("ada", store.store_key());
    expired.token.expires_at = Some(now() - Duration::from_secs(60));
    let (lasting, _) = pat("ada", store.store_key());
    for row in [&expired, &lasting] {
        let put = store.insert_token(row.clone(), 3, &operator()).await;
        must(put, "a token below the limit");
    }
    let (third, _) = pat("ada", store.store_key());
    must(store.insert_token(third, 3, &operator()).await, "the third");
    let shown = must(store.token(expired.token.id).await, "token");
    assert!(
        shown.is_some(),
        "it is listed as long as nobody needs its place"
    );
    let (fourth, _) = pat("ada", store.store_key());
    let put = store.insert_token(fourth, 3, &operator()).await;
    must(put, "a token in the place of the expired one");
    let shown = must(store.token(expired.token.id).await, "token");
    assert!(shown.is_none(), "its place was taken");
    let (fifth, _) = pat("ada", store.store_key());
    let full = store.insert_token(fifth, 3, &operator()).await;
    refused(
        full,
        StoreErrorKind::LimitReached,
        "no other has expired: one above the limit",
    );
}

/// No token for nobody, and none for a disabled user.
pub async fn nobody_gets_a_token_who_cannot_use_it<S: Store>(store: S) {
    user(&store, "ada").await;
    let disable = UserChange {
        enabled: Some(false),
        ..UserChange::default()
    };
    must(
        store.update_user("ada", disable, &operator()).await,
        "update_user",
    );
    for name in ["ada", "bob"] {
        let (row, _) = pat(name, store.store_key());
        let put = store.insert_token(row, 10, &operator()).await;
        refused(put, StoreErrorKind::NotFound, name);
    }
}

/// The store checks in the write that scopes and expiry get no wider, and whose token it is.
pub async fn a_change_makes_a_token_narrower_only<S: Store>(store: S) {
    user(&store, "ada").await;
    user(&store, "bob").await;
    let expires_at = shifted(now(), 3_600_000);
    let (mut row, _) = pat("ada", store.store_key());
    row.token.scopes = Scopes::only(["a", "b"]);
    row.token.expires_at = Some(expires_at);
    let id = put(&store, row).await.id;
    let before = snapshot(&store).await;

    let later = TokenChange {
        expires_at: Some(shifted(expires_at, 1)),
        ..TokenChange::default()
    };
    let everything = scopes_of(Scopes::all());
    for (change, what) in [
        (scopes_of(Scopes::only(["a", "c"])), "a scope more"),
        (everything, "every scope"),
        (later, "a later end"),
    ] {
        let wider = store.update_token("ada", id, change, &operator()).await;
        refused(wider, StoreErrorKind::Conflict, what);
    }
    let narrow = || scopes_of(Scopes::only(["a"]));
    let others = store.update_token("bob", id, narrow(), &operator()).await;
    refused(others, StoreErrorKind::NotFound, "another user's token");
    assert!(
        snapshot(&store).await == before,
        "a refused change must leave nothing behind"
    );

    let change = TokenChange {
        name: Some("renamed".into()),
        expires_at: Some(shifted(expires_at, -1)),
        networks: Some(networks(&["192.0.2.0/24"])),
        ..narrow()
    };
    let changed = store.update_token("ada", id, change, &operator()).await;
    let changed = must(changed, "a narrower token");
    assert_eq!(&*changed.name, "renamed");
    assert_eq!(changed.scopes, Scopes::only(["a"]));
    assert_eq!(changed.expires_at, Some(shifted(expires_at, -1)));
    assert_eq!(changed.networks, networks(&["192.0.2.0/24"]));
    assert_eq!(must(store.token(id).await, "token"), Some(changed));
    let back = scopes_of(Scopes::only(["a", "b"]));
    let back = store.update_token("ada", id, back, &operator()).await;
    refused(back, StoreErrorKind::Conflict, "the scopes of before");
}

/// With a name only that user's tokens are revoked, without one everybody's; the answer names those there were.
pub async fn a_token_is_revoked_by_its_owner_or_by_anybody_asked_to<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    user(&store, "bob").await;
    let (ada_field, ada_token) = stored_pat(&store, "ada").await;
    let (bob_field, bob_token) = stored_pat(&store, "bob").await;
    let (unknown, _) = pat("ada", store.store_key());
    let ids = [bob_token, unknown.token.id, ada_token, ada_token];

    let own = store.revoke_tokens(Some("ada"), &ids, &operator()).await;
    assert_eq!(
        must(own, "revoke_tokens"),
        [ada_token],
        "one's own, and each once"
    );
    turned_away(&layer, &ada_field, "a revoked token").await;
    identity(&layer, &bob_field, "the token of somebody else").await;
    let gone = store
        .update_token("ada", ada_token, TokenChange::default(), &operator())
        .await;
    refused(
        gone,
        StoreErrorKind::NotFound,
        "a change of a revoked token",
    );

    let any = store.revoke_tokens(None, &ids, &operator()).await;
    assert_eq!(must(any, "revoke_tokens"), [bob_token]);
    turned_away(&layer, &bob_field, "a revoked token").await;
    let again = store.revoke_tokens(None, &ids, &operator()).await;
    assert_eq!(must(again, "revoke_tokens"), [], "they are gone already");
    let nobody = store.revoke_tokens(Some("carol"), &ids, &operator()).await;
    assert_eq!(must(nobody, "revoke_tokens"), [], "nobody has no token");
}

/// All of one user's tokens go, and only those; the epoch moves on.
pub async fn all_tokens_of_a_user_are_revoked_and_no_other<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let epoch = user(&store, "ada").await.token_epoch;
    user(&store, "bob").await;
    let mut fields = Vec::new();
    for _ in 0..3 {
        fields.push(stored_pat(&store, "ada").await.0);
    }
    let elsewhere = imported("ada", store.store_key(), "an-imported-token");
    put(&store, elsewhere).await;
    fields.push("Token an-imported-token".to_owned());
    let (other, _) = stored_pat(&store, "bob").await;

    let count = store.revoke_all_tokens("ada", &operator()).await;
    assert_eq!(must(count, "revoke_all_tokens"), fields.len());
    for field in &fields {
        turned_away(&layer, field, "a token of before revoke_all_tokens").await;
    }
    identity(&layer, &other, "the token of somebody else").await;
    let left = store.tokens(Some("ada"), None, 10).await;
    assert_eq!(must(left, "tokens"), []);
    let moved = must(store.user("ada").await, "user").map(|user| user.token_epoch);
    assert!(
        moved.is_some_and(|moved| moved > epoch),
        "the epoch must move on"
    );
    let (made_later, _) = stored_pat(&store, "ada").await;
    identity(&layer, &made_later, "a token made afterwards").await;
    let nobody = store.revoke_all_tokens("carol", &operator()).await;
    refused(nobody, StoreErrorKind::NotFound, "all tokens of nobody");
}

fn scopes_of(scopes: Scopes) -> TokenChange {
    TokenChange {
        scopes: Some(scopes),
        ..TokenChange::default()
    }
}
