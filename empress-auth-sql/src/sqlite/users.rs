//! Users in SQLite.

use async_trait::async_trait;
use empress_auth_core::password::PasswordHash;
use empress_auth_core::user_key::UserKey;
use empress_auth_core::{AuditAction, Grounds, NewUser, StoreError, User, UserChange, UserStore};
use rusqlite::{Row, params};

use super::change::Change;
use super::query::{Failed, all, one, text, text_or_none};
use super::{SqliteStore, conflict, not_found, sessions, sql};
use crate::column;

#[async_trait]
impl UserStore for SqliteStore {
    async fn insert_user(&self, new: NewUser, grounds: &Grounds) -> Result<User, StoreError> {
        self.write(grounds, move |change, grounds| {
            let at = column::from_time(grounds.at);
            let mut user = User::from_new("", &new, column::to_time(at));
            let inserted = change.execute(
                sql::INSERT_USER,
                params![
                    user.username,
                    UserKey::new(&user.username).as_str(),
                    user.email,
                    user.full_name,
                    user.enabled,
                    column::from_roles(&user.roles),
                    at,
                    new.password.as_ref().map(PasswordHash::as_str),
                ],
            )?;
            if inserted == 0 {
                return Err(conflict("a user of this name"));
            }
            let id = change.connection.last_insert_rowid();
            user.id = id.to_string().into();
            change.log(AuditAction::UserCreated, id, None, grounds)?;
            Ok(user)
        })
        .await
    }

    async fn user(&self, username: &str) -> Result<Option<User>, StoreError> {
        let username = username.to_owned();
        self.0
            .lists
            .ask(move |connection| one(connection, sql::USER, [username], user))
            .await
    }

    async fn user_by_id(&self, id: &str) -> Result<Option<User>, StoreError> {
        let Ok(id) = id.parse::<i64>() else {
            return Ok(None);
        };
        self.0
            .lists
            .ask(move |connection| one(connection, sql::USER_BY_ID, [id], user))
            .await
    }

    async fn users(&self, after: Option<&str>, limit: usize) -> Result<Vec<User>, StoreError> {
        let after = after.map(str::to_owned);
        self.0
            .lists
            .ask(move |connection| {
                let page = params![after, column::from_limit(limit)];
                all(connection, sql::USERS, page, user)
            })
            .await
    }

    async fn update_user(
        &self,
        username: &str,
        user_change: UserChange,
        grounds: &Grounds,
    ) -> Result<User, StoreError> {
        let username = username.to_owned();
        self.write(grounds, move |change, grounds| {
            let found = change.one(sql::USER, [&username], |row| {
                Ok((row.get::<_, i64>(0)?, user(row)?))
            })?;
            let (id, mut user) = found.ok_or_else(|| not_found("user"))?;
            user.apply(&user_change);
            change.execute(
                sql::UPDATE_USER,
                params![
                    id,
                    user.email,
                    user.full_name,
                    user.enabled,
                    column::from_roles(&user.roles),
                ],
            )?;
            if user_change.password.is_some() || user_change.enabled == Some(false) {
                sessions::end_all(change, id)?;
                // What clients hold of it, and what they could still get, under the event of this write.
                change.execute(sql::END_GRANTS, [id])?;
                change.execute(sql::END_CODES, [id])?;
            }
            let action = match &user_change.password {
                Some(password) => {
                    let at = column::from_time(grounds.at);
                    change.execute(sql::SET_PASSWORD, params![id, password.as_str(), at])?;
                    AuditAction::PasswordSet
                }
                None => AuditAction::UserUpdated,
            };
            change.log(action, id, None, grounds)?;
            change.withdraw(id, grounds)?;
            Ok(user)
        })
        .await
    }

    async fn replace_password_hash(
        &self,
        username: &str,
        from: &PasswordHash,
        to: PasswordHash,
    ) -> Result<bool, StoreError> {
        let (username, from) = (username.to_owned(), from.clone());
        self.write_unasked(move |change| {
            let id = change.one(sql::USER_ID, [&username], |row| Ok(row.get::<_, i64>(0)?))?;
            let id = id.ok_or_else(|| not_found("user"))?;
            let replaced = change.execute(
                sql::REPLACE_PASSWORD,
                params![id, from.as_str(), to.as_str()],
            )?;
            Ok(replaced > 0)
        })
        .await
    }

    async fn delete_user(&self, username: &str, grounds: &Grounds) -> Result<(), StoreError> {
        let username = username.to_owned();
        self.write(grounds, move |change, grounds| {
            let id = change.one(sql::DELETE_USER, [&username], |row| Ok(row.get(0)?))?;
            let id = id.ok_or_else(|| not_found("user"))?;
            change.log(AuditAction::UserDeleted, id, None, grounds)?;
            change.withdraw(id, grounds)
        })
        .await
    }
}

/// The user that a credential is for.
pub(super) struct Owner {
    pub(super) id: i64,
    is_enabled: bool,
    pub(super) token_epoch: u64,
}

pub(super) fn find_owner(change: &Change<'_>, username: &str) -> Result<Option<Owner>, Failed> {
    change.one(sql::OWNER, [username], |row| {
        Ok(Owner {
            id: row.get(0)?,
            is_enabled: row.get(1)?,
            token_epoch: row.get::<_, i64>(2)?.unsigned_abs(),
        })
    })
}

pub(super) fn owner(change: &Change<'_>, username: &str) -> Result<Owner, Failed> {
    find_owner(change, username)?.ok_or_else(|| not_found("user"))
}

pub(super) fn enabled_owner(change: &Change<'_>, username: &str) -> Result<Owner, Failed> {
    let owner = owner(change, username)?;
    if !owner.is_enabled {
        return Err(not_found("enabled user"));
    }
    Ok(owner)
}

fn user(row: &Row<'_>) -> Result<User, Failed> {
    let id: i64 = row.get(0)?;
    let epoch: i64 = row.get(7)?;
    let created_at = column::to_time(row.get(6)?);
    let named = NewUser::named(text(row, 1)?);
    let mut user = User::from_new(&id.to_string(), &named, created_at);
    user.email = text_or_none(row, 2)?.map(Into::into);
    user.full_name = text_or_none(row, 3)?.map(Into::into);
    user.enabled = row.get(4)?;
    user.roles = column::to_roles(text_or_none(row, 5)?)?;
    user.token_epoch = epoch.unsigned_abs();
    Ok(user)
}
