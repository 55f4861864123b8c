//! Where do connections come from?

use std::io;
use std::net::SocketAddr;
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};

/// A listening socket that goes on whatever happens to one connection.
#[derive(Debug)]
pub(super) struct Listener(TcpListener);

/// What became of one attempt to accept.
#[derive(Debug)]
pub(super) enum Accepted {
    Connection(TcpStream, SocketAddr),
    /// The client was gone before we came to it.
    Gone,
    /// This process or the system has no file left. The connection stays in the queue.
    NoFile(io::Error),
}

impl Listener {
    pub(super) async fn bind(address: SocketAddr) -> io::Result<Self> {
        TcpListener::bind(address).await.map(Self)
    }

    pub(super) fn address(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// The next connection.
    pub(super) async fn accept(&self) -> Accepted {
        accepted(self.0.accept().await)
    }

    /// A connection that waits in the queue already.
    pub(super) async fn accept_waiting(&self) -> Option<Accepted> {
        std::future::poll_fn(|cx| {
            Poll::Ready(match self.0.poll_accept(cx) {
                Poll::Ready(result) => Some(accepted(result)),
                Poll::Pending => None,
            })
        })
        .await
    }
}

fn accepted(result: io::Result<(TcpStream, SocketAddr)>) -> Accepted {
    match result {
        Ok((socket, peer)) => Accepted::Connection(socket, peer),
        Err(error) if is_of_connection(&error) => Accepted::Gone,
        Err(error) => Accepted::NoFile(error),
    }
}

/// Whether an error says something of one connection alone, such as a reset before it was accepted.
fn is_of_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}

/// How long to wait for a file to become free: trying again at once would keep a processor busy with failing.
pub(super) const UNTIL_A_FILE_IS_FREE: Duration = Duration::from_millis(250);
