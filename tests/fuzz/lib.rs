//! A store with one user, one key pair and one token, and a layer on it: what the targets of credentials are thrown at.

use empress_auth_core::{
    Actor, Authenticator, Decision, KeyIssuer, MemoryStore, NewToken, NewUser, Start, TokenIssuer,
};
use futures_util::FutureExt;

/// The only credentials that are right.
pub struct Target {
    pub auth: Authenticator,
    pub pair: String,
    pub token: String,
}

impl Target {
    pub fn new() -> Self {
        make()
            .now_or_never()
            .expect("a store in memory answers at once")
    }

    /// What the layer says of an `Authorization` field with this value; `None` if no server would pass it on.
    pub fn decide(&self, value: &[u8]) -> Option<Decision> {
        let value = http::HeaderValue::from_bytes(value).ok()?;
        let request = http::Request::builder().header("authorization", value);
        Some(
            match self.auth.start(&request.body(()).expect("a request")) {
                Start::Ready(decision) => decision,
                Start::Pending(pending) => self
                    .auth
                    .finish(pending)
                    .now_or_never()
                    .expect("an answer at once"),
            },
        )
    }
}

impl Default for Target {
    fn default() -> Self {
        Self::new()
    }
}

async fn make() -> Target {
    let store = MemoryStore::new();
    let operator = Actor::assert_local_operator();
    store
        .create_user(NewUser::named("ada"))
        .await
        .expect("a user");
    let keys = KeyIssuer::new(store.clone())
        .generate_keys(&operator, "ada")
        .await
        .expect("keys");
    let made = TokenIssuer::new(store.clone())
        .create(&operator, "ada", NewToken::named("fuzz"))
        .await
        .expect("a token");
    Target {
        auth: Authenticator::new(store),
        pair: format!("{}:{}", keys.api_key(), keys.api_secret().expose_secret()),
        token: made.expose_secret().to_owned(),
    }
}
