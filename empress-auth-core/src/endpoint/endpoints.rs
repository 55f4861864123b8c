//! Which URLs are ours, and what do they work on?

use std::fmt;
use std::sync::Arc;

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
/// assert!(endpoints.frappe().iter().all(|route| route.path().starts_with("/api/method/")));
/// ```
pub struct Endpoints {
    users: Arc<dyn UserStore>,
    keys: Arc<dyn KeyStore>,
    tokens: Arc<dyn TokenStore>,
    source: Source,
    entropy: Entropy,
    policy: PasswordPolicy,
    master_key: Option<Arc<MasterKey>>,
    switches: Switches,
}

impl Endpoints {
    /// On `store`; DRF tokens are derived from a key that ends with the process unless one is set.
    pub fn new(store: impl IssuingStore + CredentialStore) -> Self {
        let store = Arc::new(store);
        let source = Source::new(Arc::clone(&store));
        Self {
            users: store.clone(),
            keys: store.clone(),
            tokens: store,
            source,
            entropy: Entropy::system(),
            policy: PasswordPolicy::new(),
            master_key: MasterKey::generate(&Entropy::system()).ok().map(Arc::new),
            switches: Switches::default(),
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
    pub fn with_master_key(mut self, master_key: MasterKey) -> Self {
        self.master_key = Some(Arc::new(master_key));
        self
    }

    /// Sets the switches.
    #[must_use]
    pub fn with_switches(mut self, switches: Switches) -> Self {
        self.switches = switches;
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

    /// `/api/method/…`: what clients of Frappe call.
    #[must_use]
    pub fn frappe(&self) -> Vec<Route> {
        frappe::routes(&self.services(), self.switches)
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> Vec<Route> {
        [self.rest(), self.drf(), self.frappe()].concat()
    }

    fn services(&self) -> Arc<Services> {
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
            users: Arc::clone(&self.users),
            source: Arc::new(self.source.clone()),
            master_key: self.master_key.clone(),
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
