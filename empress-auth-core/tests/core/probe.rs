//! A store between the layer and another store: counts what is asked, and holds answers back, fails or panics when told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use empress_auth_core::{
    CredentialMemory, CredentialStore, Lookup, MemoryStore, StoreError, StoreErrorKind,
    StoredCredential,
};
use parking_lot::Mutex;
use tokio::sync::Semaphore;

#[derive(Clone)]
pub(crate) struct Probe<S = MemoryStore> {
    inner: S,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    asked: AtomicUsize,
    behaviour: Mutex<Behaviour>,
    forgets: bool,
    /// How many times an answer yields, at most.
    yields: usize,
}

#[derive(Clone, Default)]
enum Behaviour {
    #[default]
    Answer,
    Hold(Gate),
    Fail,
    Panic,
}

/// Where answers wait, that have been read already.
#[derive(Clone)]
pub(crate) struct Gate(Arc<Semaphore>);

impl Gate {
    pub(crate) fn open(&self) {
        self.0.add_permits(Semaphore::MAX_PERMITS / 2);
    }
}

impl<S> Probe<S> {
    pub(crate) fn new(inner: S) -> Self {
        Self {
            inner,
            state: Arc::default(),
        }
    }

    /// Has no memory, whatever the inner store has.
    pub(crate) fn forgetful(inner: S) -> Self {
        let state = State {
            forgets: true,
            ..State::default()
        };
        Self {
            inner,
            state: Arc::new(state),
        }
    }

    /// Lets other tasks run between reading and answering, up to so many times.
    pub(crate) fn hesitant(inner: S, yields: usize) -> Self {
        let state = State {
            yields,
            ..State::default()
        };
        Self {
            inner,
            state: Arc::new(state),
        }
    }

    pub(crate) fn asked(&self) -> usize {
        self.state.asked.load(Ordering::SeqCst)
    }

    /// From now on answers are read and then wait at the gate; those after the next [`Self::answer`] do not.
    pub(crate) fn hold(&self) -> Gate {
        let gate = Gate(Arc::new(Semaphore::new(0)));
        *self.state.behaviour.lock() = Behaviour::Hold(gate.clone());
        gate
    }

    pub(crate) fn answer(&self) {
        *self.state.behaviour.lock() = Behaviour::Answer;
    }

    pub(crate) fn fail(&self) {
        *self.state.behaviour.lock() = Behaviour::Fail;
    }

    pub(crate) fn panic(&self) {
        *self.state.behaviour.lock() = Behaviour::Panic;
    }
}

impl<S: CredentialStore> CredentialStore for Probe<S> {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        let number = self.state.asked.fetch_add(1, Ordering::SeqCst);
        let found = self.inner.find(what).await;
        if self.state.yields > 0 {
            for _ in 0..number * 7 % (self.state.yields + 1) {
                tokio::task::yield_now().await;
            }
        }
        let behaviour = self.state.behaviour.lock().clone();
        match behaviour {
            Behaviour::Answer => found,
            Behaviour::Hold(gate) => {
                let _passed = gate.0.acquire().await.unwrap();
                found
            }
            Behaviour::Fail => Err(StoreError::new(StoreErrorKind::Unavailable, "told to fail")),
            Behaviour::Panic => {
                tokio::task::yield_now().await;
                panic!("told to panic")
            }
        }
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        self.inner.memory().filter(|_| !self.state.forgets)
    }
}
