//! A web application whose users log in at Empress Auth, by the code flow with PKCE.
//!
//! Start the program, make a user, and a client, which prints its id and its secret:
//!
//! ```text
//! empress-auth serve
//! printf 'correct horse battery staple' | empress-auth user create ada --password-stdin
//! empress-auth client create Shop --redirect-uri http://127.0.0.1:3000/callback --skip-consent
//! CLIENT_ID=… CLIENT_SECRET=… cargo run -p oauth-code-flow
//! ```
//!
//! and open `http://127.0.0.1:3000/` in a browser. What the browser does then, with curl:
//!
//! ```sh
//! curl -L -c jar -b jar http://127.0.0.1:3000/  # 200 Log in
//! curl -c jar -d usr=ada --data-urlencode 'pwd=correct horse battery staple' http://127.0.0.1:8000/api/method/login  # 200
//! curl -L -c jar -b jar http://127.0.0.1:3000/  # 200 hello ada
//! curl 'http://127.0.0.1:3000/callback?code=stolen&state=guessed'  # 400
//! ```

use std::{collections::HashMap, env, sync::Arc};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum::{Router, routing::get};
use tokio::net::TcpListener;

use crate::login::{Failure, Login};

mod login;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let issuer = env::var("ISSUER").unwrap_or_else(|_| "http://127.0.0.1:8000".to_owned());
    let address = env::var("LISTEN").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let (id, secret) = (env::var("CLIENT_ID")?, env::var("CLIENT_SECRET")?);
    let login = Login::new(&issuer, id, secret, format!("http://{address}/callback"))?;
    let app = Router::new()
        .route("/", get(log_in))
        .route("/callback", get(callback))
        .with_state(Arc::new(login));
    let listener = TcpListener::bind(&address).await?;
    println!("listening on http://{address}");
    axum::serve(listener, app).await?;
    Ok(())
}

/// Sends a browser off; what has to come back with it waits in a cookie.
async fn log_in(State(login): State<Arc<Login>>) -> impl IntoResponse {
    let (url, state, verifier) = login.begin();
    let cookie =
        format!("login={state}.{verifier}; Path=/callback; Max-Age=600; HttpOnly; SameSite=Lax");
    ([("set-cookie", cookie)], Redirect::to(&url))
}

/// A browser is back with a code, which is good in the one alone that was sent off.
async fn callback(
    State(login): State<Arc<Login>>,
    Query(back): Query<HashMap<String, String>>,
    head: HeaderMap,
) -> Result<String, StatusCode> {
    let cookies = head.get("cookie").and_then(|line| line.to_str().ok());
    let mut cookies = cookies.unwrap_or_default().split("; ");
    let kept = cookies.find_map(|one| one.strip_prefix("login=")?.split_once('.'));
    let (Some((state, verifier)), Some(code)) = (kept, back.get("code")) else {
        return Err(StatusCode::BAD_REQUEST);
    };
    if back.get("state").is_none_or(|shown| shown != state) {
        return Err(StatusCode::BAD_REQUEST);
    }
    // An application begins a session of its own here.
    let name = login.finish(code, verifier).await;
    name.map(|name| format!("hello {name}"))
        .map_err(|_| StatusCode::BAD_GATEWAY)
}
