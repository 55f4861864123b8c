//! Tokens that may do less than their user, and routes that ask for more than a token: the twin of `axum-scopes` on
//! actix-web.
//!
//! `cargo run -p actix-scopes` prints two curl commands, each with a token of ada's: the first, `$READER` here, may only
//! read invoices, the second, `$WRITER`, may add some as well:
//!
//! ```sh
//! curl -H "Authorization: Bearer $READER" http://127.0.0.1:3000/invoices             # 200 invoices of ada
//! curl -X POST -H "Authorization: Bearer $WRITER" http://127.0.0.1:3000/invoices     # 201
//! curl -i -X POST -H "Authorization: Bearer $READER" http://127.0.0.1:3000/invoices  # 403 scope="invoices:write"
//! curl http://127.0.0.1:3000/invoices                                                # 401
//! ```

use std::net::TcpListener;

use actix_web::{App, HttpResponse, HttpServer, web};
use empress_auth_actix::{
    Actor, MemoryStore, NewToken, NewUser, Require, RequiredBy, Requirement, Scoped, Scopes,
    TokenAuth, TokenIssuer, role, scope,
};

#[actix_web::main]
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

    let auth = TokenAuth::new(store);
    // A scope is the token's, a role the user's.
    let may_write = Require::new(scope("invoices:write") & role("Accountant"));
    let server = HttpServer::new(move || {
        let invoices = web::resource("/invoices")
            .route(web::get().to(list))
            .route(web::post().to(add).wrap(may_write.clone()));
        App::new().wrap(auth.clone()).service(invoices)
    });

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address)?;
    let url = format!("http://{}/invoices", listener.local_addr()?);
    println!(
        "curl -H 'Authorization: Bearer {}' {url}",
        reader.expose_secret()
    );
    println!(
        "curl -X POST -H 'Authorization: Bearer {}' {url}",
        writer.expose_secret()
    );
    server.listen(listener)?.run().await?;
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

async fn add() -> HttpResponse {
    HttpResponse::Created().finish()
}
