//! Codes, grants and their tokens in SQLite.

use std::net::IpAddr;
use std::time::SystemTime;

use async_trait::async_trait;
use empress_auth_core::{Actor, AuditAction, Grounds, StoreError, TokenId};
use empress_auth_oauth::grant::{CodeRow, Grant, IssuedTokens, client_subject, limits};
use empress_auth_oauth::store::{
    GrantStore, Redeemed, Rotated, StoredAccessToken, StoredRefreshToken,
};
use rusqlite::{Row, params};

use super::{access_tokens, check_client, codes, grant_row, refresh_tokens, sql, user_number};
use crate::column;
use crate::sqlite::SqliteStore;
use crate::sqlite::change::Change;
use crate::sqlite::query::{Failed, all, one, text};
use crate::sqlite::withdrawn::Withdrawn;

/// How many are ended at once.
const MAX_ENDED: usize = 1_000;

/// They are counted, which takes a while, once in so many grants.
const COUNTED_EVERY: u64 = 64;

#[async_trait]
impl GrantStore for SqliteStore {
    async fn insert_code(&self, code: CodeRow, grounds: &Grounds) -> Result<(), StoreError> {
        self.write(grounds, move |change, _| codes::insert(change, &code))
            .await
    }

    async fn code(&self, id: TokenId) -> Result<Option<CodeRow>, StoreError> {
        let id = column::from_token_id(id);
        self.0
            .lookups
            .ask(move |connection| one(connection, sql::CODE, [id], codes::code))
            .await
    }

    async fn redeem_code(
        &self,
        id: TokenId,
        grant: Grant,
        tokens: IssuedTokens,
    ) -> Result<Redeemed, StoreError> {
        self.write_unasked(move |change| codes::redeem(change, id, grant, &tokens))
            .await
    }

    async fn spend_code(&self, id: TokenId) -> Result<(), StoreError> {
        let id = column::from_token_id(id);
        self.write_unasked(move |change| change.execute(sql::SPEND_CODE, [id]).map(|_| ()))
            .await
    }

    async fn insert_client_grant(
        &self,
        grant: Grant,
        tokens: IssuedTokens,
    ) -> Result<(), StoreError> {
        self.write_unasked(move |change| {
            check_client(change, &grant.granted.client_id)?;
            grant_row::insert(change, &grant)?;
            insert_tokens(change, &tokens)?;
            make_room(change, &grant)
        })
        .await
    }

    async fn refresh_token(&self, id: TokenId) -> Result<Option<StoredRefreshToken>, StoreError> {
        self.0
            .lookups
            .ask(move |connection| refresh_tokens::stored(connection, id))
            .await
    }

    async fn rotate(&self, id: TokenId, tokens: IssuedTokens) -> Result<Rotated, StoreError> {
        self.write_unasked(move |change| refresh_tokens::rotate(change, id, &tokens))
            .await
    }

    async fn access_token(&self, id: TokenId) -> Result<Option<StoredAccessToken>, StoreError> {
        self.0
            .lookups
            .ask(move |connection| access_tokens::stored(connection, id))
            .await
    }

    async fn withdraw_access_token(&self, id: TokenId) -> Result<bool, StoreError> {
        let (id, now) = (column::from_token_id(id), self.0.clock.now());
        self.write_unasked(move |change| {
            let grant = change.one(sql::WITHDRAW_ACCESS_TOKEN, [id], |row| {
                Ok(row.get::<_, i64>(0)?)
            })?;
            let Some(grant) = grant else {
                return Ok(false);
            };
            withdraw(change, grant, now)?;
            Ok(true)
        })
        .await
    }

    async fn end_grant(&self, id: TokenId, at: SystemTime) -> Result<bool, StoreError> {
        let id = column::from_token_id(id);
        self.write_unasked(move |change| end(change, id, at)).await
    }

    async fn grants(&self, user_id: &str) -> Result<Vec<Grant>, StoreError> {
        let user_id = user_number(user_id);
        self.0
            .lists
            .ask(move |connection| all(connection, sql::GRANTS, [user_id], grant_row::grant))
            .await
    }
}

/// Whose a grant is.
struct Holder {
    client_id: Box<str>,
    user_id: Option<i64>,
}

impl Holder {
    fn read(row: &Row<'_>) -> Result<Self, Failed> {
        Ok(Self {
            client_id: text(row, 0)?.into(),
            user_id: row.get(1)?,
        })
    }

    /// What is remembered of the grant's tokens ends with this.
    fn withdrawn(&self) -> Withdrawn {
        let user_id = self.user_id.map(|id| id.to_string());
        let subject = user_id.unwrap_or_else(|| client_subject(&self.client_id));
        Withdrawn::User(subject.into())
    }
}

/// Ends what is remembered of a grant's tokens.
pub(super) fn withdraw(change: &mut Change<'_>, grant: i64, at: SystemTime) -> Result<(), Failed> {
    match change.one(sql::HOLDER_OF_GRANT, [grant], Holder::read)? {
        Some(holder) => change.announce(holder.withdrawn(), at),
        None => Ok(()),
    }
}

/// Ends a grant with all its tokens; answers whether it was there.
pub(super) fn end(change: &mut Change<'_>, grant: i64, at: SystemTime) -> Result<bool, Failed> {
    let Some(holder) = change.one(sql::END_GRANT, [grant], Holder::read)? else {
        return Ok(false);
    };
    if let Some(user_id) = holder.user_id {
        let id = column::to_token_id(grant).to_string();
        let grounds = grounds(at, None);
        change.log(AuditAction::GrantEnded, user_id, Some(&id), &grounds)?;
    }
    change.announce(holder.withdrawn(), at)?;
    Ok(true)
}

pub(super) fn insert_tokens(change: &Change<'_>, tokens: &IssuedTokens) -> Result<(), Failed> {
    access_tokens::insert(change, &tokens.access)?;
    match &tokens.refresh {
        Some(token) => refresh_tokens::insert(change, token),
        None => Ok(()),
    }
}

/// Those of a change that no credential of ours asks for.
pub(super) fn grounds(at: SystemTime, from: Option<IpAddr>) -> Grounds {
    Actor::assert_local_operator()
        .with_address(from)
        .grounds(at)
}

/// Ends the oldest grants that a client has for itself, where it has too many.
fn make_room(change: &mut Change<'_>, newest: &Grant) -> Result<(), Failed> {
    if !newest.id.number().is_multiple_of(COUNTED_EVERY) {
        return Ok(());
    }
    let client_id = &newest.granted.client_id;
    let ended = change.execute(
        sql::END_OLDEST_OF_CLIENT,
        params![
            client_id,
            column::from_limit(limits::GRANTS_OF_CLIENT),
            column::from_limit(MAX_ENDED),
        ],
    )?;
    if ended > 0 {
        let subject = client_subject(client_id).into();
        change.announce(Withdrawn::User(subject), newest.created_at)?;
    }
    Ok(())
}
