//! `generate_keys`: one function behind the RPC endpoint, the command line and the web page.

use std::sync::Arc;
use std::time::Duration;

use crate::actor::Actor;
use crate::clock::Clock;
use crate::digest::SecretDigest;
use crate::entropy::Entropy;
use crate::identity::CredentialKind;
use crate::issue_error::{IssueError, IssueErrorKind};
use crate::issuing::{ApiKeyInfo, KeyStore, NewApiSecret};
use crate::permission;
use crate::requirement::scope;
use crate::secret::{ApiKey, ApiSecret, GeneratedKeys};
use crate::store::StoreErrorKind;

/// Makes, shows and withdraws the key pair of a user.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use empress_auth_core::{Actor, KeyIssuer, MemoryStore, NewUser};
///
/// let store = MemoryStore::new();
/// store.create_user(NewUser::named("ada")).await?;
/// let issuer = KeyIssuer::new(store);
/// let first = issuer.generate_keys(&Actor::assert_local_operator(), "ada").await?;
/// let second = issuer.generate_keys(&Actor::assert_local_operator(), "ada").await?;
/// assert_eq!(first.api_key(), second.api_key());
/// assert!(issuer.generate_keys(&Actor::assert_local_operator(), "bob").await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct KeyIssuer {
    store: Arc<dyn KeyStore>,
    clock: Clock,
    entropy: Entropy,
    overlap: Duration,
    self_service: bool,
}

/// How long a replaced secret may at most live on.
const MAX_OVERLAP: Duration = Duration::from_secs(24 * 60 * 60);

impl KeyIssuer {
    /// An issuer that ends the old secret at once.
    pub fn new(store: impl KeyStore) -> Self {
        Self::from_arc(Arc::new(store))
    }

    pub(crate) fn from_arc(store: Arc<dyn KeyStore>) -> Self {
        Self {
            store,
            clock: Clock::system(),
            entropy: Entropy::system(),
            overlap: Duration::ZERO,
            self_service: false,
        }
    }

    /// Reads the time from `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Takes random bytes from `entropy`.
    #[must_use]
    pub fn with_entropy(mut self, entropy: Entropy) -> Self {
        self.entropy = entropy;
        self
    }

    /// Lets a replaced secret live on for so long, 24 hours at most.
    #[must_use]
    pub fn with_overlap(mut self, overlap: Duration) -> Self {
        self.overlap = overlap.min(MAX_OVERLAP);
        self
    }

    /// Lets users generate keys for themselves; Frappe allows it to System Managers only.
    #[must_use]
    pub fn with_self_service(mut self) -> Self {
        self.self_service = true;
        self
    }

    /// Replaces the user's secret; makes the key, too, if the user has none yet.
    ///
    /// # Errors
    ///
    /// `NotPermitted` unless the actor is the local operator or administers (or is the user itself, with self-service);
    /// `NotFound` if there is no such user; `ActorWithdrawn`; `Unavailable`.
    pub async fn generate_keys(
        &self,
        actor: impl Into<Actor>,
        username: &str,
    ) -> Result<GeneratedKeys, IssueError> {
        let actor = &actor.into();
        self.check(actor, username)?;
        let now = self.clock.now();
        let grounds = actor.grounds(now);
        let api_secret = ApiSecret::generate(&self.entropy)?;
        let digest = SecretDigest::sha256_of(api_secret.expose_secret().as_bytes());
        // 60 random bits of key meet another user's once in a long while; then the store says so, and nothing is lost.
        for _ in 0..ATTEMPTS {
            let new = NewApiSecret {
                keep_previous_until: (!self.overlap.is_zero()).then(|| now + self.overlap),
                ..NewApiSecret::new(ApiKey::generate(&self.entropy)?, digest.clone())
            };
            match self.store.put_api_secret(username, new, &grounds).await {
                Ok(api_key) => {
                    return Ok(GeneratedKeys {
                        api_key,
                        api_secret,
                    });
                }
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(IssueError::new(
            IssueErrorKind::Unavailable,
            "no free API key was found",
        ))
    }

    /// Takes over a pair that exists elsewhere, such as one of Frappe's, whose digest `digest` is.
    ///
    /// A secret of less than 112 bits must come as a slow hash: [`SecretDigest::from_password_hash`].
    ///
    /// # Errors
    ///
    /// `NotPermitted`, `NotFound`, `ActorWithdrawn`, `Unavailable` as above; `Conflict` if the key is another user's, or the user has
    /// another key.
    pub async fn import(
        &self,
        actor: impl Into<Actor>,
        username: &str,
        api_key: ApiKey,
        digest: SecretDigest,
    ) -> Result<(), IssueError> {
        let actor = &actor.into();
        permission::check_administers(actor)?;
        check_not_replaced(actor)?;
        let present = self.store.api_key(username).await?;
        if present.is_some_and(|present| present.api_key != api_key) {
            return Err(other_key());
        }
        let new = NewApiSecret::new(api_key.clone(), digest);
        let in_force = self
            .store
            .put_api_secret(username, new, &actor.grounds(self.clock.now()))
            .await?;
        // The user got another key since it was looked up.
        if in_force != api_key {
            return Err(other_key());
        }
        Ok(())
    }

    /// The user's key, without the secret.
    ///
    /// # Errors
    ///
    /// `NotPermitted` unless the actor is the user with a credential that is [not limited](permission::reads_own_key),
    /// administers, or is the local operator; `Unavailable`.
    pub async fn show(
        &self,
        actor: impl Into<Actor>,
        username: &str,
    ) -> Result<Option<ApiKeyInfo>, IssueError> {
        let actor = &actor.into();
        permission::check_owner_or_admin(actor, username, &permission::reads_own_key())?;
        Ok(self.store.api_key(username).await?)
    }

    /// Withdraws the user's secret; the key stays. Answers whether there was one.
    ///
    /// # Errors
    ///
    /// As [`generate_keys`](Self::generate_keys).
    pub async fn revoke(
        &self,
        actor: impl Into<Actor>,
        username: &str,
    ) -> Result<bool, IssueError> {
        let actor = &actor.into();
        self.check(actor, username)?;
        Ok(self
            .store
            .delete_api_secret(username, &actor.grounds(self.clock.now()))
            .await?)
    }

    fn check(&self, actor: &Actor, username: &str) -> Result<(), IssueError> {
        check_not_replaced(actor)?;
        if self.self_service {
            // A key pair can do all that its user can, so no credential that is limited to less may make one.
            permission::check_owner_or_admin(actor, username, &scope("admin"))?;
            match actor.identity() {
                Some(identity)
                    if permission::is_limited(identity)
                        && permission::check_administers(actor).is_err() =>
                {
                    Err(IssueError::not_permitted_because(
                        "A key pair cannot be made with a credential that ends.",
                    ))
                }
                _ => Ok(()),
            }
        } else {
            permission::check_administers(actor)
        }
    }
}

const ATTEMPTS: usize = 8;

/// A secret that was replaced and lives on for a while may be the one that leaked: it must neither replace nor withdraw its
/// successor.
fn check_not_replaced(actor: &Actor) -> Result<(), IssueError> {
    let replaced = actor.identity().is_some_and(|identity| {
        identity.proof() == CredentialKind::ApiKey && identity.expires_at().is_some()
    });
    if replaced {
        return Err(IssueError::not_permitted_because(
            "An API secret that was replaced makes no other, and withdraws none.",
        ));
    }
    Ok(())
}

fn other_key() -> IssueError {
    IssueError::new(IssueErrorKind::Conflict, "the user has another API key")
}

impl std::fmt::Debug for KeyIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeyIssuer").finish_non_exhaustive()
    }
}
