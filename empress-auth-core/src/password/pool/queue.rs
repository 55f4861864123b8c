//! Which password is hashed next, and on which thread?

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use crate::password::argon2id::Memory;
use crate::password::error::{PasswordError, PasswordErrorKind};

/// A piece of work; dropping it unfinished tells its caller that the pool is busy.
pub(super) struct Job {
    queued_at: Instant,
    work: Box<dyn FnOnce(&mut Memory) + Send>,
}

impl Job {
    pub(super) fn new(work: impl FnOnce(&mut Memory) + Send + 'static) -> Self {
        Self {
            queued_at: now(),
            work: Box::new(work),
        }
    }

    fn waited_too_long(&self) -> bool {
        now().duration_since(self.queued_at) > MAX_WAIT
    }
}

/// The jobs that wait, first come first served, and the threads that take them.
pub(super) struct Queue {
    max_workers: usize,
    max_waiting: usize,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    waiting: VecDeque<Job>,
    workers: usize,
    idle: usize,
    is_closed: bool,
}

impl Queue {
    /// Starts no thread until the first job comes.
    pub(super) fn new(max_workers: usize, max_waiting: usize) -> Self {
        let state = State {
            waiting: VecDeque::new(),
            workers: 0,
            idle: 0,
            is_closed: false,
        };
        Self {
            max_workers,
            max_waiting,
            state: Mutex::new(state),
            changed: Condvar::new(),
        }
    }

    /// Queues `job`, and starts a thread for it if there may be one more and none is idle.
    pub(super) fn push(self: &Arc<Self>, job: Job) -> Result<(), PasswordError> {
        let mut state = self.state.lock();
        // Dropped when the lock is free again, as it wakes their callers.
        let fresh = state.waiting.partition_point(Job::waited_too_long);
        let _late: Vec<Job> = state.waiting.drain(..fresh).collect();
        if state.waiting.len() >= self.max_waiting {
            return Err(PasswordError::new(PasswordErrorKind::Busy));
        }
        if state.idle <= state.waiting.len() && state.workers < self.max_workers {
            let queue = Arc::clone(self);
            let started = thread::Builder::new()
                .name(String::from("password"))
                .spawn(move || queue.work());
            match started {
                Ok(_) => state.workers += 1,
                // Those that run already will get to it.
                Err(_) if state.workers > 0 => {}
                Err(_) => return Err(PasswordError::new(PasswordErrorKind::Unavailable)),
            }
        }
        state.waiting.push_back(job);
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// Ends the threads, each after the job that it is at.
    pub(super) fn close(&self) {
        self.state.lock().is_closed = true;
        self.changed.notify_all();
    }

    /// How many threads were started.
    #[cfg(test)]
    pub(super) fn workers(&self) -> usize {
        self.state.lock().workers
    }

    fn work(&self) {
        let mut memory = Memory::new();
        while let Some(job) = self.next(&mut memory) {
            if !job.waited_too_long() {
                (job.work)(&mut memory);
            }
        }
    }

    /// The next job, or `None` once there will be no more.
    fn next(&self, memory: &mut Memory) -> Option<Job> {
        let mut state = self.state.lock();
        loop {
            if state.is_closed {
                return None;
            }
            if let Some(job) = state.waiting.pop_front() {
                return Some(job);
            }
            state.idle += 1;
            let quiet = self.changed.wait_for(&mut state, KEEP_MEMORY);
            state.idle -= 1;
            if quiet.timed_out() {
                memory.release();
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "a wait is measured, never shown or stored"
)]
fn now() -> Instant {
    Instant::now()
}

/// Whoever logs in has waited long enough by then, and a client gives up soon after.
const MAX_WAIT: Duration = Duration::from_secs(2);
/// How long an idle thread keeps its 19 MiB.
const KEEP_MEMORY: Duration = Duration::from_secs(30);
