//! Which tokens are good, row by row of the catalogue of attacks. Every other token here is signed by the right key:
//! what refuses it is the check that the test is about.

use std::sync::LazyLock;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::error::Fault;
use super::*;
use crate::testing::TestIssuer;

mod algorithms;
mod claims;
mod forms;
mod headers;
mod keys;
mod kinds;
mod vectors;

const ISSUER: &str = "https://id.example";
const AUDIENCE: &str = "https://api.example";
const NOW: u64 = 1_900_000_000;

/// Made once: its keys cost more than the tests.
static ES256: LazyLock<TestIssuer> = LazyLock::new(|| TestIssuer::new(ISSUER, Algorithm::ES256));

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(seconds)
}

fn verifier() -> JwtVerifier {
    ES256.verifier(AUDIENCE)
}

/// The claims of a good token.
fn good() -> Value {
    json!({"iss": ISSUER, "aud": AUDIENCE, "sub": "ada", "iat": NOW, "exp": NOW + 300, "jti": "1"})
}

/// The claims of a good token but for one, whose value is text in JSON.
fn with(name: &str, value: &str) -> String {
    let mut claims = good();
    claims.as_object_mut().unwrap().remove(name);
    let rest = claims.to_string();
    format!("{},\"{name}\":{value}}}", rest.strip_suffix('}').unwrap())
}

fn without(name: &str) -> Value {
    let mut claims = good();
    claims.as_object_mut().unwrap().remove(name).unwrap();
    claims
}

/// Why these claims are refused; `None` if they are not.
fn fault_of(claims: impl std::fmt::Display) -> Option<Fault> {
    fault(&verifier(), &ES256.access_token(claims))
}

fn fault(verifier: &JwtVerifier, token: &str) -> Option<Fault> {
    let error = verifier.verify(token, at(NOW)).err()?;
    assert_eq!(error.kind(), JwtErrorKind::Invalid, "{token}");
    Some(error.fault().expect("no key source is asked"))
}
