//! The store on SQLite: one file, one thread that writes, several that read.
//!
//! 1. [`file`], [`file_system`] and [`connection`] open the file and refuse one that could not keep what is promised.
//! 2. [`migrations`] bring its schema to the present version.
//! 3. [`readers`] answer look-ups and lists, [`writer`] makes changes, several in one commit.
//! 4. [`feed`] hears what other processes withdrew, [`presence`] notices that the file is gone, [`upkeep`] does what no
//!    request waits for.
//! 5. [`users`], [`keys`], [`tokens`] and [`sessions`] are the stores of core, `oauth` those of the provider; they hold no
//!    rules.
//! 6. [`backup`] copies the file while it is used, and ends what must not go on when the copy has taken its place.

use std::fmt;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use empress_auth_core::{
    Actor, AuditEvent, AuditStore, Clock, CredentialMemory, CredentialStore, Grounds, Lookup,
    NewUser, StoreError, StoreErrorKind, StoreKey, StoredCredential, User, UserStore,
};
use parking_lot::Mutex;

mod audit;
mod backup;
mod change;
mod connection;
mod feed;
mod file;
mod file_system;
mod find;
mod flush;
mod integrity;
mod keys;
mod log_size;
mod migrations;
#[cfg(feature = "oauth")]
mod oauth;
mod options;
mod presence;
mod query;
mod queue;
mod readers;
mod remembered;
mod sessions;
mod settings;
mod sql;
mod sweep;
#[cfg(test)]
mod tests;
mod tokens;
mod upkeep;
mod users;
mod withdrawn;
mod worker;
mod writer;

pub use self::backup::Restored;
pub use self::migrations::Migrated;
pub use self::options::SqliteOptions;

use self::change::Change;
use self::find::Wanted;
use self::presence::Presence;
use self::query::Failed;
use self::readers::Readers;
use self::remembered::Remembered;
use self::upkeep::Upkeep;
use self::writer::{Writer, unavailable};
use crate::last_uses::LastUses;
use crate::open_error::OpenError;

/// A store in an SQLite file, a cheap clone of one whole.
///
/// Needs a tokio runtime with its timer, as axum and actix-web have. Several processes may use one file: what one
/// withdraws the others refuse within 100 ms. The file must stay where it is: a store whose file was replaced or taken away
/// answers `Unavailable`. Put a backup in its place while no store is open, and call [`SqliteOptions::restored_now`]; of one
/// that is written over the file with SQLite's own `.restore` an open store notices, believes nothing that it remembers,
/// and answers `Unavailable` until then, too.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let directory = std::env::temp_dir().join(format!("empress-auth-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&directory)?;
/// # let path = directory.join("empress-auth.db");
/// use empress_auth_core::NewUser;
/// use empress_auth_sql::SqliteStore;
///
/// let store = SqliteStore::open(path).await?;
/// store.create_user(NewUser::named("ada")).await?;
/// assert!(store.create_user(NewUser::named("Ada")).await.is_err());
/// store.close().await;
/// # std::fs::remove_dir_all(&directory)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteStore(Arc<Shared>);

struct Shared {
    // Dropped in this order, so that nobody asks a writer that has gone.
    upkeep: Upkeep,
    /// For look-ups alone, so that no list keeps a request waiting.
    lookups: Readers,
    lists: Readers,
    writer: Writer,
    remembered: Arc<Remembered>,
    presence: Arc<Presence>,
    uses: Arc<LastUses>,
    store_key: StoreKey,
    clock: Clock,
    opened_at: SystemTime,
    is_read_only: bool,
    newer_schema: Option<u32>,
    serve_lock: Mutex<Option<File>>,
}

impl SqliteStore {
    /// Opens the database at `path`, which is made and migrated if need be.
    ///
    /// # Errors
    ///
    /// [`OpenError`], whose text says what to do.
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::options(path).open().await
    }

    /// How to open the database at `path`, where the defaults do not fit.
    pub fn options(path: impl AsRef<Path>) -> SqliteOptions {
        SqliteOptions::new(path.as_ref())
    }

    /// Makes a user, on the authority of whoever runs this program.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Conflict`] if the name is taken, in any letter case; `Unavailable`.
    pub async fn create_user(&self, new: NewUser) -> Result<User, StoreError> {
        let grounds = Actor::assert_local_operator().grounds(self.0.clock.now());
        self.insert_user(new, &grounds).await
    }

    /// Whether the store can do its work: answers a question, and its threads are alive. For readiness probes.
    ///
    /// # Errors
    ///
    /// `Unavailable`, with the reason.
    pub async fn check(&self) -> Result<(), StoreError> {
        let shared = &self.0;
        if !shared.writer.is_alive() {
            return Err(unavailable("the writer has ended"));
        }
        if !shared.upkeep.is_alive() {
            return Err(unavailable("the reader of the change feed has ended"));
        }
        let question = |connection: &rusqlite::Connection| {
            let key = query::one(connection, sql::SETTING, [STORE_KEY], |_| Ok(()))?;
            key.ok_or_else(|| unavailable("the settings are gone").into())
        };
        shared.presence.check()?;
        shared.lookups.ask(question).await
    }

    /// The version of the schema, if it is newer than this version knows: only stores that were opened
    /// [`read_only`](SqliteOptions::read_only) have one.
    #[must_use]
    pub fn newer_schema(&self) -> Option<u32> {
        self.0.newer_schema
    }

    /// Reads the whole file and says what is damaged: an empty list if nothing is. Takes minutes for gigabytes; for a
    /// program that was not asked to serve meanwhile.
    ///
    /// # Errors
    ///
    /// `Unavailable`, also if it takes longer than `limit`.
    pub async fn damage(&self, limit: Duration) -> Result<Vec<String>, StoreError> {
        self.0.presence.check()?;
        self.0.lists.ask_within(limit, integrity::damage).await
    }

    /// Ends the store: writes last uses, does what waits, and leaves one file behind.
    ///
    /// Other clones answer `Unavailable` from then on. A store that is dropped instead loses at most a minute of last uses.
    pub async fn close(self) {
        let shared = &self.0;
        shared.upkeep.close().await;
        // An error is the writer's to log.
        let _ = flush::flush(shared.writer.jobs(), &shared.uses, shared.opened_at).await;
        shared.lookups.close().await;
        shared.lists.close().await;
        shared.writer.close().await;
        drop(shared.serve_lock.lock().take());
    }

    /// Makes a change, after the acting credential was found to hold.
    async fn write<R: Send + 'static>(
        &self,
        grounds: &Grounds,
        change: impl FnOnce(&mut Change<'_>, &Grounds) -> Result<R, Failed> + Send + 'static,
    ) -> Result<R, StoreError> {
        let (grounds, uses) = (grounds.clone(), Arc::clone(&self.0.uses));
        self.write_unasked(move |made| {
            made.check_acting(&grounds, &uses)?;
            change(made, &grounds)
        })
        .await
    }

    /// Makes a change on nobody's authority.
    async fn write_unasked<R: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Change<'_>) -> Result<R, Failed> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.check_is_no_visitor()?;
        self.0.presence.check()?;
        let remembered = Arc::clone(&self.0.remembered);
        self.0.writer.write(remembered, change).await
    }

    /// Whoever opened the file to look neither writes nor lets anybody in.
    fn check_is_no_visitor(&self) -> Result<(), StoreError> {
        if self.0.is_read_only {
            return Err(unavailable("the database was opened read-only"));
        }
        Ok(())
    }
}

impl CredentialStore for SqliteStore {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        let Some(wanted) = Wanted::of(what) else {
            return Ok(None);
        };
        self.check_is_no_visitor()?;
        self.0.presence.check()?;
        let uses = Arc::clone(&self.0.uses);
        self.0
            .lookups
            .ask(move |connection| wanted.find(connection, &uses))
            .await
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        Some(Arc::clone(&self.0.remembered.credentials))
    }
}

#[async_trait]
impl AuditStore for SqliteStore {
    async fn audit(&self, after: u64, limit: usize) -> Result<Vec<AuditEvent>, StoreError> {
        self.0
            .lists
            .ask(move |connection| audit::events(connection, after, limit))
            .await
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteStore").finish_non_exhaustive()
    }
}

/// The name of the setting.
const STORE_KEY: &str = "store_key";

fn not_found(what: &str) -> Failed {
    StoreError::new(StoreErrorKind::NotFound, format!("no such {what}")).into()
}

fn conflict(what: &str) -> Failed {
    StoreError::new(StoreErrorKind::Conflict, format!("{what} exists")).into()
}
