//! An issuer of others: metadata and keys on loopback, and a switch.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use parking_lot::Mutex;

use crate::server::Server;

/// An issuer that publishes what it is told to, and counts who asks for it.
#[derive(Debug)]
pub struct Issuer {
    server: Server,
    published: Arc<Published>,
}

#[derive(Debug, Default)]
struct Published {
    metadata: Mutex<String>,
    jwks: Mutex<String>,
    fetches: AtomicUsize,
    is_down: AtomicBool,
}

impl Issuer {
    /// Listens, and has no key yet.
    #[must_use]
    pub fn start() -> Self {
        let published = Arc::new(Published::default());
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .with_state(Arc::clone(&published));
        let server = crate::tower::serve(router);
        let issuer = Self { server, published };
        let url = issuer.url();
        *issuer.published.metadata.lock() =
            format!(r#"{{"issuer":"{url}","jwks_uri":"{url}/keys"}}"#);
        issuer
    }

    /// What its tokens say in `iss`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Publishes this key set from now on.
    pub fn publish(&self, jwks: impl Into<String>) {
        *self.published.jwks.lock() = jwks.into();
    }

    /// Takes the issuer down, or up again.
    pub fn set_down(&self, is_down: bool) {
        self.published.is_down.store(is_down, Ordering::SeqCst);
    }

    /// How often somebody asked for the keys.
    #[must_use]
    pub fn fetches(&self) -> usize {
        self.published.fetches.load(Ordering::SeqCst)
    }
}

impl Published {
    fn answer(&self, document: &Mutex<String>) -> Result<String, StatusCode> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(StatusCode::BAD_GATEWAY);
        }
        Ok(document.lock().clone())
    }
}

async fn metadata(State(published): State<Arc<Published>>) -> Result<String, StatusCode> {
    published.answer(&published.metadata)
}

async fn keys(State(published): State<Arc<Published>>) -> Result<String, StatusCode> {
    published.fetches.fetch_add(1, Ordering::SeqCst);
    published.answer(&published.jwks)
}
