//! Which keys does an issuer sign with? A set in which every key is found in one way only.

use std::sync::Arc;

use super::compact::Compact;
use super::error::Fault;
use super::header::Header;
use super::json::{Members, Object, Value};
use super::jwk::{self, Loaded};
use super::key::VerificationKey;
use super::key_error::{KeyError, KeyErrorKind};
use super::usual_header::UsualHeader;

/// The verification keys of one issuer, each parsed once; cheap to clone.
///
/// A key is found by its `kid`, or by its algorithm if it is the only one of it and the token names no `kid`. A set in
/// which that would be ambiguous cannot be made.
///
/// # Examples
///
/// ```
/// use empress_auth_core::jwt::{KeyErrorKind, KeySet};
///
/// let keys = KeySet::from_json(br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "2026",
///     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#)?;
/// assert!(keys.contains("2026"));
///
/// let private = br#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "d": "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
///     "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
/// let error = KeySet::from_json(private).unwrap_err();
/// assert_eq!(error.kind(), KeyErrorKind::PrivateMember);
/// # Ok::<(), empress_auth_core::jwt::KeyError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct KeySet(Arc<[Listed]>);

/// A key of the set, and how it is recognised.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) key: VerificationKey,
    pub(super) usual_header: UsualHeader,
}

/// More keys than any issuer has.
const MAX_KEYS: usize = 64;

/// 64 keys of 4,096 bits fit in with their certificates.
const MAX_JWKS_BYTES: usize = 512 * 1024;

impl KeySet {
    /// A set of these keys.
    ///
    /// # Errors
    ///
    /// [`KeyErrorKind::DuplicateKid`] if two have the same `kid`, or none and the same algorithm;
    /// [`KeyErrorKind::Mixed`] if shared secrets are among public keys; [`KeyErrorKind::TooMany`] for more than 64.
    pub fn new(keys: impl IntoIterator<Item = VerificationKey>) -> Result<Self, KeyError> {
        let keys: Vec<_> = keys.into_iter().collect();
        if keys.len() > MAX_KEYS {
            return Err(too_many());
        }
        let secrets = keys.iter().filter(|key| key.is_secret()).count();
        if secrets != 0 && secrets != keys.len() {
            return Err(KeyError::new(
                KeyErrorKind::Mixed,
                "shared secrets are among public keys",
            ));
        }
        for (place, key) in keys.iter().enumerate() {
            if keys
                .iter()
                .skip(place + 1)
                .any(|other| is_taken_for(key, other))
            {
                return Err(KeyError::new(
                    KeyErrorKind::DuplicateKid,
                    "two keys have the same kid, or none and the same algorithm",
                ));
            }
        }
        let listed = keys.into_iter().map(|key| Listed {
            key,
            usual_header: UsualHeader::default(),
        });
        Ok(Self(listed.collect()))
    }

    /// The public keys of a JWK Set ([RFC 7517 §5](https://www.rfc-editor.org/rfc/rfc7517#section-5)), such as an issuer
    /// publishes at its `jwks_uri`.
    ///
    /// Keys that are not for verifying signatures, of an unknown type or algorithm, or too weak are left out, and the log
    /// says so. An RSA key without `alg` is for RS256, an elliptic one for the algorithm of its curve.
    ///
    /// # Errors
    ///
    /// [`KeyErrorKind::NotJwk`] for what is no JWK Set in strict JSON; [`KeyErrorKind::PrivateMember`] if a private or
    /// symmetric key is in it; [`KeyErrorKind::NoUsableKey`] if nothing is left; and those of [`new`](Self::new).
    pub fn from_json(jwks: &[u8]) -> Result<Self, KeyError> {
        Self::load(jwks, jwk::public_key)
    }

    /// Shared secrets as a JWK Set of `oct` keys, each with its `alg`.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json); [`KeyErrorKind::Mixed`] if any other key is in it, and
    /// [`KeyErrorKind::WeakSecret`] for a secret that is shorter than the digest of its algorithm.
    pub fn from_secret_json(jwks: &[u8]) -> Result<Self, KeyError> {
        Self::load(jwks, jwk::shared_secret)
    }

    fn load(
        jwks: &[u8],
        load: impl Fn(&Object<'_>) -> Result<Loaded, KeyError>,
    ) -> Result<Self, KeyError> {
        if jwks.len() > MAX_JWKS_BYTES {
            return Err(too_many());
        }
        let mut members = Members::default();
        let document = jwk::parse(jwks, &mut members)?;
        let Some(Value::Array(listed)) = document.get("keys") else {
            return Err(no_jwks());
        };
        let mut members = Members::default();
        let mut keys = Vec::new();
        for (count, listed) in listed.iter().enumerate() {
            if count == MAX_KEYS {
                return Err(too_many());
            }
            let Value::Object(listed) = listed else {
                return Err(no_jwks());
            };
            match load(&listed.open(&mut members))? {
                Loaded::Key(key) => keys.push(key),
                Loaded::Unusable(reason) => {
                    tracing::debug!(reason, "a key of the set is left out");
                }
            }
        }
        if keys.is_empty() {
            return Err(KeyError::new(
                KeyErrorKind::NoUsableKey,
                "no key of the set verifies signatures and is strong enough",
            ));
        }
        Self::new(keys)
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key, so that no token is accepted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether there is a key with this `kid`.
    #[must_use]
    pub fn contains(&self, kid: &str) -> bool {
        self.0.iter().any(|listed| listed.key.kid() == Some(kid))
    }

    /// The key that a header means.
    ///
    /// # Errors
    ///
    /// [`Fault::UnknownKey`], which asking the issuer may cure; [`Fault::AmbiguousKey`] and
    /// [`Fault::KeyOfOtherAlgorithm`], which it cannot.
    pub(super) fn find(&self, header: &Header<'_>) -> Result<&Listed, Fault> {
        let mut candidates = self.0.iter().filter(|Listed { key, .. }| match header.kid {
            Some(kid) => key.kid().is_some_and(|known| kid.is(known)),
            None => key.algorithm() == header.algorithm,
        });
        let found = candidates.next().ok_or(Fault::UnknownKey)?;
        if candidates.next().is_some() {
            return Err(Fault::AmbiguousKey);
        }
        if found.key.algorithm() == header.algorithm {
            Ok(found)
        } else {
            Err(Fault::KeyOfOtherAlgorithm)
        }
    }

    /// The key whose usual header this token bears.
    pub(super) fn find_usual(&self, token: Compact<'_>) -> Option<&Listed> {
        let mut listed = self.0.iter();
        listed.find(|listed| listed.usual_header.is_of(token))
    }
}

const fn no_jwks() -> KeyError {
    KeyError::new(
        KeyErrorKind::NotJwk,
        "this is no object with a list of keys",
    )
}

const fn too_many() -> KeyError {
    KeyError::new(
        KeyErrorKind::TooMany,
        "the set is larger than 64 keys or 512 KiB",
    )
}

/// Whether a token could mean either key.
fn is_taken_for(one: &VerificationKey, other: &VerificationKey) -> bool {
    match (one.kid(), other.kid()) {
        (Some(one), Some(other)) => one == other,
        (None, None) => one.algorithm() == other.algorithm(),
        (Some(_), None) | (None, Some(_)) => false,
    }
}

impl TryFrom<&jsonwebtoken::jwk::JwkSet> for KeySet {
    type Error = KeyError;

    /// By the rules of [`from_json`](KeySet::from_json).
    fn try_from(jwks: &jsonwebtoken::jwk::JwkSet) -> Result<Self, KeyError> {
        let json = serde_json::to_vec(jwks).map_err(|_| no_jwks())?;
        Self::from_json(&json)
    }
}

impl TryFrom<jsonwebtoken::jwk::JwkSet> for KeySet {
    type Error = KeyError;

    fn try_from(jwks: jsonwebtoken::jwk::JwkSet) -> Result<Self, KeyError> {
        Self::try_from(&jwks)
    }
}
