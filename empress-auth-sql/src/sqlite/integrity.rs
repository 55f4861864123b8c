//! Is what lies in the file whole?

use rusqlite::Connection;

use super::query::{Failed, some, text};
use super::sql;

/// How many findings are told; a file that has more is beyond reading.
const FINDINGS: usize = 20;

/// What SQLite finds wrong with pages, indexes, rows and references.
pub(super) fn damage(connection: &Connection) -> Result<Vec<String>, Failed> {
    let mut found = some(connection, sql::INTEGRITY, [], FINDINGS, |row| {
        let finding = text(row, 0)?;
        Ok((finding != "ok").then(|| finding.to_owned()))
    })?;
    found.extend(some(
        connection,
        sql::BROKEN_REFERENCES,
        [],
        FINDINGS,
        |row| {
            let (table, parent) = (text(row, 0)?, text(row, 2)?);
            Ok(Some(format!(
                "a row of {table} refers to one of {parent} that is not there"
            )))
        },
    )?);
    Ok(found)
}
