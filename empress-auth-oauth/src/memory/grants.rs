//! Codes, grants and their tokens in memory.

use std::time::SystemTime;

use async_trait::async_trait;
use empress_auth_core::{Grounds, MemoryStore, MemoryWrite, StoreError, Subject, TokenId};

use super::families::withdraw;
use super::{ProviderTables, not_found, tables};
use crate::grant::{CodeRow, Grant, IssuedTokens, LastUsed, limits};
use crate::store::{GrantStore, Redeemed, Rotated, StoredAccessToken, StoredRefreshToken};

#[async_trait]
impl GrantStore for MemoryStore {
    async fn insert_code(&self, code: CodeRow, grounds: &Grounds) -> Result<(), StoreError> {
        self.write_tables(Some(grounds), |tables: &ProviderTables, write| {
            tables.insert_code(code, write)
        })
    }

    async fn code(&self, id: TokenId) -> Result<Option<CodeRow>, StoreError> {
        Ok(tables(self).codes.get(&id).map(|code| code.clone()))
    }

    async fn redeem_code(
        &self,
        id: TokenId,
        grant: Grant,
        tokens: IssuedTokens,
    ) -> Result<Redeemed, StoreError> {
        self.write_tables(None, |tables: &ProviderTables, write| {
            tables.redeem_code(id, grant, tokens, write)
        })
    }

    async fn spend_code(&self, id: TokenId) -> Result<(), StoreError> {
        self.write_tables(None, |tables: &ProviderTables, _| {
            tables.spend_code(id);
            Ok(())
        })
    }

    async fn insert_client_grant(
        &self,
        grant: Grant,
        tokens: IssuedTokens,
    ) -> Result<(), StoreError> {
        self.write_tables(None, |tables: &ProviderTables, write| {
            let client_id = &grant.granted.client_id;
            if !tables.clients.contains_key(client_id) {
                return Err(not_found("client"));
            }
            tables.check_new_grant(&grant, &tokens)?;
            tables.sweep(grant.created_at);
            tables.make_room(client_id, write);
            tables.insert_family(grant, None, tokens);
            Ok(())
        })
    }

    async fn refresh_token(&self, id: TokenId) -> Result<Option<StoredRefreshToken>, StoreError> {
        let tables = tables(self);
        let row = tables.refresh_tokens.get(&id).map(|row| row.clone());
        Ok(row.and_then(|row| {
            let family = tables.families.get(&row.grant_id)?;
            let (grant, last_used) = (family.grant.clone(), family.last_used);
            Some(StoredRefreshToken::new(row, grant, last_used))
        }))
    }

    async fn rotate(&self, id: TokenId, tokens: IssuedTokens) -> Result<Rotated, StoreError> {
        self.write_tables(None, |provider: &ProviderTables, write| {
            provider.rotate(id, tokens, write)
        })
    }

    async fn access_token(&self, id: TokenId) -> Result<Option<StoredAccessToken>, StoreError> {
        let tables = tables(self);
        let row = tables.access_tokens.get(&id).map(|row| row.clone());
        Ok(row.and_then(|row| {
            let grant = tables.families.get(&row.grant_id)?.grant.clone();
            Some(StoredAccessToken::new(row, grant))
        }))
    }

    async fn withdraw_access_token(&self, id: TokenId) -> Result<bool, StoreError> {
        self.write_tables(None, |tables: &ProviderTables, write| {
            let Some((_, row)) = tables.access_tokens.remove(&id) else {
                return Ok(false);
            };
            if let Some(family) = tables.families.get(&row.grant_id) {
                withdraw(&family.grant.granted, write);
            }
            Ok(true)
        })
    }

    async fn end_grant(&self, id: TokenId, at: SystemTime) -> Result<bool, StoreError> {
        self.write_tables(None, |tables: &ProviderTables, write| {
            Ok(tables.end_family(id, at, write))
        })
    }

    async fn grants(&self, user_id: &str) -> Result<Vec<Grant>, StoreError> {
        let tables = tables(self);
        let ids = tables.holders.lock().grants_of_user(user_id);
        let grant = |id| Some(tables.families.get(&id)?.grant.clone());
        Ok(ids.into_iter().filter_map(grant).collect())
    }
}

impl ProviderTables {
    fn rotate(
        &self,
        id: TokenId,
        tokens: IssuedTokens,
        write: MemoryWrite<'_>,
    ) -> Result<Rotated, StoreError> {
        let Some(shown) = self.refresh_tokens.get(&id).map(|row| row.clone()) else {
            return Ok(Rotated::Gone);
        };
        let family = self
            .families
            .get(&shown.grant_id)
            .map(|family| (family.grant.granted.clone(), family.last_used));
        let Some((granted, last_used)) = family else {
            return Ok(Rotated::Gone);
        };
        if !self.is_usable(&granted.client_id, granted.user_id.as_deref(), write) {
            return Ok(Rotated::Gone);
        }
        let now = tokens.access.issued_at;
        let is_repeated = last_used.is_some_and(|last| last.id == id);
        let given = shown.generation.saturating_add(1);
        if !shown.is_accepted_after(last_used)
            || (is_repeated && self.siblings(shown.grant_id, given) >= limits::SIBLINGS)
        {
            self.end_family(shown.grant_id, now, write);
            return Ok(Rotated::Reused);
        }
        if let Some(room_at) = self.room_at(shown.grant_id)
            && now < room_at
        {
            return Ok(Rotated::TooMany(room_at));
        }
        self.check_new(&tokens)?;
        if let Some(mut family) = self.families.get_mut(&shown.grant_id) {
            let generation = shown.generation;
            family.last_used = Some(LastUsed { generation, id });
            family.access_tokens.push(tokens.access.id);
            let refresh = tokens.refresh.as_ref();
            family.refresh_tokens.extend(refresh.map(|row| row.id));
        }
        self.insert_tokens(tokens);
        if self.forget_oldest(shown.grant_id) {
            withdraw(&granted, write);
        }
        self.sweep(now);
        Ok(Rotated::Done)
    }

    /// Ends the oldest of what a client has for itself, if there are too many.
    fn make_room(&self, client_id: &str, write: MemoryWrite<'_>) {
        let limit = limits::GRANTS_OF_CLIENT;
        let oldest = self.holders.lock().too_many_own(client_id, limit);
        for grant in &oldest {
            self.remove_family(*grant);
        }
        if !oldest.is_empty() {
            write.withdraw(Subject::Client(client_id));
        }
    }
}
