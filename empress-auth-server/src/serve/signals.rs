//! When is the program told to stop?

use std::io;

/// What ends a server.
#[derive(Debug)]
pub(super) enum Signals {
    /// The signals of the process.
    Process(Process),
    /// A word from a test, each of which is one signal.
    #[cfg(test)]
    Test(tokio::sync::mpsc::Receiver<()>),
}

impl Signals {
    /// From now on the signals that would end the process are ours.
    pub(super) fn listen() -> io::Result<Self> {
        Process::listen().map(Self::Process)
    }

    /// Returns at the next of them.
    pub(super) async fn next(&mut self) {
        match self {
            Self::Process(process) => process.next().await,
            #[cfg(test)]
            Self::Test(words) => {
                if words.recv().await.is_none() {
                    std::future::pending().await
                }
            }
        }
    }
}

#[cfg(unix)]
#[derive(Debug)]
pub(super) struct Process {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Process {
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

#[cfg(not(unix))]
#[derive(Debug)]
pub(super) struct Process;

#[cfg(not(unix))]
impl Process {
    fn listen() -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
