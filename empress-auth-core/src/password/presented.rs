//! What did the caller present as a password?

use std::fmt;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};
use zeroize::Zeroizing;

use super::error::{PasswordError, PasswordErrorKind};

/// A password as somebody presented it: raw bytes, wiped when dropped.
///
/// ```
/// use empress_auth_core::password::{Password, PasswordErrorKind};
///
/// let password = Password::new("correct horse battery staple")?;
/// assert_eq!(format!("{password:?}"), "Password(..)");
///
/// let refused = Password::new("a".repeat(4097)).unwrap_err();
/// assert_eq!(refused.kind(), PasswordErrorKind::TooLong);
/// # Ok::<(), empress_auth_core::password::PasswordError>(())
/// ```
///
/// It cannot be cloned or compared:
///
/// ```compile_fail
/// # use empress_auth_core::password::Password;
/// # let password = Password::new("x").unwrap();
/// let copy = password.clone();
/// ```
///
/// ```compile_fail
/// # use empress_auth_core::password::Password;
/// # let (one, two) = (Password::new("x").unwrap(), Password::new("x").unwrap());
/// let same = one == two;
/// ```
pub struct Password {
    bytes: Zeroizing<Vec<u8>>,
}

impl Password {
    /// Takes `bytes` as they are: any encoding, even none at all.
    ///
    /// # Errors
    ///
    /// [`PasswordErrorKind::TooLong`] above 4,096 bytes, so that nobody makes us hash a megabyte.
    pub fn new(bytes: impl AsRef<[u8]>) -> Result<Self, PasswordError> {
        let bytes = bytes.as_ref();
        if bytes.len() > MAX_BYTES {
            return Err(PasswordError::new(PasswordErrorKind::TooLong));
        }
        Ok(Self {
            bytes: Zeroizing::new(bytes.to_vec()),
        })
    }

    /// The bytes as presented. Never log or store them.
    #[must_use]
    pub fn expose_secret(&self) -> &[u8] {
        &self.bytes
    }

    /// The NFKC form, if the bytes are UTF-8 and not in that form already.
    pub(super) fn normalized(&self) -> Option<Zeroizing<String>> {
        let presented = std::str::from_utf8(&self.bytes).ok()?;
        if is_nfkc_quick(presented.chars()) == IsNormalized::Yes {
            return None;
        }
        // Measured first: a buffer that has to grow leaves its old copy behind, unwiped.
        let len = presented.nfkc().map(char::len_utf8).sum();
        let mut normalized = Zeroizing::new(String::with_capacity(len));
        normalized.extend(presented.nfkc());
        (normalized.as_str() != presented).then_some(normalized)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}

/// Django's cap after CVE-2013-1443, where one long password kept a server busy for a minute.
const MAX_BYTES: usize = 4096;

#[cfg(test)]
mod tests;
