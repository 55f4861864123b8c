use std::time::{Duration, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::*;
use crate::client::SigningAlg;
use crate::keys::SigningKeyErrorKind;
use crate::keys::testing::key;

fn token(audience: &[Box<str>]) -> AccessJwt<'_> {
    let at = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    let id = TokenId::parse("1Z9kQ2mN4pR").unwrap();
    let times = (at, at + Duration::from_secs(600));
    let mut token = AccessJwt::new("https://auth.example", "7", "shop", id, times);
    token.audience = audience;
    token
}

async fn parts(token: &AccessJwt<'_>, alg: SigningAlg) -> (Value, Value) {
    let signed = token.sign(&*key(alg).await).unwrap();
    let parts: Vec<_> = signed
        .split('.')
        .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
        .collect();
    let json = |part: &[u8]| serde_json::from_slice(part).unwrap();
    (json(&parts[0]), json(&parts[1]))
}

// AS-9068-1, AS-9068-2, O-38
#[tokio::test]
async fn the_least_token_says_what_it_must() {
    for alg in [SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::EdDsa] {
        let (header, claims) = parts(&token(&[]), alg).await;
        let kid = key(alg).await.kid().unwrap().to_owned();
        assert_eq!(
            header,
            json!({ "alg": alg.as_str(), "typ": "at+jwt", "kid": kid })
        );
        assert_eq!(
            claims,
            json!({
                "iss": "https://auth.example", "sub": "7", "aud": "https://auth.example", "client_id": "shop",
                "jti": "1Z9kQ2mN4pR", "iat": 1_800_000_000_u64, "exp": 1_800_000_600_u64,
            })
        );
    }
}

// AS-9068-3
#[tokio::test]
async fn scopes_are_one_text_and_roles_a_list() {
    let audience: [Box<str>; 2] = ["https://a.example".into(), "https://b.example".into()];
    let scopes: [Box<str>; 2] = ["invoices:read".into(), "openid".into()];
    let roles: [Box<str>; 1] = ["Accountant".into()];
    let mut one = token(&audience[..1]);
    one.scopes = &scopes;
    one.roles = &roles;
    one.auth_time = Some(UNIX_EPOCH + Duration::from_secs(1_799_999_999));
    one.acr = Some("1");
    let (_, claims) = parts(&one, SigningAlg::Es256).await;
    assert_eq!(claims["aud"], "https://a.example");
    assert_eq!(claims["scope"], "invoices:read openid");
    assert_eq!(claims["roles"], json!(["Accountant"]));
    assert_eq!(claims["auth_time"], 1_799_999_999);
    assert_eq!(claims["acr"], "1");
    let (_, claims) = parts(&token(&audience), SigningAlg::Es256).await;
    assert_eq!(
        claims["aud"],
        json!(["https://a.example", "https://b.example"])
    );
}

// KY-1: no key is published for longer
#[tokio::test]
async fn no_token_lives_for_more_than_a_day() {
    let mut token = token(&[]);
    token.expires_at = token.issued_at + Duration::from_secs(24 * 3_600 + 1);
    let error = token.sign(&*key(SigningAlg::Es256).await).unwrap_err();
    assert_eq!(error.kind(), SigningKeyErrorKind::LifetimeTooLong);
}

#[tokio::test]
async fn the_token_is_written_in_one_piece() {
    // What grows leaves a copy behind.
    let audience: Box<str> = "https://a.example/".repeat(40).into();
    for alg in [SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::EdDsa] {
        let signed = token(std::slice::from_ref(&audience))
            .sign(&*key(alg).await)
            .unwrap();
        assert!(signed.capacity() - signed.len() < 344 + 4, "{alg}");
    }
}
