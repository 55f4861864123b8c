//! `empress-auth serve`: the endpoints over HTTP/1.1, for whoever comes.
//!
//! 1. [`listener`] accepts a connection if [`connections`] has a place for it.
//! 2. [`connection`] hands its bytes, through [`stream`], to hyper; [`sweeper`] ends it if the client is too slow.
//! 3. [`exchange`] answers each request: [`head`] → [`router`] → core.
//! 4. [`operations`] are the routes that operators ask: health, [`metrics`].
//! 5. Told to stop, it finishes what is under way and closes the store.
//!
//! TLS and HTTP/2 are the business of a proxy in front.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use empress_auth_core::MasterKey;
use tokio::net::TcpStream;

mod access_log;
mod announcement;
mod app;
mod connection;
mod connections;
mod error;
mod exchange;
mod head;
mod health;
mod listener;
mod log_budget;
mod metrics;
mod open_files;
mod operations;
mod options;
mod problem;
mod progress;
pub(crate) mod request_id;
mod router;
mod signals;
mod store;
mod stream;
mod sweeper;
#[cfg(test)]
mod tests;
mod unwind;

use self::announcement::{announce, local_url};
use self::app::App;
pub(crate) use self::error::ServeError;
use self::listener::{Accepted, Listener, UNTIL_A_FILE_IS_FREE};
pub(crate) use self::options::{AccessLog, ServeOptions, Timeouts};
use self::progress::{Progress, Ticks};
use self::signals::Signals;
pub(crate) use self::store::Store;
use self::sweeper::Sweeper;

/// Serves `store` until the process is told to stop.
///
/// Prints `listening on http://ADDR` when it accepts connections. At SIGTERM or SIGINT it says so in `/readyz`, accepts
/// nothing more, finishes what is under way and closes the store; a second signal ends what is still under way.
///
/// # Errors
///
/// [`ServeError`] if it cannot begin.
pub(crate) async fn serve<S: Store>(
    options: ServeOptions,
    store: S,
    master_key: MasterKey,
) -> Result<(), ServeError> {
    let signals = Signals::listen().map_err(ServeError::Signals)?;
    let (listener, address) = listen(options.listen)?;
    let public_url = match &options.public_url {
        Some(public_url) => public_url.clone(),
        None => local_url(address)?,
    };
    let master_key = Arc::new(master_key);
    let provider = app::provider(&options, &public_url, &store, &master_key);
    // Made now if there are none; keys that this master key does not open stop the program here (KY-4).
    provider.keys().ensure().await?;
    provider.clients().warn_of_dangers().await?;
    let routes = app::endpoints(&options, &public_url, &store, &master_key, &provider);
    let app = App::new(&options, &public_url, &store, routes, provider.verifier())?;
    let keys = provider.keys().clone();
    let watch = tokio::spawn(async move { keys.watch().await });
    announce(address, &public_url);
    Server::new(listener, app, options.timeouts)
        .run(signals)
        .await;
    watch.abort();
    store.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// A server that listens.
#[derive(Debug)]
struct Server {
    listener: Listener,
    app: Arc<App>,
    ticks: Ticks,
    timeouts: Timeouts,
}

impl Server {
    fn new(listener: Listener, app: App, timeouts: Timeouts) -> Self {
        Self {
            listener,
            app: Arc::new(app),
            ticks: Ticks::default(),
            timeouts,
        }
    }

    async fn run(self, mut signals: Signals) {
        let sweeper = tokio::spawn(self.sweeper().run());
        tokio::select! {
            () = self.accept() => {}
            () = signals.next() => {}
        }
        tracing::info!(connections.open = self.app.connections.len(), "stopping");
        self.app.health.drain();
        self.accept_waiting().await;
        let (app, drain) = (Arc::clone(&self.app), self.timeouts.drain);
        // From here on newcomers are refused, and find another node.
        drop(self.listener);
        tokio::select! {
            () = app.connections.none_left() => {}
            () = tokio::time::sleep(drain) => {}
            () = signals.next() => {}
        }
        sweeper.abort();
        let cut = app.connections.cut(|_, _| true);
        if !cut.is_empty() {
            tracing::warn!(
                connections.cut = cut.len(),
                "stopped before all clients were done"
            );
        }
    }

    fn sweeper(&self) -> Sweeper {
        Sweeper {
            connections: self.app.connections.clone(),
            ticks: self.ticks.clone(),
            tick: tick(&self.timeouts),
            timeouts: self.timeouts,
            health: Arc::clone(&self.app.health),
            metrics: Arc::clone(&self.app.metrics),
        }
    }

    /// Accepts for ever.
    async fn accept(&self) {
        loop {
            self.app.connections.free_place().await;
            match self.listener.accept().await {
                Accepted::Connection(socket, peer) => self.begin(socket, peer),
                Accepted::Gone => {}
                Accepted::NoFile(error) => {
                    self.app.metrics.without_file();
                    // The sweeper asks once a second, so that this is said no more often.
                    if self.app.connections.ran_out_of_files() {
                        tracing::warn!(error = %error, "no connection can be accepted");
                    }
                    tokio::time::sleep(UNTIL_A_FILE_IS_FREE).await;
                }
            }
        }
    }

    /// Accepts who was in the queue before we stop: closing the listener would reset them.
    async fn accept_waiting(&self) {
        // Clients may come faster than they are accepted; there has to be an end.
        for _ in 0..self.app.connections.most() {
            match self.listener.accept_waiting().await {
                Some(Accepted::Connection(socket, peer)) => self.begin(socket, peer),
                Some(Accepted::Gone) => {}
                Some(Accepted::NoFile(_)) | None => return,
            }
        }
    }

    fn begin(&self, socket: TcpStream, peer: SocketAddr) {
        let progress = Arc::new(Progress::new(self.ticks.clone()));
        let Some(place) = self.app.connections.admit(peer.ip(), Arc::clone(&progress)) else {
            self.app.metrics.refused_connection();
            return;
        };
        self.app.metrics.accepted();
        // An answer is one write; nothing is gained by waiting for more.
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(error = %error, "no TCP_NODELAY");
        }
        let number = place.number();
        let app = Arc::clone(&self.app);
        let task = tokio::spawn(async move {
            connection::converse(socket, peer.ip(), app, progress).await;
            drop(place);
        });
        self.app.connections.attach(number, task.abort_handle());
    }
}

/// A second, or less where a timeout is that short.
fn tick(timeouts: &Timeouts) -> Duration {
    let Timeouts {
        head,
        body: _,
        idle,
        write,
        drain: _,
    } = *timeouts;
    let shortest = head.min(idle).min(write);
    (shortest / 4).clamp(Duration::from_millis(10), Duration::from_secs(1))
}

fn listen(address: SocketAddr) -> Result<(Listener, SocketAddr), ServeError> {
    let failed = |source| ServeError::Listen { address, source };
    let listener = Listener::bind(address).map_err(failed)?;
    let bound = listener.address().map_err(failed)?;
    Ok((listener, bound))
}
