//! The one thread that writes.
//!
//! 1. It takes all changes that wait, up to a number, into one transaction.
//! 2. Each change runs inside a savepoint: one that is refused or panics leaves nothing behind.
//! 3. The transaction is committed, which waits for the disk, once for all of them.
//! 4. Each change tells the memory what it withdrew; then it is answered.
//!
//! If the commit fails all are told so, though nobody can say what of it reached the disk. A change that nobody waits for any more when its turn
//! comes is not made; one whose caller goes away later is made all the same.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use empress_auth_core::{StoreError, StoreErrorKind};
use rusqlite::{Connection, ErrorCode};
use tokio::sync::oneshot;

use super::change::{Change, Effects};
use super::feed::Position;
use super::query::Failed;
use super::queue::Queue;
use super::remembered::Remembered;
use super::sql;
use super::worker::Worker;

/// A handle on the thread; the queue closes when it is dropped.
pub(super) struct Writer {
    jobs: Jobs,
    worker: Worker,
    patience: Duration,
}

/// What waits for the thread.
#[derive(Clone)]
pub(super) struct Jobs(Arc<Queue<Box<dyn Job>>>);

/// Something to be done inside a transaction.
pub(super) trait Job: Send {
    fn is_abandoned(&self) -> bool;

    /// Does it; whether it is to be kept.
    fn run(&mut self, connection: &Connection) -> bool;

    /// The first and last number that it took in the feed.
    fn announced(&self) -> Option<(i64, i64)>;

    /// Tells the memory, then whoever waits.
    fn settle(self: Box<Self>, committed: Result<(), StoreError>);
}

/// How many changes wait for the disk together.
const MAX_BATCH: usize = 64;

/// How many changes may wait.
const CAPACITY: usize = 4_096;

/// How long the caller waits unless told, and how long the file may be locked by somebody else.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

impl Writer {
    pub(super) fn start(
        connection: Connection,
        position: Arc<Position>,
        patience: Duration,
    ) -> Result<Self, std::io::Error> {
        let jobs = Jobs(Arc::new(Queue::new(CAPACITY)));
        let queue = Arc::clone(&jobs.0);
        let worker = Worker::start("empress-auth writer", move || {
            run(&connection, &queue, &position);
        })?;
        Ok(Self {
            jobs,
            worker,
            patience,
        })
    }

    /// Makes a change, and answers when it is on the disk.
    pub(super) async fn write<R: Send + 'static>(
        &self,
        remembered: Arc<Remembered>,
        change: impl FnOnce(&mut Change<'_>) -> Result<R, Failed> + Send + 'static,
    ) -> Result<R, StoreError> {
        let (reply, answer) = oneshot::channel();
        self.jobs.submit(Box::new(Write {
            change: Some(change),
            outcome: Err(unavailable("the change was not made")),
            effects: Effects::default(),
            remembered,
            reply,
        }))?;
        match tokio::time::timeout(self.patience, answer).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(unavailable("the writer has ended")),
            Err(_) => Err(unavailable("the disk or another writer is too slow")),
        }
    }

    pub(super) const fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    pub(super) fn is_alive(&self) -> bool {
        self.worker.is_alive()
    }

    /// Takes no more, does what waits, and resolves when the thread has ended.
    pub(super) async fn close(&self) {
        self.jobs.0.close();
        self.worker.ended().await;
    }
}

impl Jobs {
    pub(super) fn submit(&self, job: Box<dyn Job>) -> Result<(), StoreError> {
        self.0.push(job).map_err(StoreError::unavailable)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs.0.close();
    }
}

fn run(connection: &Connection, jobs: &Queue<Box<dyn Job>>, position: &Position) {
    let _end = End(jobs);
    loop {
        let batch = jobs.take(MAX_BATCH);
        if batch.is_empty() {
            break;
        }
        perform(connection, batch, position);
    }
    write_back(connection);
}

/// Empties the log, unless somebody reads an older state: then it is read by whoever opens the file next.
fn write_back(connection: &Connection) {
    // Whoever waited for the readers would hold the write lock meanwhile.
    let written = connection
        .busy_timeout(Duration::ZERO)
        .and_then(|()| connection.query_row(sql::CHECKPOINT, [], |_| Ok(())));
    match written.map_err(|error| (error.sqlite_error_code(), error)) {
        Ok(()) | Err((Some(ErrorCode::DatabaseBusy), _)) => {}
        Err((_, error)) => {
            tracing::warn!(%error, "the write-ahead log stays beside the database");
        }
    }
}

/// When the thread ends, however it does: what waits still is dropped, so that nobody waits for it.
struct End<'q>(&'q Queue<Box<dyn Job>>);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.close();
        drop(self.0.take(usize::MAX));
    }
}

fn perform(connection: &Connection, mut batch: Vec<Box<dyn Job>>, position: &Position) {
    let committed = transact(connection, &mut batch);
    if !connection.is_autocommit()
        && let Err(error) = connection.execute_batch(sql::ROLLBACK)
    {
        tracing::error!(%error, "a transaction could not be taken back");
    }
    if committed.is_ok() {
        let announced = || batch.iter().filter_map(|job| job.announced());
        let first = announced().map(|(first, _)| first).min();
        let last = announced().map(|(_, last)| last).max();
        if let (Some(first), Some(last)) = (first, last) {
            position.pass(first, last);
        }
    }
    for job in batch {
        job.settle(committed.clone());
    }
}

/// Whether what the jobs did is on the disk.
fn transact(connection: &Connection, batch: &mut [Box<dyn Job>]) -> Result<(), StoreError> {
    let step = |sql| {
        connection
            .execute_batch(sql)
            .map_err(StoreError::unavailable)
    };
    step(sql::BEGIN)?;
    for job in batch {
        if job.is_abandoned() {
            continue;
        }
        step(sql::BEGIN_JOB)?;
        let is_kept = job.run(connection);
        // SQLite takes everything back by itself when the disk is full or does not work.
        if connection.is_autocommit() {
            return Err(unavailable("the transaction was taken back"));
        }
        if !is_kept {
            step(sql::UNDO_JOB)?;
        }
        step(sql::KEEP_JOB)?;
    }
    step(sql::COMMIT)
}

struct Write<F, R> {
    change: Option<F>,
    outcome: Result<R, StoreError>,
    effects: Effects,
    remembered: Arc<Remembered>,
    reply: oneshot::Sender<Result<R, StoreError>>,
}

impl<F, R> Job for Write<F, R>
where
    F: FnOnce(&mut Change<'_>) -> Result<R, Failed> + Send,
    R: Send,
{
    fn is_abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let Some(change) = self.change.take() else {
            return false;
        };
        let mut made = Change::new(connection);
        self.outcome = match catch_unwind(AssertUnwindSafe(|| change(&mut made))) {
            Ok(outcome) => outcome.map_err(|failed| failed.0),
            Err(_) => Err(unavailable("a change panicked")),
        };
        if self.outcome.is_ok() {
            self.effects = made.into_effects();
        }
        self.outcome.is_ok()
    }

    fn announced(&self) -> Option<(i64, i64)> {
        self.effects.announced
    }

    fn settle(self: Box<Self>, committed: Result<(), StoreError>) {
        // Also after a failed commit, of which nobody can say what reached the disk.
        self.effects.tell(&self.remembered);
        let answer = match committed {
            Ok(()) => self.outcome,
            // A refusal stays what it was only if what it was decided on is on the disk, too.
            Err(error) => Err(error),
        };
        // The caller may have gone away.
        let _ = self.reply.send(answer);
    }
}

pub(super) fn unavailable(detail: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable, detail)
}
