//! Whoever holds one of these, a digest was stored, and this is the only copy of the secret.

use empress_auth_core::{ApiKey, GeneratedKeys, Identity, MadeToken};

fn main() {
    let _ = Identity::default();
    let _ = Identity::from("ada");
    let _ = GeneratedKeys {
        api_key: ApiKey::parse("key").unwrap(),
        api_secret: todo!(),
    };
    let _ = MadeToken {
        id: todo!(),
        text: todo!(),
    };
}
