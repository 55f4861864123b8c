//! May a load balancer send requests here?

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::store::Probe;

/// Whether the program drains, and whether its store answers.
pub(super) struct Health {
    draining: AtomicBool,
    store: Arc<dyn Probe>,
    /// When the store was last asked, and whether it answered. Held while it is asked, so that it is asked once.
    last: Mutex<Option<(Instant, bool)>>,
    store_answers: AtomicBool,
}

/// What `/readyz` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Readiness {
    Ready,
    Draining,
    StoreUnavailable,
}

impl Health {
    pub(super) fn new(store: Arc<dyn Probe>) -> Self {
        Self {
            draining: AtomicBool::new(false),
            store,
            last: Mutex::default(),
            store_answers: AtomicBool::new(true),
        }
    }

    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Relaxed)
    }

    /// Whether the store answered when it was last asked.
    pub(super) fn store_answers(&self) -> bool {
        self.store_answers.load(Ordering::Relaxed)
    }

    /// Asks the store, but for all callers together once a second at most: anybody may call.
    pub(super) async fn readiness(&self) -> Readiness {
        if self.is_draining() {
            return Readiness::Draining;
        }
        let mut last = self.last.lock().await;
        let answers = match *last {
            Some((at, answered)) if at.elapsed() < FRESH => answered,
            _ => {
                let answered = self.ask().await;
                *last = Some((Instant::now(), answered));
                answered
            }
        };
        if answers {
            Readiness::Ready
        } else {
            Readiness::StoreUnavailable
        }
    }

    async fn ask(&self) -> bool {
        let asked = tokio::time::timeout(PATIENCE, self.store.check()).await;
        let answers = matches!(asked, Ok(Ok(())));
        let answered = self.store_answers.swap(answers, Ordering::Relaxed);
        if answered != answers {
            match asked {
                Ok(Ok(())) => tracing::info!("the store answers again"),
                Ok(Err(error)) => tracing::error!(error = %error, "the store does not answer"),
                Err(_) => tracing::error!(waited = ?PATIENCE, "the store does not answer"),
            }
        }
        answers
    }
}

/// DB-7: right within two seconds, of which one is the question itself.
const FRESH: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(1);

impl std::fmt::Debug for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Health")
            .field("draining", &self.draining)
            .field("store_answers", &self.store_answers)
            .finish_non_exhaustive()
    }
}
