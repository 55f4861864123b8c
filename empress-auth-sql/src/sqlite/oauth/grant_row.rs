//! A grant as a row, and what it shares with a code.

use empress_auth_oauth::grant::{Grant, Granted};
use rusqlite::{Row, ToSql, params};

use super::{sql, user_number};
use crate::column::{self, Unreadable};
use crate::sqlite::change::Change;
use crate::sqlite::query::{Failed, text, text_or_none};
use crate::sqlite::{conflict, not_found};

/// Writes a grant; what it was granted by was checked before.
pub(super) fn insert(change: &Change<'_>, grant: &Grant) -> Result<(), Failed> {
    // What is no user's id must not become none: the grant would be the client's own.
    let user_id = match grant.granted.user_id.as_deref() {
        None => None,
        Some(id) => Some(user_number(id).ok_or_else(|| not_found("user"))?),
    };
    let inserted = with_granted(&grant.granted, user_id, |granted| {
        let rest = params![
            column::from_token_id(grant.id),
            column::from_time(grant.created_at),
            column::from_time(grant.expires_at),
            grant.from.map(|address| address.to_string()),
            grant.granted.ends_with().is_some(),
        ];
        change.execute(sql::INSERT_GRANT, &*[granted, rest].concat())
    })?;
    if inserted == 0 {
        return Err(conflict("the grant"));
    }
    Ok(())
}

/// The values of the columns that grants and codes begin with.
pub(super) fn with_granted<R>(
    granted: &Granted,
    user_id: Option<i64>,
    write: impl FnOnce(&[&dyn ToSql]) -> R,
) -> R {
    write(params![
        granted.client_id,
        user_id,
        column::json(&granted.scopes),
        column::from_list(&granted.resources),
        granted.auth_time.map(column::from_time),
        granted.session_id.map(column::from_token_id),
        granted.nonce,
        granted.acr,
    ])
}

/// Reads these columns.
pub(super) fn granted(row: &Row<'_>) -> Result<Granted, Failed> {
    let user_id: Option<i64> = row.get(1)?;
    let user_id = user_id.map(|id| id.to_string());
    let scopes = column::to_list(Some(text(row, 2)?), "scopes")?;
    let mut granted = Granted::new(text(row, 0)?, user_id.as_deref(), &scopes);
    granted.resources = column::to_list(text_or_none(row, 3)?, "resources")?;
    granted.auth_time = row.get::<_, Option<i64>>(4)?.map(column::to_time);
    granted.session_id = row.get::<_, Option<i64>>(5)?.map(column::to_token_id);
    granted.nonce = text_or_none(row, 6)?.map(Into::into);
    granted.acr = text_or_none(row, 7)?.map(Into::into);
    Ok(granted)
}

/// Reads a grant, whose columns come first.
pub(super) fn grant(row: &Row<'_>) -> Result<Grant, Failed> {
    let id = column::to_token_id(row.get(8)?);
    let created_at = column::to_time(row.get(9)?);
    let expires_at = column::to_time(row.get(10)?);
    let mut grant = Grant::new(id, granted(row)?, created_at, expires_at);
    grant.from = text_or_none(row, 11)?
        .map(|text| text.parse().map_err(|_| Unreadable("address")))
        .transpose()?;
    Ok(grant)
}

/// How many columns of a row are the grant's.
pub(super) const GRANT_COLUMNS: usize = 12;
