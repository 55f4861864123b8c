//! Three segments between two dots ([RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)).

use super::error::Fault;

/// The longest token that is looked at, in bytes: as long as any credential.
const MAX_BYTES: usize = crate::credentials::MAX_CREDENTIAL_BYTES;

/// A token, split and not yet decoded.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compact<'a> {
    /// What is signed: the header, a dot, the payload.
    pub(super) signing_input: &'a [u8],
    pub(super) header: &'a [u8],
    pub(super) payload: &'a [u8],
    pub(super) signature: &'a [u8],
}

impl<'a> Compact<'a> {
    /// Splits at exactly two dots.
    pub(super) fn split(token: &'a [u8]) -> Result<Self, Fault> {
        if token.len() > MAX_BYTES {
            return Err(Fault::TooLong);
        }
        let mut dots = memchr::memchr_iter(b'.', token);
        let (Some(first), Some(second), None) = (dots.next(), dots.next(), dots.next()) else {
            return Err(Fault::Segments);
        };
        let split = || {
            let (signing_input, signature) = token.split_at_checked(second)?;
            let (header, payload) = signing_input.split_at_checked(first)?;
            Some(Self {
                signing_input,
                header,
                payload: payload.strip_prefix(b".")?,
                signature: signature.strip_prefix(b".")?,
            })
        };
        split().ok_or(Fault::Segments)
    }
}

/// Whether these bytes claim to be a JWS in the compact form.
pub(crate) fn is_compact(shown: &[u8]) -> bool {
    memchr::memchr_iter(b'.', shown).take(3).count() == 2
}
