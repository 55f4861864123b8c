//! A key and the one algorithm that it is for, bound to each other for good.
//!
//! Nobody who holds a key can choose another algorithm for it: not the caller, and not a token's header. A public key is
//! never taken for a shared secret, because nothing makes one of the other.

use std::fmt;

use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ParsedPublicKey, VerificationAlgorithm};

use super::algorithm::Algorithm;
use super::compact::Compact;
use super::error::Fault;
use super::header::is_kid;
use super::hmac_secret::HmacSecret;
use super::json::Members;
use super::jwk::{self, Loaded};
use super::key_error::{KeyError, KeyErrorKind};
use super::segment::Room;

/// A key that verifies signatures of one algorithm.
///
/// # Examples
///
/// ```
/// use empress_auth_core::jwt::{Algorithm, HmacSecret, VerificationKey};
///
/// let public = VerificationKey::from_jwk(br#"{"kty": "OKP", "crv": "Ed25519", "kid": "2026",
///     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}"#)?;
/// assert_eq!(public.algorithm(), Algorithm::EdDSA);
///
/// let shared = VerificationKey::hs256(&HmacSecret::new(b"32 random bytes, from a generator")?);
/// assert_eq!(shared.with_kid("ours")?.algorithm(), Algorithm::HS256);
/// # Ok::<(), empress_auth_core::jwt::KeyError>(())
/// ```
///
/// A public key is no shared secret:
///
/// ```compile_fail
/// use empress_auth_core::jwt::VerificationKey;
///
/// fn confuse(public: VerificationKey) -> VerificationKey {
///     VerificationKey::hs256(&public)
/// }
/// ```
#[derive(Clone)]
pub struct VerificationKey {
    kid: Option<Box<str>>,
    algorithm: Algorithm,
    material: Material,
}

/// What is prepared once, so that verifying parses no key. Each knows its algorithm by itself.
#[derive(Clone)]
enum Material {
    Public(ParsedPublicKey),
    Secret(Box<hmac::Key>),
}

/// A signature of RSA with 4,096 bits.
const USUAL_SIGNATURE_BYTES: usize = 516;

impl VerificationKey {
    /// The public key of a JWK ([RFC 7517 §4](https://www.rfc-editor.org/rfc/rfc7517#section-4)): for its `alg`, and
    /// without one for RS256 if it is an RSA key, else for the algorithm of its curve.
    ///
    /// # Errors
    ///
    /// [`KeyErrorKind::NotJwk`] for what is no JWK in strict JSON; [`KeyErrorKind::PrivateMember`] for a private or
    /// symmetric key; [`KeyErrorKind::NoUsableKey`] for a key that is not for verifying signatures, of an unknown type or
    /// algorithm, off its curve, or too weak.
    pub fn from_jwk(jwk: &[u8]) -> Result<Self, KeyError> {
        match jwk::public_key(&jwk::parse(jwk, &mut Members::default())?)? {
            Loaded::Key(key) => Ok(key),
            Loaded::Unusable(reason) => Err(KeyError::new(KeyErrorKind::NoUsableKey, reason)),
        }
    }

    /// A shared secret for HS256.
    #[must_use]
    pub fn hs256(secret: &HmacSecret) -> Self {
        Self::secret(Algorithm::HS256, hmac::HMAC_SHA256, secret)
    }

    /// A shared secret for HS384.
    ///
    /// # Errors
    ///
    /// [`KeyErrorKind::WeakSecret`] for less than 48 bytes
    /// ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
    pub fn hs384(secret: &HmacSecret) -> Result<Self, KeyError> {
        secret.check_length(48)?;
        Ok(Self::secret(Algorithm::HS384, hmac::HMAC_SHA384, secret))
    }

    /// A shared secret for HS512.
    ///
    /// # Errors
    ///
    /// [`KeyErrorKind::WeakSecret`] for less than 64 bytes.
    pub fn hs512(secret: &HmacSecret) -> Result<Self, KeyError> {
        secret.check_length(64)?;
        Ok(Self::secret(Algorithm::HS512, hmac::HMAC_SHA512, secret))
    }

    fn secret(algorithm: Algorithm, hmac: hmac::Algorithm, secret: &HmacSecret) -> Self {
        Self {
            kid: None,
            algorithm,
            material: Material::Secret(Box::new(hmac::Key::new(hmac, secret.bytes()))),
        }
    }

    /// A public key in the encoding that `verifies` asks for; `None` if it is none.
    pub(super) fn public(
        algorithm: Algorithm,
        verifies: &'static dyn VerificationAlgorithm,
        encoded: &[u8],
    ) -> Option<Self> {
        let parsed = ParsedPublicKey::new(verifies, encoded).ok()?;
        Some(Self {
            kid: None,
            algorithm,
            material: Material::Public(parsed),
        })
    }

    /// The name under which tokens refer to the key.
    ///
    /// # Errors
    ///
    /// [`KeyErrorKind::NotJwk`] for what no token may say: up to 128 visible ASCII characters without quotes and
    /// backslashes are a `kid`.
    pub fn with_kid(mut self, kid: &str) -> Result<Self, KeyError> {
        if !is_kid(kid) {
            return Err(KeyError::new(KeyErrorKind::NotJwk, "its kid is no name"));
        }
        self.kid = Some(kid.into());
        Ok(self)
    }

    /// The name under which tokens refer to the key, if it has one.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// The one algorithm that the key is for.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Whether whoever knows the key can sign, too.
    pub(super) const fn is_secret(&self) -> bool {
        matches!(self.material, Material::Secret(_))
    }

    /// Whether the key signed the token: over the two segments as they came
    /// ([RFC 7515 §5.2](https://www.rfc-editor.org/rfc/rfc7515#section-5.2)). A tag is compared in constant time.
    pub(super) fn check_signature(&self, token: Compact<'_>) -> Result<(), Fault> {
        let mut room = Room::<USUAL_SIGNATURE_BYTES>::new();
        let signature = room.decode(token.signature)?;
        let verified = match &self.material {
            Material::Public(key) => key.verify_sig(token.signing_input, signature),
            Material::Secret(key) => hmac::verify(key, token.signing_input, signature),
        };
        verified.map_err(|_| Fault::Signature)
    }
}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationKey")
            .field("kid", &self.kid)
            .field("algorithm", &self.algorithm)
            .finish_non_exhaustive()
    }
}
