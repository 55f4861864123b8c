//! What is done now and then, off every request's path: hearing of other processes, writing last uses, sweeping.

use std::sync::Arc;
use std::time::Duration;

use empress_auth_core::Clock;
use parking_lot::{Condvar, Mutex};

use super::feed::{Feed, POLL};
use super::flush::flush;
use super::log_size::LogSize;
use super::query::Failed;
use super::sweep::sweep;
use super::worker::Worker;
use super::writer::Jobs;
use crate::last_uses::LastUses;

/// A handle on the thread, which ends when it is dropped.
pub(super) struct Upkeep {
    stop: Arc<Stop>,
    worker: Worker,
}

/// What the thread works with.
pub(super) struct Duties {
    pub(super) feed: Feed,
    pub(super) jobs: Jobs,
    pub(super) uses: Arc<LastUses>,
    pub(super) clock: Clock,
    pub(super) log_size: LogSize,
    pub(super) pace: Pace,
}

/// How often things are done.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    pub(super) flush_every: Duration,
    pub(super) sweep_every: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            flush_every: Duration::from_secs(60),
            sweep_every: Duration::from_secs(10 * 60),
        }
    }
}

impl Upkeep {
    pub(super) fn start(mut duties: Duties) -> std::io::Result<Self> {
        let stop = Arc::new(Stop::default());
        let stopped = Arc::clone(&stop);
        let worker = Worker::start("empress-auth upkeep", move || duties.run(&stopped))?;
        Ok(Self { stop, worker })
    }

    pub(super) fn is_alive(&self) -> bool {
        self.worker.is_alive()
    }

    pub(super) async fn close(&self) {
        self.stop.set();
        self.worker.ended().await;
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.stop.set();
    }
}

impl Duties {
    fn run(&mut self, stop: &Stop) {
        let monotonic = Clock::system();
        let mut flushed = (monotonic.monotonic(), self.clock.now());
        let mut swept_at = flushed.0;
        let mut can_read = true;
        while !stop.wait(POLL) {
            self.hear(&mut can_read);
            self.uses.gather();
            let now = monotonic.monotonic();
            if now.saturating_sub(flushed.0) >= self.pace.flush_every {
                let since = std::mem::replace(&mut flushed, (now, self.clock.now())).1;
                flush(&self.jobs, &self.uses, since);
                self.log_size.look();
            }
            if now.saturating_sub(swept_at) >= self.pace.sweep_every {
                swept_at = now;
                sweep(&self.jobs, self.clock.now());
            }
        }
    }

    /// Tells the log of the program when the database cannot be read any more, and when it can again.
    fn hear(&mut self, can_read: &mut bool) {
        let heard = self.feed.poll();
        if heard.is_ok() != *can_read {
            *can_read = heard.is_ok();
            match heard {
                Ok(()) => tracing::info!("the database can be read again"),
                Err(Failed(error)) => tracing::error!(%error, "the database cannot be read"),
            }
        }
    }
}

#[derive(Default)]
struct Stop {
    is_set: Mutex<bool>,
    changed: Condvar,
}

impl Stop {
    fn set(&self) {
        *self.is_set.lock() = true;
        self.changed.notify_all();
    }

    /// Waits so long, or until it is set; whether it is.
    fn wait(&self, time: Duration) -> bool {
        let mut is_set = self.is_set.lock();
        if !*is_set {
            self.changed.wait_for(&mut is_set, time);
        }
        *is_set
    }
}
