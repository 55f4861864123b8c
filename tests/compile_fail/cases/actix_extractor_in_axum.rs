//! actix's `Authenticated` in an axum handler.

use axum::Router;
use axum::routing::get;
use empress_auth_actix::Authenticated;

async fn hello(Authenticated(who): Authenticated) -> String {
    who.username().to_owned()
}

fn main() {
    let _: Router = Router::new().route("/", get(hello));
}
