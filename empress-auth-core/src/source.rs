//! Where one layer gets its answers: a store, what it remembers, and what passwords cost.

use std::sync::Arc;

use crate::clock::Clock;
use crate::limiter::LoginLimiter;
use crate::memory::CredentialMemory;
use crate::password::PasswordPool;
use crate::store::{AnyStore, CredentialStore};

/// Shared by a layer and every identity that it made.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) store: AnyStore,
    pub(crate) memory: Option<Arc<CredentialMemory>>,
    pub(crate) clock: Clock,
    pub(crate) passwords: PasswordPool,
    pub(crate) limiter: LoginLimiter,
}

impl Source {
    /// Layers and endpoints on one store share its limits on guessing, and its threads for passwords.
    pub(crate) fn new(store: impl CredentialStore) -> Self {
        let memory = store.memory();
        let shared = memory.as_deref();
        Self {
            passwords: shared.map_or_else(PasswordPool::new, |it| it.passwords().clone()),
            limiter: shared.map_or_else(LoginLimiter::new, |it| it.limiter().clone()),
            store: AnyStore::new(store),
            clock: Clock::system(),
            memory,
        }
    }
}
