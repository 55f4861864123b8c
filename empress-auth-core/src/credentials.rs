//! What does the request claim? Hop 2: from the bytes of a field to one well-formed credential.
//!
//! 1. Split the field into scheme and credential; find the scheme.
//! 2. Refuse what cannot be a credential: too long, several words, a list, controls, bytes above ASCII.
//! 3. The scheme and the shape select **one** kind: `token a:b` is a key pair, `token x` an API token, `Bearer x` an
//!    API or access token, `Basic` a key pair, or user name and password where those are accepted.
//!
//! Nothing is hashed or looked up here, nothing is tried in turn, and what is too long is never hashed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

use crate::scheme::{Scheme, Schemes};

/// The longest credential that is looked at, in bytes.
pub(crate) const MAX_CREDENTIAL_BYTES: usize = 8 * 1024;

/// What kind of credential a request shows; one of the inputs of the decision, so a part of the cache's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Claim {
    /// `key:secret`, in clear or as Basic.
    KeyPair,
    /// Behind `Token`, or in a header of its own.
    Token,
    /// Behind `Bearer`.
    Bearer,
    /// User name and password.
    Password,
    /// In the session cookie.
    Session,
}

/// Why a field cannot be a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// The field is there and empty.
    Empty,
    UnknownScheme,
    SchemeAlone(Scheme),
    ExtraWords(Scheme),
    InvalidCharacters(Scheme),
    TooLong(Scheme),
    /// A list, or letters beyond ASCII: well-formed text that no credential here consists of.
    NotACredential(Scheme),
    NotBase64,
    BasicContents,
}

impl Malformed {
    pub(crate) const fn scheme(self) -> Option<Scheme> {
        match self {
            Self::Empty | Self::UnknownScheme => None,
            Self::SchemeAlone(scheme)
            | Self::ExtraWords(scheme)
            | Self::InvalidCharacters(scheme)
            | Self::TooLong(scheme)
            | Self::NotACredential(scheme) => Some(scheme),
            Self::NotBase64 | Self::BasicContents => Some(Scheme::Basic),
        }
    }
}

/// Whether Basic holds a user name and password rather than a key pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BasicHolds {
    KeyPair,
    Password,
}

/// The claim of a usual field: `Token` or `Bearer`, one space, a credential.
///
/// Whether a token is plain is left to [`is_plain`]: what was not is not remembered, so that a hit need not ask. A key
/// pair is looked at here, because Basic can fill the memory with pairs that are not.
///
/// `None` says nothing; [`read`] does.
#[inline(always)]
pub(crate) fn read_usual<'a>(
    value: &'a [u8],
    schemes: &Schemes,
) -> Option<(Scheme, Claim, &'a [u8])> {
    let (scheme, credential) = schemes.read_usual(value)?;
    if credential.len() > MAX_CREDENTIAL_BYTES {
        return None;
    }
    let claim = match scheme {
        Scheme::Bearer => Claim::Bearer,
        Scheme::Token => token_or_key_pair(credential),
        Scheme::Basic => return None,
    };
    (claim != Claim::KeyPair || is_plain(credential)).then_some((scheme, claim, credential))
}

/// Calls `found` with the claim that the value of an `Authorization` field makes.
///
/// Written with a callback because the decoded bytes of Basic live on this function's stack.
///
/// # Errors
///
/// [`Malformed`].
pub(crate) fn read<R>(
    value: &[u8],
    schemes: &Schemes,
    basic: BasicHolds,
    found: impl FnOnce(Scheme, Claim, &[u8]) -> R,
) -> Result<R, Malformed> {
    let (scheme, credential) = match schemes.read_usual(value) {
        Some((scheme, credential)) if is_plain(credential) => (scheme, credential),
        _ => read_unusual(value, schemes)?,
    };
    match scheme {
        Scheme::Basic => read_basic(credential, basic, found),
        Scheme::Bearer => Ok(found(scheme, Claim::Bearer, credential)),
        Scheme::Token => Ok(found(scheme, token_or_key_pair(credential), credential)),
    }
}

/// A field with a keyword of the configuration, more blanks than needed, or something wrong.
#[cold]
fn read_unusual<'a>(value: &'a [u8], schemes: &Schemes) -> Result<(Scheme, &'a [u8]), Malformed> {
    let (scheme, credential) = schemes.read(value).ok_or_else(|| without_scheme(value))?;
    if is_plain(credential) {
        Ok((scheme, credential))
    } else {
        Err(explain(scheme, credential))
    }
}

/// The same for a header that holds nothing but a credential, such as `X-API-Key`.
pub(crate) fn read_bare(value: &[u8]) -> Result<(Claim, &[u8]), Malformed> {
    let value = value.trim_ascii();
    if is_plain(value) {
        Ok((token_or_key_pair(value), value))
    } else {
        Err(explain(Scheme::Token, value))
    }
}

/// `key:secret` has a colon, a token has none.
#[inline]
fn token_or_key_pair(credential: &[u8]) -> Claim {
    if memchr::memchr(b':', credential).is_some() {
        Claim::KeyPair
    } else {
        Claim::Token
    }
}

/// One to 8,192 visible ASCII characters without a comma.
#[inline]
pub(crate) fn is_plain(credential: &[u8]) -> bool {
    if credential.len() > MAX_CREDENTIAL_BYTES {
        return false;
    }
    match credential.last_chunk::<32>() {
        Some(last) => is_plain_in_chunks(credential, last),
        None => match credential.last_chunk::<16>() {
            Some(last) => is_plain_in_chunks(credential, last),
            None => !credential.is_empty() && credential.iter().copied().all(is_plain_byte),
        },
    }
}

/// Many bytes at once, which is compiled to vector instructions; the `last` ones overlap those before.
#[inline]
fn is_plain_in_chunks<const N: usize>(credential: &[u8], last: &[u8; N]) -> bool {
    // Counted from `!`, everything that is not visible lies above `~`.
    const ABOVE: u8 = b'~' - b'!';
    let (mut highest, mut commas) = ([0; N], [0; N]);
    let mut look_at = |chunk: &[u8; N]| {
        for ((highest, comma), byte) in highest.iter_mut().zip(&mut commas).zip(chunk) {
            *highest = byte.wrapping_sub(b'!').max(*highest);
            *comma |= if *byte == b',' { u8::MAX } else { 0 };
        }
    };
    credential.as_chunks().0.iter().for_each(&mut look_at);
    look_at(last);
    let both = highest.iter().zip(&commas);
    !both.fold(false, |wrong, (highest, comma)| {
        wrong | (*highest > ABOVE) | (*comma != 0)
    })
}

/// Visible ASCII that is no comma.
const fn is_plain_byte(byte: u8) -> bool {
    byte.is_ascii_graphic() && byte != b','
}

#[cold]
fn without_scheme(value: &[u8]) -> Malformed {
    if value.trim_ascii().is_empty() {
        Malformed::Empty
    } else {
        Malformed::UnknownScheme
    }
}

#[cold]
fn explain(scheme: Scheme, credential: &[u8]) -> Malformed {
    if credential.is_empty() {
        Malformed::SchemeAlone(scheme)
    } else if credential.len() > MAX_CREDENTIAL_BYTES {
        Malformed::TooLong(scheme)
    } else if credential.iter().any(|byte| matches!(byte, b' ' | b'\t')) {
        Malformed::ExtraWords(scheme)
    } else if scheme == Scheme::Basic {
        Malformed::NotBase64
    } else if std::str::from_utf8(credential).is_ok_and(|text| !text.contains(char::is_control)) {
        Malformed::NotACredential(scheme)
    } else {
        Malformed::InvalidCharacters(scheme)
    }
}

/// RFC 7617 §2: base64 of user-id, a colon, password; the user-id ends at the first colon.
#[inline]
fn read_basic<R>(
    credential: &[u8],
    holds: BasicHolds,
    found: impl FnOnce(Scheme, Claim, &[u8]) -> R,
) -> Result<R, Malformed> {
    let mut on_stack = Zeroizing::new([0; 128]);
    let mut on_heap = Zeroizing::new(Vec::new());
    let room: &mut [u8] = if base64::decoded_len_estimate(credential.len()) <= on_stack.len() {
        &mut *on_stack
    } else {
        on_heap.resize(base64::decoded_len_estimate(credential.len()), 0);
        &mut on_heap
    };
    let length = STANDARD
        .decode_slice(credential, room)
        .map_err(|_| Malformed::NotBase64)?;
    let decoded = room.get(..length).unwrap_or_default();
    let claim = match holds {
        BasicHolds::KeyPair => Claim::KeyPair,
        BasicHolds::Password => Claim::Password,
    };
    if !has_user_id_and_password(decoded) {
        return Err(Malformed::BasicContents);
    }
    Ok(found(Scheme::Basic, claim, decoded))
}

/// "The user-id and password MUST NOT contain any control characters" (RFC 7617 §2); text is UTF-8 (§2.1).
fn has_user_id_and_password(decoded: &[u8]) -> bool {
    memchr::memchr(b':', decoded).is_some()
        && !decoded.iter().any(u8::is_ascii_control)
        && std::str::from_utf8(decoded).is_ok()
}

/// Splits `key:secret` at the first colon.
pub(crate) fn split_pair(shown: &[u8]) -> Option<(&str, &[u8])> {
    let colon = memchr::memchr(b':', shown)?;
    let (first, rest) = shown.split_at_checked(colon)?;
    Some((std::str::from_utf8(first).ok()?, rest.strip_prefix(b":")?))
}

#[cfg(test)]
mod tests;
