//! `TokenAuth`: how an application says who may pass.

use std::sync::Arc;

use actix_web::http::header::HeaderValue;
use bytes::Bytes;
use empress_auth_core::client_address::ClientAddress;
use empress_auth_core::limiter::LoginLimiter;
use empress_auth_core::password::PasswordPool;
use empress_auth_core::{
    Authenticator, Clock, CredentialStore, Preset, PublicUrl, Rejection, Requirement, Scheme,
};
use http::Response;

use crate::refusals::Refusals;

/// A middleware that requires a valid credential from every request; cheap to clone.
///
/// Accepts `Token key:secret`, `Token …`, `Bearer …` and `Basic base64(key:secret)` at once, in any letter case. The
/// handlers behind it get the caller through [`Authenticated`](crate::Authenticated).
///
/// Make it outside the closure of `HttpServer::new` and clone it inside; made inside, every worker prepares its own.
///
/// # Examples
///
/// ```
/// use actix_web::{App, web};
/// use empress_auth_actix::{Authenticated, MemoryStore, TokenAuth};
///
/// let auth = TokenAuth::new(MemoryStore::new());
/// let app = App::new().wrap(auth.clone()).route(
///     "/",
///     web::get().to(async |Authenticated(who): Authenticated| who.username().to_owned()),
/// );
/// # let _ = app;
/// ```
#[derive(Clone)]
pub struct TokenAuth(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) authenticator: Authenticator,
    pub(crate) refusals: Refusals,
    pub(crate) vary: Option<HeaderValue>,
}

impl TokenAuth {
    /// Requires a valid credential of `store`; a JSON Web Token alone where that is a `JwtVerifier` (feature `jwt`).
    pub fn new(store: impl CredentialStore) -> Self {
        Self::from(Authenticator::new(store))
    }

    fn change(&self, change: impl FnOnce(Authenticator) -> Authenticator) -> Self {
        Self::from(change(self.0.authenticator.clone()))
    }

    /// See [`Authenticator::accept`].
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn accept(self, verifier: empress_auth_core::jwt::JwtVerifier) -> Self {
        self.change(|auth| auth.accept(verifier))
    }

    /// See [`Authenticator::optional`].
    #[must_use]
    pub fn optional(self) -> Self {
        self.change(Authenticator::optional)
    }

    /// See [`Authenticator::ignore_invalid`].
    #[must_use]
    pub fn ignore_invalid(self) -> Self {
        self.change(Authenticator::ignore_invalid)
    }

    /// See [`Authenticator::require`].
    #[must_use]
    pub fn require(self, requirement: Requirement) -> Self {
        self.change(|auth| auth.require(requirement))
    }

    /// See [`Authenticator::schemes`].
    #[must_use]
    pub fn schemes(self, schemes: impl IntoIterator<Item = Scheme>) -> Self {
        self.change(|auth| auth.schemes(schemes))
    }

    /// See [`Authenticator::keyword`].
    #[must_use]
    pub fn keyword(self, keyword: &str) -> Self {
        self.change(|auth| auth.keyword(keyword))
    }

    /// See [`Authenticator::header`].
    #[must_use]
    pub fn header(self, name: &str) -> Self {
        self.change(|auth| auth.header(name))
    }

    /// See [`Authenticator::sessions`].
    #[must_use]
    pub fn sessions(self, public_url: &PublicUrl) -> Self {
        self.change(|auth| auth.sessions(public_url))
    }

    /// See [`Authenticator::session_cookie`].
    #[must_use]
    pub fn session_cookie(self, name: &str) -> Self {
        self.change(|auth| auth.session_cookie(name))
    }

    /// See [`Authenticator::passwords`].
    #[must_use]
    pub fn passwords(self) -> Self {
        self.change(Authenticator::passwords)
    }

    /// See [`Authenticator::realm`].
    #[must_use]
    pub fn realm(self, realm: &str) -> Self {
        self.change(|auth| auth.realm(realm))
    }

    /// See [`Authenticator::preset`].
    #[must_use]
    pub fn preset(self, preset: Preset) -> Self {
        self.change(|auth| auth.preset(preset))
    }

    /// See [`Authenticator::rejection`].
    #[must_use]
    pub fn rejection(
        self,
        render: impl Fn(&Rejection) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        self.change(|auth| auth.rejection(render))
    }

    /// See [`Authenticator::resource_metadata`].
    #[must_use]
    pub fn resource_metadata(self, url: &str) -> Self {
        self.change(|auth| auth.resource_metadata(url))
    }

    /// See [`Authenticator::client_address`]. The peer is the other end of the socket, never what
    /// `realip_remote_addr` says: that is whatever the client wrote into a header.
    #[must_use]
    pub fn client_address(self, addresses: ClientAddress) -> Self {
        self.change(|auth| auth.client_address(addresses))
    }

    /// See [`Authenticator::clock`].
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.change(|auth| auth.clock(clock))
    }

    /// See [`Authenticator::password_pool`].
    #[must_use]
    pub fn password_pool(self, pool: PasswordPool) -> Self {
        self.change(|auth| auth.password_pool(pool))
    }

    /// See [`Authenticator::login_limiter`].
    #[must_use]
    pub fn login_limiter(self, limiter: LoginLimiter) -> Self {
        self.change(|auth| auth.login_limiter(limiter))
    }
}

impl From<Authenticator> for TokenAuth {
    fn from(authenticator: Authenticator) -> Self {
        let vary = authenticator.vary().join(", ");
        let vary = if vary.is_empty() {
            None
        } else {
            HeaderValue::from_str(&vary).ok()
        };
        Self(Arc::new(Shared {
            authenticator,
            refusals: Refusals::new(),
            vary,
        }))
    }
}

impl std::fmt::Debug for TokenAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TokenAuth")
            .field(&self.0.authenticator)
            .finish()
    }
}
