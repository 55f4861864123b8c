//! Plays an issuer: says where its key is, publishes it, and prints three tokens that are good for an hour.

use std::time::{Duration, UNIX_EPOCH};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use axum::Router;
use axum::routing::get;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use empress_auth_tower::core::Clock;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:4000".to_owned());
    let listener = TcpListener::bind(address).await?;
    let issuer = format!("http://{}", listener.local_addr()?);

    let pair = Ed25519KeyPair::generate()?;
    let x = URL_SAFE_NO_PAD.encode(pair.public_key());
    let metadata = format!(r#"{{"issuer":"{issuer}","jwks_uri":"{issuer}/keys"}}"#);
    let keys = format!(
        r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","kid":"1","x":"{x}"}}]}}"#
    );
    let app = Router::new()
        .route("/.well-known/openid-configuration", get(async || metadata))
        .route("/keys", get(async || keys));

    let in_an_hour = Clock::system().now() + Duration::from_secs(3_600);
    let exp = in_an_hour.duration_since(UNIX_EPOCH)?.as_secs();
    let token = |audience: &str, scope: &str| {
        let header = r#"{"typ":"at+jwt","alg":"EdDSA","kid":"1"}"#;
        let claims = format!(
            r#"{{"iss":"{issuer}","aud":"{audience}","sub":"ada","exp":{exp},"scope":"{scope}"}}"#
        );
        let [header, claims] = [header, &claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let signed = format!("{header}.{claims}");
        let signature = URL_SAFE_NO_PAD.encode(pair.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    };
    println!("ISSUER={issuer}");
    println!("READER={}", token("https://api.example", "invoices:read"));
    println!("GUEST={}", token("https://api.example", "profile"));
    println!("OTHER={}", token("https://other.example", "invoices:read"));
    axum::serve(listener, app).await?;
    Ok(())
}
