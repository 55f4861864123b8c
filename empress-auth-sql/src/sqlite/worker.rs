//! A thread whose end can be waited for from a task.

use std::io;

use parking_lot::Mutex;
use tokio::sync::oneshot;

pub(super) struct Worker {
    ended: Mutex<Option<oneshot::Receiver<()>>>,
    thread: std::thread::JoinHandle<()>,
}

impl Worker {
    pub(super) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (end, ended) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let _end = end;
                work();
            })?;
        Ok(Self {
            ended: Mutex::new(Some(ended)),
            thread,
        })
    }

    pub(super) fn is_alive(&self) -> bool {
        !self.thread.is_finished()
    }

    /// Resolves when the thread has ended; at once for the second who asks.
    pub(super) async fn ended(&self) {
        let ended = self.ended.lock().take();
        if let Some(ended) = ended {
            // Nothing is ever sent: the sender is dropped at the end.
            let _ = ended.await;
        }
    }
}
