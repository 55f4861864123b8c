use std::time::{Duration, SystemTime};

use empress_auth_core::{Actor, Clock, MasterKey, MemoryStore, TokenId};

use super::*;
use crate::client::{Client, ClientOptions};
use crate::keys::KeyState;
use crate::{AccessJwt, IdToken, NewClient, Provider};

const ISSUER: &str = "https://auth.example";
const HOUR: Duration = Duration::from_secs(3_600);

struct World {
    provider: Provider,
    clock: Clock,
}

impl World {
    fn new() -> Self {
        let clock = Clock::system();
        let clock = Clock::manual(clock.now());
        let master_key = MasterKey::from_bytes([7; 32]);
        let store = MemoryStore::with(clock.clone(), 1_000);
        let provider = Provider::new(store, ISSUER.parse().unwrap(), master_key);
        let provider = provider.with_clock(clock.clone());
        Self { provider, clock }
    }

    async fn client(&self, alg: SigningAlg) -> Client {
        let options = ClientOptions {
            id_token_alg: Some(alg),
            ..ClientOptions::default()
        };
        let new = NewClient::confidential("Shop")
            .with_redirect_uri("https://shop.example/callback")
            .with_options(options);
        let operator = Actor::assert_local_operator();
        let made = self.provider.clients().create(operator, new).await;
        made.unwrap().client().clone()
    }

    fn times(&self) -> (SystemTime, SystemTime) {
        (self.clock.now(), self.clock.now() + HOUR)
    }

    async fn id_token(&self, client: &Client) -> String {
        let services = self.provider.services();
        let mut token = IdToken::new(ISSUER, "7", &client.id, self.times());
        token.sid = Some("session");
        let key = services.signers.of_id_token(client).await.unwrap();
        token.sign(&key).unwrap().to_string()
    }

    async fn read(&self, hint: &str) -> Option<IdTokenHint> {
        self.provider.services().id_token_hint(hint).await.unwrap()
    }
}

// OP-CORE-8, OP-LOGOUT-2: also one that has expired
#[tokio::test]
async fn an_id_token_of_ours_says_whom_it_names_and_for_whom_it_was_made() {
    let world = World::new();
    for alg in [SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::Hs256] {
        let client = world.client(alg).await;
        let hint = world.id_token(&client).await;
        let expected = IdTokenHint {
            subject: "7".into(),
            audience: vec![client.id.clone()],
            session: Some("session".into()),
        };
        assert_eq!(world.read(&hint).await, Some(expected.clone()), "{alg}");
        world.clock.advance(HOUR * 20);
        assert_eq!(world.read(&hint).await, Some(expected), "{alg}");
    }
}

#[tokio::test]
async fn what_is_no_id_token_of_ours_says_nothing() {
    let world = World::new();
    let client = world.client(SigningAlg::Rs256).await;
    let (with_secret, other) = (
        world.client(SigningAlg::Hs256).await,
        world.client(SigningAlg::Hs256).await,
    );
    let services = world.provider.services();
    let good = world.id_token(&client).await;
    let mut changed = good.clone();
    changed.pop();
    for hint in ["", "a.b.c", "e30.e30.", &good[..good.len() - 20], &changed] {
        assert_eq!(world.read(hint).await, None, "{hint}");
    }

    // Of another issuer, of another provider's key, and another kind of token.
    let key = services.signers.of_id_token(&client).await.unwrap();
    let elsewhere = IdToken::new("https://other.example", "7", &client.id, world.times());
    assert_eq!(world.read(&elsewhere.sign(&key).unwrap()).await, None);
    let stranger = World::new();
    assert_eq!(world.read(&stranger.id_token(&client).await).await, None);
    let id = TokenId::from_number(7);
    let access = AccessJwt::new(ISSUER, "7", &client.id, id, world.times());
    assert_eq!(world.read(&access.sign(&key).unwrap()).await, None);

    // A secret signs for its own client alone, and for one whose ID tokens it signs.
    let secret = services.signers.of_secret(&with_secret).unwrap();
    for audience in [&*other.id, &client.id, "nobody"] {
        let forged = IdToken::new(ISSUER, "7", audience, world.times());
        assert_eq!(world.read(&forged.sign(&secret).unwrap()).await, None);
    }
}

// OP-LOGOUT-2, KY-1: sessions live for longer than a key is published after its last signature
#[tokio::test]
async fn an_id_token_outlives_the_rotation_of_its_key() {
    let world = World::new();
    let client = world.client(SigningAlg::Es256).await;
    let hint = world.id_token(&client).await;
    let keys = world.provider.keys();
    for _ in 0..2 {
        keys.rotate(Actor::assert_local_operator()).await.unwrap();
        world.clock.advance(HOUR * 24 * 3);
        assert!(world.read(&hint).await.is_some());
    }
    let operator = Actor::assert_local_operator();
    let mut gone = keys.list().await.unwrap();
    gone.retain(|key| key.state == KeyState::Gone);
    for key in gone {
        keys.retire(operator.clone(), &key.kid).await.unwrap();
    }
    assert_eq!(world.read(&hint).await, None, "retired after all");
}

// KY-3
#[tokio::test]
async fn what_a_retired_key_signed_says_nothing() {
    let world = World::new();
    let client = world.client(SigningAlg::Es256).await;
    let hint = world.id_token(&client).await;
    let keys = world.provider.keys();
    let key = keys.signer(SigningAlg::Es256).await.unwrap();
    let operator = Actor::assert_local_operator();
    keys.retire(operator, key.kid().unwrap()).await.unwrap();
    assert_eq!(world.read(&hint).await, None);
}
