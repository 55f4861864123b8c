//! Browser sessions in SQLite.

use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use empress_auth_core::{
    AuditAction, Grounds, Session, SessionRow, SessionStore, StoreError, TokenId,
};
use rusqlite::{Connection, Row, params};

use super::change::Change;
use super::query::{Failed, all, text, text_or_none};
use super::users::{enabled_owner, find_owner, owner};
use super::{SqliteStore, conflict, find, sql};
use crate::column::{self, Unreadable};
use crate::last_uses::{LastUses, Used};

#[async_trait]
impl SessionStore for SqliteStore {
    async fn insert_session(
        &self,
        row: SessionRow,
        replaces: Option<TokenId>,
        limit: usize,
        grounds: &Grounds,
    ) -> Result<Session, StoreError> {
        let uses = Arc::clone(&self.0.uses);
        self.write(grounds, move |change, grounds| {
            let (session, digest) = (row.session, row.digest);
            let user_id = enabled_owner(change, &session.username)?.id;
            let id = column::from_token_id(session.id);
            if change.one(sql::SESSION_ID, [id], |_| Ok(()))?.is_some() {
                return Err(conflict("the session"));
            }
            if let Some(replaced) = replaces {
                renew(change, replaced, user_id, id)?;
                end(change, replaced, None, grounds)?;
            }
            make_room(change, &session.username, limit, &uses, grounds)?;
            change.execute(
                sql::INSERT_SESSION,
                params![
                    id,
                    user_id,
                    digest.algorithm(),
                    digest.as_bytes(),
                    column::from_time(session.created_at),
                    column::from_time(session.expires_at),
                    column::from_duration(session.idle_timeout),
                    session.last_used_at.map(column::from_time),
                    session.from.map(|address| address.to_string()),
                ],
            )?;
            let id = session.id.to_string();
            change.log(AuditAction::SessionCreated, user_id, Some(&id), grounds)?;
            Ok(session)
        })
        .await
    }

    async fn sessions(&self, username: &str) -> Result<Vec<Session>, StoreError> {
        let (username, uses) = (username.to_owned(), Arc::clone(&self.0.uses));
        self.0
            .lists
            .ask(move |connection| listed(connection, &username, &uses))
            .await
    }

    async fn end_session(
        &self,
        username: Option<&str>,
        id: TokenId,
        grounds: &Grounds,
    ) -> Result<bool, StoreError> {
        let username = username.map(str::to_owned);
        self.write(grounds, move |change, grounds| {
            let owner_id = match &username {
                None => None,
                Some(name) => match find_owner(change, name)? {
                    Some(owner) => Some(owner.id),
                    None => return Ok(false),
                },
            };
            end(change, id, owner_id, grounds)
        })
        .await
    }

    async fn end_sessions(
        &self,
        username: &str,
        except: Option<TokenId>,
        grounds: &Grounds,
    ) -> Result<usize, StoreError> {
        let username = username.to_owned();
        self.write(grounds, move |change, grounds| {
            let user_id = owner(change, &username)?.id;
            let but = params![user_id, except.map(column::from_token_id)];
            let read = |row: &Row<'_>| Ok(row.get(0)?);
            let mut ids: Vec<i64> = all(change.connection, sql::END_SESSIONS, but, read)?;
            let count = ids.len();
            // Also in those that expired: their rows are gone.
            for sql in [sql::END_CODES_OF_SESSIONS, sql::END_GRANTS_OF_SESSIONS] {
                ids.extend(all(change.connection, sql, but, read)?);
            }
            ids.sort_unstable();
            ids.dedup();
            for id in &ids {
                let id = column::to_token_id(*id).to_string();
                change.log(AuditAction::SessionEnded, user_id, Some(&id), grounds)?;
            }
            if !ids.is_empty() {
                change.withdraw(user_id, grounds)?;
            }
            Ok(count)
        })
        .await
    }
}

/// Takes all sessions of a user out, under the event of the write that does so.
pub(super) fn end_all(change: &Change<'_>, user_id: i64) -> Result<(), Failed> {
    let nothing: Option<i64> = None;
    all(
        change.connection,
        sql::END_SESSIONS,
        params![user_id, nothing],
        |_| Ok(()),
    )?;
    Ok(())
}

/// Ends what was opened in a session that ends.
fn end_opened(change: &Change<'_>, session: i64, user_id: i64) -> Result<(), Failed> {
    for sql in [sql::END_CODES_OF_SESSION, sql::END_GRANTS_OF_SESSION] {
        change.execute(sql, [session, user_id])?;
    }
    Ok(())
}

/// Hands on what this user opened in a session that another one replaces; of anybody else's it touches nothing.
fn renew(change: &Change<'_>, replaced: TokenId, user_id: i64, by: i64) -> Result<(), Failed> {
    let replaced = column::from_token_id(replaced);
    for sql in [sql::RENEW_SESSION_OF_CODES, sql::RENEW_SESSION_OF_GRANTS] {
        change.execute(sql, [replaced, user_id, by])?;
    }
    Ok(())
}

/// Takes a session out with what was opened in it, of one user or of anybody, and answers whether it was there.
fn end(
    change: &mut Change<'_>,
    id: TokenId,
    owner_id: Option<i64>,
    grounds: &Grounds,
) -> Result<bool, Failed> {
    let of_owner = params![column::from_token_id(id), owner_id];
    let Some(user_id) = change.one(sql::END_SESSION, of_owner, |row| Ok(row.get(0)?))? else {
        return Ok(false);
    };
    end_opened(change, column::from_token_id(id), user_id)?;
    let id = id.to_string();
    change.log(AuditAction::SessionEnded, user_id, Some(&id), grounds)?;
    change.withdraw(user_id, grounds)?;
    Ok(true)
}

/// Leaves room for one more session of a user: what has expired goes first and without an event, then who was not seen
/// for longest.
fn make_room(
    change: &mut Change<'_>,
    username: &str,
    limit: usize,
    uses: &LastUses,
    grounds: &Grounds,
) -> Result<(), Failed> {
    let mut sessions = listed(change.connection, username, uses)?;
    if sessions.len() < limit {
        return Ok(());
    }
    let (mut holding, expired): (Vec<_>, Vec<_>) = sessions
        .drain(..)
        .partition(|session| grounds.at < session.expires_at);
    for session in expired {
        let nobody: Option<i64> = None;
        let row = params![column::from_token_id(session.id), nobody];
        change.one(sql::END_SESSION, row, |_| Ok(()))?;
    }
    holding.sort_by_key(|session| (session.last_seen_at(), session.id));
    let too_many = (holding.len() + 1).saturating_sub(limit);
    for session in holding.iter().take(too_many) {
        end(change, session.id, None, grounds)?;
    }
    Ok(())
}

fn listed(
    connection: &Connection,
    username: &str,
    uses: &LastUses,
) -> Result<Vec<Session>, Failed> {
    all(connection, sql::SESSIONS, [username], |row| {
        session(row, uses)
    })
}

/// A session as it is listed, with a use that is not in its row yet.
fn session(row: &Row<'_>, uses: &LastUses) -> Result<Session, Failed> {
    let time = |column| -> Result<SystemTime, Failed> { Ok(column::to_time(row.get(column)?)) };
    let id = column::to_token_id(row.get(0)?);
    let digest = find::digest(row, 2)?;
    let idle_timeout = column::to_duration(row.get(6)?);
    let mut session = Session::new(id, text(row, 1)?, time(4)?, time(5)?, idle_timeout);
    let written: Option<i64> = row.get(7)?;
    session.last_used_at = written
        .map(column::to_time)
        .max(uses.of(Used::Session(id), &digest));
    session.from = text_or_none(row, 8)?
        .map(|text| text.parse().map_err(|_| Unreadable("address")))
        .transpose()?;
    Ok(session)
}
