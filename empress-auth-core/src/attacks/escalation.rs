use std::time::Duration;

use super::{caller, show};
use crate::authenticator::Start;
use crate::{
    Actor, Authenticator, Entropy, Identity, KeyIssuer, MasterKey, MemoryStore, NewToken, NewUser,
    PeerAddress, Scopes, TokenChange, TokenIssuer,
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
        assert!(
            world.keys.generate_keys(&who, "ada").await.is_err(),
            "{name}"
        );
    }
    let full = world
        .tokens
        .create(&operator, "ada", NewToken::named("full"));
    let full = full.await.unwrap();
    let who = caller(&world.auth, &format!("Token {}", full.expose_secret())).await;
    assert!(world.keys.generate_keys(&who, "ada").await.is_ok());
}

async fn caller_from(auth: &Authenticator, address: &str, value: &str) -> Identity {
    let request = http::Request::builder()
        .header("authorization", value)
        .extension(PeerAddress(address.parse().unwrap()));
    let decision = match auth.start(&request.body(()).unwrap()) {
        Start::Ready(decision) => decision,
        Start::Pending(pending) => auth.finish(pending).await,
    };
    decision.unwrap().unwrap()
}

// K-9: a token that is good inside one network does not make itself one that is good anywhere.
#[tokio::test]
async fn a_token_of_one_network_makes_none_for_another() {
    let world = world().await;
    let operator = Actor::assert_local_operator();
    let inside = |network: &str| NewToken::named("x").with_networks([network.parse().unwrap()]);
    let made = world.tokens.create(&operator, "ada", inside("10.0.0.0/8"));
    let made = made.await.unwrap();
    let value = format!("Token {}", made.expose_secret());
    let who = caller_from(&world.auth, "10.1.1.1", &value).await;

    let child = world.tokens.create(&who, "ada", NewToken::named("x")).await;
    let child = format!("Token {}", child.unwrap().expose_secret());
    assert!(show(&world.auth, &child).await.is_err());
    assert!(
        world
            .tokens
            .create(&who, "ada", inside("10.1.0.0/16"))
            .await
            .is_ok()
    );
    for wider in ["0.0.0.0/0", "192.0.2.0/24", "*", "::/0", "8.0.0.0/7"] {
        let child = world.tokens.create(&who, "ada", inside(wider)).await;
        assert!(child.is_err(), "{wider}");
    }
    let anywhere = TokenChange {
        networks: Some([].into()),
        ..TokenChange::default()
    };
    assert!(
        world
            .tokens
            .update(&who, made.id(), anywhere)
            .await
            .is_err()
    );
}
