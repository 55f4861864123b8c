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

/// PEM behind whatever blanks, a JWK, or DER.
fn is_public_key(bytes: &[u8]) -> bool {
    const MARK_OF_PEM: &[u8] = b"-----BEGIN ";
    let has_mark = bytes
        .windows(MARK_OF_PEM.len())
        .any(|window| window == MARK_OF_PEM);
    let is_jwk = bytes.trim_ascii_start().starts_with(b"{")
        && bytes.windows(5).any(|window| window == b"\"kty\"");
    has_mark || is_jwk || is_der_key(bytes)
}

const INTEGER: u8 = 0x02;
const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
/// `[0]`: the version of a certificate.
const VERSION: u8 = 0xa0;

/// A sequence that is as long as it says, and begins with a number, as `RSAPublicKey` and all private keys do, or with a
/// sequence of what begins a certificate or names an algorithm.
///
/// Its length alone would be that of one in 65,536 random secrets, and of one in 4,096 that are 64 bytes in base64.
fn is_der_key(bytes: &[u8]) -> bool {
    let Some((SEQUENCE, content, [])) = der_value(bytes) else {
        return false;
    };
    match der_value(content) {
        Some((INTEGER, ..)) => true,
        Some((SEQUENCE, [first, ..], _)) => {
            matches!(*first, INTEGER | OBJECT_IDENTIFIER | VERSION)
        }
        _ => false,
    }
}

/// Tag, content, and what comes behind.
fn der_value(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, length, rest) = match bytes {
        [tag, length @ ..=0x7f, rest @ ..] | [tag, 0x81, length, rest @ ..] => {
            (*tag, usize::from(*length), rest)
        }
        [tag, 0x82, high, low, rest @ ..] => {
            (*tag, usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    let (content, behind) = rest.split_at_checked(length)?;
    Some((tag, content, behind))
}

impl fmt::Debug for HmacSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

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
        let rsa_in_der = [&[0x30, 0x82, 1, 10, 2, 0x82, 1, 1, 0][..], &modulus(256)].concat();
        let rsa_in_der = [&rsa_in_der[..], &[2, 3, 1, 0, 1]].concat();
        let short_rsa_in_der = [&[0x30, 0x81, 0x89, 2, 0x81, 0x81, 0][..], &modulus(128)].concat();
        let short_rsa_in_der = [&short_rsa_in_der[..], &[2, 3, 1, 0, 1]].concat();
        let ed25519_in_der = [
            &[0x30, 42, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 33, 0][..],
            &modulus(32),
        ]
        .concat();
        let ec_in_der = STANDARD.decode(base64).unwrap();
        let begin_of_certificate = [0x30, 0x82, 1, 4, 0x30, 0x82, 1, 0, 0xa0, 3, 2, 1, 2];
        let certificate = [&begin_of_certificate[..], &modulus(251)].concat();
        for der in [
            rsa_in_der,
            short_rsa_in_der,
            ed25519_in_der,
            ec_in_der,
            certificate,
        ] {
            assert!(HmacSecret::new(&der).is_err(), "{der:x?}");
        }
    }

    fn modulus(bytes: usize) -> Vec<u8> {
        (0..=u8::MAX)
            .cycle()
            .map(|byte| byte ^ 0xc5)
            .take(bytes)
            .collect()
    }

    #[test]
    fn a_random_secret_is_one_although_it_begins_like_der() {
        for length in [32, 48, 64, 86, 88] {
            for third in [SEQUENCE, 0x31, 0x05, 0xff] {
                let begin = [0x30, length - 2, third];
                let secret = [&begin[..], &modulus(usize::from(length) - 3)].concat();
                assert!(HmacSecret::new(&secret).is_ok(), "{secret:x?}");
            }
        }
        let in_base64 = format!("0T0A{}", &"abcdefghijk".repeat(8)[..82]);
        assert!(HmacSecret::new(in_base64.as_bytes()).is_ok());
    }
}
