//! How does a client obtain a token? An OAuth 2 and OpenID Connect provider, free of any web framework.
//!
//! 1. [`client`]: who may ask: clients, and what each of them may ask for.
//! 2. [`store`]: what is kept: clients, consents, codes, grants with their tokens, signing keys; and what every store
//!    promises.
//! 3. `remote_jwks` (feature `remote-jwks`): the other side, a service that verifies the tokens of another issuer.

pub mod client;
pub mod grant;
#[cfg(feature = "remote-jwks")]
pub mod remote_jwks;
pub mod signing_key;
pub mod store;
