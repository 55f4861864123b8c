//! JWTs: the bare signature, jsonwebtoken and ours, for each algorithm; and one that was seen before.

use std::{
    hint::black_box,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der},
    hmac,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{self, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use empress_auth_core::{
    Authenticator, Start,
    jwt::{ClaimsBuffer, HmacSecret, JwtVerifier, KeySet, VerificationKey},
    testing::present,
};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, jwk::Jwk};
use serde::{Deserialize, Serialize};

use crate::{
    axum_drive,
    catalog::{Entry, Group, Variant},
    core_peers::Fields,
    hash::sha256,
    ours::OnlyField,
};

/// The signature alone, by a key that was parsed before.
pub const RAW: &str = "aws-lc-rs, the signature alone";
/// Signature, policy and claims.
pub const OURS: &str = "ours: verify";
/// The same.
pub const JSONWEBTOKEN: &str = "jsonwebtoken: decode";
/// The yardstick of a token that was seen before.
pub const HASH: &str = "SHA-256 of the token";
/// A token that was seen before.
pub const CACHED: &str = "ours: start(), a JWT seen before";

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const AUDIENCE: &str = "https://api.example";
/// As random as one has to be.
fn secret() -> [u8; 32] {
    sha256(b"the secret of the benchmark")
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: String,
    exp: u64,
    nbf: u64,
    iat: u64,
    jti: String,
    scope: String,
}

/// One algorithm: a token, and what verifies it.
pub(crate) struct Signed {
    pub(crate) token: String,
    /// As JSON; empty for HS256.
    pub(crate) jwks: String,
    /// `None` for HS256.
    public: Option<ParsedPublicKey>,
    decoding: DecodingKey,
    algorithm: Algorithm,
    pub(crate) keys: KeySet,
}

/// All of this group.
#[must_use]
pub fn entries() -> Vec<Entry> {
    macro_rules! entries {
        ($($group:ident: $algorithm:ident),+) => {
            vec![$(
                Entry::timed_only(Group::$group, RAW, || raw(Signed::new(Algorithm::$algorithm))),
                Entry::timed_only(Group::$group, OURS, || ours(Signed::new(Algorithm::$algorithm))),
                Entry::timed_only(Group::$group, JSONWEBTOKEN, || {
                    peer(Signed::new(Algorithm::$algorithm))
                }),
            )+]
        };
    }
    let mut all = entries!(Rs256: RS256, Es256: ES256, EdDsa: EdDSA, Hs256: HS256);
    all.push(Entry::timed_only(Group::CachedJwt, HASH, hash));
    all.push(Entry::timed_only(Group::CachedJwt, CACHED, cached));
    all
}

impl Signed {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let parsed = |kind, bytes: &[u8]| ParsedPublicKey::new(kind, bytes).expect("a key");
        let (encoding, public) = match algorithm {
            Algorithm::RS256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key");
                let der: Pkcs8V1Der<'_> = pair.as_der().expect("PKCS#8");
                let public = pair.public_key().as_ref();
                let public = parsed(&signature::RSA_PKCS1_2048_8192_SHA256, public);
                // jsonwebtoken wants PKCS#1, which is what stands behind the head of this PKCS#8.
                let pkcs1 = der.as_ref().get(26..).expect("a head of 26 bytes");
                (EncodingKey::from_rsa_der(pkcs1), Some(public))
            }
            Algorithm::ES256 => {
                let pair = EcdsaKeyPair::generate(&signature::ECDSA_P256_SHA256_FIXED_SIGNING);
                let pair = pair.expect("a key");
                let der = pair.to_pkcs8v1().expect("PKCS#8");
                let public = parsed(
                    &signature::ECDSA_P256_SHA256_FIXED,
                    pair.public_key().as_ref(),
                );
                (EncodingKey::from_ec_der(der.as_ref()), Some(public))
            }
            Algorithm::EdDSA => {
                let pair = Ed25519KeyPair::generate().expect("a key");
                let der = pair.to_pkcs8v1().expect("PKCS#8");
                let public = parsed(&signature::ED25519, pair.public_key().as_ref());
                (EncodingKey::from_ed_der(der.as_ref()), Some(public))
            }
            _ => (EncodingKey::from_secret(&secret()), None),
        };
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("a time")
            .as_secs();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            sub: "248289761001".to_owned(),
            aud: AUDIENCE.to_owned(),
            exp: now + 36_000,
            nbf: now,
            iat: now,
            jti: "2fWc8bHk1Qe".to_owned(),
            scope: "openid invoices:read invoices:write".to_owned(),
        };
        let mut header = Header::new(algorithm);
        header.typ = Some("at+jwt".to_owned());
        header.kid = Some("key-1".to_owned());
        let token = jsonwebtoken::encode(&header, &claims, &encoding).expect("a token");
        let (decoding, keys, jwks) = if algorithm == Algorithm::HS256 {
            let hmac = HmacSecret::new(&secret()).expect("a secret");
            let key = VerificationKey::hs256(&hmac)
                .with_kid("key-1")
                .expect("a kid");
            (
                DecodingKey::from_secret(&secret()),
                KeySet::new([key]).expect("a key"),
                String::new(),
            )
        } else {
            let mut jwk = Jwk::from_encoding_key(&encoding, algorithm).expect("a JWK");
            jwk.common.key_id = Some("key-1".to_owned());
            let json = serde_json::json!({ "keys": [jwk] }).to_string();
            let keys = KeySet::from_json(json.as_bytes()).expect("a key set");
            (DecodingKey::from_jwk(&jwk).expect("a key"), keys, json)
        };
        Self {
            token,
            jwks,
            public,
            decoding,
            algorithm,
            keys,
        }
    }
}

/// The bytes that are signed, and the signature.
fn parts(token: &str) -> (Vec<u8>, Vec<u8>) {
    let (signed, signature) = token.rsplit_once('.').expect("three parts");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    (signed.as_bytes().to_vec(), signature)
}

fn raw(signed: Signed) -> Variant {
    let (message, tag) = parts(&signed.token);
    let Some(key) = signed.public else {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret());
        return Variant::new(move |n| {
            for _ in 0..n {
                hmac::verify(&key, black_box(&message), &tag).expect("a good tag");
            }
        });
    };
    Variant::new(move |n| {
        for _ in 0..n {
            key.verify_sig(black_box(&message), &tag)
                .expect("a good signature");
        }
    })
}

fn ours(signed: Signed) -> Variant {
    let verifier = JwtVerifier::new(ISSUER, AUDIENCE, signed.keys);
    let mut buffer = ClaimsBuffer::new();
    let now = SystemTime::now() + Duration::from_secs(1);
    Variant::new(move |n| {
        for _ in 0..n {
            let claims = verifier.verify_in(&mut buffer, black_box(&signed.token), now);
            black_box(claims.expect("a good token").subject().is_some());
        }
    })
}

fn peer(signed: Signed) -> Variant {
    let mut validation = Validation::new(signed.algorithm);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.validate_nbf = true;
    Variant::new(move |n| {
        for _ in 0..n {
            let token = black_box(&signed.token);
            let claims = jsonwebtoken::decode::<Claims>(token, &signed.decoding, &validation);
            black_box(claims.expect("a good token"));
        }
    })
}

fn hash() -> Variant {
    let token = Signed::new(Algorithm::ES256).token;
    Variant::new(move |n| {
        for _ in 0..n {
            black_box(sha256(black_box(token.as_bytes())));
        }
    })
}

fn cached() -> Variant {
    let signed = Signed::new(Algorithm::ES256);
    let authenticator = Authenticator::new(JwtVerifier::new(ISSUER, AUDIENCE, signed.keys));
    let field = format!("Bearer {}", signed.token);
    let shown = present(&authenticator, &field);
    axum_drive::runtime().block_on(shown).expect("a good token");
    let mut fields = Fields::new([signed.token]);
    Variant::new(move |n| {
        for _ in 0..n {
            let start = authenticator.start(&OnlyField(black_box(fields.next_field())));
            assert!(matches!(start, Start::Ready(Ok(Some(_)))));
        }
    })
}
