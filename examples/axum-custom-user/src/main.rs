//! The application's own user as an argument of a handler, looked up in the application's own state.
//!
//! `cargo run -p axum-custom-user` prints two curl commands with a token each: `$ADA` belongs to a user who has an account
//! in this application, `$BOB` to one who has none:
//!
//! ```sh
//! curl -H "Authorization: Token $ADA" http://127.0.0.1:3000/  # 200 Ada Lovelace is on the free plan
//! curl -H "Authorization: Token $BOB" http://127.0.0.1:3000/  # 403
//! curl http://127.0.0.1:3000/                                 # 401
//! ```

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::Router;
use axum::extract::FromRef;
use axum::routing::get;
use empress_auth_tower::{
    Actor, CurrentUser, FromIdentity, Identity, MemoryStore, NewToken, NewUser, TokenAuth,
    TokenIssuer,
};
use tokio::net::TcpListener;

/// What this application knows of a user.
#[derive(Clone)]
struct Account {
    name: &'static str,
    plan: &'static str,
}

/// Its accounts, by the id of their user; in earnest this holds a pool of database connections.
type Accounts = Arc<HashMap<Box<str>, Account>>;

impl FromIdentity for Account {
    type State = Accounts;
    type Error = Infallible;

    async fn from_identity(who: Identity, accounts: &Accounts) -> Result<Option<Self>, Infallible> {
        Ok(accounts.get(who.user_id()).cloned())
    }
}

/// The router's state; an account is made from one part of it.
#[derive(Clone, FromRef)]
struct AppState {
    accounts: Accounts,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = MemoryStore::new();
    let ada = store.create_user(NewUser::named("ada")).await?;
    store.create_user(NewUser::named("bob")).await?;
    let (name, plan) = ("Ada Lovelace", "free");
    let accounts = Accounts::new(HashMap::from([(ada.id, Account { name, plan })]));

    let app = Router::new()
        .route("/", get(show))
        .layer(TokenAuth::new(store.clone()))
        .with_state(AppState { accounts });

    let address = std::env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    let issuer = TokenIssuer::new(store);
    for user in ["ada", "bob"] {
        let (operator, laptop) = (Actor::assert_local_operator(), NewToken::named("laptop"));
        let made = issuer.create(operator, user, laptop).await?;
        let token = made.expose_secret();
        println!("curl -H 'Authorization: Token {token}' http://{address}/");
    }
    axum::serve(listener, app).await?;
    Ok(())
}

async fn show(CurrentUser(account): CurrentUser<Account>) -> String {
    format!("{} is on the {} plan", account.name, account.plan)
}
