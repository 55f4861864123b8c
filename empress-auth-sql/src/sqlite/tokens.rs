//! API tokens in SQLite.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use async_trait::async_trait;
use empress_auth_core::{
    ApiToken, AuditAction, Grounds, StoreError, StoreErrorKind, StoreKey, TokenChange, TokenForm,
    TokenId, TokenRow, TokenStore,
};
use rusqlite::{Row, params};

use super::change::Change;
use super::query::{Failed, all, execute, one, some, text, text_or_none};
use super::users::{enabled_owner, find_owner, owner};
use super::{SqliteStore, conflict, find, not_found, sql};
use crate::column::{self, Unreadable};
use crate::last_uses::{LastUses, Used};

#[async_trait]
impl TokenStore for SqliteStore {
    fn store_key(&self) -> &StoreKey {
        &self.0.store_key
    }

    async fn insert_token(
        &self,
        row: TokenRow,
        limit: usize,
        grounds: &Grounds,
    ) -> Result<ApiToken, StoreError> {
        self.write(grounds, move |change, grounds| {
            let owner = enabled_owner(change, &row.token.username)?;
            let limit = column::from_limit(limit);
            let is_full = |change: &Change<'_>| {
                let count = change.one(sql::TOKENS_OF_USER_UP_TO, [owner.id, limit], |row| {
                    Ok(row.get::<_, i64>(0)?)
                })?;
                Ok::<_, Failed>(count.is_none_or(|count| count >= limit))
            };
            if is_full(change)? {
                let now = column::from_time(grounds.at);
                change.execute(sql::DROP_EXPIRED_TOKENS, [owner.id, now])?;
                if is_full(change)? {
                    let kind = StoreErrorKind::LimitReached;
                    return Err(StoreError::new(kind, "tokens of one user").into());
                }
            }
            insert(change, &row, owner.id, grounds)?;
            Ok(row.token)
        })
        .await
    }

    async fn token(&self, id: TokenId) -> Result<Option<ApiToken>, StoreError> {
        let uses = Arc::clone(&self.0.uses);
        self.0
            .lists
            .ask(move |connection| {
                let id = column::from_token_id(id);
                one(connection, sql::TOKEN, [id], |row| token(row, &uses))
            })
            .await
    }

    async fn tokens(
        &self,
        username: Option<&str>,
        after: Option<TokenId>,
        limit: usize,
    ) -> Result<Vec<ApiToken>, StoreError> {
        let (username, uses) = (username.map(str::to_owned), Arc::clone(&self.0.uses));
        let after = after.map_or(i64::MIN, column::from_token_id);
        self.0
            .lists
            .ask(move |connection| {
                // A token of a form that this version does not know is left out.
                let listed = |row: &Row<'_>| match TokenForm::from_stored(text(row, 2)?) {
                    Some(_) => token(row, &uses).map(Some),
                    None => Ok(None),
                };
                match username {
                    Some(name) => {
                        let rows = params![after, i64::MAX, name];
                        some(connection, sql::TOKENS_OF_USER, rows, limit, listed)
                    }
                    None => {
                        let rows = [after, i64::MAX];
                        some(connection, sql::TOKENS, rows, limit, listed)
                    }
                }
            })
            .await
    }

    async fn update_token(
        &self,
        username: &str,
        id: TokenId,
        token_change: TokenChange,
        grounds: &Grounds,
    ) -> Result<ApiToken, StoreError> {
        let (username, uses) = (username.to_owned(), Arc::clone(&self.0.uses));
        self.write(grounds, move |change, grounds| {
            let number = column::from_token_id(id);
            let found = change.one(sql::TOKEN, [number], |row| token(row, &uses))?;
            let mut token = found
                .filter(|token| *token.username == *username)
                .ok_or_else(|| not_found("token"))?;
            if !token_change.is_within(&token.scopes, token.expires_at) {
                return Err(conflict("a narrower token"));
            }
            token.apply(token_change);
            change.execute(
                sql::UPDATE_TOKEN,
                params![
                    number,
                    token.name,
                    column::from_scopes(&token.scopes),
                    token.expires_at.map(column::from_time),
                    column::from_networks(&token.networks),
                ],
            )?;
            let owner = owner(change, &username)?;
            let id = id.to_string();
            change.log(AuditAction::TokenUpdated, owner.id, Some(&id), grounds)?;
            change.withdraw(owner.id, grounds)?;
            Ok(token)
        })
        .await
    }

    async fn revoke_tokens(
        &self,
        username: Option<&str>,
        ids: &[TokenId],
        grounds: &Grounds,
    ) -> Result<Vec<TokenId>, StoreError> {
        let (username, ids) = (username.map(str::to_owned), ids.to_vec());
        self.write(grounds, move |change, grounds| {
            let owner_id = match &username {
                None => None,
                Some(name) => match find_owner(change, name)? {
                    Some(owner) => Some(owner.id),
                    None => return Ok(Vec::new()),
                },
            };
            let mut revoked = Vec::new();
            let mut users = BTreeSet::new();
            for id in ids {
                if let Some(user_id) = revoke(change, id, owner_id, grounds)? {
                    users.insert(user_id);
                    revoked.push(id);
                }
            }
            for user_id in users {
                change.withdraw(user_id, grounds)?;
            }
            Ok(revoked)
        })
        .await
    }

    async fn revoke_all_tokens(
        &self,
        username: &str,
        grounds: &Grounds,
    ) -> Result<usize, StoreError> {
        let username = username.to_owned();
        self.write(grounds, move |change, grounds| {
            let user_id = owner(change, &username)?.id;
            let mut ids: Vec<i64> = all(
                change.connection,
                sql::REVOKE_ALL_TOKENS,
                [user_id],
                |row| Ok(row.get(0)?),
            )?;
            ids.sort_unstable();
            for id in &ids {
                let id = column::to_token_id(*id).to_string();
                change.log(AuditAction::TokenRevoked, user_id, Some(&id), grounds)?;
            }
            change.execute(sql::NEXT_EPOCH, [user_id])?;
            change.withdraw(user_id, grounds)?;
            Ok(ids.len())
        })
        .await
    }

    async fn put_drf_token(
        &self,
        row: TokenRow,
        epoch: u64,
        grounds: &Grounds,
    ) -> Result<TokenId, StoreError> {
        self.write(grounds, move |change, grounds| {
            let owner = enabled_owner(change, &row.token.username)?;
            if owner.token_epoch != epoch {
                return Err(conflict("another epoch"));
            }
            let digest = row.digest.as_bytes();
            let present = change.one(sql::DRF_TOKEN, [digest], |row| Ok(row.get(0)?))?;
            if let Some(present) = present {
                return Ok(column::to_token_id(present));
            }
            insert(change, &row, owner.id, grounds)?;
            Ok(row.token.id)
        })
        .await
    }
}

fn insert(
    change: &mut Change<'_>,
    row: &TokenRow,
    user_id: i64,
    grounds: &Grounds,
) -> Result<(), Failed> {
    let token = &row.token;
    let inserted = execute(
        change.connection,
        sql::INSERT_TOKEN,
        params![
            column::from_token_id(token.id),
            user_id,
            token.form.stored(),
            row.digest.algorithm(),
            row.digest.as_bytes(),
            token.last4,
            token.name,
            column::from_time(token.created_at),
            token.expires_at.map(column::from_time),
            token.last_used_at.map(column::from_time),
            column::from_scopes(&token.scopes),
            token.created_by,
            token.idle_timeout.map(column::from_duration),
            column::from_networks(&token.networks),
        ],
    )?;
    if inserted == 0 {
        return Err(conflict("the token"));
    }
    let id = token.id.to_string();
    change.log(AuditAction::TokenCreated, user_id, Some(&id), grounds)?;
    change.has_made_something();
    Ok(())
}

/// Takes a token out and answers whose it was. A derived token takes its epoch with it, so that the next one is another.
fn revoke(
    change: &Change<'_>,
    id: TokenId,
    owner_id: Option<i64>,
    grounds: &Grounds,
) -> Result<Option<i64>, Failed> {
    let of_owner = params![column::from_token_id(id), owner_id];
    let gone = change.one(sql::REVOKE_TOKEN, of_owner, |row| {
        let form = TokenForm::from_stored(text(row, 1)?);
        Ok((row.get(0)?, form == Some(TokenForm::Drf)))
    })?;
    let Some((user_id, is_derived)) = gone else {
        return Ok(None);
    };
    if is_derived {
        change.execute(sql::NEXT_EPOCH, [user_id])?;
    }
    let id = id.to_string();
    change.log(AuditAction::TokenRevoked, user_id, Some(&id), grounds)?;
    Ok(Some(user_id))
}

/// A token as it is listed, with a use that is not in its row yet.
fn token(row: &Row<'_>, uses: &LastUses) -> Result<ApiToken, Failed> {
    let time = |column| -> Result<Option<SystemTime>, Failed> {
        Ok(row.get::<_, Option<i64>>(column)?.map(column::to_time))
    };
    let id = column::to_token_id(row.get(0)?);
    let form = TokenForm::from_stored(text(row, 2)?).ok_or(Unreadable("token form"))?;
    let digest = find::digest(row, 3)?;
    let created_at = column::to_time(row.get(7)?);
    let mut token = ApiToken::new(id, text(row, 1)?, form, created_at);
    token.last4 = text(row, 5)?.into();
    token.name = text(row, 6)?.into();
    token.expires_at = time(8)?;
    token.last_used_at = time(9)?.max(uses.of(Used::Token(id), &digest));
    token.scopes = column::to_scopes(text_or_none(row, 10)?)?;
    token.created_by = text_or_none(row, 11)?.map(Into::into);
    token.idle_timeout = row.get::<_, Option<i64>>(12)?.map(column::to_duration);
    token.networks = column::to_networks(text_or_none(row, 13)?)?.into();
    Ok(token)
}
