//! One variant as a server with one worker: `srv VARIANT`. Prints its address and the credential that it lets in.

use std::{
    env,
    io::{Error, Result, Write, stdout},
    net::{SocketAddr, TcpListener},
};

use actix_web::{HttpServer, web::Data};
use axum::Router;
use empress_auth_benches::{
    actix_peers, axum_peers, data, data::TOKENS, jwt_servers, ours, ours_oauth,
};

fn main() -> Result<()> {
    let variant = env::args().nth(1).unwrap_or_default();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    // axum and actix alike: this thread's runtime; actix adds its one worker.
    actix_web::rt::System::new().block_on(async {
        match variant.as_str() {
            "axum-bare" => axum(axum_peers::bare(), listener).await,
            "axum-bare-json" => axum(axum_peers::bare_json(), listener).await,
            "axum-no-op" => axum(axum_peers::no_op(), listener).await,
            "axum-from-fn" => axum(axum_peers::by_hand(data::by_digest(TOKENS)), listener).await,
            "axum-from-fn-json" => {
                axum(axum_peers::by_hand_json(data::by_digest(TOKENS)), listener).await
            }
            "actix-bare" => {
                announce(address, &bearer(&data::hot_token()))?;
                HttpServer::new(actix_peers::bare)
                    .workers(1)
                    .listen(listener)?
                    .run()
                    .await
            }
            "actix-from-fn" => {
                announce(address, &bearer(&data::hot_token()))?;
                let users = Data::from(data::by_digest(TOKENS));
                let app = move || actix_peers::by_hand(users.clone());
                HttpServer::new(app)
                    .workers(1)
                    .listen(listener)?
                    .run()
                    .await
            }
            "actix-httpauth" => {
                announce(address, &bearer(&data::hot_token()))?;
                let users = Data::from(data::by_token());
                let app = move || actix_peers::httpauth(users.clone());
                HttpServer::new(app)
                    .workers(1)
                    .listen(listener)?
                    .run()
                    .await
            }
            jwt @ ("axum-jwt" | "tower-oauth2-resource-server") => {
                let (router, token) = match jwt {
                    "axum-jwt" => jwt_servers::ours(),
                    _ => jwt_servers::peer().await.map_err(Error::other)?,
                };
                announce(address, &bearer(&token))?;
                ours::serve_axum(router, listener).await
            }
            oauth @ ("oauth-opaque" | "oauth-jwt") => {
                let serving = ours_oauth::Serving::new(oauth, address).await?;
                announce(address, &serving.basic)?;
                serving.run(listener).await
            }
            ours => match ours::serve(ours, listener).await {
                Some(serving) => {
                    announce(address, &bearer(&serving.token))?;
                    serving.server.await
                }
                None => Err(Error::other(format!("no variant {variant}"))),
            },
        }
    })
}

async fn axum(router: Router, listener: TcpListener) -> Result<()> {
    announce(listener.local_addr()?, &bearer(&data::hot_token()))?;
    ours::serve_axum(router, listener).await
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

fn announce(address: SocketAddr, authorization: &str) -> Result<()> {
    println!("{address}\n{authorization}");
    stdout().flush()
}
