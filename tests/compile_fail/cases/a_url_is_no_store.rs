//! A database's URL in place of a store.

fn main() {
    let url = String::from("postgres://localhost/app");
    let _ = empress_auth_tower::TokenAuth::new(url);
    let _ = empress_auth_actix::TokenAuth::new("secret");
}
