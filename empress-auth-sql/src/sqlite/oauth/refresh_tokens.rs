//! Refresh tokens as rows, and their rotation.

use std::time::SystemTime;

use empress_auth_core::TokenId;
use empress_auth_oauth::grant::{IssuedTokens, LastUsed, RefreshTokenRow, limits};
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

/// Stores what the token gives, if its family accepts it; if not, the family ends.
pub(super) fn rotate(
    change: &mut Change<'_>,
    id: TokenId,
    tokens: &IssuedTokens,
) -> Result<Rotated, Failed> {
    let number = column::from_token_id(id);
    let family = change.one(sql::FAMILY, [number], |row| {
        Ok((refresh_token(row, 0)?, last_used(row, 0)?))
    })?;
    let Some((shown, last)) = family else {
        return Ok(Rotated::Gone);
    };
    let grant = column::from_token_id(shown.grant_id);
    let now = tokens.access.issued_at;
    let is_repeated = last.is_some_and(|last| last.id == shown.id);
    if !shown.is_accepted_after(last) || (is_repeated && gave_all(change, &shown)?) {
        grants::end(change, grant, now)?;
        return Ok(Rotated::Reused);
    }
    let is_counted = is_repeated || shown.generation.is_multiple_of(COUNTED_EVERY);
    if is_counted
        && let Some(room_at) = room_at(change, grant)?
        && now < room_at
    {
        return Ok(Rotated::TooMany(room_at));
    }
    let used = change.execute(
        sql::USE_REFRESH_TOKEN,
        params![
            grant,
            shown.generation,
            number,
            last.map_or(0, |last| last.generation),
            last.map(|last| column::from_token_id(last.id)),
        ],
    )?;
    if used == 0 {
        return Err(conflict("another rotation"));
    }
    grants::insert_tokens(change, tokens)?;
    if is_counted {
        forget_oldest(change, grant, tokens)?;
    }
    Ok(Rotated::Done)
}

/// Whether a token gave as many as it may.
fn gave_all(change: &Change<'_>, shown: &RefreshTokenRow) -> Result<bool, Failed> {
    let grant = column::from_token_id(shown.grant_id);
    let of_next = params![grant, shown.generation.saturating_add(1)];
    let given: Option<i64> = change.one(sql::SIBLINGS, of_next, |row| Ok(row.get(0)?))?;
    Ok(given >= Some(column::from_limit(limits::SIBLINGS)))
}

/// When a family may have another refresh token; `None` if it has room.
fn room_at(change: &Change<'_>, grant: i64) -> Result<Option<SystemTime>, Failed> {
    let behind = column::from_limit(limits::TOKENS - 1);
    change.one(sql::REFRESH_TOKEN_BEHIND, params![grant, behind], |row| {
        Ok(column::to_time(row.get(0)?) + limits::KEPT)
    })
}

/// Forgets the oldest tokens of a family that has too many; [`room_at`] has told that they are old enough.
fn forget_oldest(change: &mut Change<'_>, grant: i64, newest: &IssuedTokens) -> Result<(), Failed> {
    let limit = column::from_limit(limits::TOKENS);
    change.execute(sql::FORGET_REFRESH_TOKENS, params![grant, limit])?;
    let id = column::from_token_id(newest.access.id);
    let forgotten = change.execute(sql::FORGET_ACCESS_TOKENS, params![grant, id, limit])?;
    if forgotten > 0 {
        grants::withdraw(change, grant, newest.access.issued_at)?;
    }
    Ok(())
}

/// The tokens of a family are counted, which takes a while, once in so many generations.
const COUNTED_EVERY: u32 = 64;

/// What the family remembers, in the columns behind those of a token that begin at `first`.
fn last_used(row: &Row<'_>, first: usize) -> Result<Option<LastUsed>, Failed> {
    let generation = row.get(first + TOKEN_COLUMNS)?;
    let id: Option<i64> = row.get(first + TOKEN_COLUMNS + 1)?;
    Ok(id
        .map(column::to_token_id)
        .map(|id| LastUsed { generation, id }))
}

/// The token with its grant.
pub(super) fn stored(
    connection: &Connection,
    id: TokenId,
) -> Result<Option<StoredRefreshToken>, Failed> {
    let id = column::from_token_id(id);
    one(connection, sql::REFRESH_TOKEN, [id], |row| {
        Ok(StoredRefreshToken::new(
            refresh_token(row, grant_row::GRANT_COLUMNS)?,
            grant_row::grant(row)?,
            last_used(row, grant_row::GRANT_COLUMNS)?,
        ))
    })
}

/// How many columns a token has.
const TOKEN_COLUMNS: usize = 7;

/// A token, whose columns begin at `first`.
fn refresh_token(row: &Row<'_>, first: usize) -> Result<RefreshTokenRow, Failed> {
    let id = |at| -> Result<_, Failed> { Ok(column::to_token_id(row.get(first + at)?)) };
    let time = |at| -> Result<_, Failed> { Ok(column::to_time(row.get(first + at)?)) };
    let generation = row.get(first + 4)?;
    let digest = digest(row, first + 2)?;
    let times = (time(5)?, time(6)?);
    Ok(RefreshTokenRow::new(
        id(0)?,
        digest,
        id(1)?,
        generation,
        times,
    ))
}
