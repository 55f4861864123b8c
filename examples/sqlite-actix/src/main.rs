//! A team's own application on SQLite, and beside its routes those that issue, list and revoke: the twin of `sqlite-axum` on
//! actix-web.
//!
//! `cargo run -p sqlite-actix` prints a curl command with a token of ada's, `$TOKEN` here. She asks for one more, which may do
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

use std::net::TcpListener;

use actix_web::{App, HttpServer, web};
use empress_auth_actix::core::endpoint::Endpoints;
use empress_auth_actix::core::{SYSTEM_MANAGER, UserStore};
use empress_auth_actix::{Actor, Authenticated, NewToken, NewUser, TokenAuth, TokenIssuer, mount};
use empress_auth_sql::SqliteStore;

#[actix_web::main]
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
    let routes = Endpoints::new(store.clone()).rest();
    let server = HttpServer::new(move || {
        let notes = web::resource("/notes").route(web::get().to(notes));
        App::new()
            // Not inside the middleware: each of these routes says itself who may call it.
            .configure(mount(routes.clone(), &auth))
            .service(notes.wrap(auth.clone()))
    });

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address)?;
    let (token, address) = (made.expose_secret(), listener.local_addr()?);
    println!("curl -H 'Authorization: Token {token}' http://{address}/notes");
    server.listen(listener)?.run().await?;
    // Writes when credentials were last used, and leaves one file behind.
    store.close().await;
    Ok(())
}

async fn notes(Authenticated(who): Authenticated) -> String {
    format!("the notes of {}", who.username())
}
