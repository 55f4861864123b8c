//! How does a client obtain a token? An OAuth 2 and OpenID Connect provider, free of any web framework.
//!
//! 1. [`client`]: who may ask: clients, and what each of them may ask for.
//! 2. [`store`]: what is kept: clients, consents, codes, grants with their tokens, signing keys; and what every store
//!    promises.
//! 3. [`keys`]: who signs, with what and when; [`IdToken`] and [`AccessJwt`] are what is signed.
//! 4. [`paths`]: where the endpoints are. The metadata that advertises them is made of the same names.

mod access_jwt;
pub mod client;
mod discovery;
mod document;
pub mod grant;
mod id_token;
mod jwks;
pub mod keys;
pub mod paths;
pub mod signing_key;
pub mod store;

pub use self::access_jwt::AccessJwt;
pub use self::id_token::{IdToken, SessionNames};
