//! Where one layer gets its answers: a store, what it remembers, and what passwords cost.

use std::sync::Arc;

use crate::clock::Clock;
use crate::limiter::LoginLimiter;
use crate::memory::CredentialMemory;
use crate::password::PasswordPool;
use crate::store::AnyStore;

/// Shared by a layer and every identity that it made.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    pub(crate) store: AnyStore,
    pub(crate) memory: Option<Arc<CredentialMemory>>,
    pub(crate) clock: Clock,
    pub(crate) passwords: PasswordPool,
    pub(crate) limiter: LoginLimiter,
}
