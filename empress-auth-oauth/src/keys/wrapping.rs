//! How is a secret kept in a store that anybody may copy? Encrypted under the master key.
//!
//! ```text
//! 1        key id   nonce    ciphertext and tag
//! 1 byte   8 bytes  12 bytes AES-256-GCM, with the name of what it is as associated data
//! ```
//!
//! 1. The first byte names the form, so that another can follow (KY-5).
//! 2. The key id tells a wrong master key from a damaged row, which is what the operator has to know.
//! 3. The name binds the ciphertext to its row: what is copied to another row does not open there.
//!
//! Nonces are random. A key encrypts a few thousand times in its life; 2^32 is the limit
//! ([NIST SP 800-38D §8.3](https://doi.org/10.6028/NIST.SP.800-38D)).

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::error::Unspecified;
use aws_lc_rs::{digest, hmac};
use empress_auth_core::{Entropy, MasterKey};
use zeroize::Zeroizing;

use super::error::SigningKeyError;

/// Encrypts for one purpose.
pub(super) struct WrappingKey {
    id: [u8; ID_LEN],
    key: Zeroizing<[u8; 32]>,
}

/// Why something did not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NotOpened {
    /// It was encrypted under another key.
    OtherKey,
    /// It is not what was written, or not of this name.
    Damaged,
}

const FORM: u8 = 1;
const ID_LEN: usize = 8;

impl WrappingKey {
    /// The key for what `label` names.
    pub(super) fn new(master_key: &MasterKey, label: &str) -> Self {
        let key = master_key.derive(label);
        let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &*key), b"id");
        let id = tag.as_ref().first_chunk().copied().unwrap_or_default();
        Self { id, key }
    }

    fn cipher(&self) -> Result<LessSafeKey, Unspecified> {
        Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &*self.key)?))
    }

    /// Encrypts `secret`, which can then be opened under `name` alone.
    pub(super) fn seal(
        &self,
        name: &[&str],
        secret: &[u8],
        entropy: &Entropy,
    ) -> Result<Vec<u8>, SigningKeyError> {
        let mut nonce = [0; NONCE_LEN];
        entropy.fill(&mut nonce)?;
        let mut ciphertext = Zeroizing::new(secret.to_vec());
        let tag = self.cipher()?.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(associated(name)),
            &mut ciphertext,
        )?;
        Ok([&[FORM][..], &self.id, &nonce, &ciphertext, tag.as_ref()].concat())
    }

    /// Decrypts what was sealed under `name`.
    pub(super) fn open(
        &self,
        name: &[&str],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, NotOpened> {
        let sealed = sealed.strip_prefix(&[FORM]).ok_or(NotOpened::Damaged)?;
        let (id, sealed) = sealed.split_first_chunk().ok_or(NotOpened::Damaged)?;
        if *id != self.id {
            return Err(NotOpened::OtherKey);
        }
        let (nonce, sealed) = sealed.split_first_chunk().ok_or(NotOpened::Damaged)?;
        let mut secret = Zeroizing::new(sealed.to_vec());
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let aad = Aad::from(associated(name));
        let length = self
            .cipher()
            .and_then(|cipher| Ok(cipher.open_in_place(nonce, aad, &mut secret)?.len()))
            .map_err(|_| NotOpened::Damaged)?;
        secret.truncate(length);
        Ok(secret)
    }
}

/// One text out of several, in one way only: each with its length in front, hashed.
fn associated(name: &[&str]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in name {
        let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
        context.update(&length.to_be_bytes());
        context.update(part.as_bytes());
    }
    context
        .finish()
        .as_ref()
        .first_chunk()
        .copied()
        .unwrap_or_default()
}

impl fmt::Debug for WrappingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WrappingKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8, label: &str) -> WrappingKey {
        WrappingKey::new(&MasterKey::from_bytes([byte; 32]), label)
    }

    // KY-4
    #[test]
    fn what_is_sealed_opens_under_the_same_key_and_name_alone() {
        let secret = b"nobody may read this";
        let sealed = key(1, "a")
            .seal(&["kid", "ES256"], secret, &Entropy::system())
            .unwrap();
        assert!(!sealed.windows(6).any(|window| window == b"nobody"));
        let opened =
            |key: WrappingKey, name: &[&str]| key.open(name, &sealed).map(|it| it.to_vec());
        assert_eq!(opened(key(1, "a"), &["kid", "ES256"]).unwrap(), secret);
        for name in [&["kid", "RS256"][..], &["kidE", "S256"], &["kid"], &[]] {
            assert_eq!(
                opened(key(1, "a"), name),
                Err(NotOpened::Damaged),
                "{name:?}"
            );
        }
        for other in [key(2, "a"), key(1, "b")] {
            assert_eq!(opened(other, &["kid", "ES256"]), Err(NotOpened::OtherKey));
        }
    }

    #[test]
    fn no_changed_byte_goes_unnoticed() {
        let key = key(1, "a");
        let sealed = key.seal(&["x"], b"secret", &Entropy::system()).unwrap();
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert!(key.open(&["x"], &changed).is_err(), "byte {place}");
            assert!(key.open(&["x"], &sealed[..place]).is_err(), "{place} bytes");
        }
    }

    #[test]
    fn no_two_ciphertexts_are_alike() {
        let key = key(1, "a");
        let seal = || key.seal(&["x"], b"secret", &Entropy::system()).unwrap();
        assert_ne!(seal(), seal());
    }
}
