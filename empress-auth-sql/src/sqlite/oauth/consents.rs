//! Consents in SQLite.

use async_trait::async_trait;
use empress_auth_core::{AuditAction, Grounds, StoreError};
use empress_auth_oauth::grant::{Consent, client_subject};
use empress_auth_oauth::store::ConsentStore;
use rusqlite::{Row, params};
use serde_json::Value;

use super::{check_client, enabled_user, sql, user_number};
use crate::column::{self, Unreadable};
use crate::sqlite::SqliteStore;
use crate::sqlite::query::{Failed, all, one, text};

#[async_trait]
impl ConsentStore for SqliteStore {
    async fn consent(&self, user_id: &str, client_id: &str) -> Result<Option<Consent>, StoreError> {
        let of = (user_number(user_id), client_id.to_owned());
        self.0
            .lookups
            .ask(move |connection| one(connection, sql::CONSENT, params![of.0, of.1], consent))
            .await
    }

    async fn consents(&self, user_id: &str) -> Result<Vec<Consent>, StoreError> {
        let user_id = user_number(user_id);
        self.0
            .lists
            .ask(move |connection| all(connection, sql::CONSENTS, [user_id], consent))
            .await
    }

    async fn add_consent(&self, added: Consent, grounds: &Grounds) -> Result<(), StoreError> {
        self.write(grounds, move |change, grounds| {
            let user_id = enabled_user(change, &added.user_id)?;
            let client_id = added.client_id.clone();
            check_client(change, &client_id)?;
            let before = change.one(sql::CONSENT, params![user_id, client_id], consent)?;
            let given = match before {
                Some(before) => before.and(added),
                None => added,
            };
            change.execute(
                sql::PUT_CONSENT,
                params![
                    user_id,
                    client_id,
                    from_allowed(&given.allowed),
                    column::from_time(given.given_at),
                ],
            )?;
            let client = client_subject(&client_id);
            change.log(AuditAction::ConsentGiven, user_id, Some(&client), grounds)
        })
        .await
    }

    async fn withdraw_consent(
        &self,
        user_id: &str,
        client_id: &str,
        grounds: &Grounds,
    ) -> Result<bool, StoreError> {
        let (user_id, client_id) = (user_number(user_id), client_id.to_owned());
        self.write(grounds, move |change, grounds| {
            let Some(user_id) = user_id else {
                return Ok(false);
            };
            let mut withdrawn = 0;
            for sql in [
                sql::WITHDRAW_CONSENT,
                sql::WITHDRAW_CODES,
                sql::WITHDRAW_GRANTS,
            ] {
                withdrawn += change.execute(sql, params![user_id, client_id])?;
            }
            if withdrawn == 0 {
                return Ok(false);
            }
            let client = client_subject(&client_id);
            change.log(
                AuditAction::ConsentWithdrawn,
                user_id,
                Some(&client),
                grounds,
            )?;
            change.withdraw(user_id, grounds)?;
            Ok(true)
        })
        .await
    }
}

fn consent(row: &Row<'_>) -> Result<Consent, Failed> {
    let user_id: i64 = row.get(0)?;
    let given_at = column::to_time(row.get(3)?);
    let mut consent = Consent::new(&user_id.to_string(), text(row, 1)?, &[], given_at);
    consent.allowed = serde_json::from_str(text(row, 2)?).map_err(|_| Unreadable("consent"))?;
    Ok(consent)
}

/// Resources with scopes, as a JSON array of pairs.
fn from_allowed(allowed: &[(Box<str>, Vec<Box<str>>)]) -> String {
    let pairs = allowed.iter().map(|(resource, scopes)| {
        let scopes: Vec<&str> = scopes.iter().map(|scope| &**scope).collect();
        Value::from_iter([Value::from(&**resource), Value::from(scopes)])
    });
    Value::from_iter(pairs).to_string()
}
