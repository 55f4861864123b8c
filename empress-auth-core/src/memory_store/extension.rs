//! Room for the tables of other crates: what they keep changes in the same writes and ends with the same users.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::RwLock;

use super::{MemoryStore, Shared};
use crate::actor::Grounds;
use crate::audit::AuditAction;
use crate::memory::Subject;
use crate::store::StoreError;
use crate::stored::{StoredCredential, StoredUser};
use crate::token_text::TokenId;

/// Tables that another crate keeps in a [`MemoryStore`].
///
/// Readers come at any time; [`MemoryStore::write_tables`] is the one way to change them. What is called here is called
/// in the middle of a write of the store and must not begin another.
pub trait MemoryTables: Any + Send + Sync {
    /// What is found for the access token of this id; `user` finds a user by id, as it is now.
    fn access_token(
        &self,
        id: TokenId,
        user: &dyn Fn(&str) -> Option<Arc<StoredUser>>,
    ) -> Option<StoredCredential>;

    /// Ends what the user of this id has opened: it was disabled, or given another password.
    fn end_user(&self, user_id: &str);

    /// Forgets the user of this id: it was deleted.
    fn delete_user(&self, user_id: &str);

    /// Ends what this user opened in a session: the session was ended. One that expires by itself ends nothing.
    fn end_session(&self, user_id: &str, session: TokenId);

    /// Ends what this user opened in any session but `except`, also in those that expired and are forgotten; answers which
    /// sessions these were.
    fn end_sessions(&self, user_id: &str, except: Option<TokenId>) -> BTreeSet<TokenId>;

    /// Hands on what this user opened in a session: the same user logged in again in its place.
    fn renew_session(&self, user_id: &str, session: TokenId, renewed: TokenId);
}

/// A write of a [`MemoryStore`] that is under way: no other one runs until it has ended.
#[derive(Clone, Copy)]
pub struct MemoryWrite<'a>(&'a Shared);

impl MemoryWrite<'_> {
    /// Whether there is a user of this id and it is enabled.
    #[must_use]
    pub fn is_enabled_user(&self, user_id: &str) -> bool {
        let user = self.0.tables.stored_user(user_id);
        user.is_some_and(|user| user.enabled)
    }

    /// Adds an event to the audit log.
    pub fn log(
        &self,
        action: AuditAction,
        user_id: &str,
        credential_id: Option<&str>,
        grounds: &Grounds,
    ) {
        self.0.tables.log(action, user_id, credential_id, grounds);
    }

    /// Ends what is remembered of `subject`; to be called when the change is made.
    pub fn withdraw(&self, subject: Subject<'_>) {
        self.0.memory.withdraw(subject);
    }
}

impl std::fmt::Debug for MemoryWrite<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MemoryWrite").finish_non_exhaustive()
    }
}

impl MemoryStore {
    /// The tables of this type, which all clones of the store share; empty ones at first.
    #[must_use]
    pub fn tables<T: MemoryTables + Default>(&self) -> Arc<T> {
        self.0.tables.extensions.of()
    }

    /// Runs a change of such tables alone among all writes, after the acting credential of `grounds` was found to hold.
    ///
    /// # Errors
    ///
    /// [`ActorWithdrawn`](crate::StoreErrorKind::ActorWithdrawn), and what `change` answers; that must have changed
    /// nothing then.
    pub fn write_tables<T: MemoryTables + Default, R>(
        &self,
        grounds: Option<&Grounds>,
        change: impl FnOnce(&T, MemoryWrite<'_>) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let tables = self.tables::<T>();
        self.write_alone(grounds, |_| change(&tables, MemoryWrite(&self.0)))
    }
}

/// The tables of other crates, one of each type.
#[derive(Default)]
pub(super) struct Extensions(RwLock<Vec<Arc<dyn MemoryTables>>>);

impl Extensions {
    fn of<T: MemoryTables + Default>(&self) -> Arc<T> {
        if let Some(tables) = find(&self.0.read()) {
            return tables;
        }
        let mut all = self.0.write();
        find(&all).unwrap_or_else(|| {
            let tables = Arc::new(T::default());
            all.push(Arc::<T>::clone(&tables));
            tables
        })
    }

    pub(super) fn access_token(
        &self,
        id: TokenId,
        user: &dyn Fn(&str) -> Option<Arc<StoredUser>>,
    ) -> Option<StoredCredential> {
        let all = self.0.read();
        all.iter().find_map(|tables| tables.access_token(id, user))
    }

    pub(super) fn end_user(&self, user_id: &str) {
        for tables in self.0.read().iter() {
            tables.end_user(user_id);
        }
    }

    pub(super) fn delete_user(&self, user_id: &str) {
        for tables in self.0.read().iter() {
            tables.delete_user(user_id);
        }
    }

    pub(super) fn end_session(&self, user_id: &str, session: TokenId) {
        for tables in self.0.read().iter() {
            tables.end_session(user_id, session);
        }
    }

    pub(super) fn end_sessions(&self, user_id: &str, except: Option<TokenId>) -> BTreeSet<TokenId> {
        let all = self.0.read();
        let ended = all
            .iter()
            .map(|tables| tables.end_sessions(user_id, except));
        ended.flatten().collect()
    }

    pub(super) fn renew_session(&self, user_id: &str, session: TokenId, renewed: TokenId) {
        for tables in self.0.read().iter() {
            tables.renew_session(user_id, session, renewed);
        }
    }
}

fn find<T: MemoryTables>(all: &[Arc<dyn MemoryTables>]) -> Option<Arc<T>> {
    all.iter().find_map(|tables| {
        let tables: Arc<dyn Any + Send + Sync> = Arc::<dyn MemoryTables>::clone(tables);
        tables.downcast().ok()
    })
}
