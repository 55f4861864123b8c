//! The keys of an issuer that can be switched off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use empress_auth_core::jwt::{KeySet, KeySource, KeySourceError};

/// Keys that are known, and keys that the issuer tells when it is asked and answers; counts both.
#[derive(Debug, Clone)]
pub struct FailingKeys(Arc<State>);

#[derive(Debug)]
struct State {
    known: KeySet,
    told: KeySet,
    down: AtomicBool,
    looked: AtomicUsize,
    asked: AtomicUsize,
}

impl FailingKeys {
    /// `known` from the beginning, `told` when asked.
    #[must_use]
    pub fn new(known: KeySet, told: KeySet) -> Self {
        Self(Arc::new(State {
            known,
            told,
            down: AtomicBool::default(),
            looked: AtomicUsize::default(),
            asked: AtomicUsize::default(),
        }))
    }

    /// Switches the issuer off, or on again.
    pub fn set_down(&self, down: bool) {
        self.0.down.store(down, Ordering::SeqCst);
    }

    /// How often the known keys were looked at: once for each token that is verified.
    #[must_use]
    pub fn looked(&self) -> usize {
        self.0.looked.load(Ordering::SeqCst)
    }

    /// How often the issuer was asked.
    #[must_use]
    pub fn asked(&self) -> usize {
        self.0.asked.load(Ordering::SeqCst)
    }
}

#[async_trait]
impl KeySource for FailingKeys {
    fn keys(&self) -> KeySet {
        self.0.looked.fetch_add(1, Ordering::SeqCst);
        self.0.known.clone()
    }

    async fn refresh(&self, _: &str) -> Result<KeySet, KeySourceError> {
        self.0.asked.fetch_add(1, Ordering::SeqCst);
        // A real issuer answers from elsewhere: later, and woken by another thread.
        tokio::time::sleep(Duration::from_millis(1)).await;
        if self.0.down.load(Ordering::SeqCst) {
            return Err(KeySourceError::new(
                "https://id.secret-place.example does not answer",
            ));
        }
        Ok(self.0.told.clone())
    }
}
