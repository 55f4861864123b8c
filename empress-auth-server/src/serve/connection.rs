//! One connection: hyper on a [`Stream`], a request after the other.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use tokio::io::{AsyncRead, AsyncWrite};

use super::app::App;
use super::exchange;
use super::progress::Progress;
use super::stream::Stream;

/// Answers the requests of a connection until one side ends it.
pub(super) async fn converse<T>(socket: T, peer: IpAddr, app: Arc<App>, progress: Arc<Progress>)
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let stream = Stream::new(socket, Arc::clone(&progress));
    let metrics = Arc::clone(&app.metrics);
    let answer = service_fn(move |request| {
        let (app, progress) = (Arc::clone(&app), Arc::clone(&progress));
        async move {
            if !progress.serve() {
                return Err(Cut);
            }
            let response = exchange::answer(app, peer, request).await;
            progress.answered();
            Ok(response)
        }
    });
    let ended = http1::Builder::new()
        // The sweeper watches the time.
        .header_read_timeout(None)
        // Who shuts its side after the request still gets its answer.
        .half_close(true)
        .max_buf_size(MOST_BUFFERED)
        .max_header_size(MOST_BUFFERED)
        .serve_connection(stream, answer)
        .await;
    if let Err(error) = ended {
        if error.is_parse() {
            metrics.malformed();
        }
        tracing::debug!(error = %error, "a connection ended early");
    }
}

/// The sweeper took the connection just as a request came in.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the connection was cut")]
struct Cut;

/// H-28: the most that a head may have, and that is buffered of a body or an answer at a time. Fields of 8 KiB fit, the
/// most that a credential may have, together with what proxies and browsers add.
const MOST_BUFFERED: usize = 64 * 1024;
