//! Whom another issuer vouches for has no power over our store, whatever its tokens say.

use empress_auth_core::{Accounts, Actor, IssueErrorKind, KeyIssuer, NewToken, TokenIssuer};

use super::*;

#[tokio::test]
async fn a_foreign_administrator_or_namesake_neither_sees_nor_changes_anything() {
    let issuer = issuer();
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    token(&store, "ada", &clock).await;
    let layer = Authenticator::new(store.clone())
        .clock(clock.clone())
        .accept(issuer.verifier(AUDIENCE));
    let mut mighty = with("roles", json!(["System Manager"]));
    mighty["scope"] = json!("admin tokens:read tokens:write sessions");
    let who = accepted(&layer, &bearer(&issuer.access_token(mighty))).await;
    assert_eq!(who.username(), "ada");
    let actor = Actor::from(&who);

    let tokens = TokenIssuer::new(store.clone()).with_clock(clock.clone());
    let keys = KeyIssuer::new(store.clone()).with_clock(clock.clone());
    let accounts = Accounts::new(store.clone()).with_clock(clock);
    let refusals = [
        tokens
            .create(&actor, "ada", NewToken::named("x"))
            .await
            .err(),
        tokens.list(&actor, Some("ada"), None, 50).await.err(),
        tokens.list(&actor, None, None, 50).await.err(),
        tokens.revoke_all(&actor, "ada").await.err(),
        keys.generate_keys(&actor, "ada").await.err(),
        accounts.delete(&actor, "ada").await.err(),
    ];
    for (place, refusal) in refusals.into_iter().enumerate() {
        let kind = refusal.map(|error| error.kind());
        assert_eq!(kind, Some(IssueErrorKind::NotPermitted), "{place}");
    }
    assert_eq!(
        tokens
            .list(&Actor::assert_local_operator(), Some("ada"), None, 50)
            .await
            .unwrap()
            .len(),
        1
    );
}
