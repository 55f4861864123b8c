//! A JWK Set of another issuer: never a panic, no private or shared key among those taken, and each found in one way.

#![no_main]

use empress_auth_core::jwt::{KeySet, VerificationKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|jwks: &[u8]| {
    let _ = VerificationKey::from_jwk(jwks);
    let _ = KeySet::from_secret_json(jwks);
    let Ok(keys) = KeySet::from_json(jwks) else {
        return;
    };
    assert!((1..=64).contains(&keys.len()));
    let set: serde_json::Value = serde_json::from_slice(jwks).expect("JSON");
    for key in set["keys"].as_array().expect("a list") {
        assert_ne!(key["kty"], "oct");
        assert!(key.get("d").is_none() && key.get("k").is_none());
    }
});
