//! Key pairs in memory.

use async_trait::async_trait;

use super::tables::{KeyRow, SecretRow};
use super::{MemoryStore, conflict, not_found};
use crate::actor::Grounds;
use crate::audit::AuditAction;
use crate::issuing::{ApiKeyInfo, KeyStore, NewApiSecret};
use crate::memory::Subject;
use crate::secret::ApiKey;
use crate::store::StoreError;

#[async_trait]
impl KeyStore for MemoryStore {
    async fn put_api_secret(
        &self,
        username: &str,
        new: NewApiSecret,
        grounds: &Grounds,
    ) -> Result<ApiKey, StoreError> {
        self.write(grounds, |tables| {
            let id = tables.user_id(username).ok_or_else(|| not_found("user"))?;
            let mut row = tables.users.get_mut(&id).ok_or_else(|| not_found("user"))?;
            if row.keys.is_none() {
                if tables.api_keys.contains_key(&new.key_if_none) {
                    return Err(conflict("the API key"));
                }
                tables.api_keys.insert(new.key_if_none.clone(), id);
            }
            let keys = row
                .keys
                .get_or_insert_with(|| KeyRow::new(new.key_if_none.clone()));
            let previous = keys
                .secret
                .take()
                .and_then(|present| Some((present.digest, new.keep_previous_until?)));
            let issued_at = keys.issue_at(grounds.at);
            keys.secret = Some(SecretRow {
                digest: new.digest,
                issued_at,
                previous,
            });
            let (api_key, user_id) = (keys.api_key.clone(), row.user.id.clone());
            drop(row);
            tables.log(
                AuditAction::KeysGenerated,
                &user_id,
                Some(api_key.as_str()),
                grounds,
            );
            self.0.memory.withdraw(Subject::User(&user_id));
            Ok(api_key)
        })
    }

    async fn api_key(&self, username: &str) -> Result<Option<ApiKeyInfo>, StoreError> {
        let tables = &self.0.tables;
        let row = tables
            .user_id(username)
            .and_then(|id| tables.users.get(&id));
        Ok(row.and_then(|row| {
            let keys = row.keys.as_ref()?;
            let issued_at = keys.secret.as_ref().map(|secret| secret.issued_at);
            Some(ApiKeyInfo::new(keys.api_key.clone(), issued_at))
        }))
    }

    async fn delete_api_secret(
        &self,
        username: &str,
        grounds: &Grounds,
    ) -> Result<bool, StoreError> {
        self.write(grounds, |tables| {
            let id = tables.user_id(username).ok_or_else(|| not_found("user"))?;
            let mut row = tables.users.get_mut(&id).ok_or_else(|| not_found("user"))?;
            let user_id = row.user.id.clone();
            let Some(keys) = row.keys.as_mut() else {
                return Ok(false);
            };
            let had_one = keys.secret.take().is_some();
            let api_key = keys.api_key.clone();
            drop(row);
            if had_one {
                tables.log(
                    AuditAction::KeysRevoked,
                    &user_id,
                    Some(api_key.as_str()),
                    grounds,
                );
                self.0.memory.withdraw(Subject::User(&user_id));
            }
            Ok(had_one)
        })
    }
}
