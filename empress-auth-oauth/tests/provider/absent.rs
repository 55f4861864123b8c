//! What this provider does not do: nobody registers himself, nothing is fetched that a request names, no assertion stands for
//! a client or a user. It says so, and does not act as if it had not seen.

use std::io::ErrorKind;
use std::net::TcpListener;
use std::time::Duration;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use empress_auth_oauth::NewClient;
use http::header::AUTHORIZATION;
use serde_json::{Value, json};

use crate::world::{CALLBACK, INTROSPECT, REVOKE, Registered, TOKEN, World};

const METADATA: &str = "/.well-known/openid-configuration";

/// A JSON Web Token that is signed with the client's secret, as `client_secret_jwt` wants it.
fn assertion(client: &Registered, header: &Value, audience: &Value) -> String {
    let expires_at = crate::world::start() + Duration::from_secs(60);
    let since = expires_at.duration_since(std::time::UNIX_EPOCH).unwrap();
    let claims = json!({
        "iss": client.id(), "sub": client.id(), "jti": "x", "exp": since.as_secs(), "aud": audience,
    });
    let [header, claims] = [header, &claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    let key = hmac::Key::new(hmac::HMAC_SHA256, client.secret().as_bytes());
    let signed = format!("{header}.{claims}");
    let tag = hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
}

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn robot(world: &World) -> Registered {
    let new = NewClient::confidential("Robot")
        .with_redirect_uri(CALLBACK)
        .with_grants(empress_auth_oauth::client::GrantType::ALL.iter().copied());
    world.client(new).await
}

// O-27, FR-12
#[tokio::test]
async fn nobody_registers_himself() {
    let world = World::new();
    let metadata = world.get(METADATA, &[]).await.json();
    for absent in [
        "registration_endpoint",
        "pushed_authorization_request_endpoint",
        "device_authorization_endpoint",
        "backchannel_authentication_endpoint",
    ] {
        assert_eq!(metadata.get(absent), None, "{absent}");
    }
    assert_eq!(metadata["request_uri_parameter_supported"], false);
    let routes = world.provider.routes();
    let found = routes
        .iter()
        .find(|route| route.path().contains("register"));
    assert!(found.is_none(), "{:?}", found.map(|route| route.path()));
}

// O-27, FR-12: a listener that nobody calls.
#[tokio::test]
async fn nothing_is_fetched_that_a_request_names() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/x", listener.local_addr().unwrap());
    let world = World::new();
    let client = robot(&world).await;
    let header = json!({ "alg": "HS256", "typ": "JWT", "jku": url, "x5u": url });
    let token = assertion(&client, &header, &json!("https://auth.example"));
    let basic = client.basic();
    for path in [TOKEN, REVOKE, INTROSPECT] {
        for name in [
            "jwks_uri",
            "logo_uri",
            "client_uri",
            "request_uri",
            "sector_identifier_uri",
            "software_statement",
            "redirect_uri",
            "resource",
            "client_id",
            "client_assertion",
            "token",
        ] {
            for value in [&url, &token] {
                let form = [("grant_type", "client_credentials"), (name, value)];
                let answer = world
                    .post_with(path, &form, &[(AUTHORIZATION, &basic)])
                    .await;
                assert!(answer.status.as_u16() < 500, "{name} at {path}");
            }
        }
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    let called = listener.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(called, Err(ErrorKind::WouldBlock));
}

// O-35, AS-6749-30
#[tokio::test]
async fn there_is_no_grant_for_devices_or_for_the_tokens_of_others() {
    let world = World::new();
    let client = robot(&world).await;
    let basic = client.basic();
    let fields = [(AUTHORIZATION, &*basic)];
    for grant_type in [
        "urn:ietf:params:oauth:grant-type:token-exchange",
        "urn:ietf:params:oauth:grant-type:device_code",
        "urn:ietf:params:oauth:grant-type:jwt-bearer",
        "urn:ietf:params:oauth:grant-type:saml2-bearer",
        "urn:openid:params:grant-type:ciba",
        "password",
        "implicit",
    ] {
        let form = [
            ("grant_type", grant_type),
            ("subject_token", "x"),
            (
                "subject_token_type",
                "urn:ietf:params:oauth:token-type:access_token",
            ),
            ("device_code", "x"),
            ("assertion", "x"),
        ];
        let answer = world.post_with(TOKEN, &form, &fields).await;
        assert_eq!(
            answer.error(),
            (400, "unsupported_grant_type".to_owned()),
            "{grant_type}"
        );
    }
    let metadata = world.get(METADATA, &[]).await.json();
    assert_eq!(
        metadata["grant_types_supported"],
        json!(["authorization_code", "refresh_token", "client_credentials"])
    );
}

// O-44, STD-3: none is accepted, whatever its audience, also not beside the client's secret.
#[tokio::test]
async fn no_assertion_stands_for_a_client() {
    let world = World::new();
    let client = robot(&world).await;
    let basic = client.basic();
    let header = json!({ "alg": "HS256", "typ": "JWT" });
    for audience in [
        json!("https://auth.example"),
        json!(["https://auth.example"]),
        json!("https://auth.example/oauth/token"),
        json!(["https://auth.example", "https://other.example"]),
        json!("https://other.example"),
    ] {
        let token = assertion(&client, &header, &audience);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client.id()),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &token),
        ];
        for fields in [&[][..], &[(AUTHORIZATION, &*basic)]] {
            let answer = world.post_with(TOKEN, &form, fields).await;
            let expected = (401, "invalid_client".to_owned());
            assert_eq!(answer.error(), expected, "{audience}");
        }
    }
    let metadata = world.get(METADATA, &[]).await.json();
    let methods = metadata["token_endpoint_auth_methods_supported"].to_string();
    assert!(!methods.contains("jwt"), "{methods}");
    let algs = "token_endpoint_auth_signing_alg_values_supported";
    assert_eq!(metadata.get(algs), None);
}
