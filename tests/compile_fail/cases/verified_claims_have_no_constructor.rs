//! Claims that nobody verified.

use empress_auth_core::jwt::VerifiedClaims;

fn main() {
    let _ = VerifiedClaims {
        json: "{}".into(),
        ends_at_millis: 0,
    };
}
