//! A connection pool in place of a store.

struct PgPool;

fn main() {
    let _ = empress_auth_tower::TokenAuth::new(PgPool);
    let _ = empress_auth_actix::TokenAuth::new(PgPool);
}
