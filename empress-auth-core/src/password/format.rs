//! Which program stored this hash?

use super::argon2id::{Argon2Hash, Memory};
use super::django::DjangoHash;
use super::error::PasswordError;
use super::passlib::PasslibHash;

/// A stored hash that was read in full and asks for no more than our ceilings.
pub(super) enum Format {
    /// `$argon2id$…`, ours and passlib's.
    Phc(Argon2Hash),
    Django(DjangoHash),
    Passlib(PasslibHash),
}

impl Format {
    /// `None` for whatever cannot match: unusable, malformed, unknown, or too expensive to try.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > MAX_CHARS {
            return None;
        }
        let Some(rest) = text.strip_prefix('$') else {
            return DjangoHash::parse(text).map(Self::Django);
        };
        if rest.starts_with("argon2") {
            Argon2Hash::parse(rest).map(Self::Phc)
        } else {
            PasslibHash::parse(text).map(Self::Passlib)
        }
    }

    /// Whether a new hash of the same password would be no better.
    pub(super) fn is_current(&self) -> bool {
        match self {
            Self::Phc(hash) => hash.is_current(),
            Self::Django(_) | Self::Passlib(_) => false,
        }
    }

    pub(super) fn matches(
        &self,
        candidate: &[u8],
        memory: &mut Memory,
    ) -> Result<bool, PasswordError> {
        match self {
            Self::Phc(hash) => hash.matches(candidate, memory),
            Self::Django(hash) => hash.matches(candidate, memory),
            Self::Passlib(hash) => Ok(hash.matches(candidate)),
        }
    }
}

/// Twice the longest hash that any of the formats can hold with sensible parameters.
const MAX_CHARS: usize = 512;
