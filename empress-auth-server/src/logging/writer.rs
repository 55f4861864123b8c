//! Who writes the log? A thread of its own, so that nobody else waits for whoever reads it.
//!
//! Standard error is often a pipe, and a pipe whose reader has stopped takes no more. A request must not wait for that: its
//! lines wait in a queue, and when that is full they are counted in place of being kept. The count is written as soon as
//! there is room again.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::Duration;

use empress_auth_core::Clock;

/// A place to put lines that never makes its caller wait.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: SyncSender<Job>,
    lost: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Job {
    Write(String),
    /// Answered when all that came before is written.
    Flush(SyncSender<()>),
}

impl Writer {
    /// Writes to `target` from a thread of its own; `loss` makes a line of how many were lost.
    pub(super) fn start(
        target: impl io::Write + Send + 'static,
        loss: impl Fn(u64) -> String + Send + 'static,
    ) -> io::Result<Self> {
        let (queue, jobs) = sync_channel(QUEUE);
        let lost = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&lost);
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_all(&jobs, target, &counted, loss))?;
        Ok(Self { queue, lost })
    }

    /// Takes a line, or counts it if there is no room.
    pub(super) fn write(&self, line: String) {
        if let Err(TrySendError::Full(_)) = self.queue.try_send(Job::Write(line)) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until everything is written, but no longer than `patience`.
    pub(super) fn flush(&self, patience: Duration) {
        let clock = Clock::system();
        let deadline = clock.monotonic().saturating_add(patience);
        let (done, is_done) = sync_channel(1);
        let mut job = Job::Flush(done);
        while let Err(TrySendError::Full(unsent)) = self.queue.try_send(job) {
            if clock.monotonic() >= deadline {
                return;
            }
            thread::sleep(Duration::from_millis(5));
            job = unsent;
        }
        // Whether it was in time or not: there is nothing left to be done.
        _ = is_done.recv_timeout(deadline.saturating_sub(clock.monotonic()));
    }
}

fn write_all(
    jobs: &Receiver<Job>,
    mut target: impl io::Write,
    lost: &AtomicU64,
    loss: impl Fn(u64) -> String,
) {
    for job in jobs {
        match job {
            // A log that cannot be written cannot be complained of.
            Job::Write(line) => _ = target.write_all(line.as_bytes()),
            Job::Flush(done) => {
                _ = target.flush();
                _ = done.try_send(());
            }
        }
        let count = lost.swap(0, Ordering::Relaxed);
        if count > 0 {
            _ = target.write_all(loss(count).as_bytes());
        }
    }
}

/// How many lines wait: some seconds of a log of every request, at a few hundred bytes each.
const QUEUE: usize = 8_192;

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// Keeps what is written, each piece once it is told to go on; when nobody can tell it any more, all of it.
    struct Slow {
        written: Arc<Mutex<String>>,
        go_on: Receiver<()>,
    }

    impl io::Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            _ = self.go_on.recv();
            let text = std::str::from_utf8(bytes).unwrap();
            self.written.lock().unwrap().push_str(text);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn slow() -> (Writer, Sender<()>, Arc<Mutex<String>>) {
        let (sender, go_on) = channel();
        let written = Arc::new(Mutex::new(String::new()));
        let target = Slow {
            written: Arc::clone(&written),
            go_on,
        };
        let writer = Writer::start(target, |count| format!("lost {count}\n")).unwrap();
        (writer, sender, written)
    }

    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn lines_come_out_in_order_and_a_flush_waits_for_them() {
        let (writer, go_on, written) = slow();
        drop(go_on);
        for number in 0..100 {
            writer.write(format!("{number}\n"));
        }
        writer.flush(LONG);
        let expected: String = (0..100).map(|number| format!("{number}\n")).collect();
        assert_eq!(*written.lock().unwrap(), expected);
    }

    #[test]
    fn who_reads_nothing_stops_nobody_and_is_told_what_was_lost() {
        let (writer, go_on, written) = slow();
        let given = QUEUE + 1_000;
        for number in 0..given {
            writer.write(format!("{number}\n"));
        }
        writer.flush(Duration::from_millis(20));
        assert_eq!(*written.lock().unwrap(), "");

        drop(go_on);
        writer.flush(LONG);
        let log = written.lock().unwrap();
        // One may have been on its way to the reader beside those in the queue.
        let losses: Vec<u64> = log
            .lines()
            .filter_map(|line| line.strip_prefix("lost ")?.parse().ok())
            .collect();
        let lost: u64 = losses.iter().sum();
        assert!((999..=1_000).contains(&lost), "{losses:?}");
        let kept = log.lines().filter(|line| !line.starts_with("lost")).count();
        assert_eq!(kept, given - usize::try_from(lost).unwrap());
        assert!(log.starts_with("0\nlost "), "told at once");
    }
}
