//! A client to be made.

use std::collections::BTreeSet;
use std::time::SystemTime;

use crate::client::{AuthMethod, Client, ClientOptions, GrantType};

/// A client to be made.
///
/// The rules:
///
/// 1. Redirect URIs are those of [`check_redirect_uri`](crate::redirect_uri::check_redirect_uri), each once.
/// 2. Scopes are scope tokens of [RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3), at least one.
/// 3. A public client has no secret, so it gets nothing for which one is needed: neither `client_credentials` nor
///    HS256 nor introspection; and its users are asked each time, so that nothing may skip consent.
/// 4. `refresh_token` comes with `authorization_code`.
/// 5. Leaving PKCE out can be forgiven to public clients alone: for confidential ones it is optional.
///
/// # Examples
///
/// ```
/// use empress_auth_oauth::NewClient;
///
/// let shop = NewClient::confidential("Shop")
///     .with_redirect_uri("https://shop.example/callback")
///     .with_scopes(["openid", "orders:read"]);
/// # let _ = shop;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewClient {
    /// See [`Client::name`].
    pub name: Box<str>,
    /// See [`Client::auth_methods`].
    pub auth_methods: BTreeSet<AuthMethod>,
    /// See [`Client::grants`].
    pub grants: BTreeSet<GrantType>,
    /// See [`Client::redirect_uris`].
    pub redirect_uris: Vec<Box<str>>,
    /// See [`Client::post_logout_redirect_uris`].
    pub post_logout_redirect_uris: Vec<Box<str>>,
    /// See [`Client::scopes`].
    pub scopes: Vec<Box<str>>,
    /// See [`Client::allowed_roles`].
    pub allowed_roles: Vec<Box<str>>,
    /// See [`Client::options`].
    pub options: ClientOptions,
}

/// What a client may ask for unless it is made with other scopes; Frappe's, and what OpenID Connect defines.
const DEFAULT_SCOPES: [&str; 4] = ["all", "openid", "profile", "email"];

impl NewClient {
    /// A client with a secret, which it sends as Basic or in the body: codes, refresh tokens, and tokens for itself.
    #[must_use]
    pub fn confidential(name: &str) -> Self {
        Self {
            auth_methods: AuthMethod::ALL.iter().copied().collect(),
            grants: GrantType::ALL.iter().copied().collect(),
            ..Self::public(name)
        }
    }

    /// A client without a secret: codes with PKCE, and refresh tokens.
    #[must_use]
    pub fn public(name: &str) -> Self {
        Self {
            name: name.into(),
            auth_methods: BTreeSet::new(),
            grants: [GrantType::AuthorizationCode, GrantType::RefreshToken].into(),
            redirect_uris: Vec::new(),
            post_logout_redirect_uris: Vec::new(),
            scopes: DEFAULT_SCOPES.map(Into::into).into(),
            allowed_roles: Vec::new(),
            options: ClientOptions::default(),
        }
    }

    /// Lets codes be sent there, too.
    #[must_use]
    pub fn with_redirect_uri(mut self, uri: &str) -> Self {
        self.redirect_uris.push(uri.into());
        self
    }

    /// Lets browsers be sent there after a logout, too.
    #[must_use]
    pub fn with_post_logout_redirect_uri(mut self, uri: &str) -> Self {
        self.post_logout_redirect_uris.push(uri.into());
        self
    }

    /// Sets the scopes, in place of the usual ones.
    #[must_use]
    pub fn with_scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes
            .into_iter()
            .map(|scope| scope.as_ref().into())
            .collect();
        self
    }

    /// Sets the grants, in place of the usual ones.
    #[must_use]
    pub fn with_grants(mut self, grants: impl IntoIterator<Item = GrantType>) -> Self {
        self.grants = grants.into_iter().collect();
        self
    }

    /// Lets the client authenticate in this way alone.
    #[must_use]
    pub fn with_auth_method(mut self, method: AuthMethod) -> Self {
        self.auth_methods = [method].into();
        self
    }

    /// Lets only users with one of these roles use it.
    #[must_use]
    pub fn with_allowed_roles<S: AsRef<str>>(mut self, roles: impl IntoIterator<Item = S>) -> Self {
        self.allowed_roles = roles.into_iter().map(|role| role.as_ref().into()).collect();
        self
    }

    /// Sets what else it may do, and what it is forgiven.
    #[must_use]
    pub const fn with_options(mut self, options: ClientOptions) -> Self {
        self.options = options;
        self
    }

    pub(super) fn into_client(self, id: &str, created_at: SystemTime) -> Client {
        let mut client = Client::new(id, &self.name, created_at);
        client.auth_methods = self.auth_methods;
        client.grants = self.grants;
        client.redirect_uris = self.redirect_uris;
        client.post_logout_redirect_uris = self.post_logout_redirect_uris;
        client.scopes = self.scopes;
        client.allowed_roles = self.allowed_roles;
        client.options = self.options;
        client
    }
}
