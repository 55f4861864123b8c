//! JSON Web Tokens: verified, and remembered.

use std::hint::black_box;
use std::time::{Duration, SystemTime};

use empress_auth_core::jwt::{Algorithm, ClaimsBuffer};
use empress_auth_core::testing::TestIssuer;
use empress_auth_core::{Authenticator, MemoryStore};

use crate::Run;
use crate::on_core::starting;

const AUDIENCE: &str = "https://api.example";
const ISSUER: &str = "https://id.example";

/// Different ones, as a store's tokens are.
const TOKENS: u64 = 100;

/// In the year 2100.
const EXP: u64 = 4_102_444_800;

pub(crate) fn start() -> Run {
    let (issuer, tokens) = issued(Algorithm::ES256);
    let authenticator = Authenticator::new(MemoryStore::new()).accept(issuer.verifier(AUDIENCE));
    starting(authenticator, &tokens)
}

/// With HS256, whose tag costs little beside what is counted here.
pub(crate) fn verify() -> Run {
    let (issuer, tokens) = issued(Algorithm::HS256);
    let verifier = issuer.verifier(AUDIENCE);
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(EXP - 300);
    let mut buffer = ClaimsBuffer::new();
    Box::new(move |n| {
        for (token, _) in tokens.iter().cycle().zip(0..n) {
            let claims = verifier.verify_in(&mut buffer, black_box(token), now);
            assert!(claims.is_ok(), "{claims:?}");
        }
    })
}

pub(crate) fn dots() -> Run {
    let verifier = TestIssuer::new(ISSUER, Algorithm::HS256).verifier(AUDIENCE);
    let dots = ".".repeat(8_192);
    let mut buffer = ClaimsBuffer::new();
    Box::new(move |n| {
        for _ in 0..n {
            let refused = verifier.verify_in(&mut buffer, black_box(&dots), SystemTime::UNIX_EPOCH);
            assert!(refused.is_err());
        }
    })
}

fn issued(algorithm: Algorithm) -> (TestIssuer, Vec<String>) {
    let issuer = TestIssuer::new(ISSUER, algorithm);
    let claims = |number| {
        format!(
            r#"{{"iss":"{ISSUER}","aud":"{AUDIENCE}","sub":"ada","client_id":"web","jti":"{number}",
            "iat":1700000000,"exp":{EXP},"scope":"invoices:read","roles":["Manager"]}}"#
        )
    };
    let tokens = (0..TOKENS).map(|number| issuer.access_token(claims(number)));
    let tokens = tokens.collect();
    (issuer, tokens)
}
