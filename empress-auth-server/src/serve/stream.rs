//! The bytes of a connection, on their way between the socket and hyper.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::progress::Progress;

/// A socket that says how far its connection is.
#[derive(Debug)]
pub(super) struct Stream<T> {
    socket: TokioIo<T>,
    progress: Arc<Progress>,
    shut: Shut,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shut {
    No,
    Lingering { discarded: usize },
}

impl<T> Stream<T> {
    pub(super) fn new(socket: T, progress: Arc<Progress>) -> Self {
        Self {
            socket: TokioIo::new(socket),
            progress,
            shut: Shut::No,
        }
    }
}

impl<T: AsyncRead + Unpin> Read for Stream<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.socket).poll_read(cx, buffer))?;
        self.progress.received();
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Write for Stream<T> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write_vectored(cx, slices)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.socket).poll_flush(cx))?;
        self.progress.flushed();
        Poll::Ready(Ok(()))
    }

    /// Shuts our side, and reads on until the client has shut its own.
    ///
    /// To close a socket that still receives is to reset it, and a reset destroys an answer that the client has not read:
    /// a 413 would never be seen. Source: [RFC 9112 §9.6](https://www.rfc-editor.org/rfc/rfc9112#section-9.6).
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.shut == Shut::No {
            this.progress.closing();
            ready!(Pin::new(&mut this.socket).poll_shutdown(cx))?;
            this.shut = Shut::Lingering { discarded: 0 };
        }
        let mut bytes = [0; 4096];
        while let Shut::Lingering { discarded } = this.shut
            && discarded < MOST_DISCARDED
        {
            let mut buffer = ReadBuf::new(&mut bytes);
            match ready!(Pin::new(this.socket.inner_mut()).poll_read(cx, &mut buffer)) {
                Ok(()) if !buffer.filled().is_empty() => {
                    let discarded = discarded + buffer.filled().len();
                    this.shut = Shut::Lingering { discarded };
                }
                // The client has shut its side, one way or the other.
                _ => break,
            }
        }
        Poll::Ready(Ok(()))
    }
}

/// Enough for what a client has under way when it is answered; who goes on sending is not listened to.
const MOST_DISCARDED: usize = 256 * 1024;
