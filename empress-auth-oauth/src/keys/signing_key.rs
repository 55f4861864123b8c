//! A key that signs, parsed once.

use std::fmt;
use std::time::{Duration, SystemTime};

use aws_lc_rs::error::Unspecified;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::error::{SigningKeyError, SigningKeyErrorKind};
use super::key_pair::{KeyPair, SharedSecret};
use super::schedule::MAX_JWT_LIFETIME;
use crate::client::SigningAlg;

/// A key that signs with one algorithm, and no other.
///
/// Comes from a [`KeyRing`](super::KeyRing), or is a client's secret ([`ClientSecretKeys`](super::ClientSecretKeys)). There is
/// no way from a public key to a shared secret (J-2):
///
/// ```compile_fail
/// fn confuse(jwk: &str) { empress_auth_oauth::keys::SigningKey::hs256(jwk); }
/// ```
pub struct SigningKey {
    kid: Option<Box<str>>,
    material: Material,
    /// The protected headers of both types of token, in base64url.
    jwt_header: Box<str>,
    access_token_header: Box<str>,
}

enum Material {
    Pair(KeyPair),
    Secret(Box<SharedSecret>),
}

/// What a token is for, which its header says (RFC 8725 §3.11).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenType {
    /// `JWT`: an ID token.
    Jwt,
    /// `at+jwt`: an access token (RFC 9068 §2.1).
    AccessToken,
}

impl SigningKey {
    pub(super) fn of_pair(kid: &str, pair: KeyPair) -> Self {
        Self::new(Some(kid), Material::Pair(pair))
    }

    pub(super) fn of_secret(secret: SharedSecret) -> Self {
        Self::new(None, Material::Secret(Box::new(secret)))
    }

    fn new(kid: Option<&str>, material: Material) -> Self {
        let alg = material.alg();
        Self {
            kid: kid.map(Into::into),
            material,
            jwt_header: header(alg, "JWT", kid),
            access_token_header: header(alg, "at+jwt", kid),
        }
    }

    /// The id under which its public half is published; `None` for a client's secret, which is not.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// What it signs with.
    #[must_use]
    pub const fn alg(&self) -> SigningAlg {
        self.material.alg()
    }

    /// A compact JWS of `claims` ([RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)), which live from
    /// `issued_at` to `expires_at`: for [`MAX_JWT_LIFETIME`] at most, because so long is the key published (KY-1).
    pub(crate) fn sign(
        &self,
        token_type: TokenType,
        claims: &impl Serialize,
        (issued_at, expires_at): (SystemTime, SystemTime),
    ) -> Result<Zeroizing<String>, SigningKeyError> {
        let lifetime = expires_at
            .duration_since(issued_at)
            .unwrap_or(Duration::ZERO);
        if lifetime > MAX_JWT_LIFETIME {
            let detail = "a JWT may live for 24 hours at most";
            return Err(SigningKeyError::new(
                SigningKeyErrorKind::LifetimeTooLong,
                detail,
            ));
        }
        let header = match token_type {
            TokenType::Jwt => &self.jwt_header,
            TokenType::AccessToken => &self.access_token_header,
        };
        let claims = Zeroizing::new(serde_json::to_vec(claims).map_err(|_| Unspecified)?);
        // Long enough for all of it: a string that grows leaves copies behind.
        let length = header.len() + claims.len().div_ceil(3) * 4 + MAX_SIGNATURE_LEN;
        let mut token = Zeroizing::new(String::with_capacity(length));
        token.push_str(header);
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(&*claims, &mut token);
        let mut signature = String::with_capacity(MAX_SIGNATURE_LEN);
        self.material.sign(token.as_bytes(), &mut signature)?;
        token.push('.');
        token.push_str(&signature);
        Ok(token)
    }
}

/// Of RSA with 2,048 bits, in base64url, with both dots.
const MAX_SIGNATURE_LEN: usize = 344;

impl Material {
    const fn alg(&self) -> SigningAlg {
        match self {
            Self::Pair(pair) => pair.alg(),
            Self::Secret(_) => SigningAlg::Hs256,
        }
    }

    fn sign(&self, message: &[u8], out: &mut String) -> Result<(), Unspecified> {
        match self {
            Self::Pair(pair) => pair.sign(message, out),
            Self::Secret(secret) => {
                secret.sign(message, out);
                Ok(())
            }
        }
    }
}

fn header(alg: SigningAlg, typ: &str, kid: Option<&str>) -> Box<str> {
    let header = match kid {
        Some(kid) => json!({ "alg": alg.as_str(), "typ": typ, "kid": kid }),
        None => json!({ "alg": alg.as_str(), "typ": typ }),
    };
    URL_SAFE_NO_PAD.encode(header.to_string()).into()
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("kid", &self.kid)
            .field("alg", &self.alg())
            .finish_non_exhaustive()
    }
}
