//! A thread whose end can be waited for from a task.

use std::io;

use tokio::sync::watch;

pub(super) struct Worker {
    ended: watch::Receiver<()>,
    thread: std::thread::JoinHandle<()>,
}

impl Worker {
    pub(super) fn start(name: &str, work: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        let (end, ended) = watch::channel(());
        let thread = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || {
                let _end = end;
                work();
            })?;
        Ok(Self { ended, thread })
    }

    pub(super) fn is_alive(&self) -> bool {
        !self.thread.is_finished()
    }

    /// Resolves when the thread has ended, for everybody who asks.
    pub(super) async fn ended(&self) {
        // Nothing is ever sent: the sender is dropped at the end.
        let _ = self.ended.clone().changed().await;
    }
}
