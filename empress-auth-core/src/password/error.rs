//! What can be wrong with a password, or with hashing it?

use std::fmt;

/// Why a password was refused or could not be hashed.
///
/// Says nothing about the password itself, so it may be logged.
#[derive(Debug)]
pub struct PasswordError {
    kind: PasswordErrorKind,
    /// How many code points the policy asks for, where there are too few.
    min_code_points: Option<usize>,
}

/// The reasons behind a [`PasswordError`].
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordErrorKind {
    /// More than 4,096 bytes were presented; nothing was hashed.
    TooLong,
    /// Fewer code points than the policy asks for, counted after NFKC.
    TooShort,
    /// A new password is not UTF-8, or has a NUL in it.
    InvalidCharacters,
    /// A new password is among the first that an attacker tries.
    Common,
    /// A policy was asked to accept fewer than eight code points.
    MinimumTooLow,
    /// Too many passwords are being hashed; try again in some seconds. An overload, not a refusal.
    Busy,
    /// The machine gave no thread, no memory or no randomness. An outage, not a refusal.
    Unavailable,
}

impl PasswordError {
    pub(super) const fn new(kind: PasswordErrorKind) -> Self {
        Self {
            kind,
            min_code_points: None,
        }
    }

    pub(super) const fn too_short(min_code_points: usize) -> Self {
        Self {
            kind: PasswordErrorKind::TooShort,
            min_code_points: Some(min_code_points),
        }
    }

    /// The reason.
    #[must_use]
    pub const fn kind(&self) -> PasswordErrorKind {
        self.kind
    }
}

impl fmt::Display for PasswordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            PasswordErrorKind::TooLong => "the password is longer than 4,096 bytes",
            PasswordErrorKind::TooShort => "the password is too short",
            PasswordErrorKind::InvalidCharacters => {
                "the password is not UTF-8 text or has a NUL character in it"
            }
            PasswordErrorKind::Common => "the password is too common, choose one harder to guess",
            PasswordErrorKind::MinimumTooLow => {
                "a policy must ask for at least 8 characters, raise the minimum"
            }
            PasswordErrorKind::Busy => "too many passwords are being checked, try again later",
            PasswordErrorKind::Unavailable => "passwords cannot be checked at the moment",
        })?;
        match self.min_code_points {
            Some(minimum) => write!(f, ", it needs {minimum} characters at least"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for PasswordError {}
