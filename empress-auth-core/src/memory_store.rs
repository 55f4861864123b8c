//! A store in the process's own memory: for programs that make their credentials at start, for tests, and as the model
//! that every other store is held to.
//!
//! Reads go straight to the tables (dashmaps); writes take one lock, which makes each of them a transaction.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use crate::actor::{Actor, Grounds};
use crate::audit::AuditEvent;
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::issuing::{AuditStore, UserStore};
use crate::memory::{self, CredentialMemory};
use crate::store::{CredentialStore, Lookup, StoreError, StoreErrorKind};
use crate::stored::StoredCredential;
use crate::token_text::StoreKey;
use crate::user::{NewUser, User};

mod extension;
mod keys;
mod sessions;
mod tables;
mod tokens;
mod users;

pub use self::extension::{MemoryTables, MemoryWrite};
use self::tables::Tables;

/// A store in memory, a cheap clone of one whole; ends with the process.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use empress_auth_core::{MemoryStore, NewUser};
///
/// let store = MemoryStore::new();
/// store.create_user(NewUser::named("ada")).await?;
/// assert!(store.create_user(NewUser::named("Ada")).await.is_err());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct MemoryStore(Arc<Shared>);

struct Shared {
    tables: Tables,
    /// Held by whoever writes.
    writing: Mutex<()>,
    memory: Arc<CredentialMemory>,
    store_key: StoreKey,
    clock: Clock,
}

/// How many audit events are kept; the oldest go first.
const MAX_AUDIT_EVENTS: usize = 100_000;

/// How many uses of evicted credentials wait before a look-up writes them into their rows.
const USES_BATCH: usize = 1_024;

impl MemoryStore {
    /// An empty store.
    ///
    /// # Panics
    ///
    /// If the operating system has no random bytes: then nothing secret can be made in this process.
    #[must_use]
    pub fn new() -> Self {
        Self::with(Clock::system(), CredentialMemory::DEFAULT_CAPACITY)
    }

    /// An empty store that reads the time from `clock` and remembers at most `remembered` verified credentials.
    ///
    /// # Panics
    ///
    /// As [`new`](Self::new).
    #[must_use]
    pub fn with(clock: Clock, remembered: usize) -> Self {
        #[expect(
            clippy::expect_used,
            reason = "documented: without randomness there is no store"
        )]
        let (store_key, _) = StoreKey::generate(&Entropy::system()).expect("random bytes");
        Self(Arc::new(Shared {
            tables: Tables::default(),
            writing: Mutex::new(()),
            memory: memory::shared(remembered, Some(store_key.clone())),
            store_key,
            clock,
        }))
    }

    /// Makes a user, on the authority of whoever runs this program.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Conflict`] if the name is taken, in any letter case.
    pub async fn create_user(&self, new: NewUser) -> Result<User, StoreError> {
        let grounds = Actor::assert_local_operator().grounds(self.0.clock.now());
        self.insert_user(new, &grounds).await
    }

    /// Runs a change alone, after the acting credential was found to hold.
    fn write<R>(
        &self,
        grounds: &Grounds,
        change: impl FnOnce(&Tables) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        self.write_alone(Some(grounds), change)
    }

    fn write_alone<R>(
        &self,
        grounds: Option<&Grounds>,
        change: impl FnOnce(&Tables) -> Result<R, StoreError>,
    ) -> Result<R, StoreError> {
        let _writing = self.0.writing.lock();
        if let Some(grounds) = grounds
            && let Some(acting) = &grounds.acting
            && !self.0.tables.holds(acting, grounds.at)
        {
            return Err(StoreError::new(
                StoreErrorKind::ActorWithdrawn,
                "looked up in the write",
            ));
        }
        change(&self.0.tables)
    }

    /// Writes the uses of credentials that fell out of the memory into their rows.
    fn write_uses(&self) {
        for used in self.0.memory.take_uses() {
            self.0.tables.note_use(&used);
        }
    }
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl CredentialStore for MemoryStore {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        let waiting = self.0.memory.waiting_uses();
        if waiting >= USES_BATCH {
            self.write_uses();
        }
        let found = self.0.tables.find(what);
        let idles = found.as_ref().is_some_and(|row| row.idle_timeout.is_some());
        if idles && waiting > 0 {
            // The use that keeps it alive may be one of those that wait.
            self.write_uses();
            return Ok(self.0.tables.find(what));
        }
        Ok(found)
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        Some(Arc::clone(&self.0.memory))
    }
}

#[async_trait]
impl AuditStore for MemoryStore {
    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEvent>, StoreError> {
        Ok(self.0.tables.audit_after(after, limit))
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore").finish_non_exhaustive()
    }
}

fn not_found(what: &str) -> StoreError {
    StoreError::new(StoreErrorKind::NotFound, format!("no such {what}"))
}

fn conflict(what: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Conflict, format!("{what} exists"))
}
