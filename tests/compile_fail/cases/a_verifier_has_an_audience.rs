//! J-23: a verifier that would accept a token for somebody else.

use empress_auth_core::jwt::{JwtVerifier, KeySet};

fn main() {
    let _ = JwtVerifier::new("https://id.example", KeySet::default());
    let _ = JwtVerifier::default();
}
