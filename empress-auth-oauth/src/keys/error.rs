//! Why a key could not be made, read, changed or used.

use std::sync::Arc;

use empress_auth_core::{EntropyError, StoreError, StoreErrorKind};

use crate::error::OAuthError;

/// Why nothing was signed or changed. Its text holds nothing secret; it goes to the log and to operators.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{detail}")]
pub struct SigningKeyError {
    kind: SigningKeyErrorKind,
    detail: Arc<str>,
    #[source]
    source: Option<StoreError>,
}

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningKeyErrorKind {
    /// The actor may not change keys.
    NotPermitted,
    /// The actor's credential was withdrawn meanwhile.
    ActorWithdrawn,
    /// What is stored was encrypted under another master key.
    WrongMasterKey,
    /// What is stored is not what was once written.
    Damaged,
    /// There is no such key.
    NotFound,
    /// No key signs with this algorithm.
    NoSigner,
    /// There are as many keys as there may be.
    LimitReached,
    /// A shared secret is too short to sign with.
    WeakSecret,
    /// The token would outlive the publication of the key that signs it.
    LifetimeTooLong,
    /// The store, the random generator or the cryptography did not answer.
    Unavailable,
}

impl SigningKeyError {
    pub(crate) fn new(kind: SigningKeyErrorKind, detail: impl Into<Arc<str>>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            source: None,
        }
    }

    pub(super) fn damaged(kid: &str, what: &str) -> Self {
        let detail = format!("the signing key {kid} cannot be used: {what}");
        Self::new(SigningKeyErrorKind::Damaged, detail)
    }

    /// What kind it is.
    #[must_use]
    pub const fn kind(&self) -> SigningKeyErrorKind {
        self.kind
    }
}

impl From<StoreError> for SigningKeyError {
    fn from(error: StoreError) -> Self {
        let (kind, detail) = if error.kind() == StoreErrorKind::ActorWithdrawn {
            let detail = "the acting credential is no longer valid";
            (SigningKeyErrorKind::ActorWithdrawn, detail)
        } else {
            let detail = "the store of the signing keys is unavailable";
            (SigningKeyErrorKind::Unavailable, detail)
        };
        Self {
            source: Some(error),
            ..Self::new(kind, detail)
        }
    }
}

impl From<EntropyError> for SigningKeyError {
    fn from(error: EntropyError) -> Self {
        Self::new(SigningKeyErrorKind::Unavailable, error.to_string())
    }
}

impl From<aws_lc_rs::error::Unspecified> for SigningKeyError {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        let detail = "the cryptography refused to work";
        Self::new(SigningKeyErrorKind::Unavailable, detail)
    }
}

/// A client hears that it may try again; why, is in the log.
impl From<SigningKeyError> for OAuthError {
    fn from(error: SigningKeyError) -> Self {
        StoreError::unavailable(error).into()
    }
}
