//! The server's own secret: DRF's token, which is answered again and again and stored nowhere, is derived from it, and so
//! are the keys that encrypt what a database must not show.

use std::fmt;

use hmac::Mac;
use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use crate::token_text::hmac_sha256;

/// 32 random bytes that the server keeps and shares with nobody.
///
/// Who holds it and the user table can make the DRF token of every user; who holds it and the database can sign what the
/// provider signs.
pub struct MasterKey(Zeroizing<[u8; 32]>);

impl MasterKey {
    /// The key that was kept.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new key; lost with the process unless its bytes are kept.
    ///
    /// # Errors
    ///
    /// [`EntropyError`] if the random generator does not answer.
    pub fn generate(entropy: &Entropy) -> Result<Self, EntropyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        entropy.fill(&mut *bytes)?;
        Ok(Self(bytes))
    }

    /// The key in clear.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }

    /// Tells this key from every other, and nothing else of it: what a database keeps to know its key again.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 16] {
        let mut mac = hmac_sha256(&self.0);
        mac.update(b"fingerprint");
        let derived = mac.finalize().into_bytes();
        let mut fingerprint = [0; 16];
        for (byte, derived) in fingerprint.iter_mut().zip(derived) {
            *byte = derived;
        }
        fingerprint
    }

    /// A key for one purpose, which `label` names: from no key of one label does the key of another follow, nor this one.
    ///
    /// One block of HKDF-Expand ([RFC 5869 §2.3](https://www.rfc-editor.org/rfc/rfc5869#section-2.3)); a key of random
    /// bytes needs no extracting.
    #[must_use]
    pub fn derive(&self, label: &str) -> Zeroizing<[u8; 32]> {
        let mut mac = hmac_sha256(&self.0);
        // The start of nothing else that is derived.
        mac.update(b"empress-auth ");
        mac.update(label.as_bytes());
        mac.update(&[1]);
        Zeroizing::new(mac.finalize().into_bytes().into())
    }

    /// A user's DRF token of this epoch: 20 bytes of HMAC-SHA-256 as 40 hexadecimal digits.
    pub(crate) fn drf_token(&self, user_id: &str, epoch: u64) -> Zeroizing<String> {
        let mut mac = hmac_sha256(&self.0);
        mac.update(b"drf-token");
        mac.update(&epoch.to_be_bytes());
        mac.update(user_id.as_bytes());
        let derived = mac.finalize().into_bytes();
        let mut token = Zeroizing::new(String::with_capacity(40));
        for byte in derived.iter().take(20) {
            for nibble in [byte >> 4, byte & 15] {
                token.extend(char::from_digit(u32::from(nibble), 16));
            }
        }
        token
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drf_token_is_the_same_until_its_epoch_moves() {
        let key = MasterKey::from_bytes([1; 32]);
        let token = key.drf_token("7", 0);
        assert_eq!(token.len(), 40);
        assert!(
            token
                .bytes()
                .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
        );
        assert_eq!(*token, *key.drf_token("7", 0));
        assert_ne!(*token, *key.drf_token("7", 1));
        assert_ne!(*token, *key.drf_token("8", 0));
        assert_ne!(*token, *MasterKey::from_bytes([2; 32]).drf_token("7", 0));
    }

    #[test]
    fn a_fingerprint_tells_one_key_from_another() {
        let fingerprint = |byte| MasterKey::from_bytes([byte; 32]).fingerprint();
        assert_eq!(fingerprint(1), fingerprint(1));
        assert_ne!(fingerprint(1), fingerprint(2));
        assert_ne!(fingerprint(1), [0; 16]);
    }

    #[test]
    fn a_derived_key_is_of_its_label_and_its_master_key_alone() {
        let derived = |byte, label| MasterKey::from_bytes([byte; 32]).derive(label);
        assert_eq!(*derived(1, "a"), *derived(1, "a"));
        assert_ne!(*derived(1, "a"), *derived(1, "b"));
        assert_ne!(*derived(1, "a"), *derived(2, "a"));
        assert_ne!(*derived(1, ""), [1; 32]);
    }
}
