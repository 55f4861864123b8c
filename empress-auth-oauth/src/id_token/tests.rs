use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use empress_auth_core::Entropy;
use serde_json::json;

use super::*;
use crate::keys::testing::key;
use crate::keys::{ClientSecretKeys, SigningKeyErrorKind};

const AT: Duration = Duration::from_secs(1_800_000_000);
const HOUR: Duration = Duration::from_secs(3_600);
const ALGS: [SigningAlg; 3] = [SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::EdDsa];

fn token<'a>() -> IdToken<'a> {
    let at = UNIX_EPOCH + AT;
    IdToken::new("https://auth.example", "7", "shop", (at, at + HOUR))
}

/// Header and claims, and that there is a signature.
fn parts(token: &str) -> (Value, Value) {
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    assert!(!parts[2].is_empty());
    let json = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
    (json(parts[0]), json(parts[1]))
}

async fn signed(token: &IdToken<'_>, alg: SigningAlg) -> (Value, Value) {
    parts(&token.sign(&*key(alg).await).unwrap())
}

// OP-CORE-10, OP-CORE-11, OP-CORE-15
#[tokio::test]
async fn the_least_token_says_what_it_must_and_no_more() {
    for alg in ALGS {
        let key: Arc<SigningKey> = key(alg).await;
        let (header, claims) = parts(&token().sign(&key).unwrap());
        let kid = key.kid().unwrap();
        assert_eq!(
            header,
            json!({ "alg": alg.as_str(), "typ": "JWT", "kid": kid })
        );
        let times = (1_800_000_000_u64, 1_800_003_600_u64);
        assert_eq!(
            claims,
            json!({ "iss": "https://auth.example", "sub": "7", "aud": "shop", "iat": times.0, "exp": times.1 })
        );
    }
}

// O-32, OP-CORE-12, SEED-F-10
#[tokio::test]
async fn everything_that_was_given_is_said() {
    let roles: Vec<Box<str>> = vec!["System Manager".into(), "Rôle \"x\"".into()];
    let mut token = token();
    token.auth_time = Some(UNIX_EPOCH + AT - HOUR + Duration::from_millis(999));
    token.nonce = Some("n-0S6_WzA2Mj \u{1f511}");
    token.acr = Some("1");
    token.sid = Some("s");
    token.access_token = Some("emp_at_x");
    token.roles = Some(&roles);
    let (_, claims) = signed(&token, SigningAlg::Rs256).await;
    assert_eq!(claims["auth_time"], 1_799_996_400_u64);
    assert_eq!(claims["nonce"], "n-0S6_WzA2Mj \u{1f511}");
    assert_eq!(claims["acr"], "1");
    assert_eq!(claims["sid"], "s");
    assert_eq!(claims["roles"], json!(["System Manager", "Rôle \"x\""]));
    assert_eq!(claims.get("azp"), None);
}

// O-32, OP-CORE-13: OpenID Connect Core, appendix A.3
#[test]
fn the_hash_of_the_access_token_is_that_of_the_specification() {
    let access_token = "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y";
    for alg in [SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::Hs256] {
        assert_eq!(at_hash(alg, access_token), "77QmUPtjPfzWtF2AnpK9RQ");
    }
    let hash = URL_SAFE_NO_PAD
        .decode(at_hash(SigningAlg::EdDsa, access_token))
        .unwrap();
    assert_eq!(hash.len(), 32);
}

#[tokio::test]
async fn userinfo_adds_and_replaces_nothing() {
    let userinfo = json!({
        "name": "Ada", "sub": "8", "iss": "https://evil.example", "aud": "other", "exp": 1, "nonce": "x", "azp": "y"
    });
    let mut token = token();
    token.userinfo = userinfo.as_object();
    let (_, claims) = signed(&token, SigningAlg::Es256).await;
    assert_eq!(claims["name"], "Ada");
    assert_eq!(claims["sub"], "7");
    assert_eq!(claims["iss"], "https://auth.example");
    assert_eq!(claims["aud"], "shop");
    assert_eq!(claims["exp"], 1_800_003_600_u64);
    assert_eq!((claims.get("nonce"), claims.get("azp")), (None, None));
}

// KY-1: no key is published for longer
#[tokio::test]
async fn no_token_lives_for_more_than_a_day() {
    let day = 24 * HOUR;
    let mut token = token();
    token.expires_at = token.issued_at + day;
    let key = key(SigningAlg::Es256).await;
    assert!(token.sign(&key).is_ok());
    token.expires_at += Duration::from_millis(1);
    let error = token.sign(&key).unwrap_err();
    assert_eq!(error.kind(), SigningKeyErrorKind::LifetimeTooLong);
}

// SEED-F-10, S15
#[test]
fn a_client_may_have_its_own_secret_as_the_key() {
    let entropy = Entropy::system();
    let secrets = ClientSecretKeys::new(&MasterKey::from_bytes([1; 32]));
    let secret = "f6Yq2tWb8Zk3Vn7Rj1Xc5Mh9Lp4Ds0Ga";
    let wrapped = secrets.wrap("shop", secret, &entropy).unwrap();
    let key = secrets.unwrap("shop", &wrapped).unwrap();
    let signed = token().sign(&key).unwrap();
    let (header, _) = parts(&signed);
    assert_eq!(header, json!({ "alg": "HS256", "typ": "JWT" }));
    let (message, signature) = signed.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    hmac::verify(&key, message.as_bytes(), &signature).unwrap();
    // J-8, J-31
    for weak in ["", "secret", "changeme", "f6Yq2tWb8Zk3Vn7Rj1Xc5Mh9Lp4Ds0G"] {
        let error = secrets.wrap("shop", weak, &entropy).unwrap_err();
        assert_eq!(error.kind(), SigningKeyErrorKind::WeakSecret);
        assert!(!error.to_string().contains("change") && !error.to_string().contains("f6Y"));
    }
}

// KY-5
#[test]
fn the_secrets_of_clients_are_encrypted_anew() {
    let entropy = Entropy::system();
    let [old, new] = [1, 2].map(|byte| ClientSecretKeys::new(&MasterKey::from_bytes([byte; 32])));
    let secret = "f6Yq2tWb8Zk3Vn7Rj1Xc5Mh9Lp4Ds0Ga";
    let wrapped = old.wrap("shop", secret, &entropy).unwrap();
    let error = new.unwrap("shop", &wrapped).unwrap_err();
    assert_eq!(error.kind(), SigningKeyErrorKind::WrongMasterKey);
    let again = new
        .rewrap(&old, "shop", &wrapped, &entropy)
        .unwrap()
        .unwrap();
    assert!(new.unwrap("shop", &again).is_ok());
    assert!(
        new.rewrap(&old, "shop", &again, &entropy)
            .unwrap()
            .is_none()
    );
    let error = new.unwrap("other", &again).unwrap_err();
    assert_eq!(error.kind(), SigningKeyErrorKind::Damaged);
}

#[test]
fn a_session_has_another_name_for_every_client_and_key_and_none_is_its_id() {
    let session = TokenId::parse("1Z9kQ2mN4pR").unwrap();
    let other = TokenId::parse("1Z9kQ2mN4pS").unwrap();
    let names = |byte| SessionNames::new(&MasterKey::from_bytes([byte; 32]));
    let name = names(1).name(session, "shop");
    assert_eq!(name, names(1).name(session, "shop"));
    assert_eq!(name.len(), 22);
    for different in [
        names(1).name(session, "app"),
        names(1).name(other, "shop"),
        names(2).name(session, "shop"),
    ] {
        assert_ne!(name, different);
    }
}
