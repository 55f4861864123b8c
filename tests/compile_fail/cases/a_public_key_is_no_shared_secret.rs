//! J-2: PEM, a string or a public key in place of a shared secret.

use empress_auth_core::jwt::{HmacSecret, VerificationKey};

fn main() {
    let pem = "-----BEGIN PUBLIC KEY-----";
    let _ = VerificationKey::hs256(pem);
    let _ = HmacSecret::from_pem(pem);
    let _ = HmacSecret::from(pem);
    let public = VerificationKey::from_jwk(b"{}").unwrap();
    let _ = VerificationKey::hs256(&public);
}
