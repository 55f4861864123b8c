//! Why is this no key, or no set of keys?

use std::fmt;

/// A key or a set of keys that cannot be used.
///
/// Says nothing of the key's secret parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyError {
    kind: KeyErrorKind,
    detail: &'static str,
}

/// What is wrong with a key or a set of keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyErrorKind {
    /// No JWK or JWK Set in strict JSON.
    NotJwk,
    /// A private or symmetric key where only public ones belong.
    PrivateMember,
    /// Shared secrets beside public keys.
    Mixed,
    /// Two keys of which a token cannot say which one it means.
    DuplicateKid,
    /// A shared secret that is too short, or that somebody made up.
    WeakSecret,
    /// No key that verifies signatures and is strong enough.
    NoUsableKey,
    /// More keys, or more text, than any issuer has.
    TooMany,
}

impl KeyError {
    pub(super) const fn new(kind: KeyErrorKind, detail: &'static str) -> Self {
        Self { kind, detail }
    }

    /// What is wrong.
    #[must_use]
    pub const fn kind(&self) -> KeyErrorKind {
        self.kind
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.detail)
    }
}

impl std::error::Error for KeyError {}
