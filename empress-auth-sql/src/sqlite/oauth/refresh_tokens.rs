//! Refresh tokens as rows, and their rotation.

use empress_auth_core::TokenId;
use empress_auth_oauth::grant::{IssuedTokens, LastUsed, RefreshTokenRow};
use empress_auth_oauth::store::{Rotated, StoredRefreshToken};
use rusqlite::{Connection, Row, params};

use super::{grant_row, grants, sql};
use crate::column;
use crate::sqlite::change::Change;
use crate::sqlite::conflict;
use crate::sqlite::find::digest;
use crate::sqlite::query::{Failed, one};

pub(super) fn insert(change: &Change<'_>, token: &RefreshTokenRow) -> Result<(), Failed> {
    let inserted = change.execute(
        sql::INSERT_REFRESH_TOKEN,
        params![
            column::from_token_id(token.id),
            column::from_token_id(token.grant_id),
            token.digest.algorithm(),
            token.digest.as_bytes(),
            token.generation,
            column::from_time(token.issued_at),
            column::from_time(token.expires_at),
        ],
    )?;
    if inserted == 0 {
        return Err(conflict("the refresh token"));
    }
    Ok(())
}

/// Stores what the token gives, if it is one that may still be used; if it is not, its family ends.
pub(super) fn rotate(
    change: &mut Change<'_>,
    id: TokenId,
    tokens: &IssuedTokens,
) -> Result<Rotated, Failed> {
    let number = column::from_token_id(id);
    if change
        .one(sql::USE_REFRESH_TOKEN, [number], |_| Ok(()))?
        .is_some()
    {
        grants::insert_tokens(change, tokens)?;
        return Ok(Rotated::Done);
    }
    let family = change.one(sql::GRANT_OF_REFRESH_TOKEN, [number], |row| Ok(row.get(0)?))?;
    let Some(family) = family else {
        return Ok(Rotated::Gone);
    };
    grants::end(change, family, tokens.access.issued_at)?;
    Ok(Rotated::Reused)
}

/// The token with its grant.
pub(super) fn stored(
    connection: &Connection,
    id: TokenId,
) -> Result<Option<StoredRefreshToken>, Failed> {
    let id = column::from_token_id(id);
    one(connection, sql::REFRESH_TOKEN, [id], |row| {
        Ok(StoredRefreshToken::new(
            refresh_token(row)?,
            grant_row::grant(row)?,
            last_used(row)?,
        ))
    })
}

/// What the family remembers, behind the columns of the token.
fn last_used(row: &Row<'_>) -> Result<Option<LastUsed>, Failed> {
    let first = grant_row::GRANT_COLUMNS + TOKEN_COLUMNS;
    let id: Option<i64> = row.get(first + 1)?;
    Ok(match id {
        None => None,
        Some(id) => Some(LastUsed {
            generation: row.get(first)?,
            id: column::to_token_id(id),
        }),
    })
}

/// How many columns a token has.
const TOKEN_COLUMNS: usize = 7;

/// A token, whose columns follow those of its grant.
fn refresh_token(row: &Row<'_>) -> Result<RefreshTokenRow, Failed> {
    let first = grant_row::GRANT_COLUMNS;
    let id = |at| -> Result<_, Failed> { Ok(column::to_token_id(row.get(first + at)?)) };
    let time = |at| -> Result<_, Failed> { Ok(column::to_time(row.get(first + at)?)) };
    let generation = row.get(first + 4)?;
    let digest = digest(row, first + 2)?;
    Ok(RefreshTokenRow::new(
        id(0)?,
        digest,
        id(1)?,
        generation,
        (time(5)?, time(6)?),
    ))
}
