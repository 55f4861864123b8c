//! What others say of the tokens that the provider signs: our own verifier, `PyJWT` and joserfc, each with the published keys.
#![cfg(test)]

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use empress_auth_core::endpoint::Dispatcher;
use empress_auth_core::jwt::{HmacSecret, JwtVerifier, KeySet, VerificationKey, VerifiedClaims};
use empress_auth_core::{Authenticator, Clock, Entropy, MasterKey, MemoryStore, TokenId};
use empress_auth_oauth::client::SigningAlg;
use empress_auth_oauth::keys::{ClientSecretKeys, SigningKey};
use empress_auth_oauth::{AccessJwt, IdToken, Provider, SigningAlgs};
use empress_auth_tests::Random;
use http::Request;
use serde_json::{Map, Value, json};

mod generated;

use self::generated::{Generated, Kind};

const ISSUER: &str = "https://auth.example/tenant";
const SECRET: &str = "f6Yq2tWb8Zk3Vn7Rj1Xc5Mh9Lp4Ds0Ga6Eu2Bi8TyQw";
const ALGS: [SigningAlg; 4] = [
    SigningAlg::Rs256,
    SigningAlg::Es256,
    SigningAlg::EdDsa,
    SigningAlg::Hs256,
];

/// A provider with a key for every algorithm, and a client whose secret signs.
struct Signers {
    provider: Provider,
    jwks: Bytes,
    secret: std::sync::Arc<SigningKey>,
}

impl Signers {
    async fn new() -> Self {
        let store = MemoryStore::new();
        let master_key = MasterKey::from_bytes([7; 32]);
        let secret_keys = ClientSecretKeys::new(&master_key);
        let entropy = Entropy::system();
        let wrapped = secret_keys.wrap("client", SECRET, &entropy).unwrap();
        let secret = secret_keys.unwrap("client", &wrapped).unwrap().into();
        let mut algs = SigningAlgs::default();
        algs.others = vec![SigningAlg::EdDsa];
        let provider = Provider::new(store.clone(), ISSUER.parse().unwrap(), master_key)
            .with_signing_algs(algs);
        provider.keys().ensure().await.unwrap();
        let jwks = published(&provider, store).await;
        Self {
            provider,
            jwks,
            secret,
        }
    }

    async fn sign(&self, generated: &Generated, alg: SigningAlg) -> String {
        #[expect(clippy::wildcard_enum_match_arm, reason = "the others are the ring's")]
        let key = match alg {
            SigningAlg::Hs256 => self.secret.clone(),
            alg => self.provider.keys().signer(alg).await.unwrap(),
        };
        let token = match generated.kind {
            Kind::Id => generated.id_token().sign(&key),
            Kind::Access => generated.access_jwt().sign(&key),
        };
        token.unwrap().to_string()
    }

    /// A service elsewhere, which knows the published keys.
    fn verifier(&self, generated: &Generated, alg: SigningAlg) -> JwtVerifier {
        let keys = if alg == SigningAlg::Hs256 {
            let secret = HmacSecret::new(SECRET.as_bytes()).unwrap();
            KeySet::new([VerificationKey::hs256(&secret)]).unwrap()
        } else {
            KeySet::from_json(&self.jwks).unwrap()
        };
        let verifier = JwtVerifier::new(ISSUER, generated.audience(), keys);
        match generated.kind {
            Kind::Id => verifier.types(["JWT"]),
            Kind::Access => verifier,
        }
    }
}

async fn published(provider: &Provider, store: MemoryStore) -> Bytes {
    let dispatchers = Dispatcher::group(provider.routes(), &Authenticator::new(store));
    let (path, dispatcher) = dispatchers
        .iter()
        .find(|(path, _)| path.ends_with("/jwks.json"))
        .unwrap();
    let request = Request::get(&**path).body(()).unwrap();
    let answer = dispatcher
        .respond(request, async |_| Ok(Bytes::new()))
        .await;
    assert_eq!(answer.status(), 200);
    answer.into_body()
}

fn claims(verified: &VerifiedClaims) -> Value {
    verified.deserialize().unwrap()
}

// OP-CORE-10, RFC 9068 §2.2: whatever is said, everybody reads the same
#[tokio::test]
async fn our_own_verifier_reads_what_was_said_whatever_it_is() {
    let signers = Signers::new().await;
    let now = Clock::system().now();
    let mut random = Random::new(1);
    for round in 0..400 {
        let generated = Generated::new(&mut random, now);
        let alg = ALGS[round % ALGS.len()];
        let token = signers.sign(&generated, alg).await;
        let verifier = signers.verifier(&generated, alg);
        let verified = verifier.verify(&token, now).unwrap();
        assert_eq!(claims(&verified), generated.claims(alg), "{alg}: {token}");

        // Another's token, another kind of token, and one that is over.
        let elsewhere =
            JwtVerifier::new(ISSUER, "another", KeySet::from_json(&signers.jwks).unwrap());
        assert!(elsewhere.verify(&token, now).is_err());
        let other_kind = match generated.kind {
            Kind::Id => verifier.clone().types(["at+jwt"]),
            Kind::Access => verifier.clone().types(["JWT"]),
        };
        assert!(other_kind.verify(&token, now).is_err());
        let end = generated.expires_at + Duration::from_secs(31);
        assert!(verifier.verify(&token, end).is_err());
        assert!(verifier.verify(&changed(&mut random, &token), now).is_err());
    }
}

/// With another byte somewhere.
fn changed(random: &mut Random, token: &str) -> String {
    let mut bytes = token.as_bytes().to_vec();
    let place = random.below(bytes.len());
    let others = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
    let now_there = bytes[place];
    while bytes[place] == now_there {
        bytes[place] = *random.pick(others);
    }
    String::from_utf8(bytes).unwrap()
}

/// A file with tokens of all kinds, for a script; gone with this.
struct Exchange(PathBuf);

impl Exchange {
    async fn new(name: &str) -> Self {
        let signers = Signers::new().await;
        let now = Clock::system().now();
        let mut random = Random::new(2);
        let mut tokens = Vec::new();
        for round in 0..80 {
            let generated = Generated::new(&mut random, now);
            let alg = ALGS[round % ALGS.len()];
            tokens.push(json!({
                "token": signers.sign(&generated, alg).await,
                "alg": alg.as_str(),
                "typ": if generated.kind == Kind::Id { "JWT" } else { "at+jwt" },
                "audience": generated.audience(),
                "claims": generated.claims(alg),
            }));
        }
        let jwks: Value = serde_json::from_slice(&signers.jwks).unwrap();
        let all = json!({ "issuer": ISSUER, "secret": SECRET, "jwks": jwks, "tokens": tokens });
        let file = format!("empress-auth-signed-{}-{name}", std::process::id());
        let path = std::env::temp_dir().join(file);
        std::fs::write(&path, all.to_string()).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        _ = std::fs::remove_file(&self.0);
    }
}

#[tokio::test]
async fn pyjwt_reads_the_same() {
    let exchange = Exchange::new("pyjwt").await;
    let script = include_str!("with_pyjwt.py");
    empress_auth_tests::run_python(script, "jwt", &[exchange.path()]);
}

#[tokio::test]
async fn joserfc_reads_the_same() {
    let exchange = Exchange::new("joserfc").await;
    let script = include_str!("with_joserfc.py");
    empress_auth_tests::run_python(script, "joserfc", &[exchange.path()]);
}
