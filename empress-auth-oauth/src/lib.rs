//! How does a client obtain a token? An OAuth 2 and OpenID Connect provider, free of any web framework.
//!
//! 1. [`Provider`]: all of it on one store; its routes are mounted like any other.
//! 2. [`client`], [`Clients`], [`redirect_uri`]: who may ask, for what, and where the answer may go.
//! 3. [`store`]: what is kept: clients, consents, codes, grants with their tokens, signing keys; and what every store
//!    promises.
//! 4. [`pages`]: what people see, as data; [`return_to`]: where a login may lead.
//! 5. [`keys`]: who signs, with what and when; [`IdToken`] and [`AccessJwt`] are what is signed.
//! 6. [`paths`]: where the endpoints are. The metadata that advertises them is made of the same names.
//! 7. `remote_jwks` (feature `remote-jwks`): the other side, a service that verifies the tokens of another issuer.

mod access_jwt;
mod approve;
mod authorize;
mod claims;
pub mod client;
mod client_auth;
mod client_secret;
mod clients;
mod cors;
mod discovery;
mod document;
mod error;
mod form;
mod form_action;
mod front_channel;
pub mod grant;
mod id_token;
mod id_token_hint;
mod introspect;
mod jwks;
pub mod keys;
mod log_out;
mod memory;
mod page_response;
pub mod pages;
pub mod paths;
mod provider;
pub mod redirect_uri;
#[cfg(feature = "remote-jwks")]
pub mod remote_jwks;
mod resource;
pub mod return_to;
mod revoke;
mod routes;
mod scope;
mod sealed;
mod services;
mod settings;
mod shown_token;
mod signers;
pub mod signing_key;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
mod token;
mod unverified;
mod userinfo;

pub use self::access_jwt::AccessJwt;
pub use self::client_secret::ClientSecret;
pub use self::clients::{ClientChange, Clients, MadeClient, NewClient};
pub use self::error::{ErrorCode, OAuthError};
pub use self::id_token::{IdToken, SessionNames};
pub use self::provider::Provider;
pub use self::resource::{MalformedResource, Resource};
pub use self::settings::{Lifetimes, Limits, Switches};
pub use self::signers::SigningAlgs;
