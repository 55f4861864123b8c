//! How a database is opened.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use empress_auth_core::{Clock, CredentialMemory, Entropy, StoreKey};
use parking_lot::Mutex;
use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::backup::{self, Restored};
use super::feed::{Feed, Position};
use super::log_size::LogSize;
use super::migrations::{self, Accepted, Migrated};
use super::presence::Presence;
use super::query::{Failed, execute, one};
use super::readers::Readers;
use super::remembered::Remembered;
use super::upkeep::{Duties, Pace, Upkeep};
use super::writer::{PATIENCE, Writer};
use super::{STORE_KEY, Shared, SqliteStore, connection, file, sql};
use crate::last_uses::LastUses;
use crate::open_error::{OpenError, OpenErrorKind};

/// How to open a database.
///
/// # Examples
///
/// ```no_run
/// # async fn serve() -> Result<(), empress_auth_sql::OpenError> {
/// use empress_auth_sql::SqliteStore;
///
/// let store = SqliteStore::options("empress-auth.db")
///     .create(false)
///     .exclusive()
///     .open()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
#[must_use = "options do nothing until `open` is called"]
pub struct SqliteOptions {
    path: PathBuf,
    readers: usize,
    remembered: usize,
    clock: Clock,
    may_create: bool,
    accepted: Accepted,
    is_exclusive: bool,
    max_staleness: Duration,
    write_timeout: Duration,
    pub(super) pace: Pace,
}

/// Two: one core answers 270,000 look-ups a second, and a slow one must not keep all others waiting.
const DEFAULT_READERS: usize = 2;

/// The most threads that read.
const MAX_READERS: usize = 64;

/// The longest time that a change waits: SQLite counts milliseconds in 31 bits.
const MAX_WRITE_TIMEOUT: Duration = Duration::from_secs(60 * 60);

/// How long the memory answers after the last time that the file could be read.
const DEFAULT_MAX_STALENESS: Duration = Duration::from_secs(5);

impl SqliteOptions {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            readers: DEFAULT_READERS,
            remembered: CredentialMemory::DEFAULT_CAPACITY,
            clock: Clock::system(),
            may_create: true,
            accepted: Accepted::Older,
            is_exclusive: false,
            max_staleness: DEFAULT_MAX_STALENESS,
            write_timeout: PATIENCE,
            pace: Pace::default(),
        }
    }

    /// How many threads look credentials up, 1 to 64; 2 unless told.
    pub fn readers(mut self, count: usize) -> Self {
        self.readers = count.clamp(1, MAX_READERS);
        self
    }

    /// How many verified credentials are remembered; a million unless told, which take about 300 MB.
    pub fn remembered(mut self, capacity: usize) -> Self {
        self.remembered = capacity;
        self
    }

    /// Reads the time from `clock`.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Whether a database is made where there is none, which is so unless told. Its owner alone may read it.
    pub fn create(mut self, may_create: bool) -> Self {
        self.may_create = may_create;
        self
    }

    /// Whether an older schema is brought to the present version, which is so unless told; else it is refused.
    pub fn migrate(mut self, may_migrate: bool) -> Self {
        self.accepted = match (self.accepted, may_migrate) {
            (Accepted::Newer, _) => Accepted::Newer,
            (Accepted::Older | Accepted::Present, true) => Accepted::Older,
            (Accepted::Older | Accepted::Present, false) => Accepted::Present,
        };
        self
    }

    /// Refuses to open while another store that was opened so has the file: for programs that serve.
    pub fn exclusive(mut self) -> Self {
        self.is_exclusive = true;
        self
    }

    /// Opens the database to look what is in it, also if its schema is newer than this version knows.
    ///
    /// Whatever would write answers `Unavailable`, and so does every look-up of a credential: a newer version may have
    /// withdrawn one in a way that this version does not see. Lists show what this version knows of.
    pub fn read_only(mut self) -> Self {
        self.accepted = Accepted::Newer;
        self
    }

    /// For how long what was verified is believed when the file cannot be read any more; 5 seconds unless told.
    pub fn max_staleness(mut self, time: Duration) -> Self {
        self.max_staleness = time;
        self
    }

    /// How long a change may wait for the disk and for whoever else writes the file, at most an hour; 5 seconds unless told.
    ///
    /// Then it is answered `Unavailable`. It may have been made all the same.
    pub fn write_timeout(mut self, time: Duration) -> Self {
        self.write_timeout = time.min(MAX_WRITE_TIMEOUT);
        self
    }

    /// Opens the database.
    ///
    /// # Errors
    ///
    /// [`OpenError`], whose text says what to do.
    pub async fn open(self) -> Result<SqliteStore, OpenError> {
        aside(move || self.open_here()).await
    }

    /// Makes the database if there is none and brings its schema to the present version, and no more.
    ///
    /// # Errors
    ///
    /// [`OpenError`], whose text says what to do.
    pub async fn migrate_now(self) -> Result<Migrated, OpenError> {
        aside(move || {
            let path = file::prepare(&self.path, self.may_create)?;
            migrations::migrate(&open_ours(&path, Accepted::Older)?)
        })
        .await
    }

    /// Copies the database into a new file, `to`, while others read and write it; all that was answered before is in it.
    ///
    /// Nobody opens such a copy before [`restored_now`](Self::restored_now) was called on it.
    ///
    /// # Errors
    ///
    /// [`OpenError`], whose text says what to do: also if there is such a file already.
    pub async fn back_up_now(self, to: impl AsRef<Path>) -> Result<(), OpenError> {
        let to = to.as_ref().to_owned();
        aside(move || {
            let path = file::prepare(&self.path, false)?;
            backup::back_up(&open_ours(&path, Accepted::Present)?, &to, self.clock.now())
        })
        .await
    }

    /// Makes a backup that was put in the place of the database one that can be opened, and brings it to the present schema.
    ///
    /// What was withdrawn since it was made is good again in it. Ends sessions, what clients were granted, consents and the
    /// tokens of Django REST framework, all of which are got again without an operator; API keys, API tokens and passwords
    /// are the operator's to look at.
    ///
    /// # Errors
    ///
    /// [`OpenError`], whose text says what to do.
    pub async fn restored_now(self) -> Result<Restored, OpenError> {
        aside(move || {
            let path = file::prepare(&self.path, false)?;
            let connection = open_any(&path)?;
            migrations::migrate(&connection)?;
            backup::restored(&connection, self.clock.now())
        })
        .await
    }

    fn open_here(self) -> Result<SqliteStore, OpenError> {
        let is_read_only = self.accepted == Accepted::Newer;
        let path = file::prepare(&self.path, self.may_create && !is_read_only)?;
        let serve_lock = self.is_exclusive.then(|| file::lock(&path)).transpose()?;
        let presence = Arc::new(Presence::of(&path).map_err(is_gone)?);
        let writing = open_ours(&path, self.accepted)?;
        writing
            .busy_timeout(self.write_timeout)
            .map_err(|error| cannot_be_read(error.into()))?;
        let newer_schema = if is_read_only {
            migrations::newer_version(&writing)?
        } else {
            migrations::migrate(&writing)?;
            None
        };
        let store_key = store_key(&writing)?;
        let memory = CredentialMemory::new(self.remembered, Some(store_key.clone()));
        let memory = Arc::new(memory);
        let uses = Arc::new(LastUses::new(Arc::clone(&memory)));
        let remembered = Arc::new(Remembered::new(memory));

        let watching = connection::open_to_read(&path)?;
        let position = Position::at_the_end(&watching).map_err(cannot_be_read)?;
        let position = Arc::new(position);
        let mut feed = Feed::new(
            watching,
            Arc::clone(&position),
            Arc::clone(&remembered),
            self.clock.clone(),
            Arc::clone(&presence),
            self.max_staleness,
        );
        // The memory is trusted for as long as the feed was heard, from the beginning.
        feed.poll().map_err(cannot_be_read)?;

        let readers = |name, count| {
            let connections: Result<Vec<_>, _> = (0..count)
                .map(|_| connection::open_to_read(&path))
                .collect();
            Readers::start(name, connections?).map_err(no_thread)
        };
        let lookups = readers("empress-auth reader", self.readers)?;
        let lists = readers("empress-auth lister", 1)?;
        let writer = Writer::start(writing, position, self.write_timeout).map_err(no_thread)?;
        let duties = Duties {
            jobs: writer.jobs().clone(),
            uses: Arc::clone(&uses),
            clock: self.clock.clone(),
            log_size: LogSize::of(&path),
            pace: self.pace,
        };
        let upkeep = Upkeep::start(feed, duties);
        Ok(SqliteStore(Arc::new(Shared {
            upkeep: upkeep.map_err(no_thread)?,
            lookups,
            lists,
            writer,
            remembered,
            presence,
            uses,
            store_key,
            opened_at: self.clock.now(),
            clock: self.clock,
            is_read_only,
            newer_schema,
            serve_lock: Mutex::new(serve_lock),
        })))
    }
}

/// The first connection: nothing is changed unless the database is ours and may be used as it is.
fn open_ours(path: &Path, accepted: Accepted) -> Result<Connection, OpenError> {
    open_checked(path, accepted, backup::check)
}

/// The same for a backup, too.
fn open_any(path: &Path) -> Result<Connection, OpenError> {
    open_checked(path, Accepted::Older, |_| Ok(()))
}

fn open_checked(
    path: &Path,
    accepted: Accepted,
    check: fn(&Connection) -> Result<(), OpenError>,
) -> Result<Connection, OpenError> {
    let connection = connection::open_plain(path)?;
    // A new database has no settings yet.
    if migrations::check(&connection, accepted)? > 0 {
        check(&connection)?;
    }
    if accepted == Accepted::Newer {
        connection::set_up_to_read(&connection)?;
    } else {
        connection::set_up(&connection)?;
    }
    Ok(connection)
}

/// Does what blocks on a thread of its own.
async fn aside<R: Send + 'static>(
    work: impl FnOnce() -> Result<R, OpenError> + Send + 'static,
) -> Result<R, OpenError> {
    let (reply, answer) = oneshot::channel();
    std::thread::Builder::new()
        .name("empress-auth opener".to_owned())
        .spawn(move || {
            // Whoever asked may have gone away.
            let _ = reply.send(work());
        })
        .map_err(no_thread)?;
    answer.await.unwrap_or_else(|_| {
        let what = "opening the database panicked";
        Err(OpenError::new(OpenErrorKind::Unavailable, what))
    })
}

/// The key of the tags in this store's tokens, made by whoever opens the database first.
fn store_key(connection: &Connection) -> Result<StoreKey, OpenError> {
    if let Some(key) = read_store_key(connection)? {
        return Ok(key);
    }
    let (_, bytes) = StoreKey::generate(&Entropy::system()).map_err(|error| {
        let what = "the machine has no random bytes";
        OpenError::new(OpenErrorKind::Unavailable, what).because(error)
    })?;
    execute(
        connection,
        sql::ADD_SETTING,
        params![STORE_KEY, bytes.as_slice()],
    )
    .map_err(cannot_be_read)?;
    read_store_key(connection)?.ok_or_else(|| {
        let what = "the database keeps no settings";
        OpenError::new(OpenErrorKind::Unavailable, what)
    })
}

fn read_store_key(connection: &Connection) -> Result<Option<StoreKey>, OpenError> {
    let bytes: Option<[u8; 32]> = one(connection, sql::SETTING, [STORE_KEY], |row| Ok(row.get(0)?))
        .map_err(cannot_be_read)?;
    Ok(bytes.map(|bytes| StoreKey::from_bytes(&bytes)))
}

fn cannot_be_read(Failed(error): Failed) -> OpenError {
    OpenError::new(OpenErrorKind::Unavailable, "the database cannot be read").because(error)
}

fn is_gone(error: std::io::Error) -> OpenError {
    let what = "the database was taken away while it was opened";
    OpenError::new(OpenErrorKind::NotFound, what).because(error)
}

fn no_thread(error: std::io::Error) -> OpenError {
    OpenError::new(
        OpenErrorKind::Unavailable,
        "the machine gives no more threads",
    )
    .because(error)
}
