//! Makes, lists, changes and revokes API tokens.

use std::sync::Arc;

use zeroize::Zeroizing;

use crate::actor::Actor;
use crate::api_token::{ApiToken, NewToken, TokenChange, TokenRow};
use crate::clock::Clock;
use crate::digest::SecretDigest;
use crate::entropy::Entropy;
use crate::issue_error::{IssueError, IssueErrorKind};
use crate::issuing::{TokenStore, UserStore};
use crate::permission;
use crate::secret::MadeToken;
use crate::store::StoreErrorKind;
use crate::token_text::{TokenId, TokenKind, TokenText};

mod rules;
mod without_id;

use self::rules::{check_change, hide, token_of};

pub(crate) use self::rules::MIN_IDLE_TIMEOUT;

/// Makes, lists, changes and revokes API tokens.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use empress_auth_core::{Actor, MemoryStore, NewToken, NewUser, TokenIssuer};
///
/// let store = MemoryStore::new();
/// store.create_user(NewUser::named("ada")).await?;
/// let issuer = TokenIssuer::new(store);
/// let operator = Actor::assert_local_operator();
/// let made = issuer.create(&operator, "ada", NewToken::named("laptop")).await?;
/// assert!(made.expose_secret().starts_with("emp_pat_"));
/// assert_eq!(issuer.revoke(&operator, &[made.id()]).await?, [made.id()]);
/// assert!(issuer.create(&operator, "ada", NewToken::named("")).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct TokenIssuer {
    tokens: Arc<dyn TokenStore>,
    users: Arc<dyn UserStore>,
    clock: Clock,
    entropy: Entropy,
    limit_per_user: usize,
}

/// The most tokens that a user may have unless told.
const DEFAULT_LIMIT_PER_USER: usize = 1_000;

impl TokenIssuer {
    /// An issuer on `store`; a user may have 1,000 tokens.
    pub fn new(store: impl TokenStore + UserStore) -> Self {
        let store = Arc::new(store);
        Self::from_arcs(store.clone(), store)
    }

    pub(crate) fn from_arcs(tokens: Arc<dyn TokenStore>, users: Arc<dyn UserStore>) -> Self {
        Self {
            tokens,
            users,
            clock: Clock::system(),
            entropy: Entropy::system(),
            limit_per_user: DEFAULT_LIMIT_PER_USER,
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

    /// How many tokens a user may have.
    #[must_use]
    pub fn with_limit_per_user(mut self, limit: usize) -> Self {
        self.limit_per_user = limit;
        self
    }

    /// Makes a token for `username`.
    ///
    /// A caller may make tokens that can do no more and live no longer than the credential it shows.
    ///
    /// # Errors
    ///
    /// `NotPermitted` for another user's token unless the actor administers, without `tokens:write`, and with an OAuth access
    /// token; `Invalid` for a rule that the request breaks; `NotFound`, `LimitReached`, `ActorWithdrawn`, `Unavailable`.
    pub async fn create(
        &self,
        actor: impl Into<Actor>,
        username: &str,
        new: NewToken,
    ) -> Result<MadeToken, IssueError> {
        let (made, _) = self.create_listed(actor, username, new).await?;
        Ok(made)
    }

    /// As [`create`](Self::create), with the token as it is listed.
    pub(crate) async fn create_listed(
        &self,
        actor: impl Into<Actor>,
        username: &str,
        new: NewToken,
    ) -> Result<(MadeToken, ApiToken), IssueError> {
        let actor = &actor.into();
        permission::check_owner_or_admin(actor, username, &permission::writes_own_tokens())?;
        permission::check_makes_tokens(actor)?;
        let now = self.clock.now();
        let token = token_of(actor, username, new, now)?;
        let grounds = actor.grounds(now);
        for _ in 0..ATTEMPTS {
            let (id, text) = TokenText::generate(
                TokenKind::Api,
                crate::clock::unix_millis(now),
                self.tokens.store_key(),
                &self.entropy,
            )?;
            let token = ApiToken {
                id,
                last4: last4(&text),
                ..token.clone()
            };
            let row = TokenRow {
                token,
                digest: SecretDigest::sha256_of(text.as_bytes()),
            };
            match self
                .tokens
                .insert_token(row, self.limit_per_user, &grounds)
                .await
            {
                Ok(listed) => return Ok((MadeToken { id, text }, listed)),
                // Two ids of one millisecond met.
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(IssueError::new(
            IssueErrorKind::Unavailable,
            "no free token id was found",
        ))
    }

    /// The tokens of a user, or of everybody, in the order in which they were made.
    ///
    /// # Errors
    ///
    /// `NotPermitted` for others' tokens unless the actor administers, and without `tokens:read`; `Unavailable`.
    pub async fn list(
        &self,
        actor: impl Into<Actor>,
        username: Option<&str>,
        after: Option<TokenId>,
        limit: usize,
    ) -> Result<Vec<ApiToken>, IssueError> {
        let actor = &actor.into();
        match username {
            Some(owner) => {
                permission::check_owner_or_admin(actor, owner, &permission::reads_own_tokens())?;
            }
            None => permission::check_administers(actor)?,
        }
        Ok(self.tokens.tokens(username, after, limit).await?)
    }

    /// One token.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is none, or none that the actor may see; `NotPermitted` for one's own without `tokens:read`.
    pub async fn show(&self, actor: impl Into<Actor>, id: TokenId) -> Result<ApiToken, IssueError> {
        let actor = &actor.into();
        let token = self
            .tokens
            .token(id)
            .await?
            .ok_or_else(|| IssueError::not_found("token"))?;
        hide(
            permission::check_owner_or_admin(
                actor,
                &token.username,
                &permission::reads_own_tokens(),
            ),
            actor,
            &token,
        )?;
        Ok(token)
    }

    /// Renames a token, or narrows what it may.
    ///
    /// # Errors
    ///
    /// `Invalid` if scopes or expiry would get wider, or a token of [`TokenForm::Drf`](crate::TokenForm::Drf) would get an
    /// expiry; else as [`show`](Self::show), with `tokens:write`.
    pub async fn update(
        &self,
        actor: impl Into<Actor>,
        id: TokenId,
        change: TokenChange,
    ) -> Result<ApiToken, IssueError> {
        let actor = &actor.into();
        let token = self
            .tokens
            .token(id)
            .await?
            .ok_or_else(|| IssueError::not_found("token"))?;
        hide(
            permission::check_owner_or_admin(
                actor,
                &token.username,
                &permission::writes_own_tokens(),
            ),
            actor,
            &token,
        )?;
        check_change(actor, &token, &change)?;
        let grounds = actor.grounds(self.clock.now());
        Ok(self
            .tokens
            .update_token(&token.username, id, change, &grounds)
            .await?)
    }

    /// Revokes tokens and answers which there were: the actor's own, or anybody's if the actor administers.
    ///
    /// # Errors
    ///
    /// `NotPermitted` without `tokens:write`; `ActorWithdrawn`, `Unavailable`.
    pub async fn revoke(
        &self,
        actor: impl Into<Actor>,
        ids: &[TokenId],
    ) -> Result<Vec<TokenId>, IssueError> {
        let actor = &actor.into();
        let owner = match actor.identity() {
            Some(identity) if permission::check_administers(actor).is_err() => {
                permission::check(actor, &permission::writes_own_tokens())?;
                Some(identity.username())
            }
            _ => None,
        };
        Ok(self
            .tokens
            .revoke_tokens(owner, ids, &actor.grounds(self.clock.now()))
            .await?)
    }

    /// Revokes every token of a user and answers how many there were.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub async fn revoke_all(
        &self,
        actor: impl Into<Actor>,
        username: &str,
    ) -> Result<usize, IssueError> {
        let actor = &actor.into();
        permission::check_owner_or_admin(actor, username, &permission::writes_own_tokens())?;
        Ok(self
            .tokens
            .revoke_all_tokens(username, &actor.grounds(self.clock.now()))
            .await?)
    }
}

const ATTEMPTS: usize = 8;

fn last4(text: &Zeroizing<String>) -> Box<str> {
    text.get(text.len().saturating_sub(4)..)
        .unwrap_or_default()
        .into()
}

impl std::fmt::Debug for TokenIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenIssuer").finish_non_exhaustive()
    }
}
