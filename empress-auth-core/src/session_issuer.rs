//! Logs people in and out: makes, lists and ends browser sessions.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::actor::Actor;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::identity::{CredentialKind, Identity};
use crate::issue_error::IssueError;
use crate::issuing::{IssuingStore, TokenStore, UserStore};
use crate::limiter::LoginLimiter;
use crate::password::PasswordPool;
use crate::permission;
use crate::session::Session;
use crate::session_store::SessionStore;
use crate::source::Source;
use crate::store::{CredentialStore, StoreErrorKind};
use crate::token_issuer::MIN_IDLE_TIMEOUT;
use crate::token_text::TokenId;

mod log_in;

pub use self::log_in::MadeSession;

/// Logs people in and out.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use empress_auth_core::password::Password;
/// use empress_auth_core::{Accounts, Actor, MemoryStore, NewUser, PublicUrl, SessionIssuer};
///
/// let store = MemoryStore::new();
/// let password = || Password::new("correct horse battery staple");
/// let ada = NewUser::named("ada");
/// Accounts::new(store.clone())
///     .create(Actor::assert_local_operator(), ada, Some(password()?))
///     .await?;
///
/// let sessions = SessionIssuer::new(store);
/// let made = sessions.log_in("ada", password()?, None, None).await?;
/// let url: PublicUrl = "https://auth.example".parse()?;
/// assert!(url.session_set(&made).to_str()?.starts_with("__Host-sid=emp_ss_"));
/// assert!(sessions.log_in("ada", Password::new("guessed")?, None, None).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SessionIssuer {
    sessions: Arc<dyn SessionStore>,
    tokens: Arc<dyn TokenStore>,
    users: Arc<dyn UserStore>,
    source: Arc<Source>,
    entropy: Entropy,
    terms: SessionTerms,
}

/// How long sessions live.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SessionTerms {
    pub(crate) lifetime: Duration,
    pub(crate) idle_timeout: Duration,
}

impl Default for SessionTerms {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(7 * 24 * 60 * 60),
            idle_timeout: Duration::from_secs(12 * 60 * 60),
        }
    }
}

impl SessionIssuer {
    /// On `store`; a session lives for 7 days, and for 12 hours unused.
    pub fn new(store: impl IssuingStore + CredentialStore) -> Self {
        Self::from_arc(Arc::new(store))
    }

    /// As [`new`](Self::new), on a store that others hold, too.
    pub fn from_arc<S: IssuingStore + CredentialStore>(store: Arc<S>) -> Self {
        let source = Arc::new(Source::new(Arc::clone(&store)));
        Self::from_arcs(store.clone(), store.clone(), store, source)
    }

    pub(crate) fn from_arcs(
        sessions: Arc<dyn SessionStore>,
        tokens: Arc<dyn TokenStore>,
        users: Arc<dyn UserStore>,
        source: Arc<Source>,
    ) -> Self {
        Self {
            sessions,
            tokens,
            users,
            source,
            entropy: Entropy::system(),
            terms: SessionTerms::default(),
        }
    }

    /// Reads the time from `clock`.
    #[must_use]
    pub fn with_clock(self, clock: Clock) -> Self {
        self.with_source(|source| source.clock = clock)
    }

    /// Takes random bytes from `entropy`.
    #[must_use]
    pub fn with_entropy(mut self, entropy: Entropy) -> Self {
        self.entropy = entropy;
        self
    }

    /// Checks passwords on `pool`; share one between all parts of a program.
    #[must_use]
    pub fn with_password_pool(self, pool: PasswordPool) -> Self {
        self.with_source(|source| source.passwords = pool)
    }

    /// Counts failed logins in `limiter`; share one between all parts of a program.
    #[must_use]
    pub fn with_login_limiter(self, limiter: LoginLimiter) -> Self {
        self.with_source(|source| source.limiter = limiter)
    }

    /// Ends a session so long after its login, however much it is used.
    #[must_use]
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.terms.lifetime = lifetime;
        self
    }

    /// Ends a session that was left alone for so long; at least ten minutes, because last use is written once a minute.
    #[must_use]
    pub fn with_idle_timeout(mut self, timeout: Duration) -> Self {
        self.terms.idle_timeout = timeout.max(MIN_IDLE_TIMEOUT);
        self
    }

    pub(crate) fn with_terms(self, terms: SessionTerms) -> Self {
        self.with_lifetime(terms.lifetime)
            .with_idle_timeout(terms.idle_timeout)
    }

    fn with_source(mut self, change: impl FnOnce(&mut Source)) -> Self {
        let mut source = (*self.source).clone();
        change(&mut source);
        self.source = Arc::new(source);
        self
    }

    /// Ends the session that `identity` was proven by, and answers whether there was one to end.
    ///
    /// # Errors
    ///
    /// `Unavailable`.
    pub async fn log_out(
        &self,
        identity: &Identity,
        from: Option<IpAddr>,
    ) -> Result<bool, IssueError> {
        let id = TokenId::parse(identity.credential_id());
        let (CredentialKind::Session, Some(id)) = (identity.proof(), id) else {
            return Ok(false);
        };
        let grounds = Actor::from(identity)
            .with_address(from)
            .grounds(self.source.clock.now());
        let owner = Some(identity.username());
        match self.sessions.end_session(owner, id, &grounds).await {
            // Another request ended it meanwhile.
            Err(error) if error.kind() == StoreErrorKind::ActorWithdrawn => Ok(false),
            ended => Ok(ended?),
        }
    }

    /// Ends the session that `identity`, proven by something else, shows besides, whosever it is, and answers whether there
    /// was one: who knows its value could be authenticated by it.
    pub(crate) async fn log_out_shown(
        &self,
        identity: &Identity,
        shown: &[u8],
        from: Option<IpAddr>,
    ) -> Result<bool, IssueError> {
        let Some(id) = self.held(shown).await? else {
            return Ok(false);
        };
        let grounds = Actor::from(identity)
            .with_address(from)
            .grounds(self.source.clock.now());
        Ok(self.sessions.end_session(None, id, &grounds).await?)
    }

    /// The sessions of a user that have not ended, in the order of their logins.
    ///
    /// # Errors
    ///
    /// `NotPermitted` for another user's unless the actor administers, and for one's own with a credential of limited
    /// scopes that `sessions` is not one of; `Unavailable`.
    pub async fn list(
        &self,
        actor: impl Into<Actor>,
        username: &str,
    ) -> Result<Vec<Session>, IssueError> {
        let actor = &actor.into();
        permission::check_owner_or_admin(actor, username, &permission::manages_own_sessions())?;
        let now = self.source.clock.now();
        let mut sessions = self.sessions.sessions(username).await?;
        sessions.retain(|session| session.holds(now));
        Ok(sessions)
    }

    /// Ends a session of a user, and answers whether there was one.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); `ActorWithdrawn`.
    pub async fn end(
        &self,
        actor: impl Into<Actor>,
        username: &str,
        id: TokenId,
    ) -> Result<bool, IssueError> {
        let actor = &actor.into();
        permission::check_owner_or_admin(actor, username, &permission::manages_own_sessions())?;
        let grounds = actor.grounds(self.source.clock.now());
        Ok(self
            .sessions
            .end_session(Some(username), id, &grounds)
            .await?)
    }

    /// Ends all sessions of a user but `except`, and answers how many there were.
    ///
    /// # Errors
    ///
    /// As [`end`](Self::end); `NotFound`.
    pub async fn end_all(
        &self,
        actor: impl Into<Actor>,
        username: &str,
        except: Option<TokenId>,
    ) -> Result<usize, IssueError> {
        let actor = &actor.into();
        permission::check_owner_or_admin(actor, username, &permission::manages_own_sessions())?;
        let grounds = actor.grounds(self.source.clock.now());
        Ok(self
            .sessions
            .end_sessions(username, except, &grounds)
            .await?)
    }
}

impl fmt::Debug for SessionIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionIssuer")
            .field("terms", &self.terms)
            .finish_non_exhaustive()
    }
}
