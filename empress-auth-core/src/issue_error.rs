//! Why nothing was issued, changed or revoked.

use std::sync::Arc;

use crate::entropy::EntropyError;
use crate::password::{PasswordError, PasswordErrorKind};
use crate::requirement::Requirement;
use crate::store::{StoreError, StoreErrorKind};

/// Why a call of an issuer did nothing.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{detail}")]
pub struct IssueError {
    kind: IssueErrorKind,
    /// A sentence for the caller; holds nothing secret.
    detail: Arc<str>,
    requirement: Option<Requirement>,
    /// For [`IssueErrorKind::NotPermitted`] without a requirement: the same sentence, known to be a constant.
    because: Option<&'static str>,
    #[source]
    source: Option<StoreError>,
}

/// What kind of refusal it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueErrorKind {
    /// The actor may not.
    NotPermitted,
    /// There is no such user or token, or none that the actor may know of.
    NotFound,
    /// What was asked for makes no sense or breaks a rule; the text says which.
    Invalid,
    /// It exists already.
    Conflict,
    /// The user has as many tokens as it may have.
    LimitReached,
    /// The actor's credential was withdrawn meanwhile.
    ActorWithdrawn,
    /// The store, the generator or the password pool did not answer.
    Unavailable,
}

impl IssueError {
    /// An error of this kind; `detail` is a sentence for the caller and holds nothing secret.
    #[must_use]
    pub fn new(kind: IssueErrorKind, detail: &str) -> Self {
        Self {
            kind,
            detail: detail.into(),
            requirement: None,
            because: None,
            source: None,
        }
    }

    /// What was asked for breaks a rule, which `detail` names.
    #[must_use]
    pub fn invalid(detail: impl Into<Arc<str>>) -> Self {
        Self {
            kind: IssueErrorKind::Invalid,
            detail: detail.into(),
            requirement: None,
            because: None,
            source: None,
        }
    }

    /// There is no such `what`.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(
            IssueErrorKind::NotFound,
            &format!("there is no such {what}"),
        )
    }

    /// The actor lacks `requirement`.
    #[must_use]
    pub fn not_permitted(requirement: Requirement) -> Self {
        Self {
            requirement: Some(requirement),
            ..Self::new(IssueErrorKind::NotPermitted, "the actor may not do this")
        }
    }

    /// The actor may not, for a reason that no role or scope mends.
    pub(crate) fn not_permitted_because(sentence: &'static str) -> Self {
        Self {
            because: Some(sentence),
            ..Self::new(IssueErrorKind::NotPermitted, sentence)
        }
    }

    pub(crate) const fn because(&self) -> Option<&'static str> {
        self.because
    }

    /// What kind it is.
    #[must_use]
    pub const fn kind(&self) -> IssueErrorKind {
        self.kind
    }

    /// What the actor lacks, for [`IssueErrorKind::NotPermitted`].
    #[must_use]
    pub const fn requirement(&self) -> Option<&Requirement> {
        self.requirement.as_ref()
    }
}

impl From<StoreError> for IssueError {
    fn from(error: StoreError) -> Self {
        let (kind, detail) = match error.kind() {
            StoreErrorKind::Unavailable => {
                (IssueErrorKind::Unavailable, "the store is unavailable")
            }
            StoreErrorKind::Conflict => (IssueErrorKind::Conflict, "it exists already"),
            StoreErrorKind::NotFound => (IssueErrorKind::NotFound, "it does not exist"),
            StoreErrorKind::ActorWithdrawn => (
                IssueErrorKind::ActorWithdrawn,
                "the acting credential is no longer valid",
            ),
            StoreErrorKind::LimitReached => (
                IssueErrorKind::LimitReached,
                "the user has as many tokens as a user may have",
            ),
        };
        Self {
            source: Some(error),
            ..Self::new(kind, detail)
        }
    }
}

impl From<EntropyError> for IssueError {
    fn from(_: EntropyError) -> Self {
        Self::new(
            IssueErrorKind::Unavailable,
            "the random generator did not answer",
        )
    }
}

impl From<PasswordError> for IssueError {
    fn from(error: PasswordError) -> Self {
        let kind = match error.kind() {
            PasswordErrorKind::Busy | PasswordErrorKind::Unavailable => IssueErrorKind::Unavailable,
            PasswordErrorKind::TooLong
            | PasswordErrorKind::TooShort
            | PasswordErrorKind::InvalidCharacters
            | PasswordErrorKind::Common
            | PasswordErrorKind::MinimumTooLow => IssueErrorKind::Invalid,
        };
        Self::new(kind, &error.to_string())
    }
}
