//! Help for tests: what every store must do, and callers that really are who they say.
//!
//! 1. [`store_contract`] holds a store of yours to what core relies on.
//! 2. [`acting_as`] makes a real user with a real token, so that a handler can be tested behind its layer: there is no way
//!    to forge an [`Identity`](crate::Identity), also not here.
//! 3. `TestIssuer` (feature `jwt`) signs JSON Web Tokens, good ones and others.
//! 4. [`present`] and [`decide`] ask a layer without a framework around it.

use std::time::SystemTime;

use http::Request;
use http::header::AUTHORIZATION;

use crate::authenticator::{Authenticator, Decision, Start};
use crate::entropy::Entropy;
use crate::token_text::{StoreKey, TokenId, TokenKind, TokenText};

mod caller;
#[cfg(feature = "jwt")]
mod issuer;
pub mod store_contract;

pub use self::caller::{Caller, CallerBuilder, acting_as};
#[cfg(feature = "jwt")]
pub use self::issuer::TestIssuer;

/// What `layer` decides on a request.
///
/// # Errors
///
/// The rejection that the layer would render.
pub async fn decide<B>(layer: &Authenticator, request: &Request<B>) -> Decision {
    match layer.start(request) {
        Start::Ready(decision) => decision,
        Start::Pending(pending) => layer.finish(pending).await,
    }
}

/// What `layer` decides on a request with this `Authorization` field.
///
/// # Errors
///
/// The rejection that the layer would render.
///
/// # Panics
///
/// If `authorization` cannot be the value of a field.
pub async fn present(layer: &Authenticator, authorization: &str) -> Decision {
    #[expect(
        clippy::expect_used,
        reason = "documented; a test wants to know at once"
    )]
    let request = Request::builder()
        .header(AUTHORIZATION, authorization)
        .body(())
        .expect("the value of a field");
    decide(layer, &request).await
}

/// A well-formed token that a store with this key could have made at `at`, and its id. It is stored nowhere.
///
/// For stores that keep their rows themselves, such as a synthetic one in a test of load.
///
/// # Panics
///
/// If the operating system has no random bytes.
#[must_use]
pub fn unstored_token(kind: TokenKind, store_key: &StoreKey, at: SystemTime) -> (TokenId, String) {
    #[expect(clippy::expect_used, reason = "documented")]
    let (id, text) = TokenText::generate(
        kind,
        crate::clock::unix_millis(at),
        store_key,
        &Entropy::system(),
    )
    .expect("random bytes");
    (id, text.to_string())
}
