//! Which schema does the file have, and how does it get the present one?
//!
//! Forward only, in one transaction under the write lock, so that of several processes that start at once one migrates
//! and the others find it done. The version is SQLite's `user_version`; `application_id` says whose file it is.

use rusqlite::Connection;

use super::sql;
use crate::open_error::{OpenError, OpenErrorKind};

/// From each version to the next; a text that was released is never changed.
const MIGRATIONS: &[&str] = &[include_str!("migrations/0001_first.sql")];

/// The letters `EmpA`.
const APPLICATION_ID: i32 = 0x456d_7041;

/// What [`SqliteOptions::migrate_now`](super::SqliteOptions::migrate_now) did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migrated {
    /// The version of the schema before; 0 for a new database.
    pub from: u32,
    /// The version of the schema now.
    pub to: u32,
}

/// Brings the schema to the present version, or refuses if it may not or cannot.
pub(super) fn migrate(connection: &Connection, may_migrate: bool) -> Result<Migrated, OpenError> {
    let from = version(connection)?;
    let to = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if from == to {
        return Ok(Migrated { from, to });
    }
    if !may_migrate {
        let what = format!(
            "the database has schema {from} and this program needs {to}; run `empress-auth migrate`, or let it migrate"
        );
        return Err(OpenError::new(OpenErrorKind::OlderSchema, what));
    }
    run(connection, sql::BEGIN)?;
    let migrated = migrate_alone(connection, to);
    run(
        connection,
        if migrated.is_ok() {
            sql::COMMIT
        } else {
            sql::ROLLBACK
        },
    )?;
    migrated
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

/// The version of a database of ours, or 0 of an empty one.
fn version(connection: &Connection) -> Result<u32, OpenError> {
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
    let version = u32::try_from(version).unwrap_or(u32::MAX);
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    if version > known {
        let what = format!(
            "the database has schema {version} and this program knows {known}; use the newer version that wrote it"
        );
        return Err(OpenError::new(OpenErrorKind::NewerSchema, what));
    }
    Ok(version)
}

fn run(connection: &Connection, sql: &str) -> Result<(), OpenError> {
    connection.execute_batch(sql).map_err(failed)
}

fn failed(error: rusqlite::Error) -> OpenError {
    OpenError::new(OpenErrorKind::Unavailable, "the schema cannot be set up").because(error)
}
