use super::caller;
use crate::{
    Accounts, Actor, Authenticator, IssueErrorKind, MemoryStore, NewToken, NewUser, Scopes,
    TokenChange, TokenIssuer, UserChange,
};

// CO-6, R-12: who sends the head of a request, is demoted, and then sends the body, may no more.
#[tokio::test]
async fn a_role_that_was_taken_away_does_not_act_in_a_request_under_way() {
    let store = MemoryStore::new();
    let admin = NewUser::named("ada").with_roles(["System Manager"]);
    store.create_user(admin).await.unwrap();
    let operator = Actor::assert_local_operator();
    let accounts = Accounts::new(store.clone());
    let made = TokenIssuer::new(store.clone())
        .create(&operator, "ada", NewToken::named("x"))
        .await
        .unwrap();
    let auth = Authenticator::new(store);
    let who = caller(&auth, &format!("Token {}", made.expose_secret())).await;
    let change = UserChange {
        roles: Some(Vec::new()),
        ..UserChange::default()
    };
    accounts.update(&operator, "ada", change).await.unwrap();
    let eve = NewUser::named("eve").with_roles(["System Manager"]);
    let refused = accounts.create(&who, eve, None).await.unwrap_err();
    assert_eq!(refused.kind(), IssueErrorKind::ActorWithdrawn);
}

// CO-6, R-12: the same for a scope.
#[tokio::test]
async fn a_scope_that_was_taken_away_does_not_act_in_a_request_under_way() {
    let store = MemoryStore::new();
    store.create_user(NewUser::named("ada")).await.unwrap();
    let operator = Actor::assert_local_operator();
    let issuer = TokenIssuer::new(store.clone());
    let made = issuer
        .create(&operator, "ada", NewToken::named("x"))
        .await
        .unwrap();
    let auth = Authenticator::new(store);
    let who = caller(&auth, &format!("Token {}", made.expose_secret())).await;
    let change = TokenChange {
        scopes: Some(Scopes::only(["read"])),
        ..TokenChange::default()
    };
    issuer.update(&operator, made.id(), change).await.unwrap();
    let refused = issuer.create(&who, "ada", NewToken::named("child")).await;
    assert_eq!(refused.unwrap_err().kind(), IssueErrorKind::ActorWithdrawn);
}
