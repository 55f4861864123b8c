//! The application on actix-web, and any set of routes of a scenario's own.

use std::convert::Infallible;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use actix_web::middleware::Condition;
use actix_web::web::ServiceConfig;
use actix_web::{App as ActixApp, Error, HttpRequest, HttpResponse, HttpServer, web};
use actix_ws::{Message, MessageStream, Session};
use bytes::Bytes;
use empress_auth_actix::{
    Authenticated, CurrentUser, MaybeAuthenticated, Require, Scoped, TokenAuth, mount,
};
use empress_auth_core::{Identity, MemoryStore};
use futures_util::StreamExt as _;

use crate::app::{
    Account, Accounts, App, Cors, PAGES, ReadInvoices, describe, name_of, requirement,
};
use crate::live;
use crate::log::Log;
use crate::server::Server;

/// Serves routes with `HttpServer` on two workers, with this around all of them.
#[must_use]
pub fn serve(
    auth: Option<TokenAuth>,
    routes: impl Fn(&mut ServiceConfig) + Send + Sync + 'static,
) -> Server {
    serve_with_cors(auth, None, Arc::new(routes))
}

type Routes = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

fn serve_with_cors(auth: Option<TokenAuth>, place: Option<Cors>, routes: Routes) -> Server {
    let log = Log::default();
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let address = listener.local_addr().expect("an address");
    let (started, handle) = mpsc::channel();
    let logged = log.clone();
    let layered = auth.is_some();
    let auth = auth.unwrap_or_else(|| TokenAuth::new(MemoryStore::new()));
    let thread = thread::spawn(move || {
        logged.listen();
        let factory = move || {
            // Runs on each worker's own thread.
            logged.listen();
            let routes = Arc::clone(&routes);
            ActixApp::new()
                .wrap(Condition::new(place == Some(Cors::Inside), cors()))
                .wrap(Condition::new(layered, auth.clone()))
                .wrap(Condition::new(place == Some(Cors::Outside), cors()))
                .configure(move |config| routes(config))
        };
        actix_web::rt::System::new().block_on(async move {
            let server = HttpServer::new(factory)
                .workers(2)
                .disable_signals()
                .shutdown_timeout(0)
                .listen(listener)
                .expect("actix listens")
                .run();
            started.send(server.handle()).expect("somebody waits");
            server.await.expect("actix serves");
        });
    });
    let handle = handle.recv().expect("actix starts");
    Server {
        address,
        log,
        // The command is sent by the call; waiting for its end is the thread's business.
        stop: Some(Box::new(move || drop(handle.stop(false)))),
        thread: Some(thread),
    }
}

pub(crate) fn start(app: &App) -> Server {
    let accounts = app.accounts.clone();
    let auth = app.auth.clone().map(TokenAuth::from);
    if let (Some(auth), false) = (auth.clone(), app.mounted.is_empty()) {
        let mounted = app.mounted.clone();
        let has_own_routes = app.has_own_routes;
        let routes = move |config: &mut ServiceConfig| {
            let prefixed = web::scope("/endpoints").configure(mount(mounted.clone(), &auth));
            config
                .configure(mount(mounted.clone(), &auth))
                .service(prefixed);
            if has_own_routes {
                let own = web::scope("").wrap(auth.clone());
                config.service(own.configure(|config| routes(config, accounts.clone())));
            }
        };
        return serve_with_cors(None, app.cors, Arc::new(routes));
    }
    let routes = move |config: &mut ServiceConfig| routes(config, accounts.clone());
    serve_with_cors(auth, app.cors, Arc::new(routes))
}

fn cors() -> actix_cors::Cors {
    actix_cors::Cors::default()
        .allowed_origin(PAGES)
        .allowed_methods(["GET", "POST"])
        .allowed_header("authorization")
}

fn routes(config: &mut ServiceConfig, accounts: Accounts) {
    let required = web::resource("/required")
        .wrap(Require::new(requirement()))
        .route(web::get().to(async || "invoices"));
    config
        .app_data(web::Data::new(accounts))
        .service(
            web::resource("/")
                .route(web::get().to(root))
                .route(web::head().to(root))
                .route(web::post().to(post)),
        )
        .route("/whoami", web::get().to(whoami))
        .route("/maybe", web::get().to(maybe))
        .route("/option", web::get().to(option))
        .route("/scoped", web::get().to(scoped))
        .route("/user", web::get().to(user))
        .route("/plain", web::get().to(async || "plain"))
        .route("/ws", web::get().to(websocket))
        .route("/sse", web::get().to(sse))
        .service(required);
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

async fn websocket(
    Authenticated(who): Authenticated,
    request: HttpRequest,
    body: web::Payload,
) -> Result<HttpResponse, Error> {
    let (response, session, messages) = actix_ws::handle(&request, body)?;
    actix_web::rt::spawn(converse(session, messages, who));
    Ok(response)
}

/// Answers each message with the user's name, until the credential ends.
async fn converse(mut session: Session, mut messages: MessageStream, who: Identity) {
    loop {
        tokio::select! {
            () = who.revoked() => break,
            message = messages.next() => match message {
                Some(Ok(Message::Text(_))) => {
                    if session.text(who.username()).await.is_err() {
                        return;
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
        }
    }
    // The client may have gone first.
    let _ = session.close(None).await;
}

async fn sse(Authenticated(who): Authenticated) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .streaming(live::events(who).map(Ok::<_, Infallible>))
}
