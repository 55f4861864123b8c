//! `Scoped` of a type that does not say what it requires.

use actix_web::{App, web};
use axum::Router;
use axum::routing::get;

struct NotARequirement;

async fn in_axum(_: empress_auth_tower::Scoped<NotARequirement>) {}

async fn in_actix(_: empress_auth_actix::Scoped<NotARequirement>) -> String {
    String::new()
}

fn check<R: empress_auth_core::RequiredBy>() {}

fn main() {
    check::<NotARequirement>();
    let _: Router = Router::new().route("/", get(in_axum));
    let _ = App::new().route("/", web::get().to(in_actix));
}
