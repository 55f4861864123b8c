//! Is a new password good enough to accept?
//!
//! 1. It is UTF-8 text without NUL.
//! 2. It has enough code points, counted after NFKC. No rules on which ones.
//! 3. It is not among those that attackers try first.
//!
//! Only new passwords are held to this: what was accepted once still logs in.
//!
//! Sources: [NIST SP 800-63B-4 §3.1.1.2](https://pages.nist.gov/800-63-4/sp800-63b.html) and
//! [OWASP ASVS 5.0 §6.2](https://github.com/OWASP/ASVS/blob/v5.0.0/5.0/en/0x15-V6-Authentication.md).

use zeroize::Zeroizing;
use zxcvbn::zxcvbn;

use super::error::{PasswordError, PasswordErrorKind};
use super::presented::Password;

/// What is asked of a new password.
///
/// ```
/// use empress_auth_core::password::{Password, PasswordErrorKind, PasswordPolicy};
///
/// let policy = PasswordPolicy::new();
/// policy.check(&Password::new("purple ladder seventeen")?, &["alice@example.com"])?;
///
/// let refused = policy.check(&Password::new("passwordpassword")?, &[]).unwrap_err();
/// assert_eq!(refused.kind(), PasswordErrorKind::Common);
/// # Ok::<(), empress_auth_core::password::PasswordError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PasswordPolicy {
    min_code_points: usize,
}

impl PasswordPolicy {
    /// Asks for 15 code points, which is NIST's minimum where the password is the only factor.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            min_code_points: DEFAULT_MIN_CODE_POINTS,
        }
    }

    /// Asks for `min_code_points` instead, counted after NFKC.
    ///
    /// # Errors
    ///
    /// [`PasswordErrorKind::MinimumTooLow`] below 8, the least that ASVS 6.2.1 allows.
    pub fn with_min_code_points(mut self, min_code_points: usize) -> Result<Self, PasswordError> {
        if min_code_points < LOWEST_MIN_CODE_POINTS {
            return Err(PasswordError::new(PasswordErrorKind::MinimumTooLow));
        }
        self.min_code_points = min_code_points;
        Ok(self)
    }

    /// Checks `password`, for somebody whose name, address and the like are `user_inputs`.
    ///
    /// Takes a millisecond at most, and longer only the first time, when the lists are read.
    ///
    /// # Errors
    ///
    /// - [`PasswordErrorKind::InvalidCharacters`] if it is not UTF-8 or has a NUL.
    /// - [`PasswordErrorKind::TooShort`] below the minimum.
    /// - [`PasswordErrorKind::Common`] if it is easily guessed, `user_inputs` being known.
    pub fn check(&self, password: &Password, user_inputs: &[&str]) -> Result<(), PasswordError> {
        let Some(text) = canonical_text(password) else {
            return Err(PasswordError::new(PasswordErrorKind::InvalidCharacters));
        };
        if text.chars().count() < self.min_code_points {
            return Err(PasswordError::too_short(self.min_code_points));
        }
        if is_common(&text, user_inputs) {
            return Err(PasswordError::new(PasswordErrorKind::Common));
        }
        Ok(())
    }
}

impl Default for PasswordPolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// The text that will be hashed, if it is text that we accept.
fn canonical_text(password: &Password) -> Option<Zeroizing<String>> {
    let presented = std::str::from_utf8(password.expose_secret()).ok()?;
    let text = password
        .normalized()
        .unwrap_or_else(|| Zeroizing::new(String::from(presented)));
    (!text.contains('\0')).then_some(text)
}

/// Whether the beginning of `text` is guessed within [`COMMON_GUESSES`].
///
/// The estimate takes time that grows with the square of the length, and with the number of ways
/// to read digits and signs as letters. So it only sees [`JUDGED_CODE_POINTS`], and signs in
/// place of letters are hidden from it once there are too many ways to read them.
fn is_common(text: &str, user_inputs: &[&str]) -> bool {
    let start = beginning(text);
    let hidden = (readings(start) > MAX_READINGS).then(|| hide_signs(start));
    let judged = hidden.as_ref().map_or(start, |hidden| hidden.as_str());
    let known: Vec<&str> = user_inputs
        .iter()
        .flat_map(|input| input.split(['@', ' ']).chain([*input]))
        .filter(|word| word.len() >= MIN_KNOWN_WORD_BYTES)
        .map(beginning)
        .take(MAX_KNOWN_WORDS)
        .collect();
    zxcvbn(judged, &known).guesses() < COMMON_GUESSES
}

/// The first [`JUDGED_CODE_POINTS`] of `text`.
fn beginning(text: &str) -> &str {
    let end = text
        .char_indices()
        .nth(JUDGED_CODE_POINTS)
        .map(|(at, _)| at);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// In how many ways the signs and digits of `text` can stand for letters, about.
fn readings(text: &str) -> usize {
    STAND_INS
        .map(|signs| {
            signs
                .chars()
                .filter(|sign| text.contains(*sign))
                .count()
                .max(1)
        })
        .iter()
        .product()
}

/// Writes a letter that is in no list in place of each punctuation mark that may stand for one.
fn hide_signs(text: &str) -> Zeroizing<String> {
    let mut hidden = Zeroizing::new(String::with_capacity(text.len() * 4));
    hidden.extend(text.chars().map(|character| {
        let hidden_sign = HIDDEN_SIGNS.iter().find(|(sign, _)| *sign == character);
        hidden_sign.map_or(character, |(_, letter)| *letter)
    }));
    hidden
}

const DEFAULT_MIN_CODE_POINTS: usize = 15;
const LOWEST_MIN_CODE_POINTS: usize = 8;

/// The 3,000 commonest take 2,100 guesses at most. Of random strings of eight characters fewer
/// than one in a hundred is refused; at ten times as many guesses it would be one in ten.
const COMMON_GUESSES: u64 = 10_000_000;

/// Together they keep the estimate under a millisecond, so that nobody can stop us with it.
const JUDGED_CODE_POINTS: usize = 32;
const MAX_READINGS: usize = 8;
const MAX_KNOWN_WORDS: usize = 16;
const MIN_KNOWN_WORD_BYTES: usize = 3;

/// What zxcvbn reads as the letters a, b, c, e, g, i, l, o, s, t, x and z.
const STAND_INS: [&str; 12] = [
    "4@", "8", "({[<", "3", "69", "1!|", "1|7", "0", "$5", "+7", "%", "2",
];
/// Letters that are neither in a word list nor neighbours in the alphabet.
const HIDDEN_SIGNS: [(char, char); 10] = [
    ('@', 'α'),
    ('(', 'ж'),
    ('{', 'ש'),
    ('[', 'ю'),
    ('<', 'ψ'),
    ('!', 'ب'),
    ('|', 'ა'),
    ('$', 'ð'),
    ('+', 'म'),
    ('%', 'ก'),
];

#[cfg(test)]
mod tests;
