//! The server on a socket, with a store in memory; what needs a process of its own is tested against the built program.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use bytes::Bytes;
use empress_auth_core::endpoint::{Access, Call, Route};
use empress_auth_core::{
    Actor, Entropy, MasterKey, MemoryStore, NewToken, NewUser, SYSTEM_MANAGER, Scopes, TokenIssuer,
};
use empress_auth_tests::{Answer, Connection, Request, wait};
use http::{Method, Response};
use tokio::sync::mpsc;

use super::app::{self, App};
use super::signals::Signals;
use super::{ServeOptions, Server, Timeouts, listen};
use crate::logging;

mod audit;
mod bodies;
mod crowds;
mod draining;
mod heads;
mod junk;
mod logs;
mod operations;
mod pages;
mod panics;
mod routes;
mod smuggling;
mod strangers;
mod timeouts;

/// A server in a thread of its own, stopped when dropped.
struct Running {
    address: SocketAddr,
    store: MemoryStore,
    app: Arc<App>,
    stop: mpsc::Sender<()>,
    thread: Option<JoinHandle<()>>,
    log: Arc<Mutex<String>>,
}

/// How a server is set up before it runs.
struct Setup {
    options: ServeOptions,
    change: Box<dyn FnOnce(&mut App)>,
}

impl Default for Setup {
    fn default() -> Self {
        let options = ServeOptions {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            ..ServeOptions::default()
        };
        let change = Box::new(|_: &mut App| {});
        Self { options, change }
    }
}

impl Setup {
    fn with(change: impl FnOnce(&mut ServeOptions)) -> Self {
        let mut setup = Self::default();
        change(&mut setup.options);
        setup
    }

    fn changed(self, change: impl FnOnce(&mut App) + 'static) -> Self {
        let change = Box::new(change);
        Self { change, ..self }
    }

    fn run(self) -> Running {
        let store = MemoryStore::new();
        let key = Arc::new(MasterKey::generate(&Entropy::system()).unwrap());
        let local = || "http://127.0.0.1:8000".parse().unwrap();
        let public_url = self.options.public_url.clone().unwrap_or_else(local);
        let provider = app::provider(&self.options, &public_url, &store, &key);
        let mut routes = app::endpoints(&self.options, &public_url, &store, &key, &provider);
        routes.extend(test_routes());
        let mut app = App::new(
            &self.options,
            &public_url,
            &store,
            routes,
            provider.verifier(),
        )
        .unwrap();
        (self.change)(&mut app);
        let (stop, stops) = mpsc::channel(2);
        let log = Arc::default();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let (options, lines) = (self.options, Arc::clone(&log));
        let thread = std::thread::spawn(move || {
            let _logging = logging::capture(lines);
            wait(async {
                let (listener, address) = listen(options.listen).unwrap();
                let server = Server::new(listener, app, options.timeouts);
                ready.send((address, Arc::clone(&server.app))).unwrap();
                server.run(Signals::Test(stops)).await;
            });
        });
        let (address, app) = is_ready.recv().unwrap();
        let thread = Some(thread);
        Running {
            address,
            store,
            app,
            stop,
            thread,
            log,
        }
    }
}

impl Running {
    fn start() -> Self {
        Setup::default().run()
    }

    fn connect(&self) -> Connection {
        Connection::open(self.address)
    }

    fn send(&self, request: &Request) -> Answer {
        empress_auth_tests::send_to(self.address, request)
    }

    fn get(&self, path: &str) -> Answer {
        self.send(&Request::get(path))
    }

    /// The answer to these bytes; `None` if the connection is closed instead.
    fn raw(&self, bytes: impl AsRef<[u8]>) -> Option<Answer> {
        let mut connection = self.connect();
        connection.write(bytes.as_ref());
        connection.answer()
    }

    /// Makes a user and shows a token of it.
    fn token_of(&self, new: NewUser, scopes: Scopes) -> String {
        let name = new.username.clone();
        let issuer = TokenIssuer::new(self.store.clone());
        wait(async {
            self.store.create_user(new).await.unwrap();
            let token = NewToken::named("test").with_scopes(scopes);
            let made = issuer
                .create(&Actor::assert_local_operator(), &name, token)
                .await;
            made.unwrap().expose_secret().to_owned()
        })
    }

    /// The field of a System Manager.
    fn root(&self) -> String {
        let new = NewUser::named("root").with_roles([SYSTEM_MANAGER]);
        format!("Bearer {}", self.token_of(new, Scopes::all()))
    }

    fn metrics(&self) -> String {
        self.app.metrics.text()
    }

    fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Says stop, once.
    fn stop(&self) {
        self.stop.blocking_send(()).unwrap();
    }

    /// Waits for the end, after [`stop`](Self::stop).
    fn ended(&mut self) {
        self.thread.take().unwrap().join().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for _ in 0..2 {
            // It may have stopped already.
            let _ = self.stop.try_send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Routes that exist in tests only.
fn test_routes() -> Vec<Route> {
    let slow = async |_: Call| {
        tokio::time::sleep(Duration::from_millis(400)).await;
        Response::new(Bytes::from_static(b"slow"))
    };
    let large = async |_: Call| Response::new(Bytes::from(vec![b'x'; LARGE]));
    let panics = async |call: Call| -> Response<Bytes> { panic!("canary-{}", call.query()) };
    let echo = async |call: Call| Response::new(call.body().clone());
    vec![
        Route::new(Method::GET, "/test/slow", Access::Anyone, slow),
        Route::new(Method::GET, "/test/large", Access::Anyone, large),
        Route::new(Method::GET, "/test/panic", Access::Anyone, panics),
        Route::new(Method::POST, "/test/echo", Access::Anyone, echo),
    ]
}

/// The length of an answer that no socket's buffers hold many of.
const LARGE: usize = 1024 * 1024;

/// Timeouts that a test can wait for.
fn short() -> Timeouts {
    Timeouts {
        head: Duration::from_millis(400),
        body: Duration::from_millis(400),
        idle: Duration::from_millis(1200),
        write: Duration::from_millis(600),
        drain: Duration::from_secs(5),
    }
}
