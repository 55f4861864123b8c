//! Signing keys in SQLite.

use async_trait::async_trait;
use empress_auth_core::{AuditAction, Grounds, StoreError};
use empress_auth_oauth::client::SigningAlg;
use empress_auth_oauth::signing_key::SigningKeyRow;
use empress_auth_oauth::store::{SigningKeyStore, SigningKeys};
use rusqlite::{Row, params};

use super::sql;
use crate::column::{self, Unreadable};
use crate::sqlite::SqliteStore;
use crate::sqlite::change::Change;
use crate::sqlite::query::{Failed, all, text, text_or_none};
use crate::sqlite::withdrawn::Withdrawn;

#[async_trait]
impl SigningKeyStore for SqliteStore {
    async fn signing_keys(&self) -> Result<SigningKeys, StoreError> {
        let read = |row: &Row<'_>| Ok((version(row)?, signing_key(row)?));
        let rows = self
            .0
            .lookups
            .ask(move |connection| all(connection, sql::SIGNING_KEYS, [], read))
            .await?;
        let version = rows.first().map_or(0, |(version, _)| *version);
        let rows = rows.into_iter().filter_map(|(_, row)| row);
        Ok(SigningKeys::new(version, rows.collect()))
    }

    async fn replace_signing_keys(
        &self,
        seen: u64,
        rows: Vec<SigningKeyRow>,
        grounds: &Grounds,
    ) -> Result<bool, StoreError> {
        self.write(grounds, move |change, grounds| {
            let versions = [seen, seen.wrapping_add(1)].map(u64::to_be_bytes);
            if change.execute(sql::NEXT_SIGNING_KEYS, params![versions[0], versions[1]])? == 0 {
                return Ok(false);
            }
            change.execute(sql::DELETE_SIGNING_KEYS, [])?;
            for row in &rows {
                insert(change, row)?;
            }
            change.log_of(AuditAction::SigningKeysChanged, "", None, grounds)?;
            // Nobody knows which of the tokens that are remembered a key that is gone has signed.
            change.announce(Withdrawn::Everyone, grounds.at)?;
            Ok(true)
        })
        .await
    }
}

fn insert(change: &Change<'_>, row: &SigningKeyRow) -> Result<(), Failed> {
    change.execute(
        sql::INSERT_SIGNING_KEY,
        params![
            row.kid,
            row.alg.as_str(),
            row.public_jwk,
            row.wrapped,
            column::from_time(row.created_at),
            column::from_time(row.signs_from),
            row.signs_until.map(column::from_time),
            row.published_until.map(column::from_time),
        ],
    )?;
    Ok(())
}

fn version(row: &Row<'_>) -> Result<u64, Failed> {
    let bytes: [u8; 8] = row.get(0)?;
    Ok(u64::from_be_bytes(bytes))
}

/// Nothing if there are no keys.
fn signing_key(row: &Row<'_>) -> Result<Option<SigningKeyRow>, Failed> {
    let Some(kid) = text_or_none(row, 1)? else {
        return Ok(None);
    };
    let time = |at| -> Result<_, Failed> { Ok(column::to_time(row.get(at)?)) };
    let until =
        |at| -> Result<_, Failed> { Ok(row.get::<_, Option<i64>>(at)?.map(column::to_time)) };
    let alg = SigningAlg::parse(text(row, 2)?).ok_or(Unreadable("signature algorithm"))?;
    let times = (time(5)?, time(6)?);
    let mut key = SigningKeyRow::new(kid, alg, text(row, 3)?, row.get(4)?, times);
    key.signs_until = until(7)?;
    key.published_until = until(8)?;
    Ok(Some(key))
}
