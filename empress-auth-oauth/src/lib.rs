//! How does a client obtain a token? An OAuth 2 and OpenID Connect provider, free of any web framework.
//!
//! 1. [`client`]: who may ask: clients, and what each of them may ask for.
//! 2. [`store`]: what is kept: clients, consents, codes, grants with their tokens, signing keys; and what every store
//!    promises.

pub mod client;
pub mod grant;
mod memory;
pub mod signing_key;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
