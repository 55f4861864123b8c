//! What can be a shared secret?

use std::fmt;

use zeroize::Zeroizing;

use super::key_error::{KeyError, KeyErrorKind};

/// A shared secret of 32 random bytes or more; wiped when dropped.
///
/// Whoever knows it can sign as the issuer. A shorter one is found by trying
/// ([RFC 8725 §3.5](https://www.rfc-editor.org/rfc/rfc8725#section-3.5)), and so is a password.
pub struct HmacSecret(Zeroizing<Box<[u8]>>);

/// The length of the digest, which is what [RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2) asks for.
const MIN_BYTES: usize = 32;

/// Of 32 random bytes fewer differ from each other in one of 10^30 secrets, of 32 random digits in one of 10^4.
const MIN_DIFFERENT_BYTES: usize = 8;

impl HmacSecret {
    /// Takes these bytes for a secret.
    ///
    /// # Errors
    ///
    /// [`KeyErrorKind::WeakSecret`] for fewer than 32 bytes, for those of which most are the same, and for what everybody
    /// may know: a public key, a certificate or a JWK in whatever encoding.
    pub fn new(bytes: &[u8]) -> Result<Self, KeyError> {
        let secret = Self(Zeroizing::new(bytes.into()));
        secret.check_length(MIN_BYTES)?;
        let weak = |detail| Err(KeyError::new(KeyErrorKind::WeakSecret, detail));
        if different_bytes(bytes) < MIN_DIFFERENT_BYTES {
            return weak("the shared secret is not random; make one of 32 random bytes");
        }
        if is_public_key(bytes) {
            return weak("this is a key pair's key or certificate, no shared secret");
        }
        Ok(secret)
    }

    /// For vectors whose secret is made up.
    #[cfg(test)]
    pub(super) fn assert_random(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    pub(super) fn check_length(&self, min_bytes: usize) -> Result<(), KeyError> {
        if self.0.len() < min_bytes {
            let detail = "the shared secret is too short; make one as long as the digest";
            return Err(KeyError::new(KeyErrorKind::WeakSecret, detail));
        }
        Ok(())
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

fn different_bytes(bytes: &[u8]) -> usize {
    let mut seen = [false; 256];
    for byte in bytes {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    }
    seen.iter().filter(|seen| **seen).count()
}

/// PEM behind whatever blanks, a JWK, or DER that is as long as it says.
fn is_public_key(bytes: &[u8]) -> bool {
    const MARK_OF_PEM: &[u8] = b"-----BEGIN ";
    let has_mark = bytes
        .windows(MARK_OF_PEM.len())
        .any(|window| window == MARK_OF_PEM);
    let is_jwk = bytes.trim_ascii_start().starts_with(b"{")
        && bytes.windows(5).any(|window| window == b"\"kty\"");
    let is_der = match bytes {
        [0x30, 0x82, high, low, rest @ ..] => {
            rest.len() == usize::from(u16::from_be_bytes([*high, *low]))
        }
        [0x30, 0x81, length, rest @ ..] | [0x30, length, rest @ ..] => {
            rest.len() == usize::from(*length)
        }
        _ => false,
    };
    has_mark || is_jwk || is_der
}

impl fmt::Debug for HmacSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // J-8, J-31
    #[test]
    fn what_is_short_or_made_up_is_no_secret() {
        for weak in [
            "",
            "\0",
            "secret",
            "changeme",
            "12345678",
            &"x".repeat(31),
            &"a".repeat(64),
            &"secret".repeat(9),
        ] {
            let error = HmacSecret::new(weak.as_bytes()).unwrap_err();
            assert_eq!(error.kind(), KeyErrorKind::WeakSecret, "{weak:?}");
        }
        assert!(HmacSecret::new(b"0123456789abcdef0123456789abcdef").is_ok());
    }

    // J-2
    #[test]
    fn a_public_key_in_any_encoding_is_no_secret() {
        let base64 = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE04N0xi21hshyvBp7I167sbE/bXqyqkAPfefdklMO7wZQjx7H74LxrntQ2eMh0Q2TF4W0czj6X/jUuoTD2dWCbA==";
        for kind in ["PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE", "PRIVATE KEY"] {
            let pem = format!("-----BEGIN {kind}-----\n{base64}\n-----END {kind}-----\n");
            for spelled in [
                pem.clone(),
                format!(" {pem}"),
                format!("\u{feff}{pem}"),
                pem.replace('\n', "\r\n"),
                pem.trim_end().to_owned(),
            ] {
                assert!(HmacSecret::new(spelled.as_bytes()).is_err(), "{spelled:?}");
            }
        }
        assert!(
            HmacSecret::new(
                br#" {"kty":"EC","crv":"P-256","x":"04N0xi21hshyvBp7I167sbE_bXqyqkAPfefdklMO7wY"}"#
            )
            .is_err()
        );
        let der: Vec<u8> = [0x30, 0x59].into_iter().chain(0..0x59).collect();
        assert!(HmacSecret::new(&der).is_err());
    }
}
