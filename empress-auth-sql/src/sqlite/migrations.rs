//! Which schema does the file have, and how does it get the present one?
//!
//! Forward only, in one transaction under the write lock, so that of several processes that start at once one migrates
//! and the others find it done. The version is SQLite's `user_version`; `application_id` says whose file it is.

use rusqlite::{Connection, ErrorCode};

use super::sql;
use crate::open_error::{OpenError, OpenErrorKind};

/// From each version to the next; a text that was released is never changed.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/0001_first.sql"),
    include_str!("migrations/0002_oauth.sql"),
];

/// The letters `EmpA`.
pub(super) const APPLICATION_ID: i32 = 0x456d_7041;

/// What [`SqliteOptions::migrate_now`](super::SqliteOptions::migrate_now) did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The version of the schema before; 0 for a new database.
    pub from: u32,
    /// The version of the schema now.
    pub to: u32,
}

/// Which schema may a database have that is opened?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Accepted {
    /// The present one, or an older one, which is brought to it.
    Older,
    /// The present one.
    Present,
    /// The present one, or a newer one: whoever opens it only looks.
    Newer,
}

/// Refuses a database that is not ours, or whose schema is not accepted. Changes nothing; answers the version that it has.
pub(super) fn check(connection: &Connection, accepted: Accepted) -> Result<u32, OpenError> {
    let (from, to) = (any_version(connection)?, latest());
    if from > to && accepted != Accepted::Newer {
        return Err(newer(from));
    }
    if from >= to || accepted == Accepted::Older {
        return Ok(from);
    }
    let what = format!(
        "the database has schema {from} and this program needs {to}; run `empress-auth migrate`, or let it migrate"
    );
    Err(OpenError::new(OpenErrorKind::OlderSchema, what))
}

/// The version of a schema that is newer than all that are known here.
pub(super) fn newer_version(connection: &Connection) -> Result<Option<u32>, OpenError> {
    Ok(Some(any_version(connection)?).filter(|version| *version > latest()))
}

/// Brings the schema to the present version.
pub(super) fn migrate(connection: &Connection) -> Result<Migrated, OpenError> {
    let (from, to) = (present_version(connection)?, latest());
    if from == to {
        return Ok(Migrated { from, to });
    }
    run(connection, sql::BEGIN)?;
    let migrated = migrate_alone(connection, to)
        .and_then(|migrated| run(connection, sql::COMMIT).map(|()| migrated));
    // SQLite takes everything back by itself when the disk is full or does not work.
    if migrated.is_err()
        && !connection.is_autocommit()
        && let Err(error) = run(connection, sql::ROLLBACK)
    {
        tracing::error!(%error, "a migration could not be taken back");
    }
    migrated
}

/// The version that this program knows.
fn latest() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}

/// As [`version`], all of one state.
fn present_version(connection: &Connection) -> Result<u32, OpenError> {
    let reading = connection.unchecked_transaction().map_err(failed)?;
    version(&reading)
}

/// The same, whether or not it is known here.
fn any_version(connection: &Connection) -> Result<u32, OpenError> {
    let reading = connection.unchecked_transaction().map_err(failed)?;
    written_version(&reading)
}

fn migrate_alone(connection: &Connection, to: u32) -> Result<Migrated, OpenError> {
    // Another process may have been quicker.
    let from = version(connection)?;
    let done = usize::try_from(from).unwrap_or(usize::MAX);
    for migration in MIGRATIONS.iter().skip(done) {
        run(connection, migration)?;
    }
    connection
        .pragma_update(None, "user_version", to)
        .and_then(|()| connection.pragma_update(None, "application_id", APPLICATION_ID))
        .map_err(failed)?;
    Ok(Migrated { from, to })
}

/// The version of a database of ours, or 0 of an empty one; inside a transaction, for it asks three times.
fn version(connection: &Connection) -> Result<u32, OpenError> {
    let version = written_version(connection)?;
    if version > latest() {
        return Err(newer(version));
    }
    Ok(version)
}

fn written_version(connection: &Connection) -> Result<u32, OpenError> {
    // One statement: another process may be migrating.
    let (owner, version, tables) = connection
        .query_row(sql::SCHEMA, [], |row| {
            Ok((
                row.get::<_, i32>(0)?,
                row.get::<_, i32>(1)?,
                row.get::<_, i64>(2)?,
            ))
        })
        .map_err(failed)?;
    let is_empty = owner == 0 && version == 0 && tables == 0;
    if !is_empty && owner != APPLICATION_ID {
        let what = "the database belongs to another program; give the store a file of its own";
        return Err(OpenError::new(OpenErrorKind::Foreign, what));
    }
    Ok(u32::try_from(version).unwrap_or(u32::MAX))
}

fn newer(version: u32) -> OpenError {
    let known = latest();
    let what = format!(
        "the database has schema {version} and this program knows {known}; use the newer version that wrote it"
    );
    OpenError::new(OpenErrorKind::NewerSchema, what)
}

fn run(connection: &Connection, sql: &str) -> Result<(), OpenError> {
    connection.execute_batch(sql).map_err(failed)
}

fn failed(error: rusqlite::Error) -> OpenError {
    if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) {
        let what = "the file is not a database; give the store a file of its own";
        return OpenError::new(OpenErrorKind::Foreign, what).because(error);
    }
    OpenError::new(OpenErrorKind::Unavailable, "the schema cannot be set up").because(error)
}
