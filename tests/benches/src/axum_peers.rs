//! What axum applications use today: nothing, a layer that does nothing, and tokens checked by hand.

use std::{future::Future, pin::Pin, sync::Arc, task};

use axum::{
    Extension, Router,
    body::Body,
    extract::{Request, State},
    http::{HeaderMap, Response, StatusCode, header::AUTHORIZATION},
    middleware::{Next, from_fn, from_fn_with_state},
    response::IntoResponse,
    routing::get,
};
use tower::{Layer, Service};
use tower_http::auth::{AsyncAuthorizeRequest, AsyncRequireAuthorizationLayer};

use crate::{
    axum_drive::{Proof, variant},
    catalog::{Entry, Group, Variant},
    contended::Contended,
    data::{self, ByDigest, ByToken, HELLO, PATH, TOKENS, User},
    hash::sha256,
};

/// No middleware.
pub const BARE: &str = "bare";
/// axum's own price for any layer.
pub const NO_OP: &str = "no-op layer";
/// The same through axum's adapter for functions.
pub const FROM_FN_NO_OP: &str = "from_fn, no-op";
/// What people write by hand.
pub const FROM_FN: &str = "from_fn, SHA-256 + DashMap";
/// By hand, and the handler takes the user.
pub const FROM_FN_USER: &str = "from_fn, SHA-256 + DashMap, handler reads the user";
/// tower-http's hook, with tokens kept in clear.
pub const TOWER_HTTP: &str = "tower-http AsyncRequireAuthorization + DashMap, no hash";

/// This group's peers.
#[must_use]
pub fn entries() -> Vec<Entry> {
    vec![
        Entry::new(Group::Axum, BARE, || on(bare())),
        Entry::new(Group::Axum, NO_OP, || on(no_op())),
        Entry::new(Group::Axum, FROM_FN_NO_OP, || {
            on(bare().layer(from_fn(pass)))
        }),
        Entry::new(Group::Axum, TOWER_HTTP, || on(tower_http(data::by_token()))),
        Entry::new(Group::Axum, FROM_FN, || {
            on(by_hand(data::by_digest(TOKENS)))
        }),
        Entry::new(Group::Axum, FROM_FN_USER, || {
            on(by_hand_with_user(data::by_digest(TOKENS), read_name))
        }),
    ]
}

/// Two threads, one router each, one token: the hand-written check and its floor.
#[must_use]
pub fn contended() -> Vec<Contended> {
    let routers = [
        ("axum, no-op layer", no_op()),
        ("axum, SHA-256 + DashMap", by_hand(data::by_digest(TOKENS))),
    ];
    routers
        .into_iter()
        .map(|(name, router)| Contended::new(name, move || on(router.clone())))
        .collect()
}

/// One route, no middleware.
pub fn bare() -> Router {
    Router::new().route(PATH, get(async || HELLO))
}

/// One route, no middleware, answering JSON with a name: what no check of who asks can be faster than.
pub fn bare_json() -> Router {
    let anybody = || async {
        axum::Json(Named {
            username: "user-5000".to_owned(),
        })
    };
    Router::new().route(PATH, get(anybody))
}

/// Behind a layer that hands every request on.
pub fn no_op() -> Router {
    bare().layer(NoOpLayer)
}

/// Behind a hand-written check that puts the user into the extensions.
pub fn by_hand(users: ByDigest) -> Router {
    bare().layer(from_fn_with_state(users, check_by_hand))
}

/// The same, answering JSON with the user's name, as the incumbents do.
pub fn by_hand_json(users: ByDigest) -> Router {
    by_hand_with_user(users, |Extension(user): Extension<Arc<User>>| async move {
        axum::Json(Named {
            username: user.name.clone(),
        })
    })
}

/// The answer of the comparison with the incumbents.
#[derive(serde::Serialize)]
pub struct Named {
    /// Who called.
    pub username: String,
}

fn on(router: Router) -> Variant {
    variant(router, Proof::bearer(&data::hot_token()), StatusCode::OK)
}

async fn read_name(Extension(user): Extension<Arc<User>>) -> String {
    user.name.clone()
}

fn by_hand_with_user<H, T>(users: ByDigest, handler: H) -> Router
where
    H: axum::handler::Handler<T, ()>,
    T: 'static,
{
    Router::new()
        .route(PATH, get(handler))
        .layer(from_fn_with_state(users, check_by_hand))
}

async fn check_by_hand(
    State(users): State<ByDigest>,
    mut request: Request,
    next: Next,
) -> axum::response::Response {
    let user = bearer(request.headers()).and_then(|token| {
        users
            .get(&sha256(token.as_bytes()))
            .map(|user| Arc::clone(&user))
    });
    match user {
        Some(user) => {
            request.extensions_mut().insert(user);
            next.run(request).await
        }
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}

async fn pass(request: Request, next: Next) -> axum::response::Response {
    next.run(request).await
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

fn tower_http(users: ByToken) -> Router {
    bare().layer(AsyncRequireAuthorizationLayer::new(InClear(users)))
}

#[derive(Clone)]
struct InClear(ByToken);

impl AsyncAuthorizeRequest<Body> for InClear {
    type RequestBody = Body;
    type ResponseBody = Body;
    type Future = Pin<Box<dyn Future<Output = Result<Request, Response<Body>>> + Send>>;

    fn authorize(&mut self, mut request: Request) -> Self::Future {
        let users = Arc::clone(&self.0);
        Box::pin(async move {
            let user = bearer(request.headers())
                .and_then(|token| users.get(token).map(|user| Arc::clone(&user)));
            match user {
                Some(user) => {
                    request.extensions_mut().insert(user);
                    Ok(request)
                }
                None => Err(StatusCode::UNAUTHORIZED.into_response()),
            }
        })
    }
}

#[derive(Clone)]
struct NoOpLayer;

impl<S> Layer<S> for NoOpLayer {
    type Service = NoOp<S>;

    fn layer(&self, inner: S) -> NoOp<S> {
        NoOp(inner)
    }
}

#[derive(Clone)]
struct NoOp<S>(S);

impl<S: Service<Request>> Service<Request> for NoOp<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut task::Context<'_>) -> task::Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request) -> S::Future {
        self.0.call(request)
    }
}
