//! tower's `TokenAuth` around an actix application.

use actix_web::App;
use empress_auth_tower::{MemoryStore, TokenAuth};

fn main() {
    let _ = App::new().wrap(TokenAuth::new(MemoryStore::new()));
}
