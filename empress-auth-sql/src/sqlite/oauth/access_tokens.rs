//! Access tokens as rows, and as what a request is verified against.

use empress_auth_core::{StoredCredential, TokenId};
use empress_auth_oauth::grant::{AccessTokenRow, Granted};
use empress_auth_oauth::store::StoredAccessToken;
use rusqlite::{Connection, Row, params};

use super::{grant_row, sql};
use crate::column;
use crate::sqlite::change::Change;
use crate::sqlite::conflict;
use crate::sqlite::find::{digest, stored_user};
use crate::sqlite::query::{Failed, one, text, text_or_none};

/// What a request that shows the token of this id is verified against. One question, joined with the user.
pub(in crate::sqlite) fn find(
    connection: &Connection,
    id: TokenId,
) -> Result<Option<StoredCredential>, Failed> {
    let found = one(
        connection,
        sql::FIND_ACCESS_TOKEN,
        [column::from_token_id(id)],
        credential,
    )?;
    Ok(found.flatten())
}

fn credential(row: &Row<'_>) -> Result<Option<StoredCredential>, Failed> {
    let granted = Granted::new(text(row, 4)?, None, &[]);
    let user = match row.get::<_, Option<i64>>(0)? {
        Some(_) => stored_user(row)?,
        None => granted.client_user(),
    };
    Ok(access_token(row, 5)?.credential(&granted, user))
}

pub(super) fn insert(change: &Change<'_>, token: &AccessTokenRow) -> Result<(), Failed> {
    let inserted = change.execute(
        sql::INSERT_ACCESS_TOKEN,
        params![
            column::from_token_id(token.id),
            column::from_token_id(token.grant_id),
            token.digest.algorithm(),
            token.digest.as_bytes(),
            column::json(&token.scopes),
            column::from_list(&token.audience),
            column::from_time(token.issued_at),
            column::from_time(token.expires_at),
        ],
    )?;
    if inserted == 0 {
        return Err(conflict("the access token"));
    }
    Ok(())
}

/// The token with its grant.
pub(super) fn stored(
    connection: &Connection,
    id: TokenId,
) -> Result<Option<StoredAccessToken>, Failed> {
    let id = column::from_token_id(id);
    one(connection, sql::ACCESS_TOKEN, [id], |row| {
        let token = access_token(row, grant_row::GRANT_COLUMNS)?;
        Ok(StoredAccessToken::new(token, grant_row::grant(row)?))
    })
}

/// A token, whose columns begin at `first`.
fn access_token(row: &Row<'_>, first: usize) -> Result<AccessTokenRow, Failed> {
    let id = |at| -> Result<_, Failed> { Ok(column::to_token_id(row.get(first + at)?)) };
    let time = |at| -> Result<_, Failed> { Ok(column::to_time(row.get(first + at)?)) };
    let scopes = column::to_list(Some(text(row, first + 4)?), "scopes")?;
    let digest = digest(row, first + 2)?;
    let mut token = AccessTokenRow::new(id(0)?, digest, id(1)?, &scopes, (time(6)?, time(7)?));
    token.audience = column::to_list(text_or_none(row, first + 5)?, "audience")?;
    Ok(token)
}
