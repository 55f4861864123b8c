//! Threads that read, each over a connection of its own.
//!
//! A question waits a second for a thread and may then work for two and wait for a lock for one; who asks hears of an outage
//! after three in any case.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use empress_auth_core::{Clock, StoreError};
use rusqlite::Connection;
use tokio::sync::oneshot;

use super::query::Failed;
use super::queue::Queue;
use super::worker::Worker;
use super::writer::unavailable;

pub(super) struct Readers {
    queue: Arc<Queue<Question>>,
    workers: Vec<Worker>,
    clock: Clock,
}

struct Question {
    /// By the monotonic clock.
    asked_at: Duration,
    /// How long it may take.
    limit: Duration,
    answer: Box<dyn FnOnce(&Connection) + Send>,
}

/// How many questions may wait.
const CAPACITY: usize = 16_384;

/// How long a question waits for a thread.
const QUEUE_LIMIT: Duration = Duration::from_secs(1);

/// How long it may then take unless it says otherwise.
const QUESTION_LIMIT: Duration = Duration::from_secs(2);

/// After how many instructions of SQLite's machine the time is looked at.
const INSTRUCTIONS: i32 = 10_000;

impl Readers {
    pub(super) fn start(name: &str, connections: Vec<Connection>) -> io::Result<Self> {
        let queue = Arc::new(Queue::new(CAPACITY));
        let clock = Clock::system();
        let mut workers = Vec::new();
        for connection in connections {
            let deadline = Arc::new(AtomicU64::new(u64::MAX));
            limit(&connection, Arc::clone(&deadline), clock.clone()).map_err(io::Error::other)?;
            let (queue, clock) = (Arc::clone(&queue), clock.clone());
            workers.push(Worker::start(name, move || {
                run(&connection, &queue, &deadline, &clock);
            })?);
        }
        Ok(Self {
            queue,
            workers,
            clock,
        })
    }

    pub(super) async fn ask<R: Send + 'static>(
        &self,
        question: impl FnOnce(&Connection) -> Result<R, Failed> + Send + 'static,
    ) -> Result<R, StoreError> {
        self.ask_within(QUESTION_LIMIT, question).await
    }

    /// For a question that is known to take longer.
    pub(super) async fn ask_within<R: Send + 'static>(
        &self,
        limit: Duration,
        question: impl FnOnce(&Connection) -> Result<R, Failed> + Send + 'static,
    ) -> Result<R, StoreError> {
        let (reply, answer) = oneshot::channel();
        let answering = move |connection: &Connection| {
            if reply.is_closed() {
                return;
            }
            let found = catch_unwind(AssertUnwindSafe(|| question(connection)));
            let found = found.unwrap_or_else(|_| Err(unavailable("a question panicked").into()));
            // The caller may have gone away.
            let _ = reply.send(found.map_err(|failed| failed.0));
        };
        let question = Question {
            asked_at: self.clock.monotonic(),
            limit,
            answer: Box::new(answering),
        };
        self.queue.push(question).map_err(StoreError::unavailable)?;
        match tokio::time::timeout(QUEUE_LIMIT + limit, answer).await {
            Ok(Ok(found)) => found,
            Ok(Err(_)) => Err(unavailable("no reader had time")),
            Err(_) => Err(unavailable("the database is too slow")),
        }
    }

    pub(super) async fn close(&self) {
        self.queue.close();
        for worker in &self.workers {
            worker.ended().await;
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.queue.close();
    }
}

fn run(connection: &Connection, queue: &Queue<Question>, deadline: &AtomicU64, clock: &Clock) {
    loop {
        let taken = queue.take(1);
        if taken.is_empty() {
            return;
        }
        for question in taken {
            let now = clock.monotonic();
            if now.saturating_sub(question.asked_at) < QUEUE_LIMIT {
                deadline.store(millis(now + question.limit), Ordering::Relaxed);
                (question.answer)(connection);
            }
        }
    }
}

/// Stops a statement of this connection when the deadline has passed.
fn limit(
    connection: &Connection,
    deadline: Arc<AtomicU64>,
    clock: Clock,
) -> Result<(), rusqlite::Error> {
    let is_late = move || millis(clock.monotonic()) > deadline.load(Ordering::Relaxed);
    connection.progress_handler(INSTRUCTIONS, Some(is_late))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
