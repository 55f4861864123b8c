//! A code is good for one grant (RFC 6749 §4.1.2; O-7, O-9).

use empress_auth_core::{StoreErrorKind, TokenId};

use super::Store;
use super::fixture::{
    client, code, enabled, events, granted, lives, must, new_client, new_code, new_grant,
    new_tokens, now, operator, redeemed, refused, there, user,
};
use crate::grant::{CodeChallenge, CodeRow, CodeUse, Granted};
use crate::store::Redeemed;

/// Every field comes back.
pub async fn a_code_comes_back_as_it_was_put<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let mut full = new_code(&store, full_granted(&ada.id, &client.id));
    full.challenge = Some(CodeChallenge::S256(
        "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".into(),
    ));
    let mut plain = new_code(&store, granted(&ada, &client));
    plain.challenge = Some(CodeChallenge::Plain("the verifier itself".into()));
    plain.redirect_uri_was_sent = false;
    let bare = new_code(&store, granted(&ada, &client));
    for put in [full, plain, bare] {
        must(
            store.insert_code(put.clone(), &operator()).await,
            "insert_code",
        );
        assert_same(&there(store.code(put.id).await, "code"), &put);
        let twice = store.insert_code(put.clone(), &operator()).await;
        refused(twice, StoreErrorKind::Conflict, "a second code of one id");
    }
    let nobody = TokenId::from_number(1);
    assert!(must(store.code(nobody).await, "code").is_none());
}

/// With something in every field.
pub(super) fn full_granted(user_id: &str, client_id: &str) -> Granted {
    let scopes = super::fixture::scopes(&["openid", "b", "a"]);
    let mut granted = Granted::new(client_id, Some(user_id), &scopes);
    granted.resources = vec!["https://a.example/".into(), "https://b.example/x,y".into()];
    granted.auth_time = Some(now());
    granted.session_id = Some(TokenId::from_number(u64::MAX - 1));
    granted.nonce = Some("Ünique".into());
    granted.acr = Some("urn:acr:1".into());
    granted
}

fn assert_same(kept: &CodeRow, put: &CodeRow) {
    assert_eq!(format!("{kept:?}"), format!("{put:?}"));
    assert_eq!(kept.digest.as_bytes(), put.digest.as_bytes());
}

/// No code for a user or client that is not there or is disabled.
pub async fn nobody_gets_a_code_who_cannot_use_it<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let gone = user(&store, "gone").await;
    let one = client(&store, "one").await;
    let nowhere = new_client("nowhere");
    must(store.delete_user("gone", &operator()).await, "delete_user");
    user(&store, "disabled").await;
    let disabled = store
        .update_user("disabled", enabled(false), &operator())
        .await;
    let disabled = must(disabled, "update_user");
    for (user, client) in [(&gone, &one), (&disabled, &one), (&ada, &nowhere)] {
        let code = new_code(&store, granted(user, client));
        let id = code.id;
        let put = store.insert_code(code, &operator()).await;
        refused(put, StoreErrorKind::NotFound, &user.username);
        let kept = must(store.code(id).await, "code");
        assert!(kept.is_none(), "a code of {}", user.username);
    }
}

/// The first one gets the grant; whoever comes later is told which it was, and nothing of his is stored.
pub async fn a_code_is_redeemed_once<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let first = redeemed(&store, &ada, &client).await;
    let used = there(store.code(first.code).await, "code").used;
    assert_eq!(used, CodeUse::Redeemed(first.grant.id));
    for _ in 0..2 {
        let grant = new_grant(&store, granted(&ada, &client));
        let late = new_tokens(&store, &grant, 1);
        let outcome = store
            .redeem_code(first.code, grant.clone(), late.tokens)
            .await;
        let outcome = must(outcome, "redeem_code");
        assert_eq!(outcome, Redeemed::Again(first.grant.id));
        let access = must(store.access_token(late.access).await, "access_token");
        assert!(access.is_none(), "a token of a second redemption");
        let refresh = must(store.refresh_token(late.refresh).await, "refresh_token");
        assert!(refresh.is_none(), "a token of a second redemption");
        let ended = store.end_grant(grant.id, now()).await;
        assert!(!must(ended, "end_grant"), "a second grant");
    }
    lives(&store, &first, "the first redemption").await;
}

/// Spent for good, whoever shows it.
pub async fn a_spent_code_is_worth_nothing<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let spent = code(&store, granted(&ada, &client)).await;
    let before = events(&store).await;
    must(store.spend_code(spent.id).await, "spend_code");
    must(store.spend_code(spent.id).await, "spend_code, again");
    must(
        store.spend_code(TokenId::from_number(1)).await,
        "spend_code of a code that nobody made",
    );
    if let Some(kept) = must(store.code(spent.id).await, "code") {
        assert_eq!(kept.used, CodeUse::Spent);
    }
    for id in [spent.id, TokenId::from_number(1)] {
        let grant = new_grant(&store, granted(&ada, &client));
        let made = new_tokens(&store, &grant, 1);
        let outcome = store.redeem_code(id, grant, made.tokens).await;
        assert_eq!(must(outcome, "redeem_code"), Redeemed::Gone);
        let access = must(store.access_token(made.access).await, "access_token");
        assert!(access.is_none(), "a token of a code that was spent");
    }
    assert_eq!(events(&store).await, before, "no event tells of a code");
}

/// Else a grant could lose the code that ends it.
pub async fn a_redeemed_code_cannot_be_spent<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let live = redeemed(&store, &ada, &client).await;
    must(store.spend_code(live.code).await, "spend_code");
    let used = there(store.code(live.code).await, "code").used;
    assert_eq!(used, CodeUse::Redeemed(live.grant.id));
    lives(&store, &live, "a code spent after its redemption").await;
}

/// Of two tokens made in one millisecond one may have the id of another: the caller makes others and tries again.
pub async fn an_id_that_exists_uses_nothing_up<S: Store>(store: S) {
    let ada = user(&store, "ada").await;
    let client = client(&store, "client").await;
    let present = redeemed(&store, &ada, &client).await;
    let code = code(&store, granted(&ada, &client)).await.id;
    let before = events(&store).await;
    for taken in ["grant", "access", "refresh"] {
        let mut grant = new_grant(&store, granted(&ada, &client));
        let mut made = new_tokens(&store, &grant, 1);
        match taken {
            "grant" => {
                grant.id = present.grant.id;
                made.tokens.access.grant_id = grant.id;
                if let Some(refresh) = &mut made.tokens.refresh {
                    refresh.grant_id = grant.id;
                }
            }
            "access" => made.tokens.access.id = present.made.access,
            _ => {
                if let Some(refresh) = &mut made.tokens.refresh {
                    refresh.id = present.made.refresh;
                }
            }
        }
        let outcome = store.redeem_code(code, grant, made.tokens.clone()).await;
        refused(outcome, StoreErrorKind::Conflict, taken);
        if taken != "access" {
            let access = must(store.access_token(made.access).await, taken);
            assert!(access.is_none(), "a token of a refused redemption");
        }
    }
    assert_eq!(events(&store).await, before, "an event of what was refused");
    lives(&store, &present, "another's ids").await;
    let grant = new_grant(&store, granted(&ada, &client));
    let tokens = new_tokens(&store, &grant, 1).tokens;
    let outcome = store.redeem_code(code, grant, tokens).await;
    assert_eq!(must(outcome, "redeem_code"), Redeemed::First);
}
