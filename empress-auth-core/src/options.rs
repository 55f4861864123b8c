//! How a layer is set up: the builder of [`Authenticator`].

use std::sync::Arc;

use bytes::Bytes;
use http::Response;

use crate::authenticator::Authenticator;
use crate::challenge::Offer;
use crate::client_address::ClientAddress;
use crate::clock::Clock;
use crate::credentials::BasicHolds;
use crate::limiter::LoginLimiter;
use crate::password::PasswordPool;
use crate::preset::{Preset, Renderer};
use crate::public_url::PublicUrl;
use crate::rejection::Rejection;
use crate::requirement::Requirement;
use crate::scheme::{Scheme, Schemes};
use crate::source::Source;
use crate::store::CredentialStore;

/// Everything that a decision depends on, besides the request.
#[derive(Debug, Clone)]
pub(crate) struct Options {
    pub(crate) source: Arc<Source>,
    pub(crate) mode: Mode,
    pub(crate) basic: BasicHolds,
    pub(crate) header: Option<Box<str>>,
    pub(crate) sessions: Option<Sessions>,
    pub(crate) requirement: Option<Arc<Requirement>>,
    pub(crate) offer: Offer,
    pub(crate) renderer: Renderer,
    pub(crate) client_address: ClientAddress,
}

/// Where a layer finds browser sessions.
#[derive(Debug, Clone)]
pub(crate) struct Sessions {
    /// The name of the cookie.
    pub(crate) cookie: Box<str>,
    /// Where we are reached, if the sessions are ours; the application's own come from wherever it says.
    pub(crate) ours: Option<PublicUrl>,
}

/// Who may pass without an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Nobody.
    Required,
    /// Who shows nothing.
    Optional,
    /// And who shows a credential that is unknown or has ended.
    IgnoreInvalid,
}

/// Where only JSON Web Tokens are accepted, nothing but `Bearer` is offered.
fn offer_for(source: &Source) -> Offer {
    #[cfg(feature = "jwt")]
    if source.store.jwt_verifier().is_some() {
        return Offer {
            schemes: Schemes::only([Scheme::Bearer]),
            ..Offer::default()
        };
    }
    let _ = source;
    Offer::default()
}

impl Options {
    pub(crate) fn is_drf(&self) -> bool {
        matches!(self.renderer, Renderer::Preset(Preset::Drf))
    }
}

impl Renderer {
    pub(crate) fn is_preset(&self) -> bool {
        matches!(self, Self::Preset(_))
    }
}

impl Authenticator {
    /// Requires a valid credential of `store` from every request.
    pub fn new(store: impl CredentialStore) -> Self {
        let source = Source::new(store);
        let offer = offer_for(&source);
        Self {
            options: Arc::new(Options {
                source: Arc::new(source),
                mode: Mode::Required,
                basic: BasicHolds::KeyPair,
                header: None,
                sessions: None,
                requirement: None,
                offer,
                renderer: Renderer::Preset(Preset::default()),
                client_address: ClientAddress::peer(),
            }),
        }
    }

    fn change(self, change: impl FnOnce(&mut Options)) -> Self {
        let mut options = Arc::unwrap_or_clone(self.options);
        change(&mut options);
        Self {
            options: Arc::new(options),
        }
    }

    fn change_source(self, change: impl FnOnce(&mut Source)) -> Self {
        self.change(|options| {
            let mut source = (*options.source).clone();
            change(&mut source);
            options.source = Arc::new(source);
        })
    }

    /// Accepts the JSON Web Tokens of another issuer, too, or our own: `Bearer` with three parts between dots.
    ///
    /// Of several verifiers the issuer that the token names selects one, and no other is tried; a verifier of the same
    /// issuer stands in place of the one before. Nobody whom a foreign issuer vouches for may change or see what is in the
    /// store, whatever roles its tokens name.
    ///
    /// In the application, names and roles of all issuers are words of one language: `ada` of one is not `ada` of another, and
    /// whom an issuer calls `Manager` satisfies `role("Manager")`. Compare [`user_id`](crate::Identity::user_id), which names
    /// the issuer, or ask for the [`issuer`](crate::Identity::issuer).
    ///
    /// # Examples
    ///
    /// ```
    /// use empress_auth_core::jwt::{JwtVerifier, KeySet};
    /// use empress_auth_core::{Authenticator, MemoryStore};
    ///
    /// # let keys = KeySet::default();
    /// let auth = Authenticator::new(MemoryStore::new())
    ///     .accept(JwtVerifier::new("https://id.example", "https://api.example", keys));
    /// # let _ = auth;
    /// ```
    #[cfg(feature = "jwt")]
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a builder takes what it is built of"
    )]
    pub fn accept(self, verifier: crate::jwt::JwtVerifier) -> Self {
        self.change_source(|source| source.verifiers.add(&verifier))
    }

    /// Lets a request without credentials pass as anonymous; a wrong credential is refused all the same.
    #[must_use]
    pub fn optional(self) -> Self {
        self.change(|options| options.mode = Mode::Optional)
    }

    /// Lets a request pass as anonymous whose credential is well formed and unknown, expired, revoked or disabled, too.
    ///
    /// For public routes with stale clients. What is malformed, lacks scope or cannot be checked is refused as ever.
    #[must_use]
    pub fn ignore_invalid(self) -> Self {
        self.change(|options| options.mode = Mode::IgnoreInvalid)
    }

    /// Asks something of every caller, beside what was asked for before.
    #[must_use]
    pub fn require(self, requirement: Requirement) -> Self {
        self.change(|options| {
            let both = match options.requirement.take() {
                Some(before) => Arc::unwrap_or_clone(before) & requirement,
                None => requirement,
            };
            options.requirement = Some(Arc::new(both));
        })
    }

    /// Accepts these schemes only, and offers them in this order.
    #[must_use]
    pub fn schemes(self, schemes: impl IntoIterator<Item = Scheme>) -> Self {
        self.change(|options| {
            let offered = Schemes::only(schemes);
            options.offer.schemes = match options.offer.schemes.keyword() {
                Some(keyword) => offered.with_keyword(keyword),
                None => offered,
            };
        })
    }

    /// Uses `keyword` in place of `Token`, in the field and in challenges, like DRF's `keyword`.
    #[must_use]
    pub fn keyword(self, keyword: &str) -> Self {
        self.change(|options| {
            options.offer.schemes = options.offer.schemes.clone().with_keyword(keyword);
        })
    }

    /// Reads credentials from this header, too: with a colon a key pair, else a token.
    ///
    /// A request that shows credentials in both places is refused.
    #[must_use]
    pub fn header(self, name: &str) -> Self {
        self.change(|options| options.header = Some(name.to_ascii_lowercase().into()))
    }

    /// Reads the browser sessions that [`SessionIssuer`](crate::SessionIssuer) and the login of
    /// [`Endpoints`](crate::endpoint::Endpoints) make, where no header shows a credential.
    ///
    /// `public_url` says what [their cookie is called](PublicUrl::session_cookie) and which `Origin` is our own: a request
    /// that changes something must show that a page of ours sent it, or be no browser's.
    #[must_use]
    pub fn sessions(self, public_url: &PublicUrl) -> Self {
        self.change(|options| {
            options.sessions = Some(Sessions {
                cookie: public_url.session_cookie().into(),
                ours: Some(public_url.clone()),
            });
        })
    }

    /// Reads a browser session of the application's own from this cookie, where no header shows a credential.
    ///
    /// A request that changes something must then show that a page of the same origin sent it.
    #[must_use]
    pub fn session_cookie(self, name: &str) -> Self {
        self.change(|options| {
            options.sessions = Some(Sessions {
                cookie: name.into(),
                ours: None,
            });
        })
    }

    /// Takes Basic for user name and password, like DRF's `BasicAuthentication`, instead of a key pair.
    ///
    /// Every request costs a password check of about 15 ms; nothing of it is remembered.
    #[must_use]
    pub fn passwords(self) -> Self {
        self.change(|options| options.basic = BasicHolds::Password)
    }

    /// The realm in challenges; `api` unless set.
    #[must_use]
    pub fn realm(self, realm: &str) -> Self {
        self.change(|options| options.offer.realm = realm.into())
    }

    /// The shape of refusals.
    #[must_use]
    pub fn preset(self, preset: Preset) -> Self {
        self.change(|options| options.renderer = Renderer::Preset(preset))
    }

    /// Renders refusals with a function of yours. A 401 must carry `WWW-Authenticate` (RFC 9110 §15.5.2).
    #[must_use]
    pub fn rejection(
        self,
        render: impl Fn(&Rejection) -> Response<Bytes> + Send + Sync + 'static,
    ) -> Self {
        self.change(|options| options.renderer = Renderer::Custom(Arc::new(render)))
    }

    /// Names the protected resource's metadata in Bearer challenges (RFC 9728 §5.1).
    #[must_use]
    pub fn resource_metadata(self, url: &str) -> Self {
        self.change(|options| options.offer.resource_metadata = Some(url.into()))
    }

    /// How the client's address is found, for allowed networks and limits; the peer's unless set.
    #[must_use]
    pub fn client_address(self, addresses: ClientAddress) -> Self {
        self.change(|options| options.client_address = addresses)
    }

    /// Reads the time from `clock`.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.change_source(|source| source.clock = clock)
    }

    /// Checks passwords on `pool`; share one between all layers of a program.
    #[must_use]
    pub fn password_pool(self, pool: PasswordPool) -> Self {
        self.change_source(|source| source.passwords = pool)
    }

    /// Counts failed logins in `limiter`; share one between all layers of a program.
    #[must_use]
    pub fn login_limiter(self, limiter: LoginLimiter) -> Self {
        self.change_source(|source| source.limiter = limiter)
    }
}
