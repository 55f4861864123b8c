//! What is signed verifies with what is published.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::*;
use crate::keys::signing_key::TokenType;

fn verify(key: &Value, message: &[u8], signature: &[u8]) -> bool {
    let bytes = |member: &str| {
        URL_SAFE_NO_PAD
            .decode(key[member].as_str().unwrap())
            .unwrap()
    };
    match key["alg"].as_str().unwrap() {
        "RS256" => {
            let (n, e) = (bytes("n"), bytes("e"));
            RsaPublicKeyComponents { n, e }
                .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
                .is_ok()
        }
        "ES256" => {
            let point = [&[4][..], &bytes("x"), &bytes("y")].concat();
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
            key.verify(message, signature).is_ok()
        }
        "EdDSA" => {
            let key = UnparsedPublicKey::new(&ED25519, bytes("x"));
            key.verify(message, signature).is_ok()
        }
        other => panic!("{other}"),
    }
}

// J-3, OP-CORE-10
#[tokio::test]
async fn every_signature_verifies_with_the_key_of_its_kid_and_no_other() {
    let ring = testing::ring().await;
    let jwks: Value = serde_json::from_slice(ring.jwks().await.unwrap().body()).unwrap();
    let times = (start(), start() + Duration::from_secs(60));
    for alg in [SigningAlg::Rs256, SigningAlg::Es256, SigningAlg::EdDsa] {
        for token_type in [TokenType::Jwt, TokenType::AccessToken] {
            let signer = ring.signer(alg).await.unwrap();
            // Of every length, so that base64 ends in every way.
            for length in 0..10 {
                let claims = serde_json::json!({ "sub": "x".repeat(length) });
                let token = signer.sign(token_type, &claims, times).unwrap();
                let (message, signature) = token.rsplit_once('.').unwrap();
                let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
                let (_, shown) = message.split_once('.').unwrap();
                let shown = URL_SAFE_NO_PAD.decode(shown).unwrap();
                assert_eq!(serde_json::from_slice::<Value>(&shown).unwrap(), claims);
                for key in jwks["keys"].as_array().unwrap() {
                    let is_own = key["kid"] == signer.kid().unwrap();
                    assert_eq!(is_own, key["alg"] == alg.as_str());
                    let verifies = verify(key, message.as_bytes(), &signature);
                    assert_eq!(verifies, is_own, "{alg}");
                }
            }
        }
    }
}
