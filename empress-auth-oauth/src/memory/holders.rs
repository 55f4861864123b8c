//! Whose codes and grants are there: what ends with a user or a client is found here, without looking at the rest.

use std::collections::{BTreeSet, HashMap};

use empress_auth_core::TokenId;

use crate::grant::Granted;

/// The lists of every user and client; nobody's list is empty.
#[derive(Default, PartialEq, Eq)]
pub(super) struct Holders {
    users: HashMap<Box<str>, Held>,
    clients: HashMap<Box<str>, Held>,
}

/// Codes that were not redeemed, and grants.
#[derive(Default, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) codes: BTreeSet<TokenId>,
    pub(super) grants: BTreeSet<TokenId>,
    /// Grants that a client has for itself.
    pub(super) own: BTreeSet<TokenId>,
}

/// What lies in the lists.
#[derive(Debug, Clone, Copy)]
pub(super) enum Item {
    Code(TokenId),
    Grant(TokenId),
}

impl Holders {
    pub(super) fn insert(&mut self, granted: &Granted, item: Item) {
        self.edit(granted, item, |list, id| {
            list.insert(id);
        });
    }

    pub(super) fn remove(&mut self, granted: &Granted, item: Item) {
        self.edit(granted, item, |list, id| {
            list.remove(&id);
        });
    }

    fn edit(
        &mut self,
        granted: &Granted,
        item: Item,
        edit: impl Fn(&mut BTreeSet<TokenId>, TokenId),
    ) {
        let is_own = granted.user_id.is_none();
        let client = (&mut self.clients, &granted.client_id);
        let user = granted.user_id.as_ref();
        for (lists, key) in user
            .map(|id| (&mut self.users, id))
            .into_iter()
            .chain([client])
        {
            let held = match lists.get_mut(key) {
                Some(held) => held,
                None => lists.entry(key.clone()).or_default(),
            };
            match item {
                Item::Code(id) => edit(&mut held.codes, id),
                Item::Grant(id) if is_own => edit(&mut held.own, id),
                Item::Grant(id) => edit(&mut held.grants, id),
            }
            if held.is_empty() {
                lists.remove(key);
            }
        }
    }

    pub(super) fn of_user(&self, user_id: &str) -> Held {
        self.users.get(user_id).cloned().unwrap_or_default()
    }

    pub(super) fn of_client(&self, client_id: &str) -> Held {
        self.clients.get(client_id).cloned().unwrap_or_default()
    }

    /// What this user has with this client.
    pub(super) fn of_both(&self, user_id: &str, client_id: &str) -> Held {
        let mut held = self.of_user(user_id);
        let client = self.clients.get(client_id);
        held.codes
            .retain(|id| client.is_some_and(|client| client.codes.contains(id)));
        held.grants
            .retain(|id| client.is_some_and(|client| client.grants.contains(id)));
        held
    }

    pub(super) fn grants_of_user(&self, user_id: &str) -> Vec<TokenId> {
        let held = self.users.get(user_id);
        held.map_or_else(Vec::new, |held| held.grants.iter().copied().collect())
    }

    /// The oldest that a client has for itself, if there are a good many more than `limit`.
    pub(super) fn too_many_own(&self, client_id: &str, limit: usize) -> Vec<TokenId> {
        let own = self.clients.get(client_id).map(|held| &held.own);
        own.filter(|own| own.len() >= limit + AT_ONCE)
            .map_or_else(Vec::new, |own| own.iter().take(AT_ONCE).copied().collect())
    }
}

/// How many make room at once, so that what is remembered of the client is not ended by every new token.
const AT_ONCE: usize = 64;

impl Held {
    pub(super) fn is_empty(&self) -> bool {
        self.codes.is_empty() && self.grants.is_empty() && self.own.is_empty()
    }
}
