//! Which URLs are the provider's, and what do they work on?

use std::fmt;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use empress_auth_core::endpoint::Route;
use empress_auth_core::jwt::JwtVerifier;
use empress_auth_core::limiter::Throttle;
use empress_auth_core::{
    Clock, Entropy, MasterKey, PublicUrl, SessionIssuer, StoreKey, TokenMint, UserStore,
};

use crate::clients::Clients;
use crate::discovery;
use crate::keys::KeyRing;
use crate::resource::Resource;
use crate::services::Services;
use crate::settings::{Lifetimes, Limits, Switches};
use crate::signers::{Signers, SigningAlgs};
use crate::store::{ClientStore, ConsentStore, GrantStore, ProviderStore};

const HOUR: Duration = Duration::from_secs(3_600);

/// An OAuth 2 and OpenID Connect provider; cheap to clone.
///
/// # Examples
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use empress_auth_core::{Entropy, MasterKey, MemoryStore};
/// use empress_auth_oauth::Provider;
///
/// let master_key = MasterKey::generate(&Entropy::system())?;
/// let provider = Provider::new(MemoryStore::new(), "https://auth.example".parse()?, master_key);
/// assert!(provider.routes().iter().any(|route| route.path() == "/oauth/token"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Provider {
    clients: Arc<dyn ClientStore>,
    consents: Arc<dyn ConsentStore>,
    grants: Arc<dyn GrantStore>,
    signers: Signers,
    users: Arc<dyn UserStore>,
    sessions: SessionIssuer,
    store_key: StoreKey,
    public_url: PublicUrl,
    master_key: Arc<MasterKey>,
    clock: Clock,
    entropy: Entropy,
    lifetimes: Lifetimes,
    switches: Switches,
    resources: Vec<Resource>,
    client_failures: Throttle,
    open_introspections: Throttle,
    open_introspection_warnings: Throttle,
}

impl Provider {
    /// A provider whose issuer is `public_url`; `master_key` encrypts its signing keys.
    ///
    /// What a request says of its host is never believed
    /// ([RFC 9207 §2.4](https://www.rfc-editor.org/rfc/rfc9207#section-2.4) compares issuers as text).
    pub fn new(
        store: impl ProviderStore,
        public_url: PublicUrl,
        master_key: impl Into<Arc<MasterKey>>,
    ) -> Self {
        let (store, master_key) = (Arc::new(store), master_key.into());
        let limits = Limits::default();
        Self {
            sessions: SessionIssuer::from_arc(Arc::clone(&store)),
            store_key: store.store_key().clone(),
            clients: store.clone(),
            consents: store.clone(),
            grants: store.clone(),
            signers: Signers::new(
                key_ring(&store, &master_key),
                &master_key,
                SigningAlgs::default(),
            ),
            users: store,
            public_url,
            master_key,
            clock: Clock::system(),
            entropy: Entropy::system(),
            lifetimes: Lifetimes::default(),
            switches: Switches::default(),
            resources: Vec::new(),
            client_failures: Throttle::per_minute(limits.client_failures_per_minute),
            open_introspections: Throttle::per_minute(limits.open_introspections_per_minute),
            open_introspection_warnings: Throttle::new(NonZeroU32::MIN, HOUR),
        }
    }

    /// Reads the time from `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.sessions = self.sessions.with_clock(clock.clone());
        self.signers.keys = self.signers.keys.with_clock(clock.clone());
        self.clock = clock;
        self
    }

    /// Takes random bytes from `entropy`.
    #[must_use]
    pub fn with_entropy(mut self, entropy: Entropy) -> Self {
        self.sessions = self.sessions.with_entropy(entropy.clone());
        self.signers.keys = self.signers.keys.with_entropy(entropy.clone());
        self.entropy = entropy;
        self
    }

    /// Sets how long things live: codes for 10 minutes at most, JWTs for 24 hours, nothing for more than ten years.
    #[must_use]
    pub fn with_lifetimes(mut self, lifetimes: Lifetimes) -> Self {
        self.lifetimes = lifetimes.bounded();
        self
    }

    /// Sets what is signed with which algorithm; there is a key for each of them, and always one for RS256.
    #[must_use]
    pub fn with_signing_algs(mut self, algs: SigningAlgs) -> Self {
        self.signers = Signers::new(self.signers.keys, &self.master_key, algs);
        self
    }

    /// Sets the switches.
    #[must_use]
    pub fn with_switches(mut self, switches: Switches) -> Self {
        self.switches = switches;
        self
    }

    /// Sets the limits, and forgets what was counted.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.client_failures = Throttle::per_minute(limits.client_failures_per_minute);
        self.open_introspections = Throttle::per_minute(limits.open_introspections_per_minute);
        self
    }

    /// Takes these, and no other, as `resource`; without this any absolute URI.
    ///
    /// Source: [RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2).
    #[must_use]
    pub fn with_resources(mut self, resources: impl IntoIterator<Item = Resource>) -> Self {
        self.resources = resources.into_iter().collect();
        self
    }

    /// Makes, changes and deletes clients.
    #[must_use]
    pub fn clients(&self) -> Clients {
        Clients::from_arc(
            Arc::clone(&self.clients),
            self.signers.client_secrets.clone(),
        )
        .with_clock(self.clock.clone())
        .with_entropy(self.entropy.clone())
    }

    /// The signing keys. Call [`KeyRing::ensure`] before serving, and give [`KeyRing::watch`] a task of its own.
    #[must_use]
    pub const fn keys(&self) -> &KeyRing {
        &self.signers.keys
    }

    /// Accepts the access tokens of this provider that are JWTs and meant for itself: for the layer of a service on the
    /// same store, and of the provider's own routes.
    ///
    /// The store must hold the token, so that revoking it, ending its grant, disabling its user and retiring the key that
    /// signed it hold for the next request. A service elsewhere verifies by itself, with a
    /// [`JwtVerifier`] of its own and the published keys; it learns of none of this before the token expires.
    ///
    /// # Examples
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use empress_auth_core::{Authenticator, Entropy, MasterKey, MemoryStore};
    /// use empress_auth_oauth::Provider;
    ///
    /// let store = MemoryStore::new();
    /// let master_key = MasterKey::generate(&Entropy::system())?;
    /// let provider = Provider::new(store.clone(), "https://auth.example".parse()?, master_key);
    /// let layer = Authenticator::new(store).accept(provider.verifier());
    /// # drop(layer);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn verifier(&self) -> JwtVerifier {
        let issuer = self.public_url.as_str();
        JwtVerifier::new(issuer, issuer, self.signers.keys.clone()).stored()
    }

    /// The metadata at the root of the host, for an issuer with a path: RFC 8414 wants it there. Mounted without any prefix;
    /// none if the public URL has no path.
    ///
    /// Source: [RFC 8414 §3.1](https://www.rfc-editor.org/rfc/rfc8414#section-3.1).
    #[must_use]
    pub fn host_routes(&self) -> Vec<Route> {
        discovery::host_routes(&self.services().offer())
    }

    /// Everything that clients call: the token endpoint, revocation, introspection, userinfo, and the metadata, under their
    /// standard names and under Frappe's.
    ///
    /// Mount them with the application's layer: userinfo, and introspection by a System Manager, show its credentials. It
    /// accepts the [`verifier`](Self::verifier), if any client gets JWTs.
    #[must_use]
    pub fn routes(&self) -> Vec<Route> {
        crate::routes::routes(&self.services())
    }

    pub(crate) fn services(&self) -> Arc<Services> {
        Arc::new(Services {
            clients: Arc::clone(&self.clients),
            consents: Arc::clone(&self.consents),
            grants: Arc::clone(&self.grants),
            signers: self.signers.clone(),
            users: Arc::clone(&self.users),
            sessions: self.sessions.clone(),
            public_url: self.public_url.clone(),
            master_key: Arc::clone(&self.master_key),
            lifetimes: self.lifetimes,
            switches: self.switches,
            resources: self.resources.clone(),
            mint: TokenMint::new(self.store_key.clone(), self.entropy.clone()),
            clock: self.clock.clone(),
            client_failures: self.client_failures.clone(),
            open_introspections: self.open_introspections.clone(),
            open_introspection_warnings: self.open_introspection_warnings.clone(),
        })
    }
}

fn key_ring<S: ProviderStore>(store: &Arc<S>, master_key: &MasterKey) -> KeyRing {
    let keys = KeyRing::new(Arc::<S>::clone(store), master_key);
    match store.memory() {
        Some(memory) => keys.with_memory(memory),
        None => keys,
    }
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("issuer", &self.public_url.as_str())
            .field("switches", &self.switches)
            .finish_non_exhaustive()
    }
}
