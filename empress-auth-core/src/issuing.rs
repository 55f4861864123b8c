//! What a store must do so that credentials can be issued, listed and revoked.
//!
//! [`IssuingStore`] says what holds for every method that writes.

use std::time::SystemTime;

use async_trait::async_trait;

use crate::actor::Grounds;
use crate::api_token::{ApiToken, TokenChange, TokenRow};
use crate::audit::AuditEvent;
use crate::digest::SecretDigest;
use crate::password::PasswordHash;
use crate::secret::ApiKey;
use crate::session_store::SessionStore;
use crate::store::StoreError;
use crate::token_text::{StoreKey, TokenId};
use crate::user::{NewUser, User, UserChange};

/// Keeps users.
#[async_trait]
pub trait UserStore: Send + Sync + 'static {
    /// Makes a user; its id was never used before.
    ///
    /// # Errors
    ///
    /// `Conflict` if the name is taken, in any letter case; see the [promises](crate::IssuingStore#promises) for the rest.
    async fn insert_user(&self, new: NewUser, grounds: &Grounds) -> Result<User, StoreError>;

    /// The user of this name.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn user(&self, username: &str) -> Result<Option<User>, StoreError>;

    /// The user of this id.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn user_by_id(&self, id: &str) -> Result<Option<User>, StoreError>;

    /// At most `limit` users whose names follow `after`, ordered by name.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn users(&self, after: Option<&str>, limit: usize) -> Result<Vec<User>, StoreError>;

    /// Changes a user; a user that is disabled or gets other roles or another password loses what is remembered.
    ///
    /// A password that is set, and disabling, end all sessions of the user, for good.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such user.
    async fn update_user(
        &self,
        username: &str,
        change: UserChange,
        grounds: &Grounds,
    ) -> Result<User, StoreError>;

    /// Puts another hash of the same password in place of `from`; answers whether `from` was still there.
    ///
    /// No audit event and no end of anything: what the user may do and must know stays as it was.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such user.
    async fn replace_password_hash(
        &self,
        username: &str,
        from: &PasswordHash,
        to: PasswordHash,
    ) -> Result<bool, StoreError>;

    /// Deletes a user with all that it holds; its id is never used again.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such user.
    async fn delete_user(&self, username: &str, grounds: &Grounds) -> Result<(), StoreError>;
}

/// A secret to be put in place of the present one.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewApiSecret {
    /// The key that the user gets if it has none.
    pub key_if_none: ApiKey,
    /// Of the secret half.
    pub digest: SecretDigest,
    /// Until when the present secret is good beside the new one; `None` ends it at once.
    pub keep_previous_until: Option<SystemTime>,
}

impl NewApiSecret {
    /// A secret that ends the present one at once.
    #[must_use]
    pub const fn new(key_if_none: ApiKey, digest: SecretDigest) -> Self {
        Self {
            key_if_none,
            digest,
            keep_previous_until: None,
        }
    }
}

/// A user's key pair as it is shown: without the secret.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ApiKeyInfo {
    /// The public half.
    pub api_key: ApiKey,
    /// When the secret in force was made; `None` if it was revoked.
    pub issued_at: Option<SystemTime>,
}

impl ApiKeyInfo {
    /// What is shown of a pair.
    #[must_use]
    pub const fn new(api_key: ApiKey, issued_at: Option<SystemTime>) -> Self {
        Self { api_key, issued_at }
    }
}

/// Keeps key pairs: at most one for each user.
#[async_trait]
pub trait KeyStore: Send + Sync + 'static {
    /// Replaces the user's secret and answers the key now in force: the user's own, which never changes, or the given one.
    ///
    /// Issued at [`Grounds::at`], or a millisecond after the last secret of this key if that is later, also if that one
    /// was withdrawn: what is issued at another moment is another credential
    /// ([`ActingCredential::issued_at`](crate::ActingCredential::issued_at)).
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such user; `Conflict` if the given key is another user's.
    async fn put_api_secret(
        &self,
        username: &str,
        new: NewApiSecret,
        grounds: &Grounds,
    ) -> Result<ApiKey, StoreError>;

    /// The user's pair.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn api_key(&self, username: &str) -> Result<Option<ApiKeyInfo>, StoreError>;

    /// Withdraws the secret; the key stays the user's. Answers whether there was one.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such user.
    async fn delete_api_secret(
        &self,
        username: &str,
        grounds: &Grounds,
    ) -> Result<bool, StoreError>;
}

/// Keeps API tokens.
#[async_trait]
pub trait TokenStore: Send + Sync + 'static {
    /// The key of the tags in the tokens of this store.
    fn store_key(&self) -> &StoreKey;

    /// Stores a token, unless its user has `limit` of them already.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such user or it is disabled; `Conflict` if the id or digest exists; `LimitReached`.
    async fn insert_token(
        &self,
        row: TokenRow,
        limit: usize,
        grounds: &Grounds,
    ) -> Result<ApiToken, StoreError>;

    /// The token with this id.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn token(&self, id: TokenId) -> Result<Option<ApiToken>, StoreError>;

    /// At most `limit` tokens that follow `after`, ordered by id; of one user, or of all.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn tokens(
        &self,
        username: Option<&str>,
        after: Option<TokenId>,
        limit: usize,
    ) -> Result<Vec<ApiToken>, StoreError>;

    /// Changes a token of this user.
    ///
    /// The change was checked against an earlier reading; the store checks again that scopes and expiry get no wider.
    ///
    /// # Errors
    ///
    /// `NotFound` if the user has no such token; `Conflict` if it became narrower meanwhile than the change assumes.
    async fn update_token(
        &self,
        username: &str,
        id: TokenId,
        change: TokenChange,
        grounds: &Grounds,
    ) -> Result<ApiToken, StoreError>;

    /// Withdraws the tokens of these ids, of one user or of anybody, and answers which there were. The epoch of a user
    /// whose token of [`TokenForm::Drf`](crate::TokenForm::Drf) is among them moves on, and no other's.
    ///
    /// # Errors
    ///
    /// See the [promises](crate::IssuingStore#promises).
    async fn revoke_tokens(
        &self,
        username: Option<&str>,
        ids: &[TokenId],
        grounds: &Grounds,
    ) -> Result<Vec<TokenId>, StoreError>;

    /// Withdraws all tokens of a user and answers how many there were; the user's DRF token will be another one.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such user.
    async fn revoke_all_tokens(
        &self,
        username: &str,
        grounds: &Grounds,
    ) -> Result<usize, StoreError>;

    /// Stores the DRF token of a user unless it is there, if the user's epoch is still `epoch`. Answers its id.
    ///
    /// The row is of [`TokenForm::Drf`](crate::TokenForm::Drf); [`insert_token`](Self::insert_token) takes the others.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such user or it is disabled; `Conflict` if the epoch moved on: derive again.
    async fn put_drf_token(
        &self,
        row: TokenRow,
        epoch: u64,
        grounds: &Grounds,
    ) -> Result<TokenId, StoreError>;
}

/// Keeps the audit log.
#[async_trait]
pub trait AuditStore: Send + Sync + 'static {
    /// At most `limit` events after this number, oldest first.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEvent>, StoreError>;
}

/// A store that does it all; implemented for every type that does.
///
/// # Promises
///
/// Four promises hold for every method that writes; the suite `testing::store_contract` (feature `testing`) tests them.
///
/// 1. One call is one transaction: all of its effect, its audit event included, or nothing.
/// 2. Inside that transaction [`Grounds::acting`](crate::Grounds::acting) is looked up again; if it does not hold any more,
///    or its scopes or its user's roles became fewer, nothing is written
///    ([`StoreErrorKind::ActorWithdrawn`](crate::StoreErrorKind::ActorWithdrawn)).
/// 3. After the commit and before the answer, what was withdrawn is told to the store's
///    [`CredentialMemory`](crate::CredentialMemory).
/// 4. Two calls at once end as if one had come after the other.
pub trait IssuingStore: UserStore + KeyStore + TokenStore + SessionStore + AuditStore {}

impl<S: UserStore + KeyStore + TokenStore + SessionStore + AuditStore> IssuingStore for S {}
