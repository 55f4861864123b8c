//! Three segments of strict base64url ([RFC 7515 §7.1](https://www.rfc-editor.org/rfc/rfc7515#section-7.1)).
//!
//! Strict means that one token has one spelling: no padding, no blanks, none of the alphabet of plain base64, and no bits
//! that do not count. So nobody can change a byte of a good token and have another good one, and its digest can stand for
//! it in the memory.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

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

/// Room for one decoded segment: in place if it is as short as usual, else on the heap.
pub(super) struct Room<const N: usize> {
    here: [u8; N],
    elsewhere: Vec<u8>,
}

impl<const N: usize> Room<N> {
    pub(super) const fn new() -> Self {
        Self {
            here: [0; N],
            elsewhere: Vec::new(),
        }
    }

    /// Decodes a segment into the room.
    pub(super) fn decode(&mut self, segment: &[u8]) -> Result<&[u8], Fault> {
        let needed = base64::decoded_len_estimate(segment.len());
        let room = if needed <= N {
            self.here.as_mut_slice()
        } else {
            self.elsewhere.resize(needed, 0);
            self.elsewhere.as_mut_slice()
        };
        let length = URL_SAFE_NO_PAD
            .decode_slice(segment, room)
            .map_err(|_| Fault::Base64)?;
        room.get(..length).ok_or(Fault::Base64)
    }
}
