//! A WebSocket that ends with the token that opened it.
//!
//! `cargo run -p axum-websocket` prints the command of a client with a token in it, which is `$TOKEN` here:
//!
//! ```sh
//! curl http://127.0.0.1:3000/socket                                             # 401
//! TOKEN=$TOKEN cargo run -q -p axum-websocket --bin ws-client 127.0.0.1:3000 &  # ada: hello … closed: the token was revoked
//! curl -X DELETE -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/token  # 204
//! curl -X DELETE -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/token  # 401
//! ```

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{any, delete};
use empress_auth_tower::core::{IssueErrorKind, TokenId};
use empress_auth_tower::{
    Actor, Authenticated, Identity, MemoryStore, NewToken, NewUser, TokenAuth, TokenIssuer,
};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = MemoryStore::new();
    store.create_user(NewUser::named("ada")).await?;
    let issuer = TokenIssuer::new(store.clone());
    let (operator, laptop) = (Actor::assert_local_operator(), NewToken::named("laptop"));
    let made = issuer.create(operator, "ada", laptop).await?;

    let app = Router::new()
        .route("/socket", any(open))
        .route("/token", delete(revoke))
        .layer(TokenAuth::new(store))
        .with_state(issuer);

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    let (token, address) = (made.expose_secret(), listener.local_addr()?);
    println!("TOKEN={token} cargo run -q -p axum-websocket --bin ws-client {address}");
    axum::serve(listener, app).await?;
    Ok(())
}

async fn open(Authenticated(who): Authenticated, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|socket| talk(socket, who))
}

/// The token was checked when the socket was opened; from then on the socket has to watch it.
async fn talk(mut socket: WebSocket, who: Identity) {
    // What fails here fails because the client is gone, and there is nobody to tell.
    tokio::select! {
        _ = echo(&mut socket, who.username()) => {}
        () = who.revoked() => {
            let (code, reason) = (close_code::POLICY, "the token was revoked".into());
            let _ = socket.send(Message::Close(Some(CloseFrame { code, reason }))).await;
        }
    }
}

async fn echo(socket: &mut WebSocket, name: &str) -> Result<(), axum::Error> {
    while let Some(message) = socket.recv().await {
        if let Message::Text(text) = message? {
            socket
                .send(Message::text(format!("{name}: {text}")))
                .await?;
        }
    }
    Ok(())
}

async fn revoke(issuer: State<TokenIssuer>, Authenticated(who): Authenticated) -> StatusCode {
    let id = TokenId::parse(who.credential_id());
    match issuer.revoke(&who, id.as_slice()).await {
        Ok(_) => StatusCode::NO_CONTENT,
        Err(error) if error.kind() == IssueErrorKind::NotPermitted => StatusCode::FORBIDDEN,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
    }
}
