//! Puts framework-free routes into an axum router.

use axum::Router;
use axum::body::Body;
use axum::extract::OriginalUri;
use axum::routing::any;
use bytes::Bytes;
use empress_auth_core::endpoint::{BodyError, Dispatcher, Route};
use empress_auth_core::{Head, PeerAddress};
use http::{Request, Response};
use http_body::Body as _;
use http_body_util::{BodyExt, Limited};

use crate::layer::TokenAuth;
use crate::service::RequestHead;

/// A router of these routes, each of which authenticates by itself with what `auth` was set up with.
///
/// Of `auth` they take the store, what it accepts and where it looks for it, and how it finds the client's address. Whom it
/// requires or lets pass, and the shape of its refusals, is for the application's own routes: each of these has its own.
///
/// Merge it beside the application's own routes, outside of their layer. Under `Router::nest` the routes keep working.
///
/// # Examples
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use empress_auth_tower::core::endpoint::Endpoints;
/// use empress_auth_tower::{Authenticated, MemoryStore, TokenAuth, mount};
///
/// let store = MemoryStore::new();
/// let auth = TokenAuth::new(store.clone());
/// let app: Router = Router::new()
///     .route("/hello", get(async |Authenticated(who): Authenticated| who.username().to_owned()))
///     .layer(auth.clone())
///     .merge(mount(Endpoints::new(store).all(), &auth));
/// ```
pub fn mount<S>(routes: Vec<Route>, auth: &TokenAuth) -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    Dispatcher::group(routes, &auth.0.authenticator)
        .into_iter()
        .fold(Router::new(), |router, (path, dispatcher)| {
            let handler = any(move |request: Request<Body>| async move {
                respond(&dispatcher, request).await
            });
            router.route(&path, handler)
        })
}

async fn respond(dispatcher: &Dispatcher, request: Request<Body>) -> Response<Body> {
    let peer = RequestHead(&request).peer();
    let (mut parts, body) = request.into_parts();
    // `nest` cuts its prefix off the path that the handler sees; the endpoint wants the path as it was sent.
    if let Some(original) = parts.extensions.get::<OriginalUri>() {
        parts.uri = original.0.clone();
    }
    if let Some(peer) = peer {
        parts.extensions.insert(PeerAddress(peer));
    }
    let head = Request::from_parts(parts, ());
    let answer = dispatcher
        .respond(head, |limit_bytes| read(body, limit_bytes))
        .await;
    answer.map(Body::from)
}

async fn read(body: Body, limit_bytes: usize) -> Result<Bytes, BodyError> {
    let limit = u64::try_from(limit_bytes).unwrap_or(u64::MAX);
    if body.size_hint().lower() > limit {
        return Err(BodyError::TooLarge);
    }
    match Limited::new(body, limit_bytes).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<http_body_util::LengthLimitError>() => Err(BodyError::TooLarge),
        Err(_) => Err(BodyError::Broken),
    }
}
