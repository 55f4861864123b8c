//! The application on axum, and any router of a scenario's own.

use std::convert::Infallible;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::FromRef;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use empress_auth_core::Identity;
use empress_auth_tower::{
    Authenticated, CurrentUser, MaybeAuthenticated, Require, Scoped, TokenAuth, mount,
};
use http::{Method, header};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower_http::cors::CorsLayer;

use crate::app::{
    Account, Accounts, App, Cors, PAGES, ReadInvoices, describe, name_of, requirement,
};
use crate::live;
use crate::log::Log;
use crate::server::Server;

/// Serves a router with `axum::serve` on two threads.
#[must_use]
pub fn serve(router: Router) -> Server {
    let log = Log::default();
    log.listen();
    let listen = {
        let log = log.clone();
        move || log.listen()
    };
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    let runtime = runtime
        .worker_threads(2)
        .enable_all()
        .on_thread_start(listen);
    let runtime = runtime.build().expect("a runtime");
    let bound = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let listener = bound.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    let thread = thread::spawn(move || {
        let app = router.into_make_service_with_connect_info::<SocketAddr>();
        runtime.block_on(async {
            tokio::select! {
                served = axum::serve(listener, app) => served.expect("axum serves"),
                // A dropped sender stops the server as well.
                _ = stopped => {}
            }
        });
        runtime.shutdown_background();
    });
    Server {
        address,
        log,
        stop: Some(Box::new(move || drop(stop))),
        thread: Some(thread),
    }
}

pub(crate) fn start(app: &App) -> Server {
    let mut router = if app.has_own_routes {
        routes(app.accounts.clone())
    } else {
        Router::new()
    };
    if app.cors == Some(Cors::Inside) {
        router = router.layer(cors());
    }
    if let Some(auth) = &app.auth {
        let auth = TokenAuth::from(auth.clone());
        let mounted = || mount(app.mounted.clone(), &auth);
        router = router.layer(auth.clone());
        // Merging takes the fallback out of the layer: what is nowhere is 404 then, for strangers, too.
        if !app.mounted.is_empty() {
            router = router.merge(mounted()).nest("/endpoints", mounted());
        }
    }
    if app.cors == Some(Cors::Outside) {
        router = router.layer(cors());
    }
    serve(router)
}

fn cors() -> CorsLayer {
    CorsLayer::new()
        .allow_origin([PAGES.parse().expect("an origin")])
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::AUTHORIZATION])
}

fn routes(accounts: Accounts) -> Router {
    let required = Router::new()
        .route("/required", get(async || "invoices"))
        .route_layer(Require::new(requirement()));
    Router::new()
        .route("/", get(root).post(post))
        .route("/whoami", get(whoami))
        .route("/maybe", get(maybe))
        .route("/option", get(option))
        .route("/scoped", get(scoped))
        .route("/user", get(user))
        .route("/plain", get(async || "plain"))
        .route("/ws", get(websocket))
        .route("/sse", get(sse))
        .merge(required)
        .with_state(State(accounts))
}

#[derive(Debug, Clone)]
struct State(Accounts);

impl FromRef<State> for Accounts {
    fn from_ref(state: &State) -> Self {
        state.0.clone()
    }
}

async fn root(Authenticated(who): Authenticated) -> String {
    who.username().to_owned()
}

async fn post(Authenticated(who): Authenticated, body: Bytes) -> String {
    format!("{} {}", who.username(), body.len())
}

async fn whoami(Authenticated(who): Authenticated) -> String {
    describe(&who)
}

async fn maybe(MaybeAuthenticated(who): MaybeAuthenticated) -> String {
    name_of(who.as_ref())
}

async fn option(who: Option<Authenticated>) -> String {
    name_of(who.as_ref().map(|Authenticated(who)| who))
}

async fn scoped(who: Scoped<ReadInvoices>) -> String {
    who.username().to_owned()
}

async fn user(CurrentUser(account): CurrentUser<Account>) -> String {
    account.full_name
}

async fn websocket(Authenticated(who): Authenticated, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|socket| converse(socket, who))
}

/// Answers each message with the user's name, until the credential ends.
async fn converse(mut socket: WebSocket, who: Identity) {
    loop {
        tokio::select! {
            () = who.revoked() => break,
            message = socket.recv() => match message {
                Some(Ok(Message::Text(_))) => {
                    let answer = Message::Text(who.username().into());
                    if socket.send(answer).await.is_err() {
                        break;
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
        }
    }
    // The client may have gone first.
    let _ = socket.send(Message::Close(None)).await;
}

async fn sse(Authenticated(who): Authenticated) -> Response {
    let events = live::events(who);
    Response::builder()
        .header(header::CONTENT_TYPE, "text/event-stream")
        .body(Body::from_stream(futures_util::StreamExt::map(
            events,
            Ok::<_, Infallible>,
        )))
        .expect("a response")
}
