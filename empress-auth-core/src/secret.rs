//! The secrets that are handed out: once, by the call that made them.
//!
//! None of these types can be copied, shown, compared or serialised; each is wiped when it is dropped.

use std::fmt;

use zeroize::Zeroizing;

use crate::entropy::{Entropy, EntropyError};
use crate::token_text::TokenId;

/// The public half of a user's key pair: 15 lower-case hexadecimal digits, the same for the life of the user.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiKey(Box<str>);

impl ApiKey {
    /// A key that exists elsewhere already, such as one of Frappe's.
    ///
    /// `None` unless it has 1 to 140 visible ASCII characters and no colon, which ends the key on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=140).contains(&text.len());
        let visible = text
            .bytes()
            .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b':' | b','));
        (fits && visible).then(|| Self(text.into()))
    }

    pub(crate) fn generate(entropy: &Entropy) -> Result<Self, EntropyError> {
        let mut digits = [0; 15];
        entropy.fill_hex(&mut digits)?;
        Ok(Self(
            std::str::from_utf8(&digits).unwrap_or_default().into(),
        ))
    }

    /// The key as it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The secret half of a user's key pair: 27 base62 digits, 160 random bits.
///
/// ```compile_fail
/// fn show(secret: &empress_auth_core::ApiSecret) { println!("{secret}"); }
/// ```
/// ```compile_fail
/// fn copy(secret: &empress_auth_core::ApiSecret) -> empress_auth_core::ApiSecret { secret.clone() }
/// ```
/// ```compile_fail
/// fn equal(a: &empress_auth_core::ApiSecret, b: &empress_auth_core::ApiSecret) -> bool { a == b }
/// ```
pub struct ApiSecret(Zeroizing<String>);

impl ApiSecret {
    pub(crate) fn generate(entropy: &Entropy) -> Result<Self, EntropyError> {
        let mut digits = Zeroizing::new([0; 27]);
        entropy.fill_base62(&mut *digits)?;
        Ok(Self(Zeroizing::new(
            std::str::from_utf8(&*digits).unwrap_or_default().to_owned(),
        )))
    }

    /// The secret in clear.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiSecret(..)")
    }
}

/// A key pair just made: its digest is stored already, and this is the only copy of the secret.
///
/// Made only by [`KeyIssuer::generate_keys`](crate::KeyIssuer::generate_keys).
///
/// ```compile_fail
/// let forged = empress_auth_core::GeneratedKeys { api_key: todo!(), api_secret: todo!() };
/// ```
#[derive(Debug)]
pub struct GeneratedKeys {
    pub(crate) api_key: ApiKey,
    pub(crate) api_secret: ApiSecret,
}

impl GeneratedKeys {
    /// The public half.
    #[must_use]
    pub fn api_key(&self) -> &ApiKey {
        &self.api_key
    }

    /// The secret half.
    #[must_use]
    pub fn api_secret(&self) -> &ApiSecret {
        &self.api_secret
    }
}

/// A token just made: its digest is stored already, and this is the only copy of it.
///
/// Made only by [`TokenIssuer`](crate::TokenIssuer).
pub struct MadeToken {
    pub(crate) id: TokenId,
    pub(crate) text: Zeroizing<String>,
}

impl MadeToken {
    /// The public id, under which the token is listed and revoked.
    #[must_use]
    pub fn id(&self) -> TokenId {
        self.id
    }

    /// The token in clear, as it goes behind `Token` or `Bearer`.
    #[must_use]
    pub fn expose_secret(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for MadeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeToken")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}
