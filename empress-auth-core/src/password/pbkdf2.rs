//! Does a password belong to a PBKDF2 digest?

use hmac::Hmac;
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use super::fields::decimal;

/// Iteration count, salt and digest of one stored hash.
///
/// Source: [RFC 8018 §5.2](https://www.rfc-editor.org/rfc/rfc8018#section-5.2).
pub(super) struct Pbkdf2 {
    prf: Prf,
    rounds: u32,
    salt: Vec<u8>,
    digest: Vec<u8>,
}

/// The hash inside the HMAC.
#[derive(Clone, Copy)]
pub(super) enum Prf {
    Sha1,
    Sha256,
}

impl Pbkdf2 {
    /// Refuses a digest of another length than the hash gives, and too many rounds.
    pub(super) fn new(prf: Prf, rounds: &str, salt: Vec<u8>, digest: Vec<u8>) -> Option<Self> {
        let rounds = decimal(rounds, MAX_ROUNDS)?;
        let digest_len = match prf {
            Prf::Sha1 => 20,
            Prf::Sha256 => 32,
        };
        (digest.len() == digest_len).then_some(Self {
            prf,
            rounds,
            salt,
            digest,
        })
    }

    pub(super) fn salt(&self) -> &[u8] {
        &self.salt
    }

    pub(super) fn matches(&self, candidate: &[u8]) -> bool {
        let mut derived = vec![0; self.digest.len()];
        let outcome = match self.prf {
            Prf::Sha1 => {
                ::pbkdf2::pbkdf2::<Hmac<Sha1>>(candidate, &self.salt, self.rounds, &mut derived)
            }
            Prf::Sha256 => {
                ::pbkdf2::pbkdf2::<Hmac<Sha256>>(candidate, &self.salt, self.rounds, &mut derived)
            }
        };
        outcome.is_ok() && derived.ct_eq(&self.digest).into()
    }
}

/// Ten times Django's default; more would let whoever can write a stored hash stop the server.
const MAX_ROUNDS: u32 = 10_000_000;
