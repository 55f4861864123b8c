//! One request, from its head to its answer.
//!
//! 1. It gets an id.
//! 2. Its head must be unambiguous.
//! 3. The route of its path answers; core authenticates, reads the body, decides. A panic ends here.
//! 4. The answer gets the fields that all our answers have.
//! 5. It is counted, and logged if it is to be.

use std::net::IpAddr;
use std::sync::Arc;

use bytes::Bytes;
use empress_auth_core::endpoint::{BodyError, Dispatcher};
use empress_auth_core::{PeerAddress, RejectionKind};
use http::header::{
    CONNECTION, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use tokio::time::Instant;

use super::access_log::Line;
use super::app::App;
use super::head;
use super::metrics::{MethodWord, RouteNumber};
use super::problem::Problem;
use super::request_id::{RequestId, X_REQUEST_ID};
use super::unwind::{Panicked, caught};

/// Answers a request from `peer`.
pub(super) async fn answer(
    app: Arc<App>,
    peer: IpAddr,
    request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let id = app.request_ids.of(peer, request.headers());
    id.scope(answer_as_current(&app, peer, request))
        .await
        .map(Full::new)
}

async fn answer_as_current(
    app: &App,
    peer: IpAddr,
    mut request: Request<Incoming>,
) -> Response<Bytes> {
    let began = Instant::now();
    let method = MethodWord::of(request.method());
    let line = Line::begin(app, peer, &mut request);
    let (route, mut response) = match head::check(&request) {
        Ok(()) => route(app, peer, request).await,
        Err(problem) => (app.metrics.requests.no_route(), closing(problem)),
    };
    let took = began.elapsed();
    app.metrics
        .requests
        .answered(route, method, response.status(), took);
    if let Some(kind) = response.extensions_mut().remove::<RejectionKind>() {
        app.metrics.refused(kind);
    }
    let is_logged = line.end(app, route, method, response.status(), took);
    finish(app, response.headers_mut(), is_logged);
    response
}

/// The answer to a head that is ambiguous, after which nothing can be trusted to begin where it seems to.
fn closing(problem: Problem) -> Response<Bytes> {
    let mut response = problem.to_response();
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

async fn route(
    app: &App,
    peer: IpAddr,
    request: Request<Incoming>,
) -> (RouteNumber, Response<Bytes>) {
    let Some((number, dispatcher)) = app.router.find(request.uri().path()) else {
        return (
            app.metrics.requests.no_route(),
            Problem::NOT_FOUND.to_response(),
        );
    };
    let answered = caught(dispatch(app, peer, dispatcher, request)).await;
    let response = answered.unwrap_or_else(|Panicked| {
        app.metrics.panicked();
        Problem::PANICKED.to_response()
    });
    (number, response)
}

async fn dispatch(
    app: &App,
    peer: IpAddr,
    dispatcher: &Dispatcher,
    request: Request<Incoming>,
) -> Response<Bytes> {
    let (mut parts, body) = request.into_parts();
    parts.extensions.insert(PeerAddress(peer));
    let head = Request::from_parts(parts, ());
    dispatcher
        .respond(head, |limit_bytes| read(app, body, limit_bytes))
        .await
}

/// Reads a body up to its limit, and no longer than it may take.
async fn read(app: &App, body: Incoming, limit_bytes: usize) -> Result<Bytes, BodyError> {
    let limit = u64::try_from(limit_bytes).unwrap_or(u64::MAX);
    if body.size_hint().lower() > limit {
        return Err(BodyError::TooLarge);
    }
    let read = Limited::new(body, limit_bytes).collect();
    match tokio::time::timeout(app.body_timeout, read).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::TooSlow),
    }
}

/// What all our answers have, unless their endpoint said otherwise: nothing of them is to be run, framed or guessed at.
///
/// Source: OWASP, "REST Security Cheat Sheet", Security Headers.
fn finish(app: &App, headers: &mut HeaderMap, is_logged: bool) {
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers
        .entry(CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        ));
    headers
        .entry(REFERRER_POLICY)
        .or_insert(HeaderValue::from_static("no-referrer"));
    if app.health.is_draining() {
        headers.insert(CONNECTION, HeaderValue::from_static("close"));
    }
    if is_logged && let Some(id) = RequestId::current().and_then(|id| id.to_value()) {
        headers.insert(X_REQUEST_ID, id);
    }
}
