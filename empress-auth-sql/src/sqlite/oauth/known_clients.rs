//! Clients as they were last read: every request of the provider asks for one.
//!
//! As with verified credentials, an answer that was overtaken by a change is not kept: whoever asks the file reads the
//! generation before. Nothing is known of clients that are not there, so that nobody can fill the memory with names.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use empress_auth_oauth::client::Client;
use parking_lot::RwLock;

use crate::sqlite::withdrawn::Withdrawn;

pub(in crate::sqlite) struct KnownClients(RwLock<Known>);

struct Known {
    by_id: HashMap<Box<str>, Arc<Client>>,
    generation: u64,
    trusted_until: SystemTime,
}

/// How many are known at most; behind them it begins anew.
const CAPACITY: usize = 10_000;

impl Default for KnownClients {
    fn default() -> Self {
        Self(RwLock::new(Known {
            by_id: HashMap::new(),
            generation: 0,
            trusted_until: UNIX_EPOCH,
        }))
    }
}

impl KnownClients {
    /// The client, or the generation with which it may be kept once it was read.
    pub(super) fn recall(&self, id: &str, now: SystemTime) -> Result<Arc<Client>, u64> {
        let known = self.0.read();
        let client = known.by_id.get(id).filter(|_| now < known.trusted_until);
        client.map(Arc::clone).ok_or(known.generation)
    }

    /// Keeps what was read after `generation` was.
    pub(super) fn keep(&self, client: &Arc<Client>, generation: u64) {
        let mut known = self.0.write();
        if known.generation != generation {
            return;
        }
        if known.by_id.len() >= CAPACITY {
            known.by_id.clear();
        }
        known.by_id.insert(client.id.clone(), Arc::clone(client));
    }

    pub(in crate::sqlite) fn forget(&self, withdrawn: &Withdrawn) {
        match withdrawn {
            Withdrawn::User(_) => {}
            Withdrawn::Client(id) => {
                let mut known = self.0.write();
                known.generation += 1;
                known.by_id.remove(id);
            }
            Withdrawn::Everyone => {
                let mut known = self.0.write();
                known.generation += 1;
                known.by_id.clear();
            }
        }
    }

    pub(in crate::sqlite) fn trust_until(&self, until: SystemTime) {
        self.0.write().trusted_until = until;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: SystemTime = UNIX_EPOCH;

    fn client(id: &str) -> Arc<Client> {
        Arc::new(Client::new(id, "", NOW))
    }

    fn trusted() -> KnownClients {
        let known = KnownClients::default();
        known.trust_until(NOW + Duration::from_secs(5));
        known
    }

    #[test]
    fn a_client_is_known_until_it_is_changed_or_the_feed_is_not_heard() {
        let known = trusted();
        let generation = known.recall("a", NOW).unwrap_err();
        known.keep(&client("a"), generation);
        known.keep(&client("b"), generation);
        assert!(known.recall("a", NOW).is_ok());
        assert!(known.recall("a", NOW + Duration::from_secs(5)).is_err());
        known.forget(&Withdrawn::User("a".into()));
        assert!(known.recall("a", NOW).is_ok());
        known.forget(&Withdrawn::Client("a".into()));
        assert!(known.recall("a", NOW).is_err());
        assert!(known.recall("b", NOW).is_ok());
        known.forget(&Withdrawn::Everyone);
        assert!(known.recall("b", NOW).is_err());
    }

    // CO-4
    #[test]
    fn what_was_read_before_a_change_is_not_kept_after_it() {
        let known = trusted();
        let generation = known.recall("a", NOW).unwrap_err();
        known.forget(&Withdrawn::Client("a".into()));
        known.keep(&client("a"), generation);
        assert!(known.recall("a", NOW).is_err());
    }

    #[test]
    fn no_number_of_clients_fills_the_memory() {
        let known = trusted();
        for number in 0..3 * CAPACITY {
            known.keep(&client(&number.to_string()), 0);
        }
        assert!(known.0.read().by_id.len() <= CAPACITY);
    }
}
