//! Clients in memory.

use std::ops::Bound;
use std::sync::Arc;

use async_trait::async_trait;
use empress_auth_core::{AuditAction, Grounds, MemoryStore, SecretDigest, StoreError, Subject};

use super::{ProviderTables, conflict, not_found, tables};
use crate::client::{Client, ClientSecretRow};
use crate::grant::client_subject;
use crate::store::ClientStore;

#[async_trait]
impl ClientStore for MemoryStore {
    async fn insert_client(&self, client: Client, grounds: &Grounds) -> Result<(), StoreError> {
        self.write_tables(Some(grounds), |tables: &ProviderTables, write| {
            if tables.clients.contains_key(&client.id) {
                return Err(conflict("the client"));
            }
            let subject = client_subject(&client.id);
            tables.client_ids.write().insert(client.id.clone());
            tables.clients.insert(client.id.clone(), Arc::new(client));
            write.log(AuditAction::ClientCreated, &subject, None, grounds);
            Ok(())
        })
    }

    async fn client(&self, id: &str) -> Result<Option<Arc<Client>>, StoreError> {
        Ok(tables(self).clients.get(id).map(|row| Arc::clone(&row)))
    }

    async fn clients(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<Client>>, StoreError> {
        let tables = tables(self);
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        // Whoever holds a client's row wants no lock of the ids, so that its row may be waited for here.
        Ok(tables
            .client_ids
            .read()
            .range::<str, _>((start, Bound::Unbounded))
            .filter_map(|id| Some(Arc::clone(&*tables.clients.get(id)?)))
            .take(limit)
            .collect())
    }

    async fn update_client(&self, client: Client, grounds: &Grounds) -> Result<(), StoreError> {
        self.write_tables(Some(grounds), |tables: &ProviderTables, write| {
            let subject = client_subject(&client.id);
            let mut row = tables
                .clients
                .get_mut(&client.id)
                .ok_or_else(|| not_found("client"))?;
            let secret = row.secret.clone();
            *row = Arc::new(Client { secret, ..client });
            drop(row);
            write.log(AuditAction::ClientUpdated, &subject, None, grounds);
            Ok(())
        })
    }

    async fn replace_client_secret(
        &self,
        id: &str,
        previous: &SecretDigest,
        secret: ClientSecretRow,
        grounds: &Grounds,
    ) -> Result<bool, StoreError> {
        self.write_tables(Some(grounds), |tables: &ProviderTables, write| {
            let row = tables.clients.get_mut(id);
            let mut row = row.ok_or_else(|| not_found("client"))?;
            let present = row.secret.as_ref().map(|present| &present.digest);
            if !present.is_some_and(|present| is_same(present, previous)) {
                return Ok(false);
            }
            let secret = Some(secret);
            let client = (**row).clone();
            *row = Arc::new(Client { secret, ..client });
            drop(row);
            let subject = client_subject(id);
            write.log(AuditAction::ClientUpdated, &subject, None, grounds);
            Ok(true)
        })
    }

    async fn delete_client(&self, id: &str, grounds: &Grounds) -> Result<(), StoreError> {
        self.write_tables(Some(grounds), |tables: &ProviderTables, write| {
            tables
                .clients
                .remove(id)
                .ok_or_else(|| not_found("client"))?;
            tables.client_ids.write().remove(id);
            tables.consents.write().remove_client(id);
            let held = tables.holders.lock().of_client(id);
            tables.end_held(held);
            write.log(
                AuditAction::ClientDeleted,
                &client_subject(id),
                None,
                grounds,
            );
            write.withdraw(Subject::Client(id));
            Ok(())
        })
    }
}

fn is_same(one: &SecretDigest, other: &SecretDigest) -> bool {
    (one.algorithm(), one.as_bytes()) == (other.algorithm(), other.as_bytes())
}
