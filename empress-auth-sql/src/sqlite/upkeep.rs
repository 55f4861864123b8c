//! What is done now and then, off every request's path: hearing of other processes, writing last uses, sweeping.
//!
//! One thread hears of other processes and does nothing else: to look at a million remembered credentials takes a second
//! thread longer than what another process withdrew may stay unheard.

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

/// A handle on the threads, which end when it is dropped.
pub(super) struct Upkeep {
    stop: Arc<Stop>,
    listener: Worker,
    keeper: Worker,
}

/// What the second thread works with.
pub(super) struct Duties {
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
    pub(super) fn start(feed: Feed, duties: Duties) -> std::io::Result<Self> {
        let stop = Arc::new(Stop::default());
        let stopped = Arc::clone(&stop);
        let listener = Worker::start("empress-auth feed", move || listen(feed, &stopped))?;
        let stopped = Arc::clone(&stop);
        let keeper = Worker::start("empress-auth upkeep", move || duties.run(&stopped))
            .inspect_err(|_| stop.set())?;
        Ok(Self {
            stop,
            listener,
            keeper,
        })
    }

    pub(super) fn is_alive(&self) -> bool {
        self.listener.is_alive() && self.keeper.is_alive()
    }

    pub(super) async fn close(&self) {
        self.stop.set();
        self.listener.ended().await;
        self.keeper.ended().await;
    }
}

impl Drop for Upkeep {
    fn drop(&mut self) {
        self.stop.set();
    }
}

/// Tells the log of the program when the database cannot be read any more, and when it can again.
fn listen(mut feed: Feed, stop: &Stop) {
    let mut can_read = true;
    while !stop.wait(POLL) {
        let heard = feed.poll();
        if heard.is_ok() != can_read {
            can_read = heard.is_ok();
            match heard {
                Ok(()) => tracing::info!("the database can be read again"),
                Err(Failed(error)) => tracing::error!(%error, "the database cannot be read"),
            }
        }
    }
}

impl Duties {
    fn run(mut self, stop: &Stop) {
        let monotonic = Clock::system();
        let mut flushed = (monotonic.monotonic(), self.clock.now());
        let mut swept_at = flushed.0;
        while !stop.wait(POLL) {
            self.uses.gather();
            let now = monotonic.monotonic();
            if now.saturating_sub(flushed.0) >= self.pace.flush_every {
                let since = std::mem::replace(&mut flushed, (now, self.clock.now())).1;
                // Nobody waits for it.
                drop(flush(&self.jobs, &self.uses, since));
                self.log_size.look();
            }
            if now.saturating_sub(swept_at) >= self.pace.sweep_every {
                swept_at = now;
                sweep(&self.jobs, self.clock.now());
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
