//! Key pairs in SQLite.

use async_trait::async_trait;
use empress_auth_core::{
    ApiKey, ApiKeyInfo, AuditAction, Grounds, KeyStore, NewApiSecret, SecretDigest, StoreError,
};
use rusqlite::types::ValueRef;
use rusqlite::{Row, params};

use super::change::Change;
use super::query::{Failed, one, text};
use super::{SqliteStore, conflict, find, not_found, sql};
use crate::column::{self, Unreadable};

#[async_trait]
impl KeyStore for SqliteStore {
    async fn put_api_secret(
        &self,
        username: &str,
        new: NewApiSecret,
        grounds: &Grounds,
    ) -> Result<ApiKey, StoreError> {
        let username = username.to_owned();
        self.write(grounds, move |change, grounds| {
            let user_id = user_id(change, &username)?;
            let present = match change.one(sql::KEY_OF_USER, [user_id], present)? {
                Some(present) => present,
                None => make_key(change, user_id, new.key_if_none)?,
            };
            let previous = present.digest.zip(new.keep_previous_until);
            change.execute(
                sql::PUT_SECRET,
                params![
                    user_id,
                    new.digest.algorithm(),
                    new.digest.as_bytes(),
                    // No two secrets of a key are issued at one millisecond, whatever the clock does.
                    column::from_time(grounds.at).max(present.last_issued_at + 1),
                    previous.as_ref().map(|(digest, _)| digest.algorithm()),
                    previous.as_ref().map(|(digest, _)| digest.as_bytes()),
                    previous
                        .as_ref()
                        .map(|(_, until)| column::from_time(*until)),
                ],
            )?;
            let api_key = present.api_key;
            change.log(
                AuditAction::KeysGenerated,
                user_id,
                Some(api_key.as_str()),
                grounds,
            )?;
            change.withdraw(user_id, grounds)?;
            Ok(api_key)
        })
        .await
    }

    async fn api_key(&self, username: &str) -> Result<Option<ApiKeyInfo>, StoreError> {
        let username = username.to_owned();
        self.0
            .lists
            .ask(move |connection| one(connection, sql::KEY_INFO, [username], info))
            .await
    }

    async fn delete_api_secret(
        &self,
        username: &str,
        grounds: &Grounds,
    ) -> Result<bool, StoreError> {
        let username = username.to_owned();
        self.write(grounds, move |change, grounds| {
            let user_id = user_id(change, &username)?;
            let api_key = change.one(sql::DELETE_SECRET, [user_id], |row| {
                Ok(text(row, 0)?.to_owned())
            })?;
            let Some(api_key) = api_key else {
                return Ok(false);
            };
            change.log(AuditAction::KeysRevoked, user_id, Some(&api_key), grounds)?;
            change.withdraw(user_id, grounds)?;
            Ok(true)
        })
        .await
    }
}

/// A user's key, and its secret if it has one.
struct Present {
    api_key: ApiKey,
    digest: Option<SecretDigest>,
    last_issued_at: i64,
}

fn present(row: &Row<'_>) -> Result<Present, Failed> {
    let has_secret = row.get_ref(2)? != ValueRef::Null;
    Ok(Present {
        api_key: api_key(row)?,
        digest: has_secret.then(|| find::digest(row, 1)).transpose()?,
        last_issued_at: row.get(3)?,
    })
}

fn make_key(change: &Change<'_>, user_id: i64, api_key: ApiKey) -> Result<Present, Failed> {
    let row = params![user_id, api_key.as_str()];
    if change.execute(sql::INSERT_KEY, row)? == 0 {
        return Err(conflict("the API key"));
    }
    Ok(Present {
        api_key,
        digest: None,
        last_issued_at: 0,
    })
}

fn user_id(change: &Change<'_>, username: &str) -> Result<i64, Failed> {
    let id = change.one(sql::USER_ID, [username], |row| Ok(row.get(0)?))?;
    id.ok_or_else(|| not_found("user"))
}

fn info(row: &Row<'_>) -> Result<ApiKeyInfo, Failed> {
    let issued_at: Option<i64> = row.get(1)?;
    Ok(ApiKeyInfo::new(
        api_key(row)?,
        issued_at.map(column::to_time),
    ))
}

fn api_key(row: &Row<'_>) -> Result<ApiKey, Failed> {
    Ok(ApiKey::parse(text(row, 0)?).ok_or(Unreadable("API key"))?)
}
