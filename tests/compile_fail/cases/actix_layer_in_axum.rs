//! actix's `TokenAuth` around an axum router.

use axum::Router;
use axum::routing::get;
use empress_auth_actix::{MemoryStore, TokenAuth};

fn main() {
    let _: Router = Router::new()
        .route("/", get(async || "hello"))
        .layer(TokenAuth::new(MemoryStore::new()));
}
