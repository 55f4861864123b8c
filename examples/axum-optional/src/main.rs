//! Routes that serve strangers, too, and know a caller when there is one.
//!
//! `cargo run -p axum-optional` prints a curl command with a token in it, which is `$TOKEN` here:
//!
//! ```sh
//! curl -H "Authorization: Token $TOKEN" http://127.0.0.1:3000/     # 200 hello ada
//! curl http://127.0.0.1:3000/                                      # 200 hello stranger
//! curl http://127.0.0.1:3000/me                                    # 401
//! ```
//!
//! A wrong token is refused all the same, unless the route ignores it:
//!
//! ```sh
//! curl -H "Authorization: Token expired" http://127.0.0.1:3000/      # 401
//! curl -H "Authorization: Token expired" http://127.0.0.1:3000/news  # 200 hello stranger
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

    let auth = TokenAuth::new(store);
    let app = Router::new()
        .route("/", get(hello))
        .route("/me", get(me))
        .layer(auth.clone().optional());
    // For public pages that clients call with whatever they once stored.
    let news = Router::new()
        .route("/news", get(hello))
        .layer(auth.ignore_invalid());

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    let (token, address) = (made.expose_secret(), listener.local_addr()?);
    println!("curl -H 'Authorization: Token {token}' http://{address}/");
    axum::serve(listener, app.merge(news)).await?;
    Ok(())
}

/// For everybody.
async fn hello(caller: Option<Authenticated>) -> String {
    match caller {
        Some(Authenticated(who)) => format!("hello {}", who.username()),
        None => "hello stranger".to_owned(),
    }
}

/// For callers only, behind the same layer.
async fn me(Authenticated(who): Authenticated) -> String {
    who.username().to_owned()
}
