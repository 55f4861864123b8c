//! Puts framework-free routes into an actix application.

use actix_web::web::{self, Payload, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use bytes::{Bytes, BytesMut};
use empress_auth_core::endpoint::{BodyError, Dispatcher, Route};
use futures_util::StreamExt;

use crate::convert::{Prepared, head_of};
use crate::token_auth::TokenAuth;

/// Configures these routes, each of which authenticates by itself with what `auth` was set up with.
///
/// Of `auth` they take the store, what it accepts and where it looks for it, and how it finds the client's address. Whom it
/// requires or lets pass, and the shape of its refusals, is for the application's own routes: each of these has its own.
///
/// Put it beside the application's own routes, outside of what wraps them.
///
/// # Examples
///
/// ```
/// use actix_web::{App, web};
/// use empress_auth_actix::core::endpoint::Endpoints;
/// use empress_auth_actix::{Authenticated, MemoryStore, TokenAuth, mount};
///
/// let store = MemoryStore::new();
/// let auth = TokenAuth::new(store.clone());
/// let app = App::new().configure(mount(Endpoints::new(store).all(), &auth)).service(
///     web::scope("/hello").wrap(auth.clone()).route(
///         "",
///         web::get().to(async |Authenticated(who): Authenticated| who.username().to_owned()),
///     ),
/// );
/// # let _ = app;
/// ```
pub fn mount(routes: Vec<Route>, auth: &TokenAuth) -> impl FnOnce(&mut ServiceConfig) + use<> {
    let dispatchers = Dispatcher::group(routes, &auth.0.authenticator);
    move |config| {
        for (path, dispatcher) in dispatchers {
            config.route(
                &path,
                web::route().to(move |request: HttpRequest, payload: Payload| {
                    let dispatcher = dispatcher.clone();
                    async move { respond(&dispatcher, &request, payload).await }
                }),
            );
        }
    }
}

async fn respond(dispatcher: &Dispatcher, request: &HttpRequest, payload: Payload) -> HttpResponse {
    let head = head_of(request);
    let is_head = head.method() == http::Method::HEAD;
    let answer = dispatcher
        .respond(head, |limit_bytes| read(payload, limit_bytes))
        .await;
    let prepared = Prepared::from(answer);
    if is_head {
        prepared.to_head_response()
    } else {
        prepared.to_response()
    }
}

async fn read(mut payload: Payload, limit_bytes: usize) -> Result<Bytes, BodyError> {
    let mut body = BytesMut::new();
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|_| BodyError::Broken)?;
        if body.len() + chunk.len() > limit_bytes {
            return Err(BodyError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body.freeze())
}
