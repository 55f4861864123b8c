//! A service that only verifies: its users, and their tokens, are another issuer's.
//!
//! `cargo run -p axum-jwt --bin tiny-issuer` plays that issuer, and prints three tokens of it: `$READER` and `$GUEST` here
//! are for this service, the second one without the scope `invoices:read`, and `$OTHER` is for another service. Then
//! `cargo run -p axum-jwt` in a second terminal asks it for its keys:
//!
//! ```sh
//! curl -H "Authorization: Bearer $READER" http://127.0.0.1:3000/invoices    # 200 invoices of ada
//! curl -i -H "Authorization: Bearer $GUEST" http://127.0.0.1:3000/invoices  # 403 scope="invoices:read"
//! curl -i -H "Authorization: Bearer $OTHER" http://127.0.0.1:3000/invoices  # 401 error="invalid_token"
//! curl -i http://127.0.0.1:3000/invoices                                    # 401 www-authenticate: Bearer
//! ```
//!
//! With an issuer of yours, say who it is and what it calls this service: `ISSUER=https://id.example
//! AUDIENCE=https://api.example cargo run -p axum-jwt`.

use std::env;

use axum::Router;
use axum::routing::get;
use empress_auth_oauth::remote_jwks::RemoteJwks;
use empress_auth_tower::core::jwt::JwtVerifier;
use empress_auth_tower::{RequiredBy, Requirement, Scoped, TokenAuth, scope};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = env::var("ISSUER").unwrap_or_else(|_| "http://127.0.0.1:4000".to_owned());
    let audience = env::var("AUDIENCE").unwrap_or_else(|_| "https://api.example".to_owned());

    let keys = RemoteJwks::discover(&issuer)?;
    // Tells now that the issuer is misconfigured; else the first token would.
    keys.ready().await?;
    let app = Router::new()
        .route("/invoices", get(list))
        .layer(TokenAuth::new(JwtVerifier::new(&issuer, &audience, keys)));

    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    Ok(())
}

struct ReadInvoices;

impl RequiredBy for ReadInvoices {
    fn requirement() -> Requirement {
        scope("invoices:read")
    }
}

async fn list(who: Scoped<ReadInvoices>) -> String {
    format!("invoices of {}", who.username())
}
