//! What is done now and then, off every request's path: hearing of other processes, writing last uses, sweeping.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use empress_auth_core::{Clock, StoreError};
use parking_lot::{Condvar, Mutex};
use rusqlite::{Connection, params};
use tokio::sync::oneshot;

use super::feed::{Feed, POLL};
use super::query::{Failed, execute};
use super::sql;
use super::worker::Worker;
use super::writer::{Job, Jobs};
use crate::column;
use crate::last_uses::{LastUses, Used};

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
}

/// How often last uses are written.
const FLUSH_EVERY: Duration = Duration::from_secs(60);

/// How often rows are swept that have no more meaning.
const SWEEP_EVERY: Duration = Duration::from_secs(10 * 60);

/// How long a token is listed after it expired.
const KEEP_EXPIRED_TOKENS: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// How long a session stays after it expired, for clocks that do not agree.
const KEEP_EXPIRED_SESSIONS: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a withdrawal can be read; who slept for longer forgets everything.
const KEEP_CHANGES: Duration = Duration::from_secs(60 * 60);

/// The most rows that one transaction sweeps.
const SWEEP_BATCH: usize = 1_000;

/// The most last uses that one transaction writes: the others who write wait for so long.
const FLUSH_BATCH: usize = 10_000;

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
            let heard = self.feed.poll();
            if heard.is_ok() != can_read {
                can_read = heard.is_ok();
                match heard {
                    Ok(()) => tracing::info!("the database can be read again"),
                    Err(Failed(error)) => tracing::error!(%error, "the database cannot be read"),
                }
            }
            self.uses.gather();
            let now = monotonic.monotonic();
            if now.saturating_sub(flushed.0) >= FLUSH_EVERY {
                let since = std::mem::replace(&mut flushed, (now, self.clock.now())).1;
                flush(&self.jobs, &self.uses, since);
            }
            if now.saturating_sub(swept_at) >= SWEEP_EVERY {
                swept_at = now;
                sweep(&self.jobs, self.clock.now());
            }
        }
    }
}

/// Writes the last uses since `since`; whoever wants to know waits for what is answered.
pub(super) fn flush(
    jobs: &Jobs,
    uses: &Arc<LastUses>,
    since: SystemTime,
) -> Vec<oneshot::Receiver<()>> {
    let due = uses.due(since);
    due.chunks(FLUSH_BATCH)
        .filter_map(|rows| {
            let (done, is_done) = oneshot::channel();
            let flush = Flush {
                rows: rows.into(),
                uses: Arc::clone(uses),
                is_written: false,
                done,
            };
            // If the queue is full they are written the next time.
            jobs.submit(Box::new(flush)).ok().map(|()| is_done)
        })
        .collect()
}

/// Deletes what has no more meaning; nothing depends on when that is done.
pub(super) fn sweep(jobs: &Jobs, now: SystemTime) {
    for (sql, kept) in [
        (sql::SWEEP_TOKENS, KEEP_EXPIRED_TOKENS),
        (sql::SWEEP_SESSIONS, KEEP_EXPIRED_SESSIONS),
        (sql::SWEEP_CHANGES, KEEP_CHANGES),
    ] {
        let Some(before) = now.checked_sub(kept) else {
            continue;
        };
        // If the queue is full they are swept the next time.
        let _ = jobs.submit(Box::new(Sweep {
            sql,
            before: column::from_time(before),
            jobs: jobs.clone(),
            has_more: false,
        }));
    }
}

struct Flush {
    rows: Box<[(Used, SystemTime)]>,
    uses: Arc<LastUses>,
    is_written: bool,
    done: oneshot::Sender<()>,
}

impl Job for Flush {
    fn is_abandoned(&self) -> bool {
        false
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let written = self.rows.iter().try_for_each(|(what, at)| {
            let (sql, id) = match what {
                Used::Token(id) => (sql::NOTE_TOKEN_USE, id),
                Used::Session(id) => (sql::NOTE_SESSION_USE, id),
            };
            let row = params![column::from_token_id(*id), column::from_time(*at)];
            execute(connection, sql, row).map(|_| ())
        });
        if let Err(Failed(error)) = &written {
            tracing::warn!(%error, "last uses are written later");
        }
        self.is_written = written.is_ok();
        self.is_written
    }

    fn announced(&self) -> Option<(i64, i64)> {
        None
    }

    fn settle(self: Box<Self>, committed: Result<(), StoreError>) {
        if self.is_written && committed.is_ok() {
            self.uses.written(&self.rows);
        }
        // Mostly nobody waits.
        let _ = self.done.send(());
    }
}

/// Some rows at a time, behind whatever waits meanwhile.
struct Sweep {
    sql: &'static str,
    before: i64,
    jobs: Jobs,
    has_more: bool,
}

impl Job for Sweep {
    fn is_abandoned(&self) -> bool {
        false
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let limit = column::from_limit(SWEEP_BATCH);
        match execute(connection, self.sql, [self.before, limit]) {
            Ok(count) => {
                self.has_more = count == SWEEP_BATCH;
                true
            }
            Err(Failed(error)) => {
                tracing::warn!(%error, "expired rows are swept later");
                false
            }
        }
    }

    fn announced(&self) -> Option<(i64, i64)> {
        None
    }

    fn settle(mut self: Box<Self>, committed: Result<(), StoreError>) {
        if committed.is_ok() && std::mem::take(&mut self.has_more) {
            let jobs = self.jobs.clone();
            // If the queue is full the rest is swept the next time.
            let _ = jobs.submit(self);
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
