#![doc = include_str!("../README.md")]

pub use empress_auth_core as core;
pub use empress_auth_core::client_address::ClientAddress;
pub use empress_auth_core::{
    Actor, FromIdentity, Identity, KeyIssuer, MemoryStore, NewToken, NewUser, Preset, RequiredBy,
    Requirement, Scheme, Scopes, TokenIssuer, role, scope,
};

mod convert;
mod extract;
mod head;
mod mount;
mod refusals;
mod require;
mod service;
#[cfg(feature = "testing")]
pub mod testing;
mod token_auth;

pub use self::extract::{
    Authenticated, AuthenticationRejection, CurrentUser, MaybeAuthenticated, Scoped,
};
pub use self::mount::mount;
pub use self::require::{Require, RequireFuture, RequireService};
pub use self::service::{ResponseFuture, TokenAuthService};
pub use self::token_auth::TokenAuth;
