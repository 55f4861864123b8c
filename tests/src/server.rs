//! A running server, stopped when dropped.

use std::fmt;
use std::net::SocketAddr;
use std::thread::JoinHandle;

use crate::client::{Answer, Connection, Request, send_to};
use crate::log::Log;

/// A server on loopback.
pub struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) log: Log,
    pub(crate) stop: Option<Box<dyn FnOnce() + Send>>,
    pub(crate) thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it logged.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Sends a request on a connection of its own.
    #[must_use]
    pub fn send(&self, request: &Request) -> Answer {
        send_to(self.address, request)
    }

    /// `GET` with an `Authorization` field.
    #[must_use]
    pub fn get_as(&self, target: &str, authorization: impl AsRef<[u8]>) -> Answer {
        self.send(&Request::get(target).authorization(authorization))
    }

    /// `GET` without credentials.
    #[must_use]
    pub fn get(&self, target: &str) -> Answer {
        self.send(&Request::get(target))
    }

    /// Opens a connection.
    #[must_use]
    pub fn connect(&self) -> Connection {
        Connection::open(self.address)
    }

    /// Sends bytes and answers with the first response; `None` if the server just closed.
    #[must_use]
    pub fn raw(&self, bytes: &[u8]) -> Option<Answer> {
        let mut connection = self.connect();
        connection.write(bytes);
        connection.answer()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop();
        }
        if let Some(thread) = self.thread.take() {
            // A server that panicked has failed its scenario already.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}
