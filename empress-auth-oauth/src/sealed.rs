//! How does something of ours travel through a browser and come back unchanged and unread?
//!
//! A request that waits for a decision is stored nowhere: a stranger could fill the store with them (O-40). The
//! page carries it, encrypted, for one purpose and one session, for a limited time.
//!
//! AES-256-GCM under a key of its own for each message, derived (HKDF-SHA-256) from the master key and 16 random bytes,
//! so that no number of messages ever uses a nonce twice.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, Prk, Salt};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use empress_auth_core::{Entropy, MasterKey};

use crate::error::OAuthError;

/// Seals and opens under one master key.
pub(crate) struct Sealer {
    root: Prk,
    entropy: Entropy,
}

/// What a sealed text is for; one that was made for something else does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// An authorization request on the consent page; bound to the session.
    Consent,
    /// That a login was asked for, and when; bound to the request.
    Login,
    /// A logout request on its page; bound to the session.
    Logout,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::Consent => b"empress-auth consent\0",
            Self::Login => b"empress-auth login\0",
            Self::Logout => b"empress-auth logout\0",
        }
    }
}

impl Sealer {
    pub(crate) fn new(master_key: &MasterKey, entropy: Entropy) -> Self {
        Self {
            root: Salt::new(HKDF_SHA256, b"empress-auth sealed")
                .extract(master_key.expose_secret()),
            entropy,
        }
    }

    /// Seals `text`; nothing but `purpose` and `bound_to` together opens it, and not from `expires_at` on.
    pub(crate) fn seal(
        &self,
        purpose: Purpose,
        bound_to: &[u8],
        expires_at: SystemTime,
        text: &str,
    ) -> Result<String, OAuthError> {
        let mut message = vec![0; SALT_BYTES];
        self.entropy.fill(&mut message)?;
        let mut sealed = millis(expires_at).to_be_bytes().to_vec();
        sealed.extend_from_slice(text.as_bytes());
        let key = self.key(&message).ok_or_else(broken)?;
        key.seal_in_place_append_tag(nonce(), associated(purpose, bound_to), &mut sealed)
            .map_err(|_| broken())?;
        message.append(&mut sealed);
        Ok(URL_SAFE_NO_PAD.encode(message))
    }

    /// What was sealed; `None` for everything that was not sealed by us, for this, or that has expired.
    pub(crate) fn open(
        &self,
        purpose: Purpose,
        bound_to: &[u8],
        now: SystemTime,
        sealed: &str,
    ) -> Option<String> {
        let mut message = URL_SAFE_NO_PAD.decode(sealed).ok()?;
        let (salt, sealed) = message.split_at_mut_checked(SALT_BYTES)?;
        let opened = self
            .key(salt)?
            .open_in_place(nonce(), associated(purpose, bound_to), sealed)
            .ok()?;
        let (expires_at, text) = opened.split_first_chunk::<8>()?;
        if millis(now) >= u64::from_be_bytes(*expires_at) {
            return None;
        }
        String::from_utf8(text.to_vec()).ok()
    }

    /// The key of one message.
    fn key(&self, salt: &[u8]) -> Option<LessSafeKey> {
        let info = [salt];
        let derived = self.root.expand(&info, &AES_256_GCM).ok()?;
        Some(LessSafeKey::new(UnboundKey::from(derived)))
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

/// The same for every message: each has a key of its own.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

fn associated(purpose: Purpose, bound_to: &[u8]) -> Aad<Vec<u8>> {
    Aad::from([purpose.label(), bound_to].concat())
}

#[cold]
fn broken() -> OAuthError {
    OAuthError::new(crate::error::ErrorCode::ServerError)
}

/// Milliseconds since 1970.
pub(crate) fn millis(at: SystemTime) -> u64 {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The moment of so many milliseconds since 1970.
pub(crate) fn from_millis(millis: u64) -> SystemTime {
    UNIX_EPOCH
        .checked_add(Duration::from_millis(millis))
        .unwrap_or(UNIX_EPOCH)
}

const SALT_BYTES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: SystemTime = UNIX_EPOCH;

    fn sealer(key: u8) -> Sealer {
        Sealer::new(&MasterKey::from_bytes([key; 32]), Entropy::system())
    }

    fn later(secs: u64) -> SystemTime {
        NOW + Duration::from_secs(secs)
    }

    #[test]
    fn what_was_sealed_opens_until_it_expires() {
        let sealer = sealer(1);
        for text in ["", "a=b", "\u{e9}\u{0}"] {
            let sealed = sealer
                .seal(Purpose::Consent, b"s", later(600), text)
                .unwrap();
            let open = |now| sealer.open(Purpose::Consent, b"s", now, &sealed);
            assert_eq!(open(NOW).as_deref(), Some(text));
            assert_eq!(open(later(599)).as_deref(), Some(text));
            assert_eq!(open(later(600)), None);
        }
    }

    // O-43: no two are alike, and none shows what is in it
    #[test]
    fn a_sealed_text_says_nothing() {
        let sealer = sealer(1);
        let seal = || {
            let text = "redirect_uri=https://app.example/";
            sealer
                .seal(Purpose::Consent, b"s", later(600), text)
                .unwrap()
        };
        let (one, other) = (seal(), seal());
        assert_ne!(one, other);
        let bytes = URL_SAFE_NO_PAD.decode(&one).unwrap();
        assert!(!bytes.windows(7).any(|part| part == b"example"));
    }

    // O-2, O-42, O-45
    #[test]
    fn nothing_else_opens() {
        let (sealer, other) = (sealer(1), sealer(2));
        let sealed = sealer
            .seal(Purpose::Consent, b"session", later(600), "a=b")
            .unwrap();
        assert!(
            sealer
                .open(Purpose::Consent, b"session", NOW, &sealed)
                .is_some()
        );
        assert_eq!(sealer.open(Purpose::Login, b"session", NOW, &sealed), None);
        assert_eq!(
            sealer.open(Purpose::Consent, b"another", NOW, &sealed),
            None
        );
        assert_eq!(other.open(Purpose::Consent, b"session", NOW, &sealed), None);
        assert_eq!(sealer.open(Purpose::Consent, b"session", NOW, ""), None);
        assert_eq!(sealer.open(Purpose::Consent, b"session", NOW, "AAAA"), None);
        assert_eq!(
            sealer.open(Purpose::Consent, b"session", NOW, "\u{e9}"),
            None
        );
        let bytes = URL_SAFE_NO_PAD.decode(&sealed).unwrap();
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut bent = bytes.clone();
                bent[place] ^= 1 << bit;
                let bent = URL_SAFE_NO_PAD.encode(bent);
                assert_eq!(sealer.open(Purpose::Consent, b"session", NOW, &bent), None);
            }
            let cut = URL_SAFE_NO_PAD.encode(&bytes[..place]);
            assert_eq!(sealer.open(Purpose::Consent, b"session", NOW, &cut), None);
        }
    }
}
