//! The task that fetches, and those who wait for it.
//!
//! One task an issuer owns the sockets; whoever needs a key wakes it and waits for its next result, on whichever runtime.
//! It ends with the last handle, at once, and is started anew by the next lookup if the runtime that it ran on has ended.

use std::sync::{Arc, Weak};
use std::time::Duration;

use empress_auth_core::jwt::KeySet;
use empress_auth_core::{Clock, Entropy};
use parking_lot::{Mutex, RwLock};
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::error::{RemoteJwksError, RemoteJwksErrorKind};
use super::issuer::{Issuer, Keys, Known};
use super::pace::{Jitter, Pace};
use super::roots::Roots;
use super::state::{State, Step};

/// What is asked, and how.
#[derive(Debug, Clone)]
pub(super) struct Config {
    pub(super) known: Known,
    pub(super) roots: Roots,
    pub(super) clock: Clock,
    pub(super) pace: Pace,
}

/// What all clones of one handle share.
pub(super) struct Shared {
    config: Config,
    state: RwLock<State>,
    /// Told of the end of each fetch.
    ended: watch::Sender<()>,
    task: Mutex<Option<mpsc::Sender<()>>>,
}

impl Shared {
    pub(super) fn new(config: Config) -> Self {
        Self {
            config,
            state: RwLock::default(),
            ended: watch::Sender::new(()),
            task: Mutex::new(None),
        }
    }

    pub(super) const fn config(&self) -> &Config {
        &self.config
    }

    fn now(&self) -> Duration {
        self.config.clock.monotonic()
    }

    /// The keys that are known; never waits.
    pub(super) fn keys(self: &Arc<Self>) -> KeySet {
        let now = self.now();
        let state = self.state.read();
        let is_due = state.is_due(now);
        let keys = state.keys(now, &self.config.pace).cloned();
        drop(state);
        if is_due && let Err(error) = self.wake() {
            tracing::error!(jwks.source = self.config.known.as_str(), %error);
        }
        keys.unwrap_or_default()
    }

    /// The keys, after asking for the one with this name if that may help.
    pub(super) async fn keys_with(self: &Arc<Self>, kid: &str) -> Result<KeySet, RemoteJwksError> {
        let mut ended = self.ended.subscribe();
        let pace = &self.config.pace;
        let step = self.state.write().look(kid, self.now(), pace);
        match step {
            Step::Known(keys) => return Ok(keys),
            Step::Unavailable(error) => return Err(error),
            Step::Wait => self.wake()?,
        }
        let has_ended = timeout(pace.timeout, ended.changed()).await.is_ok();
        let step = if has_ended {
            self.state.write().look_again(kid, self.now(), pace)
        } else {
            Step::Wait
        };
        match step {
            Step::Known(keys) => Ok(keys),
            Step::Unavailable(error) => Err(error),
            Step::Wait => Err(self.too_slow(pace.timeout)),
        }
    }

    /// Waits until keys are known.
    pub(super) async fn ready(self: &Arc<Self>) -> Result<(), RemoteJwksError> {
        let mut ended = self.ended.subscribe();
        let pace = &self.config.pace;
        let now = self.now();
        {
            let mut state = self.state.write();
            if state.keys(now, pace).is_some() {
                return Ok(());
            }
            state.ask_now(now);
        }
        self.wake()?;
        // Metadata in two places, and the keys.
        let longest = pace.timeout * 4;
        if timeout(longest, ended.changed()).await.is_err() {
            return Err(self.too_slow(longest));
        }
        let state = self.state.read();
        state
            .last()
            .cloned()
            .unwrap_or_else(|| Err(runtime("it ended")))
    }

    #[cfg(test)]
    pub(super) fn has_failed(&self) -> bool {
        matches!(self.state.read().last(), Some(Err(_)))
    }

    fn too_slow(&self, waited: Duration) -> RemoteJwksError {
        let detail = format!("{}: no keys after {waited:?}", self.config.known.as_str());
        RemoteJwksError::new(RemoteJwksErrorKind::Unreachable, detail)
    }

    /// Has the task look what is due.
    fn wake(self: &Arc<Self>) -> Result<(), RemoteJwksError> {
        let mut task = self.task.lock();
        if let Some(wake) = &*task
            && !wake.is_closed()
        {
            // A message that waits already says the same.
            let _ = wake.try_send(());
            return Ok(());
        }
        let runtime = Handle::try_current().map_err(|error| {
            runtime("this was not called on a tokio runtime").with_source(error)
        })?;
        let (wake, woken) = mpsc::channel(1);
        runtime.spawn(run(Arc::downgrade(self), self.config.clone(), woken));
        *task = Some(wake);
        Ok(())
    }
}

fn runtime(detail: &str) -> RemoteJwksError {
    RemoteJwksError::new(RemoteJwksErrorKind::Runtime, detail)
}

/// Fetches whenever that is due. Holds no handle while it waits, so that `woken` ends with the last one.
async fn run(shared: Weak<Shared>, config: Config, mut woken: mpsc::Receiver<()>) {
    let Config {
        known,
        roots,
        clock,
        pace,
    } = config;
    let mut issuer = Issuer::new(known, roots, pace);
    loop {
        let Some(until_due) = shared
            .upgrade()
            .map(|it| it.state.read().until_due(it.now()))
        else {
            return;
        };
        if !until_due.is_zero() {
            tokio::select! {
                () = sleep(until_due) => {}
                _ = woken.recv() => {}
            }
            continue;
        }
        let fetch = Fetch::begin(&shared);
        tokio::select! {
            fetched = issuer.keys(clock.monotonic()) => fetch.end(fetched),
            // Who wakes it meanwhile waits for this very fetch.
            () = all_are_gone(&mut woken) => return,
        }
    }
}

async fn all_are_gone(woken: &mut mpsc::Receiver<()>) {
    while woken.recv().await.is_some() {}
}

/// A fetch that is under way; one that is dropped before its end lets nobody wait for it.
struct Fetch<'a> {
    shared: &'a Weak<Shared>,
    has_ended: bool,
}

impl<'a> Fetch<'a> {
    fn begin(shared: &'a Weak<Shared>) -> Self {
        if let Some(shared) = shared.upgrade() {
            shared.state.write().begin(shared.now());
        }
        Self {
            shared,
            has_ended: false,
        }
    }

    fn end(mut self, fetched: Result<Keys, RemoteJwksError>) {
        self.has_ended = true;
        let Some(shared) = self.shared.upgrade() else {
            return;
        };
        let (source, pace) = (shared.config.known.as_str(), &shared.config.pace);
        let (now, jitter) = (shared.now(), Jitter::random(&Entropy::system()));
        let mut state = shared.state.write();
        let had_failed = matches!(state.last(), Some(Err(_)));
        match fetched {
            Ok(keys) => {
                if had_failed {
                    tracing::info!(jwks.source = source, "the issuer's keys can be had again");
                }
                state.succeed(keys.set, keys.max_age, now, pace, jitter);
            }
            Err(error) => {
                tracing::warn!(jwks.source = source, %error, "the issuer's keys cannot be had");
                state.fail(error, now, pace, jitter);
            }
        }
        drop(state);
        shared.ended.send_replace(());
    }
}

impl Drop for Fetch<'_> {
    fn drop(&mut self) {
        if !self.has_ended
            && let Some(shared) = self.shared.upgrade()
        {
            shared
                .state
                .write()
                .abandon(shared.now(), &shared.config.pace);
            shared.ended.send_replace(());
        }
    }
}
