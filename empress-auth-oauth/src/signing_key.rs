//! The provider's signing keys, as they are kept: encrypted.

use std::time::SystemTime;

use crate::client::SigningAlg;

/// A signing key.
///
/// A key is published before it signs and stays published until the last token that it signed has expired: the times say
/// which of it holds when, so that every node decides alike without being told.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct SigningKeyRow {
    /// The thumbprint of its public half ([RFC 7638](https://www.rfc-editor.org/rfc/rfc7638)).
    pub kid: Box<str>,
    /// What it signs with.
    pub alg: SigningAlg,
    /// The public half, as a JWK.
    pub public_jwk: Box<str>,
    /// The private half, encrypted under the master key; empty once the key is published no longer.
    pub wrapped: Vec<u8>,
    /// When it was made and published.
    pub created_at: SystemTime,
    /// From when on it signs.
    pub signs_from: SystemTime,
    /// From when on it signs no more; `None` while it has no successor.
    pub signs_until: Option<SystemTime>,
    /// From when on it is no longer published and nothing that it signed is accepted, but for an ID token that says whom a
    /// request is about; `None` while that is not due.
    pub published_until: Option<SystemTime>,
}

impl SigningKeyRow {
    /// A key that signs from `signs_from` on.
    #[must_use]
    pub fn new(
        kid: &str,
        alg: SigningAlg,
        public_jwk: &str,
        wrapped: Vec<u8>,
        (created_at, signs_from): (SystemTime, SystemTime),
    ) -> Self {
        Self {
            kid: kid.into(),
            alg,
            public_jwk: public_jwk.into(),
            wrapped,
            created_at,
            signs_from,
            signs_until: None,
            published_until: None,
        }
    }
}
