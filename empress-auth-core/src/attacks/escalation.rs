use std::time::Duration;

use super::caller;
use crate::{
    Actor, Authenticator, Entropy, KeyIssuer, MasterKey, MemoryStore, NewToken, NewUser, Scopes,
    TokenIssuer,
};

struct World {
    auth: Authenticator,
    tokens: TokenIssuer,
    keys: KeyIssuer,
    master_key: MasterKey,
}

async fn world() -> World {
    let store = MemoryStore::new();
    store.create_user(NewUser::named("ada")).await.unwrap();
    World {
        auth: Authenticator::new(store.clone()),
        tokens: TokenIssuer::new(store.clone()),
        keys: KeyIssuer::new(store).with_self_service(),
        master_key: MasterKey::generate(&Entropy::system()).unwrap(),
    }
}

fn limited() -> [NewToken; 2] {
    [
        NewToken::named("scopes").with_scopes(Scopes::only(["tokens:write"])),
        NewToken::named("time").with_expires_in(Duration::from_secs(3_600)),
    ]
}

// K-9: the DRF token may do everything and never ends, so that a limited token must not get hold of it.
#[tokio::test]
async fn a_limited_token_does_not_get_the_users_drf_token() {
    let world = world().await;
    let operator = Actor::assert_local_operator();
    let present = world
        .tokens
        .drf_token(&operator, "ada", &world.master_key)
        .await
        .unwrap();
    for new in limited() {
        let name = new.name.clone();
        let made = world.tokens.create(&operator, "ada", new).await.unwrap();
        let who = caller(&world.auth, &format!("Token {}", made.expose_secret())).await;
        let got = world.tokens.drf_token(&who, "ada", &world.master_key).await;
        assert!(got.is_err(), "{name}");
    }
    let who = caller(&world.auth, &format!("Token {}", present.expose_secret())).await;
    let again = world.tokens.drf_token(&who, "ada", &world.master_key).await;
    assert_eq!(again.unwrap().expose_secret(), present.expose_secret());
}

// K-9: nor does it make itself a key pair, which may do everything and never ends.
#[tokio::test]
async fn a_limited_token_does_not_generate_keys_for_its_user() {
    let world = world().await;
    let operator = Actor::assert_local_operator();
    for new in limited() {
        let name = new.name.clone();
        let made = world.tokens.create(&operator, "ada", new).await.unwrap();
        let who = caller(&world.auth, &format!("Token {}", made.expose_secret())).await;
        assert!(world.keys.generate_keys(&who, "ada").await.is_err(), "{name}");
    }
    let full = world.tokens.create(&operator, "ada", NewToken::named("full"));
    let full = full.await.unwrap();
    let who = caller(&world.auth, &format!("Token {}", full.expose_secret())).await;
    assert!(world.keys.generate_keys(&who, "ada").await.is_ok());
}
