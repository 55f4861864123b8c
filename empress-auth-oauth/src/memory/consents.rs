//! Consents in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use async_trait::async_trait;
use empress_auth_core::{AuditAction, Grounds, MemoryStore, StoreError, Subject};

use super::{ProviderTables, not_found, tables};
use crate::grant::{Consent, client_subject};
use crate::store::ConsentStore;

/// Each user's consents by client, and which users each client has one of.
#[derive(Default)]
pub(super) struct Consents {
    of_user: HashMap<Box<str>, BTreeMap<Box<str>, Consent>>,
    users: HashMap<Box<str>, BTreeSet<Box<str>>>,
}

impl Consents {
    fn add(&mut self, consent: Consent) {
        let users = self.users.entry(consent.client_id.clone()).or_default();
        users.insert(consent.user_id.clone());
        let of_user = self.of_user.entry(consent.user_id.clone()).or_default();
        let consent = match of_user.remove(&consent.client_id) {
            Some(earlier) => earlier.and(consent),
            None => consent,
        };
        of_user.insert(consent.client_id.clone(), consent);
    }

    fn remove(&mut self, user_id: &str, client_id: &str) -> bool {
        remove_from(&mut self.users, client_id, |users| users.remove(user_id));
        remove_from(&mut self.of_user, user_id, |consents| {
            consents.remove(client_id).is_some()
        })
    }

    pub(super) fn remove_user(&mut self, user_id: &str) {
        for client_id in self.of_user.remove(user_id).into_iter().flatten() {
            remove_from(&mut self.users, &client_id.0, |users| users.remove(user_id));
        }
    }

    pub(super) fn remove_client(&mut self, client_id: &str) {
        for user_id in self.users.remove(client_id).into_iter().flatten() {
            remove_from(&mut self.of_user, &user_id, |consents| {
                consents.remove(client_id).is_some()
            });
        }
    }
}

/// Takes something out of the list of `key`, and the list out that is empty then.
fn remove_from<L: Default + PartialEq>(
    lists: &mut HashMap<Box<str>, L>,
    key: &str,
    remove: impl FnOnce(&mut L) -> bool,
) -> bool {
    let Some(list) = lists.get_mut(key) else {
        return false;
    };
    let removed = remove(list);
    if *list == L::default() {
        lists.remove(key);
    }
    removed
}

#[async_trait]
impl ConsentStore for MemoryStore {
    async fn consent(&self, user_id: &str, client_id: &str) -> Result<Option<Consent>, StoreError> {
        let tables = tables(self);
        let consents = tables.consents.read();
        let of_user = consents.of_user.get(user_id);
        Ok(of_user.and_then(|of_user| of_user.get(client_id)).cloned())
    }

    async fn consents(&self, user_id: &str) -> Result<Vec<Consent>, StoreError> {
        let tables = tables(self);
        let consents = tables.consents.read();
        let of_user = consents.of_user.get(user_id);
        Ok(of_user.map_or_else(Vec::new, |of_user| of_user.values().cloned().collect()))
    }

    async fn add_consent(&self, consent: Consent, grounds: &Grounds) -> Result<(), StoreError> {
        self.write_tables(Some(grounds), |tables: &ProviderTables, write| {
            if !tables.is_usable(&consent.client_id, Some(&consent.user_id), write) {
                return Err(not_found("client or enabled user"));
            }
            let client = client_subject(&consent.client_id);
            let user_id = consent.user_id.clone();
            tables.consents.write().add(consent);
            let action = AuditAction::ConsentGiven;
            write.log(action, &user_id, Some(&client), grounds);
            Ok(())
        })
    }

    async fn withdraw_consent(
        &self,
        user_id: &str,
        client_id: &str,
        grounds: &Grounds,
    ) -> Result<bool, StoreError> {
        self.write_tables(Some(grounds), |tables: &ProviderTables, write| {
            let consented = tables.consents.write().remove(user_id, client_id);
            let held = tables.holders.lock().of_both(user_id, client_id);
            if !consented && held.is_empty() {
                return Ok(false);
            }
            tables.end_held(held);
            let client = client_subject(client_id);
            let action = AuditAction::ConsentWithdrawn;
            write.log(action, user_id, Some(&client), grounds);
            write.withdraw(Subject::User(user_id));
            Ok(true)
        })
    }
}
