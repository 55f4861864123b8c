//! Access tokens open what their grant allows, and nothing once that has ended (R-4, O-17, O-22).

use empress_auth_core::{Authenticator, UserChange};

use super::Store;
use super::endings::Ending;
use super::fixture::{
    HOUR, Live, MINUTE, client, code, granted, identity, lives, must, new_grant, new_tokens, now,
    operator, own, redeemed, redeemed_for, scopes, turned_away, user,
};
use crate::grant::Granted;

/// Who it is, through which client, and what for.
pub async fn a_token_is_found_with_its_user_client_and_scopes<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let live = redeemed(&store, &ada, &client).await;
    let found = identity(&layer, &live.made.field, "an access token").await;
    assert_eq!(found.user_id(), &*ada.id);
    assert_eq!(found.username(), "ada");
    assert_eq!(found.client_id(), Some(&*client.id));
    assert_eq!(found.credential_id(), live.made.access.to_string());
    let expires_at = live.made.tokens.access.expires_at;
    assert_eq!(found.expires_at(), Some(expires_at));
    let only = scopes(&["invoices:read", "openid"]);
    assert_eq!(found.scopes().as_list(), Some(only.as_slice()));

    // `all` is every scope, in a token that has it; not in one that was asked for less.
    let everything = Granted::new(&client.id, Some(&ada.id), &scopes(&["openid", "all"]));
    let wide = redeemed_for(&store, everything).await;
    let found = identity(&layer, &wide.made.field, "a token for all").await;
    assert_eq!(found.scopes().as_list(), None);
    let mut less = new_tokens(&store, &wide.grant, 2);
    less.tokens.access.scopes = scopes(&["openid"]);
    let rotated = store.rotate(wide.made.refresh, less.tokens).await;
    must(rotated, "rotate");
    let found = identity(&layer, &less.field, "a token for less").await;
    assert_eq!(found.scopes().as_list(), Some(&*scopes(&["openid"])));
}

/// An enabled user that nobody can make, because of the colon.
pub async fn a_token_of_a_client_is_found_with_the_user_that_stands_for_it<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let client = client(&store, "client").await;
    let live = own(&store, &client).await;
    let found = identity(&layer, &live.made.field, "a token of a client").await;
    let subject = format!("client:{}", client.id);
    assert_eq!(found.user_id(), subject);
    assert_eq!(found.username(), subject);
    assert_eq!(found.client_id(), Some(&*client.id));
    assert!(found.roles().is_empty(), "a client has no roles");
    let only = scopes(&["invoices:read"]);
    assert_eq!(found.scopes().as_list(), Some(only.as_slice()));
}

/// Roles are those of this moment, also of what is remembered.
pub async fn the_user_is_found_as_it_is_now<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let live = redeemed(&store, &ada, &client).await;
    let before = identity(&layer, &live.made.field, "before").await;
    assert!(!before.has_role("Manager"));
    let mut change = UserChange::default();
    change.added_roles = vec!["Manager".into()];
    let changed = store.update_user("ada", change, &operator()).await;
    must(changed, "update_user");
    let after = identity(&layer, &live.made.field, "after").await;
    assert!(after.has_role("Manager"), "the new role");
}

/// By the clock of whoever asks.
pub async fn a_token_ends_when_it_expires<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let granted = granted(&ada, &client);
    let code = code(&store, granted.clone()).await.id;
    let grant = new_grant(&store, granted);
    let mut made = new_tokens(&store, &grant, 1);
    made.tokens.access.issued_at = now() - HOUR;
    made.tokens.access.expires_at = now() - MINUTE;
    let redeemed = store.redeem_code(code, grant, made.tokens).await;
    must(redeemed, "redeem_code");
    turned_away(&layer, &made.field, "an expired token").await;
}

/// O-38, RFC 8707 §2: it is for those alone.
pub async fn a_token_for_other_resources_opens_nothing_here<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let granted = granted(&ada, &client);
    let code = code(&store, granted.clone()).await.id;
    let grant = new_grant(&store, granted);
    let mut made = new_tokens(&store, &grant, 1);
    made.tokens.access.audience = vec!["https://elsewhere.example/".into()];
    let redeemed = store
        .redeem_code(code, grant.clone(), made.tokens.clone())
        .await;
    must(redeemed, "redeem_code");
    turned_away(&layer, &made.field, "a token for others").await;
    let code = made.access;
    lives(
        &store,
        &Live { code, grant, made },
        "introspection finds it",
    )
    .await;
}

/// Neither a refresh token nor a code, though they have ids as access tokens do.
pub async fn no_other_kind_of_token_opens_anything<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let live = redeemed(&store, &ada, &client).await;
    let field = live.made.field.replace("Bearer ", "Token ");
    turned_away(&layer, &field, "an access token under another scheme").await;
    for id in [live.code, live.grant.id, live.made.refresh] {
        let found = store.find(empress_auth_core::Lookup::Token(id)).await;
        assert!(
            must(found, "find").is_none(),
            "only access tokens are found"
        );
    }
}

/// After the commit and before the answer the memory was told; also another layer knows.
pub async fn an_ended_token_is_refused_by_the_next_request<S: Store>(store: S, ending: Ending) {
    let layers = [
        Authenticator::new(store.clone()),
        Authenticator::new(store.clone()),
    ];
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let live = redeemed(&store, &ada, &client).await;
    for layer in &layers {
        identity(layer, &live.made.field, "a token that holds").await;
    }
    ending.happens(&store, &live).await;
    for layer in &layers {
        turned_away(layer, &live.made.field, &format!("{ending:?}")).await;
    }
}

/// So is one that a client had for itself.
pub async fn an_ended_token_of_a_client_is_refused_by_the_next_request<S: Store>(store: S) {
    let layer = Authenticator::new(store.clone());
    for ending in ["withdraw_access_token", "end_grant", "delete_client"] {
        let client = client(&store, ending).await;
        let live = own(&store, &client).await;
        identity(&layer, &live.made.field, ending).await;
        match ending {
            "withdraw_access_token" => {
                let withdrawn = store.withdraw_access_token(live.made.access).await;
                assert!(must(withdrawn, ending), "it was there");
            }
            "end_grant" => {
                let ended = store.end_grant(live.grant.id, now()).await;
                assert!(must(ended, ending), "it was there");
            }
            _ => {
                let deleted = store.delete_client(&client.id, &operator()).await;
                must(deleted, ending);
            }
        }
        turned_away(&layer, &live.made.field, ending).await;
    }
}
