//! A store, and one of its tokens that was shown before.

use std::convert::Infallible;

use axum::http::{HeaderName, HeaderValue, Request, header};
use empress_auth_core::{Actor, Authenticator, MemoryStore, NewToken, NewUser, Start, TokenIssuer};
use tokio::runtime::{Builder, Runtime};

/// Tokens in the store; the table of the one that is shown is then not empty but for it.
const TOKENS: usize = 1_000;

pub(crate) const PATH: &str = "/hello";

pub(crate) fn with_hot_token() -> (MemoryStore, String) {
    let store = MemoryStore::new();
    let hot = runtime().block_on(async {
        let operator = Actor::assert_local_operator();
        store
            .create_user(NewUser::named("ada"))
            .await
            .expect("a user");
        let issuer = TokenIssuer::new(store.clone());
        let authenticator = Authenticator::new(store.clone());
        let mut hot = String::new();
        for _ in 0..TOKENS {
            let new = NewToken::named("laptop");
            let made = issuer.create(&operator, "ada", new).await.expect("a token");
            made.expose_secret().clone_into(&mut hot);
            if let Start::Pending(pending) = authenticator.start(&request(Some(&hot))) {
                let decision = authenticator.finish(pending).await;
                assert!(matches!(decision, Ok(Some(_))), "{decision:?}");
            }
        }
        hot
    });
    (store, hot)
}

/// A request with four headers, or three when no token is shown.
pub(crate) fn request(token: Option<&str>) -> Request<()> {
    let mut request = Request::new(());
    *request.uri_mut() = axum::http::Uri::from_static(PATH);
    let headers = request.headers_mut();
    headers.reserve(FIELDS.len() + 1);
    for (name, value) in FIELDS {
        headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_static(value),
        );
    }
    if let Some(token) = token {
        let value = HeaderValue::from_str(&format!("Bearer {token}")).expect("a field value");
        headers.insert(header::AUTHORIZATION, value);
    }
    request
}

pub(crate) const FIELDS: [(&str, &str); 3] = [
    ("host", "127.0.0.1:3000"),
    ("user-agent", "counts/1"),
    ("accept", "*/*"),
];

/// A runtime that never leaves the calling thread.
pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

/// The value of a result that cannot fail.
pub(crate) fn always<T>(result: Result<T, Infallible>) -> T {
    match result {
        Ok(value) => value,
        Err(never) => match never {},
    }
}
