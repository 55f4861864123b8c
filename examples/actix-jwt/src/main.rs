//! A service that only verifies another issuer's tokens: the twin of `axum-jwt` on actix-web.
//!
//! `cargo run -p axum-jwt --bin tiny-issuer` plays that issuer, and prints three tokens of it: `$READER` and `$GUEST` here
//! are for this service, the second one without the scope `invoices:read`, and `$OTHER` is for another service. Then
//! `cargo run -p actix-jwt` in a second terminal asks it for its keys:
//!
//! ```sh
//! curl -H "Authorization: Bearer $READER" http://127.0.0.1:3000/invoices    # 200 invoices of ada
//! curl -i -H "Authorization: Bearer $GUEST" http://127.0.0.1:3000/invoices  # 403 scope="invoices:read"
//! curl -i -H "Authorization: Bearer $OTHER" http://127.0.0.1:3000/invoices  # 401 error="invalid_token"
//! curl -i http://127.0.0.1:3000/invoices                                    # 401 www-authenticate: Bearer
//! ```

use std::env;
use std::net::TcpListener;

use actix_web::{App, HttpServer, get};
use empress_auth_actix::core::jwt::JwtVerifier;
use empress_auth_actix::{RequiredBy, Requirement, Scoped, TokenAuth, scope};
use empress_auth_oauth::remote_jwks::RemoteJwks;

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let issuer = env::var("ISSUER").unwrap_or_else(|_| "http://127.0.0.1:4000".to_owned());
    let audience = env::var("AUDIENCE").unwrap_or_else(|_| "https://api.example".to_owned());

    let keys = RemoteJwks::discover(&issuer)?;
    // Tells now that the issuer is misconfigured; else the first token would.
    keys.ready().await?;
    // Made once, outside the closure, which runs for every worker.
    let auth = TokenAuth::new(JwtVerifier::new(&issuer, &audience, keys));
    let server = HttpServer::new(move || App::new().wrap(auth.clone()).service(list));

    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address)?;
    println!("listening on http://{}", listener.local_addr()?);
    server.listen(listener)?.run().await?;
    Ok(())
}

struct ReadInvoices;

impl RequiredBy for ReadInvoices {
    fn requirement() -> Requirement {
        scope("invoices:read")
    }
}

#[get("/invoices")]
async fn list(who: Scoped<ReadInvoices>) -> String {
    format!("invoices of {}", who.username())
}
