//! Makes, lists, changes and revokes API tokens.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use zeroize::Zeroizing;

use crate::actor::Actor;
use crate::api_token::{ApiToken, Expires, NewToken, TokenChange, TokenForm, TokenRow};
use crate::clock::Clock;
use crate::digest::SecretDigest;
use crate::entropy::Entropy;
use crate::issue_error::{IssueError, IssueErrorKind};
use crate::issuing::{TokenStore, UserStore};
use crate::master_key::MasterKey;
use crate::network::Network;
use crate::permission;
use crate::scopes::Scopes;
use crate::secret::MadeToken;
use crate::store::StoreErrorKind;
use crate::token_text::{TokenId, TokenKind, TokenText};

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

/// The shortest idle timeout: last use is written once a minute.
const MIN_IDLE_TIMEOUT: Duration = Duration::from_secs(10 * 60);

/// The most tokens that a user may have unless told.
const DEFAULT_LIMIT_PER_USER: usize = 1_000;

/// The most networks and scopes that one token may list.
const MAX_LIST: usize = 100;

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
    /// `NotPermitted` for another user's token unless the actor administers, and without `tokens:write`; `Invalid` for
    /// a rule that the request breaks; `NotFound`, `LimitReached`, `ActorWithdrawn`, `Unavailable`.
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

    /// Takes over a token that exists elsewhere and whose digest `digest` is: DRF's, knox's, Sanctum's, …
    ///
    /// # Errors
    ///
    /// `NotPermitted` unless the actor administers; `Conflict` if the digest is there already; as [`create`](Self::create).
    pub async fn import(
        &self,
        actor: impl Into<Actor>,
        username: &str,
        new: NewToken,
        digest: SecretDigest,
    ) -> Result<TokenId, IssueError> {
        let actor = &actor.into();
        permission::check(actor, &permission::administers())?;
        if digest.password_hash().is_some() {
            return Err(IssueError::invalid(
                "a token is found by its digest, which a slow hash is not",
            ));
        }
        let now = self.clock.now();
        let token = ApiToken {
            form: TokenForm::Imported,
            ..token_of(actor, username, new, now)?
        };
        let grounds = actor.grounds(now);
        let mut attempts = 1..ATTEMPTS;
        loop {
            let row = TokenRow {
                token: ApiToken {
                    id: self.row_id(now)?,
                    ..token.clone()
                },
                digest: digest.clone(),
            };
            let id = row.token.id;
            let put = self
                .tokens
                .insert_token(row, self.limit_per_user, &grounds)
                .await;
            match put {
                Ok(_) => return Ok(id),
                // Two ids of one millisecond met, or the digest is there already: then it is in the end, too.
                Err(error)
                    if error.kind() == StoreErrorKind::Conflict && attempts.next().is_some() => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The user's DRF token: the same one each time until it is revoked, and stored nowhere in clear.
    ///
    /// It may do everything its user may and does not end, whoever asks first.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create); `NotPermitted` also with a credential of limited scopes, and with a token that ends.
    pub async fn drf_token(
        &self,
        actor: impl Into<Actor>,
        username: &str,
        master_key: &MasterKey,
    ) -> Result<MadeToken, IssueError> {
        let actor = &actor.into();
        permission::check_owner_or_admin(actor, username, &permission::writes_own_tokens())?;
        if actor.identity().is_some_and(permission::is_limited) {
            return Err(IssueError::new(
                IssueErrorKind::NotPermitted,
                "a DRF token can do more than the credential it is asked for with",
            ));
        }
        let now = self.clock.now();
        let new = NewToken::named("api-token-auth");
        for _ in 0..ATTEMPTS {
            let user = self
                .users
                .user(username)
                .await?
                .ok_or_else(|| IssueError::not_found("user"))?;
            let text = master_key.drf_token(&user.id, user.token_epoch);
            let token = token_of(actor, username, new.clone(), now)?;
            let token = ApiToken {
                id: self.row_id(now)?,
                form: TokenForm::Drf,
                last4: last4(&text),
                expires_at: None,
                ..token
            };
            let row = TokenRow {
                token,
                digest: SecretDigest::sha256_of(text.as_bytes()),
            };
            match self
                .tokens
                .put_drf_token(row, user.token_epoch, &actor.grounds(now))
                .await
            {
                Ok(id) => return Ok(MadeToken { id, text }),
                // It was revoked between the two calls: the next one is another.
                Err(error) if error.kind() == StoreErrorKind::Conflict => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(IssueError::new(
            IssueErrorKind::Unavailable,
            "the token was revoked again and again",
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
            None => permission::check(actor, &permission::administers())?,
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
    /// `Invalid` if scopes or expiry would get wider, or a token of [`TokenForm::Drf`] would get an expiry; else as
    /// [`show`](Self::show), with `tokens:write`.
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
            Some(identity) if !permission::administers().allows(identity) => {
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

    /// The id of a row whose token carries none.
    fn row_id(&self, now: SystemTime) -> Result<TokenId, IssueError> {
        let millis = crate::clock::unix_millis(now);
        let key = self.tokens.store_key();
        Ok(TokenText::generate(TokenKind::Api, millis, key, &self.entropy)?.0)
    }
}

const ATTEMPTS: usize = 8;

/// The token that is asked for, held to what its maker may.
fn token_of(
    actor: &Actor,
    username: &str,
    new: NewToken,
    now: SystemTime,
) -> Result<ApiToken, IssueError> {
    check_name(&new.name)?;
    check_idle_timeout(new.idle_timeout)?;
    let parent = actor.identity();
    let parent_scopes = parent.map_or_else(Scopes::all, |parent| parent.scopes().clone());
    let scopes = new.scopes.unwrap_or_else(|| parent_scopes.clone());
    check_scopes(&scopes, &parent_scopes)?;
    if new.networks.len() > MAX_LIST {
        return Err(IssueError::invalid("networks: at most 100"));
    }
    let parent_networks: &[Network] = parent.map_or(&[], |parent| parent.0.networks());
    let networks: Arc<[Network]> = if new.networks.is_empty() {
        parent_networks.into()
    } else {
        new.networks.into()
    };
    check_networks(&networks, parent_networks)?;
    let asked = match new.expires {
        Expires::Never => None,
        Expires::At(at) => Some(at),
        Expires::After(lifetime) => Some(
            now.checked_add(lifetime)
                .ok_or_else(|| IssueError::invalid("expires_in: too far in the future"))?,
        ),
    };
    Ok(ApiToken {
        id: TokenId::from_number(0),
        username: username.into(),
        form: TokenForm::Pat,
        name: new.name,
        scopes,
        last4: Box::default(),
        created_at: now,
        created_by: parent.map(|parent| parent.username().into()),
        expires_at: check_expiry(asked, parent.and_then(crate::Identity::expires_at), now)?,
        idle_timeout: new.idle_timeout,
        networks,
        last_used_at: None,
    })
}

/// Another's token does not exist for who may not see it (SECURITY K-19).
fn hide(result: Result<(), IssueError>, actor: &Actor, token: &ApiToken) -> Result<(), IssueError> {
    let own = actor
        .identity()
        .is_some_and(|identity| identity.username() == &*token.username);
    result.map_err(|error| {
        if own {
            error
        } else {
            IssueError::not_found("token")
        }
    })
}

fn check_change(actor: &Actor, token: &ApiToken, change: &TokenChange) -> Result<(), IssueError> {
    if let Some(name) = &change.name {
        check_name(name)?;
    }
    if let Some(scopes) = &change.scopes {
        check_scopes(scopes, &token.scopes)?;
        if let Some(parent) = actor.identity() {
            check_scopes(scopes, parent.scopes())?;
        }
    }
    if change.expires_at.is_some() && token.form == TokenForm::Drf {
        // Else whoever logs in would be answered a token that has ended, or, once its row was swept, that very token anew.
        return Err(IssueError::invalid(
            "expires_at: a derived token does not expire; revoke it, and the next one is another",
        ));
    }
    if let (Some(asked), Some(present)) = (change.expires_at, token.expires_at)
        && asked > present
    {
        return Err(IssueError::invalid(
            "expires_at: a token cannot be made to live longer",
        ));
    }
    if let Some(networks) = &change.networks {
        if networks.len() > MAX_LIST {
            return Err(IssueError::invalid("allowed_networks: at most 100"));
        }
        check_networks(networks, actor.identity().map_or(&[], |it| it.0.networks()))?;
        if let Some(parent) = actor.identity()
            && check_networks(networks, &token.networks).is_err()
        {
            // Opened to other networks, it must not do there what the one who opens it could not.
            check_scopes(&token.scopes, parent.scopes())?;
        }
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), IssueError> {
    let fits = (1..=140).contains(&name.chars().count());
    if !fits || name.chars().any(char::is_control) {
        return Err(IssueError::invalid(
            "name: 1 to 140 characters without controls",
        ));
    }
    Ok(())
}

fn check_idle_timeout(timeout: Option<Duration>) -> Result<(), IssueError> {
    match timeout {
        Some(timeout) if timeout < MIN_IDLE_TIMEOUT => {
            Err(IssueError::invalid("idle_timeout_secs: at least 600"))
        }
        _ => Ok(()),
    }
}

fn check_scopes(scopes: &Scopes, parent: &Scopes) -> Result<(), IssueError> {
    let list = scopes.as_list().unwrap_or_default();
    if list.len() > MAX_LIST || !list.iter().all(|scope| Scopes::is_scope_token(scope)) {
        return Err(IssueError::invalid(
            "scopes: at most 100 scope tokens of RFC 6749 §3.3",
        ));
    }
    if !scopes.is_subset_of(parent) {
        return Err(IssueError::invalid(
            "scopes: a token cannot do more than what it is made from",
        ));
    }
    Ok(())
}

/// An empty list means anywhere.
fn check_networks(networks: &[Network], parent: &[Network]) -> Result<(), IssueError> {
    let lies_within = |network: &Network| parent.iter().any(|allowed| network.lies_in(allowed));
    if parent.is_empty() || (!networks.is_empty() && networks.iter().all(lies_within)) {
        Ok(())
    } else {
        Err(IssueError::invalid(
            "allowed_networks: a token cannot be used from where its maker's credential cannot",
        ))
    }
}

/// The earlier of what was asked for and what the maker's own credential has left.
fn check_expiry(
    asked: Option<SystemTime>,
    parent: Option<SystemTime>,
    now: SystemTime,
) -> Result<Option<SystemTime>, IssueError> {
    if asked.is_some_and(|asked| asked <= now) {
        return Err(IssueError::invalid("expires_at: must lie in the future"));
    }
    match (asked, parent) {
        (Some(asked), Some(parent)) if asked > parent => Err(IssueError::invalid(
            "expires_at: a token cannot outlive what it is made from",
        )),
        (Some(at), _) | (None, Some(at)) => Ok(Some(at)),
        (None, None) => Ok(None),
    }
}

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
