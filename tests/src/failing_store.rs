//! A store that can be switched off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use empress_auth_core::{
    AnyStore, CredentialMemory, CredentialStore, Lookup, StoreError, StoreErrorKind,
    StoredCredential,
};

/// Another store behind a switch, which counts what it is asked.
#[derive(Debug, Clone)]
pub struct FailingStore {
    inner: AnyStore,
    switches: Arc<Switches>,
    remembers: bool,
}

#[derive(Debug, Default)]
struct Switches {
    down: AtomicBool,
    asked: AtomicUsize,
}

impl FailingStore {
    /// A store in front of `inner` that remembers what it verified.
    #[must_use]
    pub fn new(inner: AnyStore) -> Self {
        Self {
            inner,
            switches: Arc::default(),
            remembers: true,
        }
    }

    /// A store without a memory: every request asks it.
    #[must_use]
    pub fn without_memory(self) -> Self {
        Self {
            remembers: false,
            ..self
        }
    }

    /// Switches the store off, or on again.
    pub fn set_down(&self, down: bool) {
        self.switches.down.store(down, Ordering::SeqCst);
    }

    /// How often the store was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.switches.asked.load(Ordering::SeqCst)
    }
}

impl CredentialStore for FailingStore {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        self.switches.asked.fetch_add(1, Ordering::SeqCst);
        // A real store answers from elsewhere: later, and woken by another thread.
        tokio::time::sleep(Duration::from_millis(1)).await;
        if self.switches.down.load(Ordering::SeqCst) {
            let detail = "the disk is full at /var/lib/secret-place";
            return Err(StoreError::new(StoreErrorKind::Unavailable, detail));
        }
        self.inner.find(what).await
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        self.remembers.then(|| self.inner.memory()).flatten()
    }
}
