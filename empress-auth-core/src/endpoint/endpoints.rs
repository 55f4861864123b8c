//! Which URLs are ours, and what do they work on?

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::route::Route;
use super::services::Services;
use super::switches::Switches;
use super::{drf, frappe, rest};
use crate::accounts::Accounts;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::issuing::{IssuingStore, KeyStore, TokenStore, UserStore};
use crate::key_issuer::KeyIssuer;
use crate::limiter::LoginLimiter;
use crate::master_key::MasterKey;
use crate::password::{PasswordPolicy, PasswordPool};
use crate::session_issuer::{SessionIssuer, SessionTerms};
use crate::session_store::SessionStore;
use crate::source::Source;
use crate::store::CredentialStore;
use crate::token_issuer::TokenIssuer;

/// Makes the routes that issue, list and revoke credentials.
///
/// # Examples
///
/// ```
/// use empress_auth_core::MemoryStore;
/// use empress_auth_core::endpoint::Endpoints;
///
/// let endpoints = Endpoints::new(MemoryStore::new());
/// assert!(endpoints.rest().iter().any(|route| route.path() == "/api/v1/me"));
/// assert!(endpoints.frappe().iter().any(|route| route.path() == "/api/method/login"));
/// ```
#[derive(Clone)]
pub struct Endpoints {
    users: Arc<dyn UserStore>,
    keys: Arc<dyn KeyStore>,
    tokens: Arc<dyn TokenStore>,
    sessions: Arc<dyn SessionStore>,
    source: Source,
    entropy: Entropy,
    policy: PasswordPolicy,
    master_key: Option<Arc<MasterKey>>,
    switches: Switches,
    session_terms: SessionTerms,
    home_page: Option<Box<str>>,
}

impl Endpoints {
    /// On `store`; DRF tokens are derived from a key that ends with the process unless one is set.
    pub fn new(store: impl IssuingStore + CredentialStore) -> Self {
        let store = Arc::new(store);
        let source = Source::new(Arc::clone(&store));
        Self {
            users: store.clone(),
            keys: store.clone(),
            tokens: store.clone(),
            sessions: store,
            source,
            entropy: Entropy::system(),
            policy: PasswordPolicy::new(),
            master_key: MasterKey::generate(&Entropy::system()).ok().map(Arc::new),
            switches: Switches::default(),
            session_terms: SessionTerms::default(),
            home_page: None,
        }
    }

    /// Reads the time from `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.source.clock = clock;
        self
    }

    /// Takes random bytes from `entropy`.
    #[must_use]
    pub fn with_entropy(mut self, entropy: Entropy) -> Self {
        self.entropy = entropy;
        self
    }

    /// Hashes and verifies passwords on `pool`; share one between all parts of a program.
    #[must_use]
    pub fn with_password_pool(mut self, pool: PasswordPool) -> Self {
        self.source.passwords = pool;
        self
    }

    /// Holds new passwords to `policy`.
    #[must_use]
    pub fn with_password_policy(mut self, policy: PasswordPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Counts failed logins in `limiter`; share one between all parts of a program.
    #[must_use]
    pub fn with_login_limiter(mut self, limiter: LoginLimiter) -> Self {
        self.source.limiter = limiter;
        self
    }

    /// Derives DRF tokens from `master_key`, so that they outlive the process and are the same on every node.
    #[must_use]
    pub fn with_master_key(mut self, master_key: impl Into<Arc<MasterKey>>) -> Self {
        self.master_key = Some(master_key.into());
        self
    }

    /// Sets the switches.
    #[must_use]
    pub fn with_switches(mut self, switches: Switches) -> Self {
        self.switches = switches;
        self
    }

    /// Ends a session so long after its login; 7 days unless set.
    #[must_use]
    pub fn with_session_lifetime(mut self, lifetime: Duration) -> Self {
        self.session_terms.lifetime = lifetime;
        self
    }

    /// Ends a session that was left alone for so long; 12 hours unless set, at least ten minutes.
    #[must_use]
    pub fn with_session_idle_timeout(mut self, timeout: Duration) -> Self {
        self.session_terms.idle_timeout = timeout;
        self
    }

    /// Where Frappe's front ends go after a login; the root of the public URL unless set.
    #[must_use]
    pub fn with_home_page(mut self, path: &str) -> Self {
        self.home_page = Some(path.into());
        self
    }

    /// `/api/v1/…`: users, their keys and tokens, as resources.
    #[must_use]
    pub fn rest(&self) -> Vec<Route> {
        rest::routes(&self.services(), self.switches)
    }

    /// `/api-token-auth/`: what clients of Django REST framework call.
    #[must_use]
    pub fn drf(&self) -> Vec<Route> {
        drf::routes(&self.services())
    }

    /// `/api/method/…`, `/api/v1/method/…`, `/api/v2/method/…`: what clients of Frappe call.
    ///
    /// `login` and `logout` are served where the layer that they are mounted with [reads
    /// sessions](crate::Authenticator::sessions).
    #[must_use]
    pub fn frappe(&self) -> Vec<Route> {
        frappe::routes(&self.services(), self.switches)
    }

    /// `POST /` with `cmd=login`: how older clients of Frappe log in.
    ///
    /// Not one of [`all`](Self::all), because most applications have a `/` of their own.
    #[must_use]
    pub fn frappe_root(&self) -> Vec<Route> {
        frappe::root(&self.services(), self.switches)
    }

    /// All of them but [`frappe_root`](Self::frappe_root).
    #[must_use]
    pub fn all(&self) -> Vec<Route> {
        [self.rest(), self.drf(), self.frappe()].concat()
    }

    fn services(&self) -> Arc<Services> {
        let source = Arc::new(self.source.clone());
        let clock = &self.source.clock;
        let mut keys = KeyIssuer::from_arc(Arc::clone(&self.keys))
            .with_clock(clock.clone())
            .with_entropy(self.entropy.clone())
            .with_overlap(self.switches.key_overlap);
        if self.switches.self_service_keys {
            keys = keys.with_self_service();
        }
        Arc::new(Services {
            accounts: Accounts::from_arc(Arc::clone(&self.users))
                .with_clock(clock.clone())
                .with_password_policy(self.policy.clone())
                .with_password_pool(self.source.passwords.clone()),
            keys,
            tokens: TokenIssuer::from_arcs(Arc::clone(&self.tokens), Arc::clone(&self.users))
                .with_clock(clock.clone())
                .with_entropy(self.entropy.clone()),
            sessions: SessionIssuer::from_arcs(
                Arc::clone(&self.sessions),
                Arc::clone(&self.tokens),
                Arc::clone(&self.users),
                Arc::clone(&source),
            )
            .with_entropy(self.entropy.clone())
            .with_terms(self.session_terms),
            users: Arc::clone(&self.users),
            source,
            master_key: self.master_key.clone(),
            switches: self.switches,
            home_page: self.home_page.clone(),
        })
    }
}

impl fmt::Debug for Endpoints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoints")
            .field("switches", &self.switches)
            .finish_non_exhaustive()
    }
}
