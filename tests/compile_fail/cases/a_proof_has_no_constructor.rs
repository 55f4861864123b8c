//! Whoever holds one of these, a credential was verified.

use empress_auth_core::{ApiSecret, Identity};

fn main() {
    let _ = Identity(todo!());
    let _ = ApiSecret(todo!());
    let _ = empress_auth_tower::Scoped::<()>(todo!());
    let _ = empress_auth_actix::Scoped::<()>(todo!());
}
