//! Does a password belong to a hash that passlib made for Frappe?
//!
//! Unlike in Django's formats, the salt is the decoded bytes. Its Argon2 hashes are plain PHC
//! strings and need nothing from here.

use sha1::{Digest as _, Sha1};
use zeroize::Zeroizing;

use super::fields::{ab64, upper_hex};
use super::pbkdf2::{Pbkdf2, Prf};

/// One of Frappe's schemes, with what it stored.
pub(super) enum PasslibHash {
    Pbkdf2(Pbkdf2),
    /// Frappe before version 14: PBKDF2 of the `MySQL` 4.1 hash of password and salt.
    FrappeLegacy(Pbkdf2),
}

impl PasslibHash {
    /// Reads `$<scheme>$<rounds>$<salt>$<digest>`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.strip_prefix('$')?.split_once('$')?;
        let variant = match scheme {
            "pbkdf2-sha256" => Self::Pbkdf2,
            "frappel" => Self::FrappeLegacy,
            _ => return None,
        };
        let (rounds, rest) = rest.split_once('$')?;
        let (salt, digest) = rest.split_once('$')?;
        Pbkdf2::new(Prf::Sha256, rounds, ab64(salt)?, ab64(digest)?).map(variant)
    }

    pub(super) fn matches(&self, candidate: &[u8]) -> bool {
        match self {
            Self::Pbkdf2(hash) => hash.matches(candidate),
            Self::FrappeLegacy(hash) => {
                let once = Sha1::new()
                    .chain_update(candidate)
                    .chain_update(hash.salt())
                    .finalize();
                let twice = upper_hex(&Sha1::digest(once));
                hash.matches(Zeroizing::new(format!("*{twice}")).as_bytes())
            }
        }
    }
}
