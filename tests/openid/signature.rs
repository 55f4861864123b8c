//! Is an ID token signed by who publishes the keys?

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use empress_auth_tests::{Server, unverified_header};
use serde_json::{Value, json};

/// That the token has an RS256 signature of a published key (OP-CORE-10, OP-DISC-5 to 7).
#[track_caller]
pub(crate) fn assert_is_signed(server: &Server, jwt: &str) {
    let header = unverified_header(jwt);
    assert_eq!(header["alg"], "RS256");
    let jwks = server.get("/.well-known/jwks.json").json();
    let keys = jwks["keys"].as_array().expect("keys");
    let mut kids: Vec<&str> = keys
        .iter()
        .map(|key| key["kid"].as_str().expect("a kid"))
        .collect();
    kids.sort_unstable();
    kids.dedup();
    assert_eq!(kids.len(), keys.len(), "distinct kids");
    let key = keys
        .iter()
        .find(|key| key["kid"] == header["kid"])
        .expect("the key");
    let (signed, signature) = jwt.rsplit_once('.').expect("three parts");
    let key = RsaPublicKeyComponents {
        n: decode(&key["n"]),
        e: decode(&key["e"]),
    };
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
        .expect("a signature of that key");
}

fn decode(value: &Value) -> Vec<u8> {
    let text = value.as_str().expect("a number");
    URL_SAFE_NO_PAD.decode(text).expect("base64url")
}

/// `at_hash` of an access token beside an RS256 ID token.
pub(crate) fn half_hash(token: &str) -> String {
    let hash = digest(&SHA256, token.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}

/// What a JWT says, with `alg: none`.
pub(crate) fn without(jwt: &str) -> String {
    let claims = jwt.split('.').nth(1).expect("claims");
    format!("{}.{claims}.", URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#))
}

/// A JWT with `alg: none`.
pub(crate) fn unsigned(claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.", part(&json!({ "alg": "none" })), part(claims))
}
