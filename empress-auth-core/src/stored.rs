//! What a store says of a credential: data only. The store finds, core compares and decides.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::clock::{unix_millis, whole_millis};
use crate::digest::SecretDigest;
use crate::network::Network;
use crate::scopes::Scopes;

/// A user, as far as authentication goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredUser {
    pub(crate) id: Box<str>,
    pub(crate) username: Box<str>,
    pub(crate) enabled: bool,
    pub(crate) roles: Box<[Box<str>]>,
}

impl StoredUser {
    /// An enabled user without roles.
    ///
    /// `id` is what rows refer to and never means another user, `username` what people see.
    #[must_use]
    pub fn new(id: &str, username: &str) -> Self {
        Self {
            id: id.into(),
            username: username.into(),
            enabled: true,
            roles: Box::default(),
        }
    }

    /// Whether the user may authenticate at all.
    #[must_use]
    pub const fn with_enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// The user's roles.
    #[must_use]
    pub fn with_roles<S: AsRef<str>>(mut self, roles: impl IntoIterator<Item = S>) -> Self {
        self.roles = roles.into_iter().map(|role| role.as_ref().into()).collect();
        self
    }
}

/// A credential as a store keeps it.
///
/// # Examples
///
/// ```
/// use empress_auth_core::{SecretDigest, StoredCredential, StoredUser};
///
/// let row = StoredCredential::new(
///     "17",
///     SecretDigest::sha256_of(b"the secret as it was handed out"),
///     StoredUser::new("1", "ada").with_roles(["Manager"]),
/// );
/// # let _ = row;
/// ```
#[derive(Clone)]
pub struct StoredCredential {
    pub(crate) id: Box<str>,
    pub(crate) digest: SecretDigest,
    pub(crate) previous: Option<(SecretDigest, u64)>,
    pub(crate) user: Arc<StoredUser>,
    pub(crate) scopes: Scopes,
    pub(crate) issued_at: u64,
    /// Milliseconds since 1970, like every time in here; `u64::MAX` stands for never.
    pub(crate) expires_at: u64,
    pub(crate) idle_timeout: Option<u64>,
    pub(crate) last_used_at: u64,
    pub(crate) networks: Arc<[Network]>,
    pub(crate) client_id: Option<Box<str>>,
}

impl StoredCredential {
    /// A credential that does not expire and may do everything its user may.
    ///
    /// `digest` is of the whole token; of a key pair, of the secret half.
    #[must_use]
    pub fn new(id: &str, digest: SecretDigest, user: impl Into<Arc<StoredUser>>) -> Self {
        Self {
            id: id.into(),
            digest,
            previous: None,
            user: user.into(),
            scopes: Scopes::all(),
            issued_at: 0,
            expires_at: u64::MAX,
            idle_timeout: None,
            last_used_at: 0,
            networks: Arc::default(),
            client_id: None,
        }
    }

    /// The secret that `digest` replaced, good until `until`.
    #[must_use]
    pub fn with_previous(mut self, digest: SecretDigest, until: SystemTime) -> Self {
        self.previous = Some((digest, unix_millis(until)));
        self
    }

    /// Limits the credential to these scopes.
    #[must_use]
    pub fn with_scopes(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// When the secret was made; tells a watcher that a replaced secret is another one.
    #[must_use]
    pub fn with_issued_at(mut self, at: SystemTime) -> Self {
        self.issued_at = unix_millis(at);
        self
    }

    /// The first moment at which the credential is no longer accepted.
    #[must_use]
    pub fn with_expires_at(mut self, at: Option<SystemTime>) -> Self {
        self.expires_at = at.map_or(u64::MAX, unix_millis);
        self
    }

    /// Ends the credential when it was not used for so long; it was last used at `last_used_at`.
    #[must_use]
    pub fn with_idle_timeout(mut self, timeout: Duration, last_used_at: SystemTime) -> Self {
        self.idle_timeout = Some(whole_millis(timeout));
        self.last_used_at = unix_millis(last_used_at);
        self
    }

    /// The networks the credential may be used from; an empty list means anywhere.
    #[must_use]
    pub fn with_networks(mut self, networks: impl Into<Arc<[Network]>>) -> Self {
        self.networks = networks.into();
        self
    }

    /// The OAuth client that the credential was issued to.
    #[must_use]
    pub fn with_client_id(mut self, client_id: &str) -> Self {
        self.client_id = Some(client_id.into());
        self
    }
}

impl fmt::Debug for StoredCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredCredential")
            .field("id", &self.id)
            .field("digest", &self.digest)
            .field("user", &self.user)
            .field("scopes", &self.scopes)
            .finish_non_exhaustive()
    }
}
