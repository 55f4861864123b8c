//! What every store of a provider promises.
//!
//! The traits stand beside those of core ([`IssuingStore`], [`CredentialStore`]) and keep the same
//! [promises](empress_auth_core::IssuingStore#promises): a write is one transaction together with its audit event;
//! `grounds.acting`, if there is one, is looked up inside it, and
//! [`ActorWithdrawn`](empress_auth_core::StoreErrorKind::ActorWithdrawn) is the answer if it no longer holds; what may
//! withdraw access is told to the memory of verified credentials after the commit and before the answer.
//!
//! Beyond that:
//!
//! 1. An access token of a grant is found by [`Lookup::Token`](empress_auth_core::Lookup::Token), with the user of the
//!    grant as it is now; one that a client has for itself, with the user that
//!    [stands for the client](crate::grant::Granted::client_user). [`AccessTokenRow::credential`] says what is found.
//! 2. What must happen once (a code is redeemed, a refresh token rotated, a client's secret replaced) is one conditional write. Whoever comes second
//!    is told so.
//! 3. Deleting a client, disabling or deleting a user, and setting a user's password end the grants of it, and its
//!    codes: in the same transaction, under the event of that write alone. Deleting takes consents along, too.
//!    Likewise the end of a browser session, by whatever write, ends the codes that were granted in it and not redeemed,
//!    and the grants that [end with it](crate::grant::Granted::ends_with). One that the same user's login replaces hands
//!    them on to the new one instead; one that expires ends nothing, but the end of all sessions of its user ends also
//!    what was opened in it.
//! 4. Expired rows may stay or go. A used code stays as long as its grant, so that showing it again ends the grant, and
//!    no longer: then it is a code that nobody made.
//! 5. Rows are never handed out expired by one clock and kept by another: times are compared with `at` and `now` that
//!    the caller gives.
//!
//! The feature `testing` has the contract as a suite.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use empress_auth_core::{
    CredentialStore, Grounds, IssuingStore, SecretDigest, StoreError, TokenId,
};

use crate::client::{Client, ClientSecretRow};
#[cfg(doc)]
use crate::grant::limits;
use crate::grant::{
    AccessTokenRow, CodeRow, Consent, Grant, IssuedTokens, LastUsed, RefreshTokenRow,
};
use crate::signing_key::SigningKeyRow;

/// Keeps clients. The events are of `client:` and the client's id.
#[async_trait]
pub trait ClientStore: Send + Sync + 'static {
    /// Stores a client.
    ///
    /// # Errors
    ///
    /// `Conflict` if there is a client of this id.
    async fn insert_client(&self, client: Client, grounds: &Grounds) -> Result<(), StoreError>;

    /// The client of this id; asked for at every request, so that a store keeps it in memory and forgets it when it is
    /// changed by any node.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn client(&self, id: &str) -> Result<Option<Arc<Client>>, StoreError>;

    /// At most `limit` clients whose ids follow `after`, ordered by id.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn clients(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<Client>>, StoreError>;

    /// Puts `client` in place of the one of its id, but for its secret: who changes a client has read it before, and must not
    /// bring back a secret that was replaced meanwhile. Its grants stay.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such client.
    async fn update_client(&self, client: Client, grounds: &Grounds) -> Result<(), StoreError>;

    /// Puts `secret` in place of the one whose digest is `previous`, and leaves the rest of the client as it is; answers
    /// whether `previous` was still there. If not, nothing is written.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such client.
    async fn replace_client_secret(
        &self,
        id: &str,
        previous: &SecretDigest,
        secret: ClientSecretRow,
        grounds: &Grounds,
    ) -> Result<bool, StoreError>;

    /// Deletes a client with its consents, codes and grants.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such client.
    async fn delete_client(&self, id: &str, grounds: &Grounds) -> Result<(), StoreError>;
}

/// Keeps consents. The events are of the user; as the credential they name `client:` and the client's id.
#[async_trait]
pub trait ConsentStore: Send + Sync + 'static {
    /// What this user allowed this client.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn consent(&self, user_id: &str, client_id: &str) -> Result<Option<Consent>, StoreError>;

    /// All that a user allowed, ordered by client.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn consents(&self, user_id: &str) -> Result<Vec<Consent>, StoreError>;

    /// Adds the scopes to what the user allowed the client before at the same resources, by [`Consent::and`].
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such user, or it is disabled, or no such client.
    async fn add_consent(&self, consent: Consent, grounds: &Grounds) -> Result<(), StoreError>;

    /// Takes a consent back, with all codes and grants of this user to this client, also those that were given without a
    /// consent; answers whether there was anything.
    ///
    /// # Errors
    ///
    /// See the [module's promises](crate::store).
    async fn withdraw_consent(
        &self,
        user_id: &str,
        client_id: &str,
        grounds: &Grounds,
    ) -> Result<bool, StoreError>;
}

/// What became of a code that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_enums,
    reason = "first, again or neither is all there is"
)]
pub enum Redeemed {
    /// The grant and its tokens are stored.
    First,
    /// It was redeemed before: nothing is stored. The grant is the one that it was redeemed for.
    Again(TokenId),
    /// It was spent, is not there, or its user or client is gone or disabled: nothing is stored.
    Gone,
}

/// What became of a refresh token that was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "these are all the rules' outcomes")]
pub enum Rotated {
    /// The new tokens are stored.
    Done,
    /// Two parties hold this family: it is ended, in the same transaction.
    Reused,
    /// The family got [`limits::TOKENS`] refresh tokens within [`limits::KEPT`]: nothing is stored, and the token is as good
    /// as before. At this moment there is room for one more.
    TooMany(SystemTime),
    /// The token or its grant is not there, or its user or client is gone or disabled: nothing is stored.
    Gone,
}

/// A refresh token with its grant.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredRefreshToken {
    /// The token.
    pub row: RefreshTokenRow,
    /// Its family.
    pub grant: Grant,
    /// Which of the family was used last: by it and by [`is_accepted_after`](RefreshTokenRow::is_accepted_after) one knows
    /// whether this one would be accepted.
    pub last_used: Option<LastUsed>,
}

impl StoredRefreshToken {
    /// These three.
    #[must_use]
    pub const fn new(row: RefreshTokenRow, grant: Grant, last_used: Option<LastUsed>) -> Self {
        Self {
            row,
            grant,
            last_used,
        }
    }
}

/// An access token with its grant.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StoredAccessToken {
    /// The token.
    pub row: AccessTokenRow,
    /// Its family.
    pub grant: Grant,
}

impl StoredAccessToken {
    /// These two.
    #[must_use]
    pub const fn new(row: AccessTokenRow, grant: Grant) -> Self {
        Self { row, grant }
    }
}

/// Keeps codes, grants and their tokens.
///
/// Writes after the code have no [`Grounds`]: the acting credential is the code, the refresh token or the client's secret
/// that was shown, and the write itself checks it. Audit events, of the user, with the grant as the credential: a grant that is
/// made, at its [`created_at`](Grant::created_at) and from where it says, and one that is ended by
/// [`end_grant`](Self::end_grant), to make room for another or, at the moment at which the new access token was issued, by
/// reuse. None tells of a code, a rotation, or what a client has for itself.
#[async_trait]
pub trait GrantStore: Send + Sync + 'static {
    /// Stores a code, on the authority of the session in which it was granted. Of more than [`limits::CODES`] of one user
    /// for one client that nobody redeemed, the oldest go.
    ///
    /// # Errors
    ///
    /// `NotFound` if its user or client is not there or the user is disabled; `Conflict` if the id exists.
    async fn insert_code(&self, code: CodeRow, grounds: &Grounds) -> Result<(), StoreError>;

    /// The code of this id, used or not.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn code(&self, id: TokenId) -> Result<Option<CodeRow>, StoreError>;

    /// Redeems a code that is unused: stores the grant, with the code's session as it is now, and its tokens, and notes in
    /// the code which grant it was. Of more than [`limits::GRANTS`] of one user to one client the oldest are ended.
    ///
    /// # Errors
    ///
    /// `Conflict` if one of the new ids exists; nothing is used then.
    async fn redeem_code(
        &self,
        id: TokenId,
        grant: Grant,
        tokens: IssuedTokens,
    ) -> Result<Redeemed, StoreError>;

    /// Makes an unused code worthless, because it was shown with something wrong beside it.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn spend_code(&self, id: TokenId) -> Result<(), StoreError>;

    /// Stores a grant that a client has for itself. The store may end the oldest of more than
    /// [`limits::GRANTS_OF_CLIENT`].
    ///
    /// # Errors
    ///
    /// `NotFound` if the client is not there; `Conflict` if one of the new ids exists.
    async fn insert_client_grant(
        &self,
        grant: Grant,
        tokens: IssuedTokens,
    ) -> Result<(), StoreError>;

    /// The refresh token of this id, used or not, if its grant has not ended.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn refresh_token(&self, id: TokenId) -> Result<Option<StoredRefreshToken>, StoreError>;

    /// Stores what the refresh token of this id gives, by the rules of [`RefreshTokenRow`]. One that would give more than
    /// [`limits::SIBLINGS`] ends the family. Of more than [`limits::TOKENS`] of the family the oldest go, but no refresh
    /// token before it is [`limits::KEPT`] old: until then there are no more.
    ///
    /// # Errors
    ///
    /// `Conflict` if one of the new ids exists; nothing is used then.
    async fn rotate(&self, id: TokenId, tokens: IssuedTokens) -> Result<Rotated, StoreError>;

    /// The access token of this id, if its grant has not ended.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn access_token(&self, id: TokenId) -> Result<Option<StoredAccessToken>, StoreError>;

    /// Withdraws one access token; its family goes on. Answers whether it was there.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell: then it is not withdrawn.
    async fn withdraw_access_token(&self, id: TokenId) -> Result<bool, StoreError>;

    /// Ends a grant with all its tokens; answers whether it was there.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell: then it has not ended.
    async fn end_grant(&self, id: TokenId, at: SystemTime) -> Result<bool, StoreError>;

    /// The grants of a user that have not ended, ordered by id.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn grants(&self, user_id: &str) -> Result<Vec<Grant>, StoreError>;
}

/// The signing keys at one moment.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct SigningKeys {
    /// Grows with every change of them; 0 before the first.
    pub version: u64,
    /// Ordered by [`created_at`](SigningKeyRow::created_at) and then by `kid`.
    pub rows: Vec<SigningKeyRow>,
}

impl SigningKeys {
    /// These keys.
    #[must_use]
    pub const fn new(version: u64, rows: Vec<SigningKeyRow>) -> Self {
        Self { version, rows }
    }
}

/// Keeps signing keys.
#[async_trait]
pub trait SigningKeyStore: Send + Sync + 'static {
    /// All keys.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn signing_keys(&self) -> Result<SigningKeys, StoreError>;

    /// Puts `rows` in place of all keys, if their version still is `seen`; answers whether it was.
    ///
    /// One conditional write for everything that can happen to keys (made, rotated, retired, encrypted anew): of several
    /// nodes that start at once, one makes them. It withdraws [`Everyone`](empress_auth_core::Subject::Everyone): nobody
    /// knows which of the tokens that are remembered a key that is gone has signed (KY-3).
    ///
    /// # Errors
    ///
    /// See the [module's promises](crate::store).
    async fn replace_signing_keys(
        &self,
        seen: u64,
        rows: Vec<SigningKeyRow>,
        grounds: &Grounds,
    ) -> Result<bool, StoreError>;
}

/// A store that does it all; implemented for every type that does.
pub trait ProviderStore:
    ClientStore + ConsentStore + GrantStore + SigningKeyStore + IssuingStore + CredentialStore
{
}

impl<S> ProviderStore for S where
    S: ClientStore + ConsentStore + GrantStore + SigningKeyStore + IssuingStore + CredentialStore
{
}
