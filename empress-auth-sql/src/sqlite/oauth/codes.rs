//! Codes as rows. The first who uses one is the only one.

use empress_auth_core::{AuditAction, TokenId};
use empress_auth_oauth::grant::{CodeChallenge, CodeRow, CodeUse, Grant, IssuedTokens, limits};
use empress_auth_oauth::store::Redeemed;
use rusqlite::{Row, params};

use super::{check_client, enabled_user, grant_row, grants, sql};
use crate::column::{self, Unreadable};
use crate::sqlite::change::Change;
use crate::sqlite::find::digest;
use crate::sqlite::query::{Failed, all, text, text_or_none};
use crate::sqlite::{conflict, not_found};

pub(super) fn insert(change: &Change<'_>, code: &CodeRow) -> Result<(), Failed> {
    let user_id = code.granted.user_id.as_deref();
    let user_id = enabled_user(change, user_id.ok_or_else(|| not_found("user"))?)?;
    check_client(change, &code.granted.client_id)?;
    let (method, challenge) = match &code.challenge {
        None => (None, None),
        Some(CodeChallenge::S256(text)) => (Some(S256), Some(text)),
        Some(CodeChallenge::Plain(text)) => (Some(PLAIN), Some(text)),
    };
    let inserted = grant_row::with_granted(&code.granted, Some(user_id), |granted| {
        let rest = params![
            column::from_token_id(code.id),
            code.digest.algorithm(),
            code.digest.as_bytes(),
            code.redirect_uri,
            code.redirect_uri_was_sent,
            method,
            challenge,
            column::from_time(code.issued_at),
            column::from_time(code.expires_at),
        ];
        change.execute(sql::INSERT_CODE, &*[granted, rest].concat())
    })?;
    if inserted == 0 {
        return Err(conflict("the code"));
    }
    let (id, others) = (column::from_token_id(code.id), limits::CODES - 1);
    let room = params![
        user_id,
        code.granted.client_id,
        id,
        column::from_limit(others)
    ];
    change.execute(sql::MAKE_ROOM_FOR_CODE, room)?;
    Ok(())
}

/// Uses the code, if nobody did, and stores what it gives.
pub(super) fn redeem(
    change: &mut Change<'_>,
    id: TokenId,
    mut grant: Grant,
    tokens: &IssuedTokens,
) -> Result<Redeemed, Failed> {
    let number = column::from_token_id(id);
    let used = change.one(sql::USE_CODE, [number], |row| {
        Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?))
    })?;
    let Some((user_id, session_id)) = used else {
        let before = change.one(sql::GRANT_OF_CODE, [number], |row| Ok(row.get(0)?))?;
        return Ok(before.map_or(Redeemed::Gone, |before| {
            Redeemed::Again(column::to_token_id(before))
        }));
    };
    // Since the code was read its user may have logged in again.
    grant.granted.session_id = session_id.map(column::to_token_id);
    grant_row::insert(change, &grant)?;
    grants::insert_tokens(change, tokens)?;
    let named = column::from_token_id(grant.id);
    change.execute(sql::NAME_GRANT_OF_CODE, [number, named])?;
    make_room(change, &grant, user_id)?;
    let grounds = grants::grounds(grant.created_at, grant.from);
    let id = grant.id.to_string();
    change.log(AuditAction::GrantCreated, user_id, Some(&id), &grounds)?;
    Ok(Redeemed::First)
}

/// Ends the oldest grants of a user to a client, if there are too many.
fn make_room(change: &mut Change<'_>, newest: &Grant, user_id: i64) -> Result<(), Failed> {
    let others = column::from_limit(limits::GRANTS - 1);
    let newest_id = column::from_token_id(newest.id);
    let room = params![newest.granted.client_id, user_id, newest_id, others];
    let read = |row: &Row<'_>| Ok(row.get(0)?);
    let mut ended: Vec<i64> = all(change.connection, sql::MAKE_ROOM_FOR_GRANT, room, read)?;
    ended.sort_unstable();
    let grounds = grants::grounds(newest.created_at, None);
    for id in &ended {
        let id = column::to_token_id(*id).to_string();
        change.log(AuditAction::GrantEnded, user_id, Some(&id), &grounds)?;
    }
    if !ended.is_empty() {
        change.withdraw(user_id, &grounds)?;
    }
    Ok(())
}

pub(super) fn code(row: &Row<'_>) -> Result<CodeRow, Failed> {
    let time = |at| -> Result<_, Failed> { Ok(column::to_time(row.get(at)?)) };
    let id = column::to_token_id(row.get(8)?);
    let granted = grant_row::granted(row)?;
    let digest = digest(row, 9)?;
    let times = (time(15)?, time(16)?);
    let mut code = CodeRow::new(id, digest, granted, text(row, 11)?, times);
    code.redirect_uri_was_sent = row.get(12)?;
    code.challenge = challenge(row)?;
    code.used = match (row.get(17)?, row.get::<_, Option<i64>>(18)?) {
        (false, _) => CodeUse::Unused,
        (true, None) => CodeUse::Spent,
        (true, Some(grant)) => CodeUse::Redeemed(column::to_token_id(grant)),
    };
    Ok(code)
}

fn challenge(row: &Row<'_>) -> Result<Option<CodeChallenge>, Failed> {
    let Some(method) = text_or_none(row, 13)? else {
        return Ok(None);
    };
    let challenge = text(row, 14)?.into();
    Ok(Some(match method {
        S256 => CodeChallenge::S256(challenge),
        PLAIN => CodeChallenge::Plain(challenge),
        _ => return Err(Unreadable("code challenge").into()),
    }))
}

/// The names in the registry of RFC 7636 §6.2.
const S256: &str = "S256";
const PLAIN: &str = "plain";
