//! What is stored in place of a secret.
//!
//! A random secret of 112 bits and more needs neither salt nor a slow hash: nobody can try 2^112 of them
//! (NIST SP 800-63B, look-up secrets). Secrets of others that are shorter, such as Frappe's 60 bits, are kept under
//! Argon2id like passwords. Every stored digest names its algorithm, so that old ones verify for ever.

use std::fmt;

use sha2::{Digest as _, Sha256, Sha512};
use subtle::ConstantTimeEq;

use crate::password::PasswordHash;

/// The digest of a secret, with its algorithm.
///
/// Has no `==`: two digests are compared in constant time, by [`SecretDigest::matches`].
#[derive(Clone)]
pub struct SecretDigest(Value);

#[derive(Clone)]
enum Value {
    Sha256([u8; 32]),
    Sha512(Box<[u8; 64]>),
    Sha256AfterBar([u8; 32]),
    Slow(Box<PasswordHash>),
}

impl SecretDigest {
    /// The digest under which new secrets are stored.
    ///
    /// For a token: of all its bytes. For a key pair: of the secret half alone.
    #[must_use]
    pub fn sha256_of(secret: &[u8]) -> Self {
        Self(Value::Sha256(Sha256::digest(secret).into()))
    }

    /// The digest that django-rest-knox and djangorestframework-api-key store.
    #[must_use]
    pub fn sha512_of(secret: &[u8]) -> Self {
        Self(Value::Sha512(Box::new(Sha512::digest(secret).into())))
    }

    /// A digest that was computed before.
    #[must_use]
    pub const fn from_sha256(bytes: [u8; 32]) -> Self {
        Self(Value::Sha256(bytes))
    }

    /// The digest that Laravel Sanctum stores: SHA-256 of what follows the bar in `42|…`.
    ///
    /// An algorithm of its own, so that no other token is accepted with something and a bar in front of it.
    #[must_use]
    pub const fn from_sanctum(bytes: [u8; 32]) -> Self {
        Self(Value::Sha256AfterBar(bytes))
    }

    pub(crate) fn sha256_after_bar_of(token: &[u8]) -> Option<Self> {
        let secret = after_bar(token)?;
        Some(Self(Value::Sha256AfterBar(Sha256::digest(secret).into())))
    }

    /// A password hash: for passwords, and for imported secrets of less than 112 bits.
    #[must_use]
    pub fn from_password_hash(hash: PasswordHash) -> Self {
        Self(Value::Slow(Box::new(hash)))
    }

    /// What a store has kept: the name of the algorithm and the bytes.
    ///
    /// `None` for an unknown algorithm or a wrong length.
    #[must_use]
    pub fn from_stored(algorithm: &str, bytes: &[u8]) -> Option<Self> {
        Some(Self(match algorithm {
            "s256" => Value::Sha256(bytes.try_into().ok()?),
            "s512" => Value::Sha512(Box::new(bytes.try_into().ok()?)),
            "s256-after-bar" => Value::Sha256AfterBar(bytes.try_into().ok()?),
            "argon2" => {
                let text = std::str::from_utf8(bytes).ok()?;
                Value::Slow(Box::new(PasswordHash::from_stored(text)))
            }
            _ => return None,
        }))
    }

    /// The algorithm's name, as it is stored: `s256`, `s512`, `s256-after-bar` or `argon2`.
    #[must_use]
    pub const fn algorithm(&self) -> &'static str {
        match self.0 {
            Value::Sha256(_) => "s256",
            Value::Sha512(_) => "s512",
            Value::Sha256AfterBar(_) => "s256-after-bar",
            Value::Slow(_) => "argon2",
        }
    }

    /// The bytes, as they are stored.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Value::Sha256(bytes) | Value::Sha256AfterBar(bytes) => bytes,
            Value::Sha512(bytes) => bytes.as_slice(),
            Value::Slow(hash) => hash.as_str().as_bytes(),
        }
    }

    /// Whether `secret` has this digest, in a time that does not depend on the stored bytes; no secret has a slow one,
    /// which only the password pool can tell.
    #[must_use]
    pub fn is_of(&self, secret: &[u8]) -> bool {
        self.matches(secret) == Some(true)
    }

    /// Whether `secret` has this digest, in a time that does not depend on the stored bytes.
    ///
    /// `None` if that takes the password pool, because the digest is a slow one.
    pub(crate) fn matches(&self, secret: &[u8]) -> Option<bool> {
        match &self.0 {
            Value::Sha256(stored) => Some(Sha256::digest(secret).ct_eq(stored.as_slice()).into()),
            Value::Sha512(stored) => Some(Sha512::digest(secret).ct_eq(stored.as_slice()).into()),
            Value::Sha256AfterBar(stored) => Some(
                after_bar(secret)
                    .is_some_and(|secret| Sha256::digest(secret).ct_eq(stored.as_slice()).into()),
            ),
            Value::Slow(_) => None,
        }
    }

    /// Whether several texts have this digest: Sanctum's says nothing of the number before the bar.
    pub(crate) const fn has_spellings(&self) -> bool {
        matches!(self.0, Value::Sha256AfterBar(_))
    }

    /// The slow hash, if it is one.
    pub(crate) fn password_hash(&self) -> Option<&PasswordHash> {
        match &self.0 {
            Value::Slow(hash) => Some(hash),
            Value::Sha256(_) | Value::Sha512(_) | Value::Sha256AfterBar(_) => None,
        }
    }
}

/// What follows the first bar, if nothing but the number of a row stands before it.
fn after_bar(token: &[u8]) -> Option<&[u8]> {
    let bar = memchr::memchr(b'|', token)?;
    let (id, secret) = token.split_at_checked(bar)?;
    let is_number = (1..=20).contains(&id.len()) && id.iter().all(u8::is_ascii_digit);
    is_number.then(|| secret.strip_prefix(b"|")).flatten()
}

impl fmt::Debug for SecretDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretDigest({}, ..)", self.algorithm())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_comes_back() {
        for digest in [SecretDigest::sha256_of(b"x"), SecretDigest::sha512_of(b"x")] {
            let back = SecretDigest::from_stored(digest.algorithm(), digest.as_bytes()).unwrap();
            assert_eq!(back.matches(b"x"), Some(true));
            assert_eq!(back.matches(b"y"), Some(false));
        }
    }

    #[test]
    fn an_unknown_algorithm_or_length_is_not_a_digest() {
        assert!(SecretDigest::from_stored("md5", &[0; 16]).is_none());
        assert!(SecretDigest::from_stored("s256", &[0; 31]).is_none());
    }
}
