//! What the metadata advertise works (O-37).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use empress_auth_core::jwt::{HmacSecret, JwtVerifier, KeySet, VerificationKey};
use empress_auth_oauth::client::{AuthMethod, ClientOptions, SigningAlg};
use empress_auth_oauth::{NewClient, SigningAlgs};
use http::header::AUTHORIZATION;
use serde_json::Value;

use crate::log::Log;
use crate::world::{Answer, CALLBACK, Registered, TOKEN, World, exchange};

const METADATA: &str = "/.well-known/openid-configuration";
const JWKS: &str = "/.well-known/jwks.json";

fn world() -> World {
    World::with(|provider| {
        let mut algs = SigningAlgs::default();
        algs.others = vec![SigningAlg::EdDsa];
        provider.with_signing_algs(algs)
    })
}

async fn advertised(world: &World, member: &str) -> Vec<String> {
    let metadata = world.get(METADATA, &[]).await.json();
    let listed = metadata[member].as_array().unwrap().iter();
    listed.map(|one| one.as_str().unwrap().to_owned()).collect()
}

async fn client(world: &World, change: impl FnOnce(&mut ClientOptions)) -> Registered {
    let mut options = ClientOptions::default();
    change(&mut options);
    let new = NewClient::confidential("Shop")
        .with_redirect_uri(CALLBACK)
        .with_options(options);
    world.client(new).await
}

/// An exchange in which the client shows itself in this way.
async fn exchanged(world: &World, client: &Registered, method: &str) -> Answer {
    let user = world
        .user(&format!("user-of-{}-{method}", client.id()))
        .await;
    let code = world.code(client, &user).await;
    let mut form = exchange(&code).to_vec();
    let basic = client.basic();
    match method {
        "client_secret_basic" => {
            let fields = [(AUTHORIZATION, basic.as_str())];
            return world.post_with(TOKEN, &form, &fields).await;
        }
        "client_secret_post" => form.push(("client_secret", client.secret())),
        "none" => {}
        other => panic!("{other} is not known here"),
    }
    form.push(("client_id", client.id()));
    world.post(TOKEN, &form).await
}

// O-37, OP-DISC-8
#[tokio::test]
async fn every_algorithm_that_is_advertised_signs_and_is_verified_with_the_published_keys() {
    let world = world();
    let jwks = KeySet::from_json(&world.get(JWKS, &[]).await.body).unwrap();
    let algs = advertised(&world, "id_token_signing_alg_values_supported").await;
    assert_eq!(algs.len(), 4, "{algs:?}");
    for name in algs {
        let alg = SigningAlg::parse(&name).unwrap();
        let client = client(&world, |options| options.id_token_alg = Some(alg)).await;
        let token = exchanged(&world, &client, "client_secret_basic").await;
        let token = token.text("id_token");
        let header = token.split('.').next().unwrap();
        let header: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
        assert_eq!(header["alg"], *name);
        let keys = if alg == SigningAlg::Hs256 {
            let secret = HmacSecret::new(client.secret().as_bytes()).unwrap();
            KeySet::new([VerificationKey::hs256(&secret)]).unwrap()
        } else {
            jwks.clone()
        };
        let verifier = JwtVerifier::new("https://auth.example", client.id(), keys).types(["JWT"]);
        verifier.verify(&token, world.clock.now()).unwrap();
    }
}

// The other way round: what a client was made with and nobody signs with is for the operator to put right.
#[tokio::test]
async fn an_algorithm_that_there_is_no_key_for_is_told_to_the_log() {
    let (world, log) = (World::new(), Log::listen());
    let eddsa = |options: &mut ClientOptions| options.id_token_alg = Some(SigningAlg::EdDsa);
    let client = client(&world, eddsa).await;
    let answer = exchanged(&world, &client, "client_secret_basic").await;
    answer.expect_error(503, "temporarily_unavailable");
    let lines = log.take();
    let says = |line: &String| line.starts_with("ERROR") && line.contains("misconfigured");
    assert!(lines.iter().any(says), "{lines:?}");
}

// O-37
#[tokio::test]
async fn every_way_to_show_a_client_that_is_advertised_is_accepted_and_no_other_is_there() {
    let world = world();
    let methods = advertised(&world, "token_endpoint_auth_methods_supported").await;
    let confidential = client(&world, |_| {}).await;
    let public = world.public().await;
    for method in &methods {
        let client = if method == "none" {
            &public
        } else {
            &confidential
        };
        let answer = exchanged(&world, client, method).await;
        assert_eq!(answer.status, 200, "{method}: {:?}", answer.body);
    }
    let mut known: Vec<_> = AuthMethod::ALL.iter().map(|it| it.as_str()).collect();
    known.push("none");
    assert_eq!(methods, known);
}

// O-37
#[tokio::test]
async fn every_grant_that_is_advertised_is_known_to_the_token_endpoint() {
    let world = world();
    let client = client(&world, |_| {}).await;
    let basic = client.basic();
    let fields = [(AUTHORIZATION, basic.as_str())];
    for grant in advertised(&world, "grant_types_supported").await {
        let form = [("grant_type", grant.as_str())];
        let answer = world.post_with(TOKEN, &form, &fields).await.json();
        assert_ne!(answer["error"], "unsupported_grant_type", "{grant}");
    }
    let form = [("grant_type", "password")];
    let answer = world.post_with(TOKEN, &form, &fields).await;
    answer.expect_error(400, "unsupported_grant_type");
}
