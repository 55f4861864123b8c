//! One middleware, and every request needs a token: the twin of `axum-api-token` on actix-web.
//!
//! `cargo run -p actix-api-token` prints a curl command with a token in it, which is `$TOKEN` here:
//!
//! ```sh
//! curl -H "Authorization: Token $TOKEN" http://127.0.0.1:3000/     # 200 ada
//! curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/    # 200 ada
//! curl -H "Authorization: Token ${TOKEN}x" http://127.0.0.1:3000/  # 401
//! curl -i http://127.0.0.1:3000/                                   # 401 www-authenticate: Token
//! ```

use std::net::TcpListener;

use actix_web::{App, HttpServer, get};
use empress_auth_actix::{
    Actor, Authenticated, MemoryStore, NewToken, NewUser, TokenAuth, TokenIssuer,
};

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = MemoryStore::new();
    store.create_user(NewUser::named("ada")).await?;
    let made = TokenIssuer::new(store.clone())
        .create(
            Actor::assert_local_operator(),
            "ada",
            NewToken::named("laptop"),
        )
        .await?;

    // Made once, outside the closure, which runs for every worker.
    let auth = TokenAuth::new(store);
    let server = HttpServer::new(move || App::new().wrap(auth.clone()).service(hello));

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address)?;
    let (token, address) = (made.expose_secret(), listener.local_addr()?);
    println!("curl -H 'Authorization: Token {token}' http://{address}/");
    server.listen(listener)?.run().await?;
    Ok(())
}

#[get("/")]
async fn hello(Authenticated(who): Authenticated) -> String {
    who.username().to_owned()
}
