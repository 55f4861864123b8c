//! Asking SQLite: statements are prepared once a connection.

use empress_auth_core::StoreError;
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Params, Row};

use crate::column::Unreadable;

/// What went wrong inside a job; SQLite's own errors are outages.
#[derive(Debug)]
pub(super) struct Failed(pub(super) StoreError);

/// The first row.
pub(super) fn one<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T, Failed>,
) -> Result<Option<T>, Failed> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

/// Every row.
pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl Fn(&Row<'_>) -> Result<T, Failed>,
) -> Result<Vec<T>, Failed> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut list = Vec::new();
    while let Some(row) = rows.next()? {
        list.push(read(row)?);
    }
    Ok(list)
}

/// The first `limit` rows that `read` makes something of: a row that is left out ends no page.
pub(super) fn some<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    limit: usize,
    read: impl Fn(&Row<'_>) -> Result<Option<T>, Failed>,
) -> Result<Vec<T>, Failed> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut list = Vec::new();
    while list.len() < limit
        && let Some(row) = rows.next()?
    {
        list.extend(read(row)?);
    }
    Ok(list)
}

/// Changes rows, and says how many.
pub(super) fn execute(
    connection: &Connection,
    sql: &str,
    params: impl Params,
) -> Result<usize, Failed> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// Text that lies in the row; nothing is copied.
pub(super) fn text<'r>(row: &'r Row<'_>, column: usize) -> Result<&'r str, Failed> {
    Ok(row.get_ref(column)?.as_str()?)
}

/// As [`text`], where there may be none.
pub(super) fn text_or_none<'r>(row: &'r Row<'_>, column: usize) -> Result<Option<&'r str>, Failed> {
    Ok(row.get_ref(column)?.as_str_or_null()?)
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self(error)
    }
}

impl From<rusqlite::Error> for Failed {
    fn from(error: rusqlite::Error) -> Self {
        Self(StoreError::unavailable(error))
    }
}

impl From<FromSqlError> for Failed {
    fn from(error: FromSqlError) -> Self {
        Self(StoreError::unavailable(error))
    }
}

impl From<Unreadable> for Failed {
    fn from(error: Unreadable) -> Self {
        Self(StoreError::unavailable(error))
    }
}
