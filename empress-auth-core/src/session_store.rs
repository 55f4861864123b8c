//! What a store must do so that people can log in and out. The promises are those of [`crate::IssuingStore`].

use async_trait::async_trait;

use crate::actor::Grounds;
use crate::session::{Session, SessionRow};
use crate::store::StoreError;
use crate::token_text::TokenId;

/// Keeps browser sessions.
///
/// A session is found by [`Lookup::SessionId`](crate::Lookup::SessionId) and never as a token, even if it shares its id
/// with one. [`UserStore`](crate::UserStore) ends sessions, too: a password that is set, and a user that is disabled or
/// deleted, take all sessions of the user along in the same transaction, under the event of that write alone. Enabling
/// the user brings none back. Another hash of the same password ends none.
#[async_trait]
pub trait SessionStore: Send + Sync + 'static {
    /// Stores a session, and ends the one that it `replaces`, if that is there, whosever it is.
    ///
    /// If its user has `limit` of them already, as many end as are too many: first those that have expired, which leaves
    /// no event, then those that were not seen for longest ([`Session::last_seen_at`]), as far as uses are written down.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such user or it is disabled; `Conflict` if there is a session of this id. Nothing ends
    /// then.
    async fn insert_session(
        &self,
        row: SessionRow,
        replaces: Option<TokenId>,
        limit: usize,
        grounds: &Grounds,
    ) -> Result<Session, StoreError>;

    /// The sessions of a user, ordered by id; of those that have expired, any or none.
    ///
    /// # Errors
    ///
    /// `Unavailable` if the store cannot tell.
    async fn sessions(&self, username: &str) -> Result<Vec<Session>, StoreError>;

    /// Ends the session of this id, of one user or of anybody's, and answers whether there was one.
    ///
    /// # Errors
    ///
    /// See the [promises](crate::IssuingStore#promises).
    async fn end_session(
        &self,
        username: Option<&str>,
        id: TokenId,
        grounds: &Grounds,
    ) -> Result<bool, StoreError>;

    /// Ends all sessions of a user but `except`, and answers how many there were.
    ///
    /// What was opened in a session ends also where the session expired and is forgotten; then its end is told to the audit
    /// log now, and is not counted.
    ///
    /// # Errors
    ///
    /// `NotFound` if there is no such user.
    async fn end_sessions(
        &self,
        username: &str,
        except: Option<TokenId>,
        grounds: &Grounds,
    ) -> Result<usize, StoreError>;
}
