//! Where do connections come from?

use std::io;
use std::net::SocketAddr;
use std::task::Poll;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::coop::unconstrained;

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
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = match address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        // A server that was stopped can start again at once. Elsewhere it would let two of them listen.
        #[cfg(unix)]
        socket.set_reuseaddr(true)?;
        socket.bind(address)?;
        socket.listen(QUEUE).map(Self)
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
        // Else the runtime would say after a hundred of them that there are no more, to let others have their turn.
        unconstrained(std::future::poll_fn(|cx| {
            Poll::Ready(match self.0.poll_accept(cx) {
                Poll::Ready(result) => Some(accepted(result)),
                Poll::Pending => None,
            })
        }))
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

/// How many connections the kernel keeps for us, if it is allowed as many: a rush, or all places being taken for a
/// moment, is waited for here, and beyond it clients have to try again.
const QUEUE: u32 = 1024;

/// How long to wait for a file to become free: trying again at once would keep a processor busy with failing.
pub(super) const UNTIL_A_FILE_IS_FREE: Duration = Duration::from_millis(250);

#[cfg(test)]
mod tests {
    use super::*;

    // L-4, OP-1
    #[tokio::test]
    async fn a_rush_waits_in_the_queue_and_is_accepted_to_the_last() {
        let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let address = listener.address().unwrap();
        let patience = Duration::from_secs(5);
        let rush: Vec<_> = (0..RUSH)
            .map(|_| std::net::TcpStream::connect_timeout(&address, patience).unwrap())
            .collect();
        let mut accepted = vec![listener.accept().await];
        while let Some(next) = listener.accept_waiting().await {
            accepted.push(next);
        }
        let is_connection = |accepted: &Accepted| matches!(accepted, Accepted::Connection(..));
        assert!(accepted.iter().all(is_connection), "{accepted:?}");
        assert_eq!(accepted.len(), rush.len());
    }

    /// More than the queue is long unless asked for, and than the runtime lets a task do at a stretch: 128 both.
    const RUSH: usize = 200;
}
