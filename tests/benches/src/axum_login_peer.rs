//! axum-login with its sessions in memory: a cookie instead of a token, and the user asked for on every request.

use std::{convert::Infallible, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode, header::SET_COOKIE},
    routing::{get, post},
};
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, login_required};
use dashmap::DashMap;
use tower::ServiceExt;
use tower_sessions::{MemoryStore, SessionManagerLayer};

use crate::{
    axum_drive::{Proof, runtime, variant},
    catalog::{Entry, Group, Variant},
    data::{self, HELLO, PATH, TOKENS, User},
};

/// As in the table.
pub const AXUM_LOGIN: &str = "axum-login, sessions in memory";

/// This peer alone.
#[must_use]
pub fn entries() -> Vec<Entry> {
    vec![Entry::new(Group::Axum, AXUM_LOGIN, logged_in)]
}

fn logged_in() -> Variant {
    let router = router();
    let login = Request::post("/login")
        .body(Body::empty())
        .expect("a request");
    let Ok(response) = runtime().block_on(router.clone().oneshot(login));
    let cookie = response.headers()[SET_COOKIE].to_str().expect("a cookie");
    let pair = cookie.split(';').next().unwrap_or(cookie);
    variant(router, Proof::cookie(pair), StatusCode::OK)
}

fn router() -> Router {
    let sessions = SessionManagerLayer::new(MemoryStore::default()).with_secure(false);
    Router::new()
        .route(PATH, get(async || HELLO))
        .route_layer(login_required!(Users))
        .route("/login", post(login))
        .layer(AuthManagerLayerBuilder::new(Users::new(), sessions).build())
}

async fn login(mut session: AuthSession<Users>) -> StatusCode {
    let user = Known(data::user(TOKENS / 2));
    match session.login(&user).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

#[derive(Debug, Clone)]
struct Known(User);

impl AuthUser for Known {
    type Id = u64;

    fn id(&self) -> u64 {
        self.0.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.0.name.as_bytes()
    }
}

#[derive(Clone)]
struct Users(Arc<DashMap<u64, Known>>);

impl Users {
    fn new() -> Self {
        Self(Arc::new(
            (0..TOKENS)
                .map(|i| (i as u64, Known(data::user(i))))
                .collect(),
        ))
    }
}

impl AuthnBackend for Users {
    type User = Known;
    type Credentials = u64;
    type Error = Infallible;

    async fn authenticate(&self, id: u64) -> Result<Option<Known>, Infallible> {
        self.get_user(&id).await
    }

    async fn get_user(&self, id: &u64) -> Result<Option<Known>, Infallible> {
        Ok(self.0.get(id).map(|user| user.clone()))
    }
}
