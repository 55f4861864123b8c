//! Does a presented password belong to a stored hash?

use std::fmt;

use super::argon2id::{Memory, burn};
use super::error::PasswordError;
use super::format::Format;
use super::presented::Password;

/// The text that is stored for a password: a PHC string, or what Django or passlib wrote.
///
/// Any text is accepted. One that is malformed, unknown, marked as unusable (Django's `!`) or
/// asks for absurd amounts of work matches no password.
#[derive(Clone)]
pub struct PasswordHash {
    text: String,
}

impl PasswordHash {
    /// Takes the text from the store.
    pub fn from_stored(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// The text to store.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(..)")
    }
}

/// What verifying a password came to.
#[non_exhaustive]
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The password is right.
    Match,
    /// The password is right; replace the stored hash by a new one of the same password.
    MatchNeedsRehash,
    /// The password is wrong, or the stored hash is one that no password has.
    Mismatch,
}

/// Verifies `password` against `hash`, blocking the thread for tens of milliseconds or more.
///
/// Tries the bytes as presented, as Django and passlib hashed them, then their NFKC form, as we
/// do. For servers there is [`PasswordPool`](super::PasswordPool).
///
/// A mismatch takes at least the time of a hash of our own, whatever is stored, so that accounts
/// with an old, a cheap or no hash do not stand out.
///
/// # Errors
///
/// [`PasswordErrorKind::Unavailable`](super::PasswordErrorKind::Unavailable) if there is no
/// memory to compute the hash in.
pub fn verify(hash: &PasswordHash, password: &Password) -> Result<Verdict, PasswordError> {
    verify_in(&mut Memory::new(), Some(hash), password)
}

/// As [`verify`], in memory that is there already; without a hash nothing matches.
pub(super) fn verify_in(
    memory: &mut Memory,
    hash: Option<&PasswordHash>,
    password: &Password,
) -> Result<Verdict, PasswordError> {
    let presented = password.expose_secret();
    let normalized = password.normalized();
    let normalized = normalized.as_ref().map(|text| text.as_bytes());

    let format = hash.and_then(|hash| Format::parse(hash.as_str()));
    let mut is_current = false;
    if let Some(format) = format {
        is_current = format.is_current();
        if format.matches(presented, memory)? {
            // A hash of the raw bytes would refuse the same password typed on another keyboard.
            return Ok(matched(is_current && normalized.is_none()));
        }
        if let Some(normalized) = normalized
            && format.matches(normalized, memory)?
        {
            return Ok(matched(is_current));
        }
    }

    if !is_current {
        burn(presented, memory)?;
        if let Some(normalized) = normalized {
            burn(normalized, memory)?;
        }
    }
    Ok(Verdict::Mismatch)
}

const fn matched(is_current: bool) -> Verdict {
    if is_current {
        Verdict::Match
    } else {
        Verdict::MatchNeedsRehash
    }
}

#[cfg(test)]
mod tests;
