//! A gRPC server behind the layer that axum uses: tonic takes any tower layer.
//!
//! `cargo run -p tonic-token` prints the command of a client with a token in it, which is `$TOKEN` here:
//!
//! ```sh
//! cargo run -q -p tonic-token --bin grpc-client 127.0.0.1:3000               # Unauthenticated
//! TOKEN=$TOKEN cargo run -q -p tonic-token --bin grpc-client 127.0.0.1:3000  # OK: ada
//! ```
//!
//! An empty message is five zeros, so that curl will do; 0 is OK and 16 UNAUTHENTICATED:
//!
//! ```sh
//! grpc() { printf '\0\0\0\0\0' | curl -i --http2-prior-knowledge -H 'Content-Type: application/grpc' --data-binary @- "$@"; }
//! grpc http://127.0.0.1:3000/example.Directory/WhoAmI                                    # 200 grpc-status: 16
//! grpc -H "Authorization: Bearer $TOKEN" http://127.0.0.1:3000/example.Directory/WhoAmI  # 200 grpc-status: 0
//! ```

use empress_auth_tower::{
    Actor, Authenticated, MemoryStore, NewToken, NewUser, TokenAuth, TokenIssuer,
};
use tokio::net::TcpListener;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic::{Request, Response, Status};
use tonic_token::directory_server::{Directory, DirectoryServer};

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

    let server = Server::builder()
        .layer(TokenAuth::new(store))
        .add_service(DirectoryServer::new(Names));

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!(
        "TOKEN={} cargo run -q -p tonic-token --bin grpc-client {}",
        made.expose_secret(),
        listener.local_addr()?
    );
    server
        .serve_with_incoming(TcpIncoming::from(listener))
        .await?;
    Ok(())
}

struct Names;

#[tonic::async_trait]
impl Directory for Names {
    async fn who_am_i(&self, request: Request<()>) -> Result<Response<String>, Status> {
        // The layer leaves the caller in the extensions, which is where the extractors of axum look, too.
        let caller = Authenticated::from_extensions(request.extensions());
        let Authenticated(who) = caller.ok_or_else(|| Status::unauthenticated("no caller"))?;
        Ok(Response::new(who.username().to_owned()))
    }
}
