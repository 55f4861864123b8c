//! Signing keys in memory.

use async_trait::async_trait;
use empress_auth_core::{AuditAction, Grounds, MemoryStore, StoreError, Subject};

use super::{ProviderTables, tables};
use crate::signing_key::SigningKeyRow;
use crate::store::{SigningKeyStore, SigningKeys};

#[async_trait]
impl SigningKeyStore for MemoryStore {
    async fn signing_keys(&self) -> Result<SigningKeys, StoreError> {
        Ok(tables(self).signing_keys.read().clone())
    }

    async fn replace_signing_keys(
        &self,
        seen: u64,
        mut rows: Vec<SigningKeyRow>,
        grounds: &Grounds,
    ) -> Result<bool, StoreError> {
        rows.sort_by(|a, b| (a.created_at, &a.kid).cmp(&(b.created_at, &b.kid)));
        self.write_tables(Some(grounds), |tables: &ProviderTables, write| {
            let mut keys = tables.signing_keys.write();
            if keys.version != seen {
                return Ok(false);
            }
            *keys = SigningKeys::new(seen + 1, rows);
            drop(keys);
            // Nobody knows which of the tokens that are remembered a key that is gone has signed.
            write.withdraw(Subject::Everyone);
            write.log(AuditAction::SigningKeysChanged, "", None, grounds);
            Ok(true)
        })
    }
}
