//! One layer, and every request needs a token.
//!
//! `cargo run -p axum-api-token` prints a curl command with a token in it, which is `$TOKEN` here:
//!
//! ```sh
//! curl -H "Authorization: Token $TOKEN" http://127.0.0.1:3000/     # 200 ada
//! curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/    # 200 ada
//! curl -H "Authorization: Token ${TOKEN}x" http://127.0.0.1:3000/  # 401
//! curl -i http://127.0.0.1:3000/                                   # 401 www-authenticate: Token
//! ```

use axum::Router;
use axum::routing::get;
use empress_auth_tower::{
    Actor, Authenticated, MemoryStore, NewToken, NewUser, TokenAuth, TokenIssuer,
};
use tokio::net::TcpListener;

#[tokio::main]
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

    let app = Router::new()
        .route("/", get(hello))
        .layer(TokenAuth::new(store));

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    let (token, address) = (made.expose_secret(), listener.local_addr()?);
    println!("curl -H 'Authorization: Token {token}' http://{address}/");
    axum::serve(listener, app).await?;
    Ok(())
}

async fn hello(Authenticated(who): Authenticated) -> String {
    who.username().to_owned()
}
