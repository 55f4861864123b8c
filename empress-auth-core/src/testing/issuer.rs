//! An issuer of JSON Web Tokens, for tests of what accepts them.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaEncoding,
    RsaKeyPair,
};
use aws_lc_rs::{hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::jwt::{Algorithm, HmacSecret, JwtVerifier, KeySet, VerificationKey};

/// An issuer with a new key, which signs whatever it is told to.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use empress_auth_core::Authenticator;
/// use empress_auth_core::jwt::Algorithm;
/// use empress_auth_core::testing::{TestIssuer, present};
///
/// let issuer = TestIssuer::new("https://id.example", Algorithm::ES256);
/// let layer = Authenticator::new(issuer.verifier("https://api.example"));
/// let token = issuer.access_token(
///     r#"{"iss": "https://id.example", "aud": "https://api.example", "sub": "ada", "exp": 4102444800}"#,
/// );
/// let who = present(&layer, &format!("Bearer {token}")).await.unwrap().unwrap();
/// assert_eq!(who.user_id(), "https://id.example|ada");
/// # }
/// ```
pub struct TestIssuer {
    url: Box<str>,
    algorithm: Algorithm,
    key: Key,
}

enum Key {
    Rsa(RsaKeyPair, &'static dyn RsaEncoding),
    /// With the name of its curve.
    Ec(EcdsaKeyPair, &'static str),
    Ed25519(Ed25519KeyPair),
    Secret(Box<(hmac::Key, [u8; 64])>),
}

/// The name of the one key.
const KID: &str = "test";

impl TestIssuer {
    /// An issuer at this URL with a new key for this algorithm.
    ///
    /// # Panics
    ///
    /// If the operating system has no random bytes.
    #[must_use]
    pub fn new(url: &str, algorithm: Algorithm) -> Self {
        #[expect(clippy::expect_used, reason = "documented")]
        let key = Key::generate(algorithm).expect("random bytes");
        Self {
            url: url.into(),
            algorithm,
            key,
        }
    }

    /// What it signs with.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Its keys, as a JWK Set; empty of keys if it has a shared secret.
    #[must_use]
    pub fn jwks(&self) -> String {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let members = match &self.key {
            Key::Rsa(pair, _) => {
                let (n, e) = numbers_of(pair.public_key().as_ref());
                format!(r#""kty":"RSA","n":"{}","e":"{}""#, encode(n), encode(e))
            }
            Key::Ec(pair, crv) => {
                let point = pair.public_key().as_ref().get(1..).unwrap_or_default();
                let (x, y) = point.split_at(point.len() / 2);
                format!(
                    r#""kty":"EC","crv":"{crv}","x":"{}","y":"{}""#,
                    encode(x),
                    encode(y)
                )
            }
            Key::Ed25519(pair) => {
                let x = encode(pair.public_key().as_ref());
                format!(r#""kty":"OKP","crv":"Ed25519","x":"{x}""#)
            }
            Key::Secret(_) => return r#"{"keys":[]}"#.to_owned(),
        };
        format!(
            r#"{{"keys":[{{{members},"use":"sig","alg":"{}","kid":"{KID}"}}]}}"#,
            self.algorithm
        )
    }

    /// Its keys, for a verifier.
    ///
    /// # Panics
    ///
    /// Never: its keys are good ones.
    #[must_use]
    #[expect(clippy::expect_used, reason = "a test wants to know at once")]
    pub fn keys(&self) -> KeySet {
        let Key::Secret(secret) = &self.key else {
            return KeySet::from_json(self.jwks().as_bytes()).expect("good keys");
        };
        let secret = HmacSecret::new(&secret.1).expect("a random secret");
        let key = if self.algorithm == Algorithm::HS256 {
            VerificationKey::hs256(&secret)
        } else if self.algorithm == Algorithm::HS384 {
            VerificationKey::hs384(&secret).expect("64 bytes")
        } else {
            VerificationKey::hs512(&secret).expect("64 bytes")
        };
        KeySet::new([key.with_kid(KID).expect("a name")]).expect("one key")
    }

    /// A verifier of its access tokens for this audience.
    #[must_use]
    pub fn verifier(&self, audience: &str) -> JwtVerifier {
        JwtVerifier::new(&self.url, audience, self.keys())
    }

    /// An access token with these claims, which nobody looks at: text in JSON, or a `serde_json::Value`.
    #[must_use]
    pub fn access_token(&self, claims: impl fmt::Display) -> String {
        let header = format!(
            r#"{{"typ":"at+jwt","alg":"{}","kid":"{KID}"}}"#,
            self.algorithm
        );
        self.sign(header, claims)
    }

    /// Signs a header and a payload, whatever they say.
    #[must_use]
    pub fn sign(&self, header: impl fmt::Display, payload: impl fmt::Display) -> String {
        let encode = |part: String| URL_SAFE_NO_PAD.encode(part);
        let signing_input = format!(
            "{}.{}",
            encode(header.to_string()),
            encode(payload.to_string())
        );
        self.sign_input(&signing_input)
    }

    /// Signs two segments as they are.
    ///
    /// # Panics
    ///
    /// If the operating system has no random bytes.
    #[must_use]
    pub fn sign_input(&self, signing_input: &str) -> String {
        #[expect(clippy::expect_used, reason = "documented")]
        let signature = self
            .key
            .sign(signing_input.as_bytes())
            .expect("random bytes");
        format!("{signing_input}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

impl Key {
    fn generate(algorithm: Algorithm) -> Result<Self, aws_lc_rs::error::Unspecified> {
        let rsa = |encoding: &'static dyn RsaEncoding| {
            RsaKeyPair::generate(KeySize::Rsa2048).map(|pair| Self::Rsa(pair, encoding))
        };
        let ec = |curve: &'static EcdsaSigningAlgorithm, name| {
            EcdsaKeyPair::generate(curve).map(|pair| Self::Ec(pair, name))
        };
        let secret = |algorithm| {
            let mut bytes = [0; 64];
            rand::fill(&mut bytes)?;
            let key = hmac::Key::new(algorithm, &bytes);
            Ok(Self::Secret(Box::new((key, bytes))))
        };
        match algorithm {
            Algorithm::RS256 => rsa(&signature::RSA_PKCS1_SHA256),
            Algorithm::RS384 => rsa(&signature::RSA_PKCS1_SHA384),
            Algorithm::RS512 => rsa(&signature::RSA_PKCS1_SHA512),
            Algorithm::PS256 => rsa(&signature::RSA_PSS_SHA256),
            Algorithm::PS384 => rsa(&signature::RSA_PSS_SHA384),
            Algorithm::PS512 => rsa(&signature::RSA_PSS_SHA512),
            Algorithm::ES256 => ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING, "P-256"),
            Algorithm::ES384 => ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING, "P-384"),
            Algorithm::ES512 => ec(&signature::ECDSA_P521_SHA512_FIXED_SIGNING, "P-521"),
            Algorithm::EdDSA => Ed25519KeyPair::generate().map(Self::Ed25519),
            Algorithm::HS256 => secret(hmac::HMAC_SHA256),
            Algorithm::HS384 => secret(hmac::HMAC_SHA384),
            Algorithm::HS512 => secret(hmac::HMAC_SHA512),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
        let random = SystemRandom::new();
        Ok(match self {
            Self::Rsa(pair, encoding) => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature)?;
                signature
            }
            Self::Ec(pair, _) => pair.sign(&random, message)?.as_ref().to_vec(),
            Self::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
            Self::Secret(secret) => hmac::sign(&secret.0, message).as_ref().to_vec(),
        })
    }
}

/// Modulus and exponent of an `RSAPublicKey` with 2,048 bits, in which all lengths are known.
fn numbers_of(der: &[u8]) -> (&[u8], &[u8]) {
    (
        der.get(9..265).unwrap_or_default(),
        der.get(267..).unwrap_or_default(),
    )
}

impl fmt::Debug for TestIssuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestIssuer")
            .field("url", &self.url)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
