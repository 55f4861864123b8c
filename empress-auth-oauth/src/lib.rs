//! How does a client obtain a token? An OAuth 2 and OpenID Connect provider, free of any web framework.
//!
//! 1. [`Provider`]: all of it on one store; its routes are mounted like any other.
//! 2. [`client`], [`Clients`], [`redirect_uri`]: who may ask, for what, and where the answer may go.
//! 3. [`store`]: what is kept: clients, consents, codes, grants with their tokens, signing keys; and what every store
//!    promises.
//! 4. [`pages`]: what people see, as data; [`return_to`]: where a login may lead.

mod approve;
mod authorize;
mod claims;
pub mod client;
mod client_auth;
mod client_secret;
mod clients;
mod cors;
mod error;
mod form;
mod front_channel;
pub mod grant;
mod id_token_hint;
mod log_out;
mod page_response;
mod introspect;
pub mod pages;
mod provider;
pub mod redirect_uri;
mod resource;
pub mod return_to;
mod revoke;
mod routes;
mod scope;
mod sealed;
mod services;
mod session_hash;
mod settings;
mod memory;
mod shown_token;
pub mod signing_key;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
mod userinfo;

pub use self::client_secret::ClientSecret;
pub use self::clients::{Clients, MadeClient, NewClient};
pub use self::error::{ErrorCode, OAuthError};
pub use self::provider::Provider;
pub use self::settings::{Lifetimes, Limits, Switches};
