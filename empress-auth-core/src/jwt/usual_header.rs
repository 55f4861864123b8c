//! The header that the tokens of a key bear, which was read before and need not be read again.
//!
//! An issuer signs with few keys, and writes the same header to each of a key. Whoever brings it to the byte means that
//! key and its algorithm, and what else it says was found good. It is learnt from a token that was accepted, so that nobody
//! but the issuer chooses it, and is gone with its key.

use std::fmt;
use std::sync::OnceLock;

use super::compact::Compact;

/// Learnt once.
#[derive(Default)]
pub(super) struct UsualHeader(OnceLock<Learnt>);

struct Learnt {
    /// As it comes, in base64url.
    segment: Box<[u8]>,
    typ: Option<Box<str>>,
}

impl UsualHeader {
    /// Whether this token bears it.
    pub(super) fn is_of(&self, token: Compact<'_>) -> bool {
        let learnt = self.0.get();
        learnt.is_some_and(|learnt| *learnt.segment == *token.header)
    }

    /// Its `typ`.
    pub(super) fn typ(&self) -> Option<&str> {
        self.0.get()?.typ.as_deref()
    }

    /// That a token which bears it is accepted.
    #[inline]
    pub(super) fn learn(&self, token: Compact<'_>, typ: Option<&str>) {
        if self.0.get().is_none() {
            let _ = self.0.set(Learnt {
                segment: token.header.into(),
                typ: typ.map(Into::into),
            });
        }
    }
}

impl fmt::Debug for UsualHeader {
    /// Without what came with a token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UsualHeader(..)")
    }
}
