//! `TokenAuth`: how an application says who may pass.

use std::sync::Arc;

use bytes::Bytes;
use empress_auth_core::client_address::ClientAddress;
use empress_auth_core::limiter::LoginLimiter;
use empress_auth_core::password::PasswordPool;
use empress_auth_core::{
    Authenticator, Clock, CredentialStore, Preset, PublicUrl, Rejection, Requirement, Scheme,
};
use http::{HeaderValue, Response};
use tower_layer::Layer;

use crate::refusals::Refusals;
use crate::service::TokenAuthService;

/// A layer that requires a valid credential from every request; cheap to clone.
///
/// Accepts `Token key:secret`, `Token …`, `Bearer …` and `Basic base64(key:secret)` at once, in any letter case. The
/// handlers behind it get the caller through [`Authenticated`](crate::Authenticated).
///
/// In axum `.layer` covers the routes that were added before it.
///
/// # Examples
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use empress_auth_tower::{Authenticated, MemoryStore, TokenAuth};
///
/// let app: Router = Router::new()
///     .route("/", get(|Authenticated(who): Authenticated| async move { who.username().to_owned() }))
///     .layer(TokenAuth::new(MemoryStore::new()));
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

    /// See [`Authenticator::client_address`]. The peer is known where the application is served with
    /// `into_make_service_with_connect_info::<SocketAddr>()`, or sets a [`PeerAddress`](empress_auth_core::PeerAddress).
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

impl<S> Layer<S> for TokenAuth {
    type Service = TokenAuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        TokenAuthService::new(inner, self.clone())
    }
}

impl std::fmt::Debug for TokenAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("TokenAuth")
            .field(&self.0.authenticator)
            .finish()
    }
}
