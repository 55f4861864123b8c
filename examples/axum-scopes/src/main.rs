//! Tokens that may do less than their user, and routes that ask for more than a token.
//!
//! `cargo run -p axum-scopes` prints two curl commands, each with a token of ada's: the first, `$READER` here, may only
//! read invoices, the second, `$WRITER`, may add some as well:
//!
//! ```sh
//! curl -H "Authorization: Bearer $READER" http://127.0.0.1:3000/invoices             # 200 invoices of ada
//! curl -X POST -H "Authorization: Bearer $WRITER" http://127.0.0.1:3000/invoices     # 201
//! curl -i -X POST -H "Authorization: Bearer $READER" http://127.0.0.1:3000/invoices  # 403 scope="invoices:write"
//! curl http://127.0.0.1:3000/invoices                                                # 401
//! ```

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use empress_auth_tower::{
    Actor, MemoryStore, NewToken, NewUser, Require, RequiredBy, Requirement, Scoped, Scopes,
    TokenAuth, TokenIssuer, role, scope,
};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = MemoryStore::new();
    store
        .create_user(NewUser::named("ada").with_roles(["Accountant"]))
        .await?;
    let issuer = TokenIssuer::new(store.clone());
    let operator = Actor::assert_local_operator();
    let report = NewToken::named("report").with_scopes(Scopes::only(["invoices:read"]));
    let reader = issuer.create(&operator, "ada", report).await?;
    let shop =
        NewToken::named("shop").with_scopes(Scopes::only(["invoices:read", "invoices:write"]));
    let writer = issuer.create(&operator, "ada", shop).await?;

    // A scope is the token's, a role the user's.
    let may_write = Require::new(scope("invoices:write") & role("Accountant"));
    let invoices = get(list).merge(post(add).route_layer(may_write));
    let app = Router::new()
        .route("/invoices", invoices)
        .layer(TokenAuth::new(store));

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    let url = format!("http://{}/invoices", listener.local_addr()?);
    println!(
        "curl -H 'Authorization: Bearer {}' {url}",
        reader.expose_secret()
    );
    println!(
        "curl -X POST -H 'Authorization: Bearer {}' {url}",
        writer.expose_secret()
    );
    axum::serve(listener, app).await?;
    Ok(())
}

/// A requirement as a type, so that a handler says in its arguments what it needs.
struct ReadInvoices;

impl RequiredBy for ReadInvoices {
    fn requirement() -> Requirement {
        scope("invoices:read")
    }
}

async fn list(who: Scoped<ReadInvoices>) -> String {
    format!("invoices of {}", who.username())
}

async fn add() -> StatusCode {
    StatusCode::CREATED
}
