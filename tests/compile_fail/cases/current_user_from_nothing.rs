//! `CurrentUser` of a type that cannot be made from a caller.

use actix_web::{App, web};
use axum::Router;
use axum::routing::get;

struct Account;

async fn in_axum(_: empress_auth_tower::CurrentUser<Account>) {}

async fn in_actix(_: empress_auth_actix::CurrentUser<Account>) -> String {
    String::new()
}

fn check<U: empress_auth_core::FromIdentity>() {}

fn main() {
    check::<Account>();
    let _: Router = Router::new().route("/", get(in_axum));
    let _ = App::new().route("/", web::get().to(in_actix));
}
