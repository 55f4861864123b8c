//! Grants and the tokens made under them.

use empress_auth_core::{StoreErrorKind, TokenId};

use super::Store;
use super::codes::full_granted;
use super::fixture::{
    Live, client, ended, lives, must, new_client, new_grant, new_tokens, now, own, redeemed,
    refused, rotate, scopes, there, user,
};
use crate::grant::Granted;
use crate::store::Rotated;

/// Every field comes back, through each of the tokens.
pub async fn a_grant_and_its_tokens_come_back_as_they_were_put<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let granted = full_granted(&ada.id, &client.id);
    let code = super::fixture::code(&store, granted.clone()).await.id;
    let mut grant = new_grant(&store, granted);
    grant.from = Some(std::net::IpAddr::from([192, 0, 2, 7]));
    let mut made = new_tokens(&store, &grant, 1);
    made.tokens.access.scopes = scopes(&["b", "openid"]);
    made.tokens.access.audience = vec!["https://a.example/".into()];
    let redeemed = store
        .redeem_code(code, grant.clone(), made.tokens.clone())
        .await;
    must(redeemed, "redeem_code");

    let access = there(store.access_token(made.access).await, "access_token");
    assert_eq!(access.grant, grant);
    let put = &made.tokens.access;
    assert_eq!(format!("{:?}", access.row), format!("{put:?}"));
    assert_eq!(access.row.digest.as_bytes(), put.digest.as_bytes());
    let refresh = there(store.refresh_token(made.refresh).await, "refresh_token");
    assert_eq!(refresh.grant, grant);
    let put = made.tokens.refresh.as_ref();
    assert_eq!(format!("{:?}", Some(&refresh.row)), format!("{put:?}"));
    assert_eq!(must(store.grants(&ada.id).await, "grants"), [grant]);
    for id in [made.refresh, TokenId::from_number(1)] {
        let access = must(store.access_token(id).await, "access_token");
        assert!(access.is_none(), "no access token has this id");
    }
    let refresh = must(store.refresh_token(made.access).await, "refresh_token");
    assert!(refresh.is_none(), "no refresh token has this id");
}

/// Whoever ends it a second time is told that there was nothing.
pub async fn a_grant_ends_once_with_all_its_tokens<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let live = redeemed(&store, &ada, &client).await;
    let stays = redeemed(&store, &ada, &client).await;
    let (outcome, next) = rotate(&store, &live.grant, live.made.refresh, 2).await;
    assert_eq!(outcome, Rotated::Done);
    let next = Live {
        made: next,
        ..live.clone()
    };
    let of_client = own(&store, &client).await;

    for (grant, there) in [
        (live.grant.id, true),
        (live.grant.id, false),
        (of_client.grant.id, true),
        (TokenId::from_number(1), false),
    ] {
        let ended = store.end_grant(grant, now()).await;
        assert_eq!(must(ended, "end_grant"), there);
    }
    for live in [&live, &next, &of_client] {
        ended(&store, live, "an ended grant").await;
    }
    lives(&store, &stays, "another grant").await;
    let left = must(store.grants(&ada.id).await, "grants");
    assert_eq!(left, [stays.grant]);
}

/// The refresh token gives another one.
pub async fn one_access_token_is_withdrawn_and_its_family_goes_on<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let live = redeemed(&store, &ada, &client).await;
    for (id, was_there) in [
        (live.made.access, true),
        (live.made.access, false),
        (live.made.refresh, false),
    ] {
        let withdrawn = store.withdraw_access_token(id).await;
        assert_eq!(must(withdrawn, "withdraw_access_token"), was_there);
    }
    let access = must(store.access_token(live.made.access).await, "access_token");
    assert!(access.is_none(), "a withdrawn token");
    let (outcome, made) = rotate(&store, &live.grant, live.made.refresh, 2).await;
    assert_eq!(outcome, Rotated::Done);
    there(store.access_token(made.access).await, "the next token");
}

/// Ordered by id, and nobody else's.
pub async fn a_user_sees_its_own_grants_in_order<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let bob = user(&store, "bob").await;
    let clients = [client(&store, "one").await, client(&store, "other").await];
    let mut grants = Vec::new();
    for client in clients.iter().cycle().take(6) {
        grants.push(redeemed(&store, &ada, client).await.grant);
        redeemed(&store, &bob, client).await;
    }
    grants.sort_by_key(|grant| grant.id);
    assert_eq!(must(store.grants(&ada.id).await, "grants"), grants);
    assert_eq!(must(store.grants("no such id").await, "grants"), []);
}

/// It is found by its tokens and in no list of a user's; and only for a client that is there.
pub async fn what_a_client_has_for_itself_is_nobodys_grant<S: Store>(store: S) {
    let client = client(&store, "client").await;
    let live = own(&store, &client).await;
    lives(&store, &live, "what a client has for itself").await;
    let subject = format!("client:{}", client.id);
    for user_id in [&*client.id, &*subject, ""] {
        assert_eq!(must(store.grants(user_id).await, "grants"), []);
    }

    let nowhere = Granted::new(&new_client("nowhere").id, None, &scopes(&["x"]));
    let grant = new_grant(&store, nowhere);
    let made = new_tokens(&store, &grant, 1);
    let put = store.insert_client_grant(grant, made.tokens).await;
    refused(put, StoreErrorKind::NotFound, "a client that is not there");
    let access = must(store.access_token(made.access).await, "access_token");
    assert!(access.is_none(), "a token of a client that is not there");

    let again = store
        .insert_client_grant(live.grant.clone(), live.made.tokens.clone())
        .await;
    refused(again, StoreErrorKind::Conflict, "a grant that is there");
    let mut grant = live.grant.clone();
    grant.id = made.refresh;
    let mut tokens = live.made.tokens.clone();
    tokens.access.grant_id = grant.id;
    let again = store.insert_client_grant(grant.clone(), tokens).await;
    refused(again, StoreErrorKind::Conflict, "a token that is there");
    let ended = store.end_grant(grant.id, now()).await;
    assert!(!must(ended, "end_grant"), "a grant that was refused");
}

/// The last thousand of a client hold, however many it has asked for.
pub async fn a_client_has_thousands_for_itself<S: Store>(store: S) {
    let client = client(&store, "client").await;
    let mut last = Vec::new();
    for _ in 0..1_000 {
        last.push(own(&store, &client).await);
    }
    for live in &last {
        lives(&store, live, "one of a thousand").await;
    }
}
