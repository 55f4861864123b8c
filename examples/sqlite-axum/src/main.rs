//! A team's own application on SQLite, and beside its routes those that issue, list and revoke.
//!
//! `cargo run -p sqlite-axum` prints a curl command with a token of ada's, `$TOKEN` here. She asks for one more, which may do
//! less; its id is the eleven characters behind `emp_pat_`:
//!
//! ```sh
//! ada="Authorization: Token $TOKEN" url=http://127.0.0.1:3000
//! curl -H "$ada" $url/notes                            # 200 the notes of ada
//! curl $url/notes                                      # 401
//! curl -H "$ada" $url/api/v1/me                        # 200 "username":"ada"
//! curl -H "$ada" -X POST $url/api/v1/users/ada/keys    # 201 "api_key"
//! robot=$(curl -H "$ada" --json '{"name":"robot","scopes":["notes"]}' $url/api/v1/tokens | grep -o 'emp_pat_\w*')
//! curl -H "Authorization: Bearer $robot" $url/notes    # 200 the notes of ada
//! curl -H "Authorization: Bearer $robot" $url/api/v1/tokens       # 403
//! curl -H "$ada" -X DELETE $url/api/v1/tokens/${robot:8:11}       # 204
//! curl -H "Authorization: Bearer $robot" $url/notes    # 401
//! ```
//!
//! Users and credentials are in `notes.db` and still there after a restart. `empress-auth token revoke` and its kin work on
//! that file, too, while the application runs: `--database sqlite://notes.db`.

use std::net::SocketAddr;

use axum::Router;
use axum::routing::get;
use empress_auth_sql::SqliteStore;
use empress_auth_tower::core::endpoint::Endpoints;
use empress_auth_tower::core::{SYSTEM_MANAGER, UserStore};
use empress_auth_tower::{Actor, Authenticated, NewToken, NewUser, TokenAuth, TokenIssuer, mount};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::var("DATABASE").unwrap_or_else(|_| "notes.db".to_owned());
    let store = SqliteStore::open(path).await?;
    if store.user("ada").await?.is_none() {
        let ada = NewUser::named("ada").with_roles([SYSTEM_MANAGER]);
        store.create_user(ada).await?;
    }
    let operator = Actor::assert_local_operator();
    let laptop = NewToken::named("laptop");
    let issuer = TokenIssuer::new(store.clone());
    let made = issuer.create(operator, "ada", laptop).await?;

    let auth = TokenAuth::new(store.clone());
    let app = Router::new()
        .route("/notes", get(notes))
        .layer(auth.clone())
        // After the layer: each of these routes says itself who may call it.
        .merge(mount(Endpoints::new(store.clone()).rest(), &auth));

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    let (token, address) = (made.expose_secret(), listener.local_addr()?);
    println!("curl -H 'Authorization: Token {token}' http://{address}/notes");
    let stopped = async { tokio::signal::ctrl_c().await.unwrap_or_default() };
    // With the callers' addresses, so that tokens may be limited to networks.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let served = axum::serve(listener, app).with_graceful_shutdown(stopped);
    served.await?;
    // Writes when credentials were last used, and leaves one file behind.
    store.close().await;
    Ok(())
}

async fn notes(Authenticated(who): Authenticated) -> String {
    format!("the notes of {}", who.username())
}
