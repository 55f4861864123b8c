//! One connection, set up and checked: what a store promises, SQLite must be told to keep (DU-7).

use std::path::Path;
use std::time::Duration;

use empress_auth_core::Clock;
use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::writer::PATIENCE;
use crate::open_error::{OpenError, OpenErrorKind};

/// Before 3.51.3 two connections could destroy a database in WAL mode.
const OLDEST_SQLITE: i32 = 3_051_003;

/// How many statements a connection keeps prepared; there are fewer.
const STATEMENTS: usize = 128;

/// The most that stays of the log after a burst of writes.
const LOG_BYTES: i64 = 64 << 20;

/// How long a question waits for a lock; only who recovers the file after a crash locks readers out.
const READING_PATIENCE: Duration = Duration::from_secs(1);

/// What is set and read back.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Settings {
    journal_mode: String,
    synchronous: i64,
    foreign_keys: i64,
    busy_timeout: i64,
    mmap_size: i64,
}

/// Opens the file, which must exist and hold a database of ours, for reading and writing.
pub(super) fn open(path: &Path) -> Result<Connection, OpenError> {
    let connection = open_plain(path)?;
    set_up(&connection)?;
    Ok(connection)
}

/// As [`open`], but changes nothing, whatever the file holds; [`set_up`] is still to be done.
pub(super) fn open_plain(path: &Path) -> Result<Connection, OpenError> {
    check_version(rusqlite::version_number())?;
    // Not as a URI: a file name is a file name.
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.busy_timeout(PATIENCE).map_err(failed)?;
    if connection.is_readonly("main").map_err(failed)? {
        let what = "the database cannot be written: check its owner and mode, and the disk";
        return Err(OpenError::new(OpenErrorKind::Unavailable, what));
    }
    Ok(connection)
}

/// Tells SQLite what to keep to, and checks that it does. Turns the file over to a write-ahead log.
pub(super) fn set_up(connection: &Connection) -> Result<(), OpenError> {
    write_ahead(connection)?;
    set(connection).map_err(failed)?;
    settings(connection).map_err(failed)?.check()
}

/// As [`open`], for questions only.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, OpenError> {
    let connection = open(path)?;
    only_reads(&connection)?;
    connection.busy_timeout(READING_PATIENCE).map_err(failed)?;
    Ok(connection)
}

/// Nothing is written over this connection any more; a file without a write-ahead log is left as it is, and refused.
pub(super) fn set_up_to_read(connection: &Connection) -> Result<(), OpenError> {
    only_reads(connection)?;
    set(connection).map_err(failed)?;
    settings(connection).map_err(failed)?.check()
}

fn only_reads(connection: &Connection) -> Result<(), OpenError> {
    let set = connection.pragma_update(None, "query_only", true);
    set.map_err(failed)
}

/// That this SQLite does not destroy what it keeps.
fn check_version(number: i32) -> Result<(), OpenError> {
    if number >= OLDEST_SQLITE {
        return Ok(());
    }
    let (major, minor, patch) = (number / 1_000_000, number / 1_000 % 1_000, number % 1_000);
    let what = format!(
        "SQLite {major}.{minor}.{patch} can destroy databases that several connections write; build with 3.51.3 or later, \
         such as the one that is bundled"
    );
    Err(OpenError::new(OpenErrorKind::Unsafe, what))
}

/// Readers go on while somebody writes. The first who opens a new file turns it over, alone: others are told that it is
/// busy without having been let wait.
fn write_ahead(connection: &Connection) -> Result<(), OpenError> {
    let clock = Clock::system();
    let give_up_at = clock.monotonic() + PATIENCE;
    loop {
        let set = connection.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()));
        match set {
            Err(rusqlite::Error::SqliteFailure(error, _))
                if error.code == ErrorCode::DatabaseBusy && clock.monotonic() < give_up_at =>
            {
                std::thread::sleep(Duration::from_millis(10));
            }
            other => return other.map_err(failed),
        }
    }
}

fn set(connection: &Connection) -> rusqlite::Result<()> {
    // A commit is on the disk before it is answered; on macOS only this flushes the disk's own memory.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A disk error is an error then, and not a signal that ends the process.
    connection.pragma_update_and_check(None, "mmap_size", 0, |_| Ok(()))?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    // What was deleted is overwritten where that costs nothing.
    connection.pragma_update_and_check(None, "secure_delete", "fast", |_| Ok(()))?;
    connection.pragma_update(None, "temp_store", "memory")?;
    // The file's contents get no say in what is run: neither functions nor triggers nor views.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    Ok(())
}

fn settings(connection: &Connection) -> rusqlite::Result<Settings> {
    let number = |name| connection.pragma_query_value(None, name, |row| row.get(0));
    Ok(Settings {
        journal_mode: connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?,
        synchronous: number("synchronous")?,
        foreign_keys: number("foreign_keys")?,
        busy_timeout: number("busy_timeout")?,
        mmap_size: number("mmap_size")?,
    })
}

impl Settings {
    /// That SQLite does as it was told.
    fn check(&self) -> Result<(), OpenError> {
        let holds = [
            ("journal_mode=wal", self.journal_mode == "wal"),
            ("synchronous=full", self.synchronous == 2),
            ("foreign_keys=on", self.foreign_keys == 1),
            ("busy_timeout", self.busy_timeout > 0),
            ("mmap_size=0", self.mmap_size == 0),
        ];
        match holds.into_iter().find(|(_, holds)| !holds) {
            None => Ok(()),
            Some((setting, _)) => {
                let what = format!(
                    "SQLite does not keep to {setting} for this file; put it on a local disk that can be written"
                );
                Err(OpenError::new(OpenErrorKind::Unsafe, what))
            }
        }
    }
}

fn failed(error: rusqlite::Error) -> OpenError {
    let kind = if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) {
        OpenErrorKind::Foreign
    } else {
        OpenErrorKind::Unavailable
    };
    OpenError::new(kind, "the database cannot be opened").because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sqlite_that_destroys_databases_is_refused() {
        // DU-7, F-7
        for number in [3_040_001, 3_046_000, 3_051_002] {
            let error = check_version(number).unwrap_err();
            assert_eq!(error.kind(), OpenErrorKind::Unsafe);
        }
        assert!(
            check_version(3_040_001)
                .unwrap_err()
                .to_string()
                .starts_with("SQLite 3.40.1 can destroy")
        );
        assert!(check_version(3_051_003).is_ok());
        assert!(check_version(rusqlite::version_number()).is_ok());
    }

    #[test]
    fn each_setting_that_does_not_hold_is_named() {
        // DU-7
        let good = Settings {
            journal_mode: "wal".into(),
            synchronous: 2,
            foreign_keys: 1,
            busy_timeout: 5_000,
            mmap_size: 0,
        };
        assert!(good.check().is_ok());
        let refused = |settings: Settings, name: &str| {
            let error = settings.check().unwrap_err();
            assert_eq!(error.kind(), OpenErrorKind::Unsafe);
            assert!(error.to_string().contains(name), "{error}");
        };
        let good = || good.clone();
        refused(
            Settings {
                journal_mode: "delete".into(),
                ..good()
            },
            "journal_mode",
        );
        refused(
            Settings {
                synchronous: 1,
                ..good()
            },
            "synchronous",
        );
        refused(
            Settings {
                foreign_keys: 0,
                ..good()
            },
            "foreign_keys",
        );
        refused(
            Settings {
                busy_timeout: 0,
                ..good()
            },
            "busy_timeout",
        );
        refused(
            Settings {
                mmap_size: 4096,
                ..good()
            },
            "mmap_size",
        );
    }
}
