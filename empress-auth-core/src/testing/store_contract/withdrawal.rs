//! After the commit and before the answer, the memory of verified credentials is told.
//!
//! Each credential is shown first, so that it is remembered where the store keeps a memory.

use std::sync::Arc;

use super::Store;
use super::fixture::{
    drf, enabled, identity, imported, key_pair, must, new_secret, now, operator, pat, put, shifted,
    stored_pat, turned_away, user,
};
use crate::api_token::TokenChange;
use crate::authenticator::Authenticator;
use crate::scopes::Scopes;
use crate::user::UserChange;

/// A withdrawn credential is refused by the next request, also through another layer.
pub async fn each_write_that_withdraws_is_felt_by_the_next_request<S: Store>(store: S) {
    let layers = [
        Authenticator::new(store.clone()),
        Authenticator::new(store.clone()),
    ];
    for write in [
        "put_api_secret",
        "delete_api_secret",
        "revoke_tokens",
        "revoke_all_tokens",
        "update_user",
        "delete_user",
    ] {
        user(&store, "ada").await;
        let pair = key_pair(&store, "ada", now()).await;
        let (bearer, id) = stored_pat(&store, "ada").await;
        let imported_row = imported("ada", store.store_key(), "a-token-without-an-id");
        let imported_id = put(&store, imported_row).await.id;
        let imported_field = "Token a-token-without-an-id".to_owned();
        for layer in &layers {
            for field in [&pair, &bearer, &imported_field] {
                identity(layer, field, "a credential that holds").await;
            }
        }
        let grounds = &operator();
        let ended: Vec<&String> = match write {
            "put_api_secret" => {
                let new = new_secret().0;
                must(store.put_api_secret("ada", new, grounds).await, write);
                vec![&pair]
            }
            "delete_api_secret" => {
                must(store.delete_api_secret("ada", grounds).await, write);
                vec![&pair]
            }
            "revoke_tokens" => {
                let ids = [id, imported_id];
                must(store.revoke_tokens(None, &ids, grounds).await, write);
                vec![&bearer, &imported_field]
            }
            "revoke_all_tokens" => {
                must(store.revoke_all_tokens("ada", grounds).await, write);
                vec![&bearer, &imported_field]
            }
            "update_user" => {
                must(
                    store.update_user("ada", enabled(false), grounds).await,
                    write,
                );
                vec![&pair, &bearer, &imported_field]
            }
            _ => {
                must(store.delete_user("ada", grounds).await, write);
                vec![&pair, &bearer, &imported_field]
            }
        };
        for layer in &layers {
            for field in &ended {
                turned_away(layer, field, write).await;
            }
            for field in [&pair, &bearer, &imported_field] {
                if !ended.contains(&field) {
                    identity(layer, field, "a credential that was not meant").await;
                }
            }
        }
        if write == "update_user" {
            must(
                store.update_user("ada", enabled(true), grounds).await,
                write,
            );
            for field in ended {
                identity(&layers[0], field, "a user who was enabled again").await;
            }
        }
        if write != "delete_user" {
            must(store.delete_user("ada", grounds).await, "delete_user");
        }
    }
}

/// What a caller may is what it may now, not what it might when it was remembered.
pub async fn a_change_of_roles_scopes_and_networks_is_felt_by_the_next_request<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    user(&store, "ada").await;
    let (mut row, text) = pat("ada", store.store_key());
    row.token.scopes = Scopes::only(["a", "b"]);
    let id = put(&store, row).await.id;
    let field = format!("Bearer {text}");
    let seen = identity(&layer, &field, "the token").await;
    assert!(!seen.has_role("Manager") && seen.scopes().contains("b"));

    let roles = UserChange {
        roles: Some(vec!["Manager".into()]),
        ..UserChange::default()
    };
    must(
        store.update_user("ada", roles, &operator()).await,
        "update_user",
    );
    let seen = identity(&layer, &field, "the token").await;
    assert!(
        seen.has_role("Manager"),
        "the new role must be seen at once"
    );

    let narrower = TokenChange {
        scopes: Some(Scopes::only(["a"])),
        expires_at: Some(shifted(now(), 3_600_000)),
        ..TokenChange::default()
    };
    let changed = store.update_token("ada", id, narrower, &operator()).await;
    let changed = must(changed, "update_token");
    let seen = identity(&layer, &field, "the token").await;
    assert!(
        !seen.scopes().contains("b"),
        "the narrower scopes must be seen at once"
    );
    assert_eq!(seen.expires_at(), changed.expires_at);

    let elsewhere = TokenChange {
        networks: Some(Arc::new([must("192.0.2.0/24".parse(), "a network")])),
        ..TokenChange::default()
    };
    let changed = store.update_token("ada", id, elsewhere, &operator()).await;
    must(changed, "update_token");
    turned_away(&layer, &field, "a token that is for other networks now").await;
}

/// A credential that was refused as unknown is accepted by the first request after it is made.
pub async fn what_was_unknown_is_accepted_once_it_is_made<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let epoch = user(&store, "ada").await.token_epoch;
    let (row, text) = pat("ada", store.store_key());
    let foreign = imported("ada", store.store_key(), "a-token-from-elsewhere");
    let derived = drf("ada", store.store_key(), "a-derived-token");
    let (new, secret) = new_secret();
    let fields = [
        format!("Bearer {text}"),
        "Token a-token-from-elsewhere".to_owned(),
        "Token a-derived-token".to_owned(),
        format!("token {}:{}", new.key_if_none, secret.expose_secret()),
    ];
    for field in &fields {
        turned_away(&layer, field, "what nobody has made yet").await;
    }
    let [made, elsewhere, by_epoch, pair] = &fields;
    let what = "what was made after it was refused";
    put(&store, row).await;
    identity(&layer, made, what).await;
    put(&store, foreign).await;
    identity(&layer, elsewhere, what).await;
    let stored = store.put_drf_token(derived, epoch, &operator()).await;
    must(stored, "put_drf_token");
    identity(&layer, by_epoch, what).await;
    must(
        store.put_api_secret("ada", new, &operator()).await,
        "put_api_secret",
    );
    identity(&layer, pair, what).await;
}
