//! Access tokens that are JWTs, where the provider's own store knows them.

use std::sync::Arc;
use std::time::Duration;

use empress_auth_core::testing::{decide, present};
use empress_auth_core::{
    Actor, Authenticator, CredentialKind, MasterKey, Start, TokenId, UserStore as _,
};
use empress_auth_oauth::client::ClientOptions;
use empress_auth_oauth::keys::{KeyRing, KeyState};
use empress_auth_oauth::store::GrantStore as _;
use empress_auth_oauth::{NewClient, Provider};
use http::Request;
use http::header::AUTHORIZATION;

use crate::world::{
    CALLBACK, INTROSPECT, MASTER_KEY, REVOKE, Registered, TOKEN, Tokens, USERINFO, World, exchange,
};

/// A client that gets JWTs, and the tokens that ada granted it.
async fn with_jwt(world: &World) -> (Registered, Tokens) {
    let mut options = ClientOptions::default();
    options.jwt_access_tokens = true;
    let new = NewClient::confidential("Shop")
        .with_redirect_uri(CALLBACK)
        .with_options(options);
    let client = world.client(new).await;
    let ada = world.user("ada").await;
    let tokens = world.tokens(&client, &ada).await;
    assert_eq!(tokens.access.split('.').count(), 3);
    (client, tokens)
}

/// A layer of an application on the same store.
fn layer(world: &World, provider: &Provider) -> Authenticator {
    Authenticator::new(world.store.clone())
        .clock(world.clock.clone())
        .accept(provider.verifier())
}

fn is_remembered(layer: &Authenticator, token: &str) -> bool {
    let request = Request::builder().header(AUTHORIZATION, format!("Bearer {token}"));
    let start = layer.start(&request.body(()).unwrap());
    matches!(start, Start::Ready(Ok(Some(_))))
}

async fn is_active(world: &World, client: &Registered, token: &str) -> bool {
    let form = [("token", token)];
    let answer = world
        .post_with(INTROSPECT, &form, &[(AUTHORIZATION, &client.basic())])
        .await;
    answer.json()["active"] == true
}

async fn signing_kid(world: &World, alg: &str) -> String {
    let keys = world.provider.keys().list().await.unwrap();
    let mut keys = keys.into_iter();
    let signs = keys.find(|key| key.alg.as_str() == alg && key.state == KeyState::Signing);
    signs.unwrap().kid.to_string()
}

// J-12, R-2: the claims say less than the store
#[tokio::test]
async fn the_layer_of_the_same_store_accepts_them_by_what_the_store_says() {
    let world = World::new();
    let (client, tokens) = with_jwt(&world).await;
    let layer = layer(&world, &world.provider);
    let field = format!("Bearer {}", tokens.access);
    let who = present(&layer, &field).await.unwrap().unwrap();
    assert_eq!((who.user_id(), who.username()), ("1", "ada"));
    assert_eq!(who.client_id(), Some(client.id()));
    assert_eq!(who.proof(), CredentialKind::AccessToken);
    assert_eq!(who.scopes().as_list(), None, "the scope all");
    assert!(is_remembered(&layer, &tokens.access));
    // A layer that accepts none does not find what another has verified.
    let without = Authenticator::new(world.store.clone()).clock(world.clock.clone());
    assert!(present(&without, &field).await.is_err());

    let answer = world.get(USERINFO, &[(AUTHORIZATION, &field)]).await;
    assert_eq!(answer.json()["preferred_username"], "ada");
    let by_form = [("access_token", tokens.access.as_str())];
    assert_eq!(world.post(USERINFO, &by_form).await.status, 200);
    assert!(is_active(&world, &client, &tokens.access).await);

    // "they are one kind of token" only by their form: neither the ID token nor a changed token opens anything.
    let last = if tokens.access.ends_with('A') {
        'B'
    } else {
        'A'
    };
    let mut changed = tokens.access.clone();
    changed.pop();
    changed.push(last);
    assert!(!world.opens(&changed).await);
    assert!(!is_active(&world, &client, &changed).await);
}

// J-22: an ID token is no access token
#[tokio::test]
async fn an_id_token_opens_nothing() {
    let world = World::new();
    let (client, ada) = (world.confidential().await, world.user("ada").await);
    let code = world.code(&client, &ada).await;
    let mut form = exchange(&code).to_vec();
    form.extend([
        ("client_id", client.id()),
        ("client_secret", client.secret()),
    ]);
    let answer = world.post(TOKEN, &form).await;
    assert!(world.opens(&answer.text("access_token")).await);
    let id_token = answer.text("id_token");
    assert!(!world.opens(&id_token).await);
    assert!(!is_active(&world, &client, &id_token).await);
}

// AS-7009-8, R-1, R-2, O-17: whatever ends it, the next request is refused, though it was remembered
#[tokio::test]
async fn what_ends_an_access_token_ends_a_jwt_at_once() {
    for ending in ["revoked", "disabled", "retired", "expired", "withdrawn"] {
        let world = World::new();
        let (client, tokens) = with_jwt(&world).await;
        let layer = layer(&world, &world.provider);
        assert!(world.opens(&tokens.access).await);
        let field = format!("Bearer {}", tokens.access);
        let who = present(&layer, &field).await.unwrap().unwrap();
        assert!(is_remembered(&layer, &tokens.access));
        match ending {
            "revoked" => {
                let form = [("token", tokens.access.as_str())];
                let basic = client.basic();
                let fields = [(AUTHORIZATION, basic.as_str())];
                assert_eq!(world.post_with(REVOKE, &form, &fields).await.status, 200);
            }
            "disabled" => {
                let ada = world.store.user("ada").await.unwrap().unwrap();
                world.disable(&ada).await;
            }
            "retired" => {
                let kid = signing_kid(&world, "ES256").await;
                let retired = world.provider.keys();
                let operator = Actor::assert_local_operator();
                retired.retire(operator, &kid).await.unwrap();
            }
            "expired" => world.pass(Duration::from_secs(3_605)),
            _ => {
                let id = TokenId::parse(who.credential_id()).unwrap();
                assert!(world.store.withdraw_access_token(id).await.unwrap());
            }
        }
        assert!(!is_remembered(&layer, &tokens.access), "{ending}");
        assert!(present(&layer, &field).await.is_err(), "{ending}");
        assert!(!world.opens(&tokens.access).await, "{ending}");
        assert!(
            !is_active(&world, &client, &tokens.access).await,
            "{ending}"
        );
        let answer = world.get(USERINFO, &[(AUTHORIZATION, &field)]).await;
        assert_eq!(answer.status, 401, "{ending}");
    }
}

// KY-3
#[tokio::test]
async fn a_retired_key_takes_nothing_along_that_another_signed() {
    let world = World::new();
    let (_, tokens) = with_jwt(&world).await;
    let kid = signing_kid(&world, "RS256").await;
    let keys = world.provider.keys();
    keys.retire(Actor::assert_local_operator(), &kid)
        .await
        .unwrap();
    assert!(world.opens(&tokens.access).await);
}

// KY-3, AS-7009-8, O-17: it opens nothing, and still ends what was given with it
#[tokio::test]
async fn by_a_token_of_a_retired_key_its_grant_is_revoked() {
    let world = World::new();
    let (client, tokens) = with_jwt(&world).await;
    let kid = signing_kid(&world, "ES256").await;
    let keys = world.provider.keys();
    let operator = Actor::assert_local_operator();
    keys.retire(operator, &kid).await.unwrap();
    assert!(!is_active(&world, &client, &tokens.access).await);
    let changed = format!("{}A", tokens.access);
    let basic = client.basic();
    for (token, is_left) in [(&changed, true), (&tokens.access, false)] {
        let form = [("token", token.as_str())];
        let fields = [(AUTHORIZATION, basic.as_str())];
        assert_eq!(world.post_with(REVOKE, &form, &fields).await.status, 200);
        assert_eq!(is_active(&world, &client, &tokens.refresh).await, is_left);
    }
}

// KY-3: the node that served meanwhile has no watcher, and remembers
#[tokio::test]
async fn another_node_on_the_store_refuses_within_a_second() {
    let world = World::new();
    let (_, tokens) = with_jwt(&world).await;
    let keys = KeyRing::new(
        Arc::new(world.store.clone()),
        &MasterKey::from_bytes(MASTER_KEY),
    );
    let elsewhere = keys.with_clock(world.clock.clone());
    let kid = signing_kid(&world, "ES256").await;
    let operator = Actor::assert_local_operator();
    elsewhere.retire(operator, &kid).await.unwrap();
    // This node has not looked yet, and verifies with what it knows.
    let layer = layer(&world, &world.provider);
    let field = format!("Bearer {}", tokens.access);
    present(&layer, &field).await.unwrap();
    assert!(is_remembered(&layer, &tokens.access));
    world.pass(Duration::from_secs(1));
    world.provider.keys().refresh().await.unwrap();
    assert!(!is_remembered(&layer, &tokens.access));
    assert!(present(&layer, &field).await.is_err());
}

// AS-9700-9, RS-8707-3
#[tokio::test]
async fn one_for_another_resource_opens_nothing_here_and_is_known_by_introspection() {
    let world = World::new();
    let mut options = ClientOptions::default();
    options.jwt_access_tokens = true;
    let new = NewClient::confidential("Job")
        .with_scopes(["a:read"])
        .with_options(options);
    let client = world.client(new).await;
    let form = |resource| [("grant_type", "client_credentials"), ("resource", resource)];
    let basic = client.basic();
    let ask = async |resource| {
        let (form, fields) = (form(resource), [(AUTHORIZATION, basic.as_str())]);
        world
            .post_with(TOKEN, &form, &fields)
            .await
            .text("access_token")
    };
    let foreign = ask("https://api.example/").await;
    assert!(!world.opens(&foreign).await);
    assert!(is_active(&world, &client, &foreign).await);
    let own = ask("https://auth.example/api").await;
    let mut request = Request::new(());
    let field = format!("Bearer {own}").parse().unwrap();
    request.headers_mut().insert(AUTHORIZATION, field);
    let layer = layer(&world, &world.provider);
    let who = decide(&layer, &request).await.unwrap().unwrap();
    assert_eq!(who.user_id(), format!("client:{}", client.id()));
}
