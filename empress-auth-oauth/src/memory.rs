//! The provider's tables in core's [`MemoryStore`]: for programs that make everything at start, for tests, and as the
//! model that every other store is held to.
//!
//! Reads go straight to the tables; writes come one at a time, under the store's lock. Whoever holds a row of one table
//! asks no other: it reads what it needs, lets go, and asks then.

use std::collections::BTreeSet;
use std::sync::Arc;

use dashmap::DashMap;
use empress_auth_core::{
    MemoryStore, MemoryTables, MemoryWrite, StoreError, StoreErrorKind, StoredCredential,
    StoredUser, TokenId,
};
use parking_lot::{Mutex, RwLock};

use crate::client::Client;
use crate::grant::{AccessTokenRow, CodeRow, RefreshTokenRow};
use crate::store::SigningKeys;

mod clients;
mod codes;
mod consents;
mod families;
mod grants;
mod holders;
mod signing_keys;
mod sweep;
#[cfg(test)]
mod tests;

use self::consents::Consents;
use self::families::Family;
use self::holders::Holders;
use self::sweep::Hand;

#[derive(Default)]
struct ProviderTables {
    clients: DashMap<Box<str>, Arc<Client>>,
    /// Ordered, for listing.
    client_ids: RwLock<BTreeSet<Box<str>>>,
    consents: RwLock<Consents>,
    codes: DashMap<TokenId, CodeRow>,
    families: DashMap<TokenId, Family>,
    access_tokens: DashMap<TokenId, AccessTokenRow>,
    refresh_tokens: DashMap<TokenId, RefreshTokenRow>,
    signing_keys: RwLock<SigningKeys>,
    holders: Mutex<Holders>,
    hand: Mutex<Hand>,
}

impl ProviderTables {
    /// Ends what a user opened in the sessions that are meant, codes and the grants that do not outlast them; answers in
    /// which sessions there was any.
    fn end_of_sessions(
        &self,
        user_id: &str,
        is_meant: impl Fn(TokenId) -> bool,
    ) -> BTreeSet<TokenId> {
        let mut held = self.holders.lock().of_user(user_id);
        let mut sessions = BTreeSet::new();
        let mut ends = |session: Option<TokenId>| {
            let session = session.filter(|session| is_meant(*session));
            sessions.extend(session);
            session.is_some()
        };
        held.codes.retain(|id| {
            let code = self.codes.get(id);
            ends(code.and_then(|code| code.granted.session_id))
        });
        held.grants.retain(|id| {
            let family = self.families.get(id);
            ends(family.and_then(|family| family.grant.granted.ends_with()))
        });
        self.end_held(held);
        sessions
    }

    /// Whether a code or token of these may be made or used now.
    fn is_usable(&self, client_id: &str, user_id: Option<&str>, write: MemoryWrite<'_>) -> bool {
        self.clients.contains_key(client_id)
            && user_id.is_none_or(|user_id| write.is_enabled_user(user_id))
    }
}

impl MemoryTables for ProviderTables {
    fn access_token(
        &self,
        id: TokenId,
        user: &dyn Fn(&str) -> Option<Arc<StoredUser>>,
    ) -> Option<StoredCredential> {
        let row = self.access_tokens.get(&id)?.clone();
        let granted = self.families.get(&row.grant_id)?.grant.granted.clone();
        let user = match &granted.user_id {
            Some(user_id) => user(user_id)?,
            None => Arc::new(granted.client_user()),
        };
        row.credential(&granted, user)
    }

    fn end_user(&self, user_id: &str) {
        let held = self.holders.lock().of_user(user_id);
        self.end_held(held);
    }

    fn delete_user(&self, user_id: &str) {
        self.end_user(user_id);
        self.consents.write().remove_user(user_id);
    }

    fn end_session(&self, user_id: &str, session: TokenId) {
        self.end_of_sessions(user_id, |of| of == session);
    }

    fn end_sessions(&self, user_id: &str, except: Option<TokenId>) -> BTreeSet<TokenId> {
        self.end_of_sessions(user_id, |of| Some(of) != except)
    }

    fn renew_session(&self, user_id: &str, session: TokenId, renewed: TokenId) {
        let held = self.holders.lock().of_user(user_id);
        for id in held.codes {
            if let Some(mut code) = self.codes.get_mut(&id) {
                code.granted.renew_session(session, renewed);
            }
        }
        for id in held.grants {
            if let Some(mut family) = self.families.get_mut(&id) {
                family.grant.granted.renew_session(session, renewed);
            }
        }
    }
}

fn tables(store: &MemoryStore) -> Arc<ProviderTables> {
    store.tables()
}

fn not_found(what: &str) -> StoreError {
    StoreError::new(StoreErrorKind::NotFound, format!("no such {what}"))
}

fn conflict(what: &str) -> StoreError {
    StoreError::new(StoreErrorKind::Conflict, format!("{what} exists"))
}
