//! tower's `Authenticated` in an actix handler.

use actix_web::{App, web};
use empress_auth_tower::Authenticated;

async fn hello(Authenticated(who): Authenticated) -> String {
    who.username().to_owned()
}

fn main() {
    let _ = App::new().route("/", web::get().to(hello));
}
