//! Makes, lists, changes and deletes users.

use std::sync::Arc;

use crate::actor::Actor;
use crate::clock::Clock;
use crate::issue_error::IssueError;
use crate::issuing::UserStore;
use crate::password::{Password, PasswordHash, PasswordPolicy, PasswordPool};
use crate::permission;
use crate::user::{NewUser, User, UserChange, is_username};

/// Makes, lists, changes and deletes users, with their passwords.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use empress_auth_core::password::Password;
/// use empress_auth_core::{Accounts, Actor, MemoryStore, NewUser};
///
/// let accounts = Accounts::new(MemoryStore::new());
/// let password = Password::new("correct horse battery staple")?;
/// let ada = accounts
///     .create(&Actor::assert_local_operator(), NewUser::named("ada"), Some(password))
///     .await?;
/// assert_eq!(&*ada.username, "ada");
///
/// let short = Password::new("123")?;
/// assert!(
///     accounts.set_password(&Actor::assert_local_operator(), "ada", short).await.is_err()
/// );
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Accounts {
    store: Arc<dyn UserStore>,
    clock: Clock,
    policy: PasswordPolicy,
    pool: PasswordPool,
}

impl Accounts {
    /// On `store`, with the default password policy and a pool of its own.
    pub fn new(store: impl UserStore) -> Self {
        Self::from_arc(Arc::new(store))
    }

    pub(crate) fn from_arc(store: Arc<dyn UserStore>) -> Self {
        Self {
            store,
            clock: Clock::system(),
            policy: PasswordPolicy::new(),
            pool: PasswordPool::new(),
        }
    }

    /// Reads the time from `clock`.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Holds new passwords to `policy`.
    #[must_use]
    pub fn with_password_policy(mut self, policy: PasswordPolicy) -> Self {
        self.policy = policy;
        self
    }

    /// Hashes on `pool`; share one between all parts of a program.
    #[must_use]
    pub fn with_password_pool(mut self, pool: PasswordPool) -> Self {
        self.pool = pool;
        self
    }

    /// Makes a user; without a password it cannot log in with one.
    ///
    /// # Errors
    ///
    /// `NotPermitted` unless the actor administers; `Invalid` for a name or password that breaks a rule; `Conflict` if
    /// the name is taken; `ActorWithdrawn`, `Unavailable`.
    pub async fn create(
        &self,
        actor: impl Into<Actor>,
        mut new: NewUser,
        password: Option<Password>,
    ) -> Result<User, IssueError> {
        let actor = &actor.into();
        permission::check_administers(actor)?;
        if !is_username(&new.username) {
            return Err(IssueError::invalid(
                "name: 1 to 140 characters without controls, `/` and `:`",
            ));
        }
        check_texts(new.email.as_deref(), new.full_name.as_deref(), &new.roles)?;
        if let Some(password) = password {
            new.password = Some(self.hash_new(&new.username, password).await?);
        }
        Ok(self
            .store
            .insert_user(new, &actor.grounds(self.clock.now()))
            .await?)
    }

    /// One user.
    ///
    /// # Errors
    ///
    /// `NotFound`; `NotPermitted` for another user unless the actor administers, and for oneself with a credential whose
    /// scopes are not [enough](permission::reads_own_account); `Unavailable`.
    pub async fn show(&self, actor: impl Into<Actor>, username: &str) -> Result<User, IssueError> {
        let actor = &actor.into();
        permission::check_owner_or_admin(actor, username, &permission::reads_own_account())?;
        self.store
            .user(username)
            .await?
            .ok_or_else(|| IssueError::not_found("user"))
    }

    /// At most `limit` users whose names follow `after`.
    ///
    /// # Errors
    ///
    /// `NotPermitted` unless the actor administers; `Unavailable`.
    pub async fn list(
        &self,
        actor: impl Into<Actor>,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<User>, IssueError> {
        let actor = &actor.into();
        permission::check_administers(actor)?;
        Ok(self.store.users(after, limit).await?)
    }

    /// Changes a user; disabling it or changing its roles takes effect for the next request.
    ///
    /// # Errors
    ///
    /// `NotFound`, `NotPermitted` unless the actor administers, `Invalid`, `ActorWithdrawn`, `Unavailable`.
    pub async fn update(
        &self,
        actor: impl Into<Actor>,
        username: &str,
        change: UserChange,
    ) -> Result<User, IssueError> {
        let actor = &actor.into();
        permission::check_administers(actor)?;
        check_texts(
            change.email.as_ref().and_then(|email| email.as_deref()),
            change.full_name.as_ref().and_then(|name| name.as_deref()),
            change.roles.as_deref().unwrap_or_default(),
        )?;
        check_roles(&change.added_roles)?;
        Ok(self
            .store
            .update_user(username, change, &actor.grounds(self.clock.now()))
            .await?)
    }

    /// Sets a user's password.
    ///
    /// # Errors
    ///
    /// As [`update`](Self::update); `Invalid` if the password breaks the policy.
    pub async fn set_password(
        &self,
        actor: impl Into<Actor>,
        username: &str,
        password: Password,
    ) -> Result<User, IssueError> {
        let actor = &actor.into();
        permission::check_administers(actor)?;
        let change = UserChange {
            password: Some(self.hash_new(username, password).await?),
            ..UserChange::default()
        };
        self.update(actor, username, change).await
    }

    /// Holds a new password to the policy and hashes it, for a change of several things at once.
    pub(crate) async fn hash_new(
        &self,
        username: &str,
        password: Password,
    ) -> Result<PasswordHash, IssueError> {
        self.policy.check(&password, &[username])?;
        Ok(self.pool.hash(password).await?)
    }

    /// Deletes a user with all that it holds.
    ///
    /// # Errors
    ///
    /// `NotFound`, `NotPermitted` unless the actor administers, `ActorWithdrawn`, `Unavailable`.
    pub async fn delete(&self, actor: impl Into<Actor>, username: &str) -> Result<(), IssueError> {
        let actor = &actor.into();
        permission::check_administers(actor)?;
        Ok(self
            .store
            .delete_user(username, &actor.grounds(self.clock.now()))
            .await?)
    }
}

fn check_texts(
    email: Option<&str>,
    full_name: Option<&str>,
    roles: &[Box<str>],
) -> Result<(), IssueError> {
    if !email.is_none_or(|email| fits(email) && email.contains('@')) {
        return Err(IssueError::invalid("email: not an e-mail address"));
    }
    if !full_name.is_none_or(fits) {
        return Err(IssueError::invalid(
            "full_name: 1 to 140 characters without controls",
        ));
    }
    check_roles(roles)
}

fn check_roles(roles: &[Box<str>]) -> Result<(), IssueError> {
    if roles.len() > 100 || !roles.iter().all(|role| fits(role)) {
        return Err(IssueError::invalid(
            "roles: at most 100, each 1 to 140 characters without controls",
        ));
    }
    Ok(())
}

fn fits(text: &str) -> bool {
    (1..=140).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

impl std::fmt::Debug for Accounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Accounts").finish_non_exhaustive()
    }
}
