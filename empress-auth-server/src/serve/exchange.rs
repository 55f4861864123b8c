//! One request, from its head to its answer.
//!
//! 1. It gets an id.
//! 2. Its head must be unambiguous.
//! 3. The route of its path answers; core authenticates, reads the body, decides. A panic ends here.
//! 4. The answer gets the fields that all our answers have.
//! 5. It is counted, and logged if it is to be; a login that failed always is.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use empress_auth_core::endpoint::BodyError;
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
use super::metrics::MethodWord;
use super::problem::Problem;
use super::request_id::{RequestId, X_REQUEST_ID};
use super::unwind::{Caught, Panicked};

/// Answers a request from `peer`.
///
/// One function, because every further one would carry the request along once more, and all of that is copied whenever
/// the future is handed on.
pub(super) async fn answer(
    app: Arc<App>,
    peer: IpAddr,
    mut request: Request<Incoming>,
) -> Response<Full<Bytes>> {
    let began = Instant::now();
    let id = app.request_ids.of(peer, request.headers());
    let method = MethodWord::of(request.method());
    let line = Line::begin(&app, peer, &mut request);
    let found = head::check(&request).map(|()| app.router.find(request.uri().path()));
    let (route, mut response) = match found {
        Ok(Some((route, dispatcher))) => {
            let (mut parts, body) = request.into_parts();
            parts.extensions.insert(PeerAddress(peer));
            let head = Request::from_parts(parts, ());
            let answering = dispatcher.respond(head, |limit| read(app.body_timeout, body, limit));
            let answered = id.clone().scope(Caught::new(answering)).await;
            (route, answered.unwrap_or_else(|Panicked| panicked(&app)))
        }
        Ok(None) => (
            app.metrics.requests.no_route(),
            Problem::NOT_FOUND.to_response(),
        ),
        Err(problem) => (app.metrics.requests.no_route(), closing(problem)),
    };
    let took = began.elapsed();
    app.metrics
        .requests
        .answered(route, method, response.status(), took);
    if let Some(kind) = response.extensions_mut().remove::<RejectionKind>() {
        app.metrics.refused(kind);
        line.refused(&app, &id, kind);
    }
    let is_logged = line.end(&app, &id, route, method, response.status(), took);
    finish(&app, response.headers_mut(), is_logged.then_some(&id));
    response.map(Full::new)
}

fn panicked(app: &App) -> Response<Bytes> {
    app.metrics.panicked();
    Problem::PANICKED.to_response()
}

/// The answer to a head that is ambiguous, after which nothing can be trusted to begin where it seems to.
fn closing(problem: Problem) -> Response<Bytes> {
    let mut response = problem.to_response();
    let close = HeaderValue::from_static("close");
    response.headers_mut().insert(CONNECTION, close);
    response
}

/// Reads a body up to its limit, and no longer than it may take.
async fn read(patience: Duration, body: Incoming, limit_bytes: usize) -> Result<Bytes, BodyError> {
    let limit = u64::try_from(limit_bytes).unwrap_or(u64::MAX);
    if body.size_hint().lower() > limit {
        return Err(BodyError::TooLarge);
    }
    let read = Limited::new(body, limit_bytes).collect();
    match tokio::time::timeout(patience, read).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLarge),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::TooSlow),
    }
}

/// What all our answers have, unless their endpoint said otherwise: nothing of them is to be run, framed or guessed at.
///
/// Source: OWASP, "REST Security Cheat Sheet", Security Headers.
fn finish(app: &App, headers: &mut HeaderMap, logged_as: Option<&RequestId>) {
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
    if let Some(id) = logged_as.and_then(RequestId::to_value) {
        headers.insert(X_REQUEST_ID, id);
    }
}
