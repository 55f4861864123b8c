//! The secret of a client: made once, shown once.

use std::fmt;

use empress_auth_core::{Entropy, EntropyError, SecretDigest, token_checksum};
use zeroize::{Zeroize, Zeroizing};

/// `emp_cs_`, 43 base62 digits (256 random bits) and six of checksum.
///
/// All of it unreserved characters, so that it does not matter whether a client form-encodes it (RFC 6749 §2.3.1); long
/// enough to be the key of HS256 ([RFC 7518 §3.2](https://www.rfc-editor.org/rfc/rfc7518#section-3.2)).
pub struct ClientSecret(Zeroizing<String>);

const PREFIX: &str = "emp_cs_";
const RANDOM_DIGITS: usize = 43;

impl ClientSecret {
    pub(crate) fn generate(entropy: &Entropy) -> Result<Self, EntropyError> {
        let mut digits = [0; RANDOM_DIGITS];
        entropy.fill_base62(&mut digits)?;
        let checksum = token_checksum(&digits);
        let length = PREFIX.len() + digits.len() + checksum.len();
        let mut text = Zeroizing::new(String::with_capacity(length));
        text.push_str(PREFIX);
        text.extend(digits.iter().chain(&checksum).copied().map(char::from));
        digits.zeroize();
        Ok(Self(text))
    }

    /// The secret in clear.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }

    pub(crate) fn digest(&self) -> SecretDigest {
        SecretDigest::sha256_of(self.0.as_bytes())
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // AS-6749-27, AS-6749-38, S15, S19
    #[test]
    fn a_secret_is_long_random_and_of_unreserved_characters() {
        let generate = || ClientSecret::generate(&Entropy::system()).unwrap();
        let secret = generate();
        let text = secret.expose_secret();
        assert_eq!(text.len(), 56);
        let is_unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        assert!(text.starts_with("emp_cs_") && text.bytes().all(is_unreserved));
        assert_ne!(text, generate().expose_secret());
        assert!(secret.digest().is_of(text.as_bytes()));
        assert_eq!(format!("{secret:?}"), "ClientSecret(..)");
    }
}
