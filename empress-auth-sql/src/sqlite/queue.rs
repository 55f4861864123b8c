//! A bounded queue between tasks, which never wait for a place in it, and threads, which wait for work.

use std::collections::VecDeque;

use parking_lot::{Condvar, Mutex};

pub(super) struct Queue<T> {
    state: Mutex<State<T>>,
    ready: Condvar,
    capacity: usize,
}

struct State<T> {
    jobs: VecDeque<T>,
    idle: usize,
    is_open: bool,
}

/// Why a job was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NotTaken {
    #[error("too many requests wait for the database")]
    Full,
    #[error("the store is closed")]
    Closed,
}

impl<T> Queue<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            state: Mutex::new(State {
                jobs: VecDeque::new(),
                idle: 0,
                is_open: true,
            }),
            ready: Condvar::new(),
            capacity,
        }
    }

    pub(super) fn push(&self, job: T) -> Result<(), NotTaken> {
        let mut state = self.state.lock();
        if !state.is_open {
            return Err(NotTaken::Closed);
        }
        if state.jobs.len() >= self.capacity {
            return Err(NotTaken::Full);
        }
        state.jobs.push_back(job);
        let somebody_sleeps = state.idle > 0;
        drop(state);
        if somebody_sleeps {
            self.ready.notify_one();
        }
        Ok(())
    }

    /// At most `limit` jobs, in the order in which they came; waits for one. Nothing once the queue is closed and empty.
    pub(super) fn take(&self, limit: usize) -> Vec<T> {
        let mut state = self.state.lock();
        while state.jobs.is_empty() && state.is_open {
            state.idle += 1;
            self.ready.wait(&mut state);
            state.idle -= 1;
        }
        let count = state.jobs.len().min(limit);
        state.jobs.drain(..count).collect()
    }

    /// Takes no more; what is in there is still done.
    pub(super) fn close(&self) {
        self.state.lock().is_open = false;
        self.ready.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn a_full_queue_refuses_and_a_closed_one_is_emptied() {
        let queue = Queue::new(2);
        queue.push(1).unwrap();
        queue.push(2).unwrap();
        assert_eq!(queue.push(3), Err(NotTaken::Full));
        assert_eq!(queue.take(1), [1]);
        queue.push(3).unwrap();
        queue.close();
        assert_eq!(queue.push(4), Err(NotTaken::Closed));
        assert_eq!(queue.take(9), [2, 3]);
        assert!(queue.take(9).is_empty());
    }

    #[test]
    fn whoever_waits_is_woken_by_a_job_and_by_the_end() {
        let queue = Arc::new(Queue::new(64));
        let workers: Vec<_> = (0..4)
            .map(|_| {
                let queue = Arc::clone(&queue);
                std::thread::spawn(move || {
                    let mut done = 0;
                    loop {
                        match queue.take(3).len() {
                            0 => return done,
                            count => done += count,
                        }
                    }
                })
            })
            .collect();
        let mut taken = 0;
        while taken < 1_000 {
            taken += usize::from(queue.push(()).is_ok());
        }
        queue.close();
        let done: usize = workers
            .into_iter()
            .map(|worker| worker.join().unwrap())
            .sum();
        assert_eq!(done, taken);
    }
}
