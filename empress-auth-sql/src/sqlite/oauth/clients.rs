//! Clients in SQLite.

use std::sync::Arc;

use async_trait::async_trait;
use empress_auth_core::{AuditAction, Grounds, SecretDigest, StoreError};
use empress_auth_oauth::client::{Client, ClientSecretRow};
use empress_auth_oauth::grant::client_subject;
use empress_auth_oauth::store::ClientStore;
use rusqlite::params;

use super::{check_client, client_row, sql};
use crate::column::Unreadable;
use crate::sqlite::query::{one, some};
use crate::sqlite::withdrawn::Withdrawn;
use crate::sqlite::{SqliteStore, conflict, not_found};

#[async_trait]
impl ClientStore for SqliteStore {
    async fn insert_client(&self, client: Client, grounds: &Grounds) -> Result<(), StoreError> {
        self.write(grounds, move |change, grounds| {
            if client_row::put(change, sql::INSERT_CLIENT, &client)? == 0 {
                return Err(conflict("a client of this id"));
            }
            let subject = client_subject(&client.id);
            change.log_of(AuditAction::ClientCreated, &subject, None, grounds)
        })
        .await
    }

    async fn client(&self, id: &str) -> Result<Option<Arc<Client>>, StoreError> {
        let known = &self.0.remembered.clients;
        let generation = match known.recall(id, self.0.clock.now()) {
            Ok(client) => return Ok(Some(client)),
            Err(generation) => generation,
        };
        self.0.presence.check()?;
        let id = id.to_owned();
        let question = move |connection: &rusqlite::Connection| {
            one(connection, sql::CLIENT, [id], |row| {
                Ok(client_row::read(row)?.ok_or(Unreadable("client"))?)
            })
        };
        let found = self.0.lookups.ask(question).await?.map(Arc::new);
        if let Some(client) = &found {
            known.keep(client, generation);
        }
        Ok(found)
    }

    async fn clients(
        &self,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Arc<Client>>, StoreError> {
        let after = after.map(str::to_owned);
        self.0
            .lists
            .ask(move |connection| {
                let page = params![after, i64::MAX];
                some(connection, sql::CLIENTS, page, limit, |row| {
                    Ok(client_row::read(row)?.map(Arc::new))
                })
            })
            .await
    }

    async fn update_client(&self, client: Client, grounds: &Grounds) -> Result<(), StoreError> {
        self.write(grounds, move |change, grounds| {
            if client_row::put(change, sql::UPDATE_CLIENT, &client)? == 0 {
                return Err(not_found("client"));
            }
            let subject = client_subject(&client.id);
            change.log_of(AuditAction::ClientUpdated, &subject, None, grounds)?;
            change.announce(Withdrawn::Client(client.id), grounds.at)
        })
        .await
    }

    async fn replace_client_secret(
        &self,
        id: &str,
        previous: &SecretDigest,
        secret: ClientSecretRow,
        grounds: &Grounds,
    ) -> Result<bool, StoreError> {
        let (id, previous): (Box<str>, _) = (id.into(), previous.clone());
        self.write(grounds, move |change, grounds| {
            if client_row::put_secret(change, &id, &previous, &secret)? == 0 {
                return check_client(change, &id).map(|()| false);
            }
            let subject = client_subject(&id);
            change.log_of(AuditAction::ClientUpdated, &subject, None, grounds)?;
            change.announce(Withdrawn::Client(id), grounds.at)?;
            Ok(true)
        })
        .await
    }

    async fn delete_client(&self, id: &str, grounds: &Grounds) -> Result<(), StoreError> {
        let id: Box<str> = id.into();
        self.write(grounds, move |change, grounds| {
            if change.execute(sql::DELETE_CLIENT, [&id])? == 0 {
                return Err(not_found("client"));
            }
            let subject = client_subject(&id);
            change.log_of(AuditAction::ClientDeleted, &subject, None, grounds)?;
            change.announce(Withdrawn::Client(id), grounds.at)
        })
        .await
    }
}
