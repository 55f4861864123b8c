//! API tokens in memory.

use std::collections::BTreeSet;
use std::ops::Bound;

use async_trait::async_trait;

use super::tables::Tables;
use super::{MemoryStore, conflict, not_found};
use crate::actor::Grounds;
use crate::api_token::{ApiToken, TokenChange, TokenForm, TokenRow};
use crate::audit::AuditAction;
use crate::clock::unix_millis;
use crate::issuing::TokenStore;
use crate::memory::Subject;
use crate::store::{StoreError, StoreErrorKind};
use crate::token_text::{StoreKey, TokenId};

#[async_trait]
impl TokenStore for MemoryStore {
    fn store_key(&self) -> &StoreKey {
        &self.0.store_key
    }

    async fn insert_token(
        &self,
        row: TokenRow,
        limit: usize,
        grounds: &Grounds,
    ) -> Result<ApiToken, StoreError> {
        self.write(grounds, |tables| {
            let id = tables
                .user_id(&row.token.username)
                .ok_or_else(|| not_found("user"))?;
            let mut user = tables.users.get_mut(&id).ok_or_else(|| not_found("user"))?;
            if !user.user.enabled {
                return Err(not_found("enabled user"));
            }
            if tables.tokens.contains_key(&row.token.id)
                || tables.digests.contains_key(row.digest.as_bytes())
            {
                return Err(conflict("the token"));
            }
            if user.tokens.len() >= limit {
                tables.drop_expired(&mut user, grounds.at);
            }
            if user.tokens.len() >= limit {
                return Err(StoreError::new(
                    StoreErrorKind::LimitReached,
                    "tokens of one user",
                ));
            }
            let token = tables.insert(row, &mut user, id);
            let user_id = user.user.id.clone();
            drop(user);
            self.created(tables, &user_id, token.id, grounds);
            Ok(token)
        })
    }

    async fn token(&self, id: TokenId) -> Result<Option<ApiToken>, StoreError> {
        self.write_uses();
        Ok(self.listed(id))
    }

    async fn tokens(
        &self,
        username: Option<&str>,
        after: Option<TokenId>,
        limit: usize,
    ) -> Result<Vec<ApiToken>, StoreError> {
        self.write_uses();
        let mut listed = Vec::new();
        let mut after = after;
        // A token that is revoked between the two tables leaves room on the page: only the last page may be short.
        loop {
            let ids = self.token_ids(username, after, limit - listed.len());
            after = ids.last().copied();
            listed.extend(ids.into_iter().filter_map(|id| self.listed(id)));
            if after.is_none() || listed.len() == limit {
                return Ok(listed);
            }
        }
    }

    async fn update_token(
        &self,
        username: &str,
        id: TokenId,
        change: TokenChange,
        grounds: &Grounds,
    ) -> Result<ApiToken, StoreError> {
        self.write(grounds, |tables| {
            let user = tables.user_id(username).ok_or_else(|| not_found("token"))?;
            let mut row = tables
                .tokens
                .get_mut(&id)
                .ok_or_else(|| not_found("token"))?;
            if row.user_id != user {
                return Err(not_found("token"));
            }
            if !change.is_within(&row.scopes, row.expires_at()) {
                return Err(conflict("a narrower token"));
            }
            if let Some(at) = change.expires_at {
                row.expires_millis = unix_millis(at);
            }
            if let Some(name) = change.name {
                row.name = name;
            }
            if let Some(scopes) = change.scopes {
                row.scopes = scopes;
            }
            if let Some(networks) = change.networks {
                row.extra.get_or_insert_default().networks = networks;
            }
            drop(row);
            let user_id = user.to_string();
            tables.log(
                AuditAction::TokenUpdated,
                &user_id,
                Some(&id.to_string()),
                grounds,
            );
            self.0.memory.withdraw(Subject::User(&user_id));
            self.listed(id).ok_or_else(|| not_found("token"))
        })
    }

    async fn revoke_tokens(
        &self,
        username: Option<&str>,
        ids: &[TokenId],
        grounds: &Grounds,
    ) -> Result<Vec<TokenId>, StoreError> {
        self.write(grounds, |tables| {
            let owner = username.map(|username| tables.user_id(username));
            let mut revoked = Vec::new();
            let mut users = BTreeSet::new();
            for id in ids {
                let user_id = tables.tokens.get(id).map(|row| row.user_id);
                let Some(user_id) = user_id else { continue };
                if owner.is_none_or(|owner| owner == Some(user_id)) {
                    if let Some(mut user) = tables.users.get_mut(&user_id) {
                        user.tokens.remove(id);
                    }
                    revoke(tables, user_id, *id, grounds);
                    users.insert(user_id);
                    revoked.push(*id);
                }
            }
            for user_id in users {
                self.0.memory.withdraw(Subject::User(&user_id.to_string()));
            }
            Ok(revoked)
        })
    }

    async fn revoke_all_tokens(
        &self,
        username: &str,
        grounds: &Grounds,
    ) -> Result<usize, StoreError> {
        self.write(grounds, |tables| {
            let id = tables.user_id(username).ok_or_else(|| not_found("user"))?;
            let mut user = tables.users.get_mut(&id).ok_or_else(|| not_found("user"))?;
            let tokens = std::mem::take(&mut user.tokens);
            user.user.token_epoch += 1;
            drop(user);
            for token in &tokens {
                revoke(tables, id, *token, grounds);
            }
            self.0.memory.withdraw(Subject::User(&id.to_string()));
            Ok(tokens.len())
        })
    }

    async fn put_drf_token(
        &self,
        row: TokenRow,
        epoch: u64,
        grounds: &Grounds,
    ) -> Result<TokenId, StoreError> {
        self.write(grounds, |tables| {
            let id = tables
                .user_id(&row.token.username)
                .ok_or_else(|| not_found("user"))?;
            let mut user = tables.users.get_mut(&id).ok_or_else(|| not_found("user"))?;
            if !user.user.enabled {
                return Err(not_found("enabled user"));
            }
            if user.user.token_epoch != epoch || tables.tokens.contains_key(&row.token.id) {
                return Err(conflict("another epoch"));
            }
            if let Some(present) = tables.digests.get(row.digest.as_bytes()) {
                return Ok(*present);
            }
            let token = tables.insert(row, &mut user, id);
            let user_id = user.user.id.clone();
            drop(user);
            self.created(tables, &user_id, token.id, grounds);
            Ok(token.id)
        })
    }
}

impl MemoryStore {
    /// At most `limit` ids after `after`, of one user or of all.
    fn token_ids(
        &self,
        username: Option<&str>,
        after: Option<TokenId>,
        limit: usize,
    ) -> Vec<TokenId> {
        let tables = &self.0.tables;
        let range = (
            after.map_or(Bound::Unbounded, Bound::Excluded),
            Bound::Unbounded,
        );
        match username {
            Some(username) => tables
                .user_id(username)
                .and_then(|id| tables.users.get(&id))
                .map(|row| row.tokens.range(range).take(limit).copied().collect())
                .unwrap_or_default(),
            None => tables
                .token_ids
                .read()
                .range(range)
                .take(limit)
                .copied()
                .collect(),
        }
    }

    fn listed(&self, id: TokenId) -> Option<ApiToken> {
        let tables = &self.0.tables;
        let user_id = tables.tokens.get(&id)?.user_id;
        let username = tables.users.get(&user_id)?.user.username.clone();
        let row = tables.tokens.get(&id)?;
        let digest = row.digest.as_bytes().try_into().ok();
        let remembered = digest.and_then(|digest| self.0.memory.last_used(digest));
        Some(row.to_token(id, &username, remembered))
    }

    fn created(&self, tables: &Tables, user_id: &str, id: TokenId, grounds: &Grounds) {
        tables.log(
            AuditAction::TokenCreated,
            user_id,
            Some(&id.to_string()),
            grounds,
        );
        self.0.memory.forget_refusals();
    }
}

/// Takes a token out that its user's list does not name any more. A derived token takes its epoch with it, so that the
/// next one is another.
fn revoke(tables: &Tables, user_id: u64, id: TokenId, grounds: &Grounds) {
    let Some(row) = tables.remove(id) else { return };
    if row.form == TokenForm::Drf
        && let Some(mut user) = tables.users.get_mut(&user_id)
    {
        user.user.token_epoch += 1;
    }
    let (user_id, id) = (user_id.to_string(), id.to_string());
    tables.log(AuditAction::TokenRevoked, &user_id, Some(&id), grounds);
}
