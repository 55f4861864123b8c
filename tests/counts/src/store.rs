//! A store whose tokens were shown before.

use std::convert::Infallible;

use axum::http::{HeaderName, HeaderValue, Request, header};
use empress_auth_core::{Actor, Authenticator, MemoryStore, NewToken, NewUser, Start, TokenIssuer};
use tokio::runtime::{Builder, Runtime};

/// Tokens in the store, all of them shown before.
const TOKENS: usize = 1_000;

pub(crate) const PATH: &str = "/hello";

/// Different ones, because one may share its place in the cache with another and cost a step more.
pub(crate) fn with_hot_tokens() -> (MemoryStore, Vec<String>) {
    let store = MemoryStore::new();
    let tokens = runtime().block_on(async {
        let operator = Actor::assert_local_operator();
        let ada = NewUser::named("ada");
        store.create_user(ada).await.expect("a user");
        let issuer = TokenIssuer::new(store.clone());
        let mut tokens = Vec::new();
        for _ in 0..TOKENS {
            let new = NewToken::named("laptop");
            let made = issuer.create(&operator, "ada", new).await.expect("a token");
            let token = made.expose_secret().to_owned();
            tokens.push(token);
        }
        tokens
    });
    let authenticator = Authenticator::new(store.clone());
    for token in &tokens {
        show(&authenticator, token);
    }
    (store, tokens)
}

/// Shows a token, so that it is remembered.
pub(crate) fn show(authenticator: &Authenticator, token: &str) {
    if let Start::Pending(pending) = authenticator.start(&request(Some(token))) {
        let decision = runtime().block_on(authenticator.finish(pending));
        assert!(matches!(decision, Ok(Some(_))), "{decision:?}");
    }
}

/// A request for each token, or one without.
pub(crate) fn templates(tokens: &[String]) -> Vec<Request<()>> {
    if tokens.is_empty() {
        return vec![request(None)];
    }
    let with_token = |token: &String| request(Some(token));
    tokens.iter().map(with_token).collect()
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
