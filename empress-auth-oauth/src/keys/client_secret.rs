//! Clients whose ID tokens are signed with their own secret: old clients of Frappe.
//!
//! A digest of the secret does not sign. Of such a client, and of no other, the secret itself is kept, encrypted.

use std::fmt;
use std::sync::Arc;

use empress_auth_core::jwt::{HmacSecret, VerificationKey};
use empress_auth_core::{Entropy, MasterKey};
use zeroize::Zeroizing;

use super::error::{SigningKeyError, SigningKeyErrorKind};
use super::key_pair::SharedSecret;
use super::signing_key::SigningKey;
use super::wrapping::{NotOpened, WrappingKey};

/// Keeps the secrets of clients whose ID tokens are signed with HS256; cheap to clone.
///
/// # Examples
///
/// ```
/// use empress_auth_core::{Entropy, MasterKey};
/// use empress_auth_oauth::keys::ClientSecretKeys;
///
/// let entropy = Entropy::system();
/// let keys = ClientSecretKeys::new(&MasterKey::generate(&entropy)?);
/// let wrapped = keys.wrap("my-client", "f6Yq2tWb8Zk3Vn7Rj1Xc5Mh9Lp4Ds0Ga6Eu2Bi8TyQw", &entropy)?;
/// assert!(keys.unwrap("my-client", &wrapped).is_ok());
/// assert!(keys.unwrap("another-client", &wrapped).is_err());
/// assert!(keys.wrap("my-client", "changeme", &entropy).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct ClientSecretKeys(Arc<WrappingKey>);

impl ClientSecretKeys {
    /// Under this master key.
    #[must_use]
    pub fn new(master_key: &MasterKey) -> Self {
        Self(Arc::new(WrappingKey::new(master_key, "client secrets")))
    }

    /// Encrypts a secret, for [`ClientSecretRow::wrapped`](crate::client::ClientSecretRow::wrapped).
    ///
    /// # Errors
    ///
    /// `WeakSecret` if it has fewer than 32 bytes (RFC 7518 §3.2): from one ID token it could be guessed, and all others
    /// forged; `Unavailable` if the random generator does not answer.
    pub fn wrap(
        &self,
        client_id: &str,
        secret: &str,
        entropy: &Entropy,
    ) -> Result<Vec<u8>, SigningKeyError> {
        signing_key(secret.as_bytes())?;
        self.0.seal(&[client_id], secret.as_bytes(), entropy)
    }

    /// The key that the client's secret is.
    ///
    /// # Errors
    ///
    /// `WrongMasterKey`, `Damaged` or `WeakSecret`, by what was found.
    pub fn unwrap(&self, client_id: &str, wrapped: &[u8]) -> Result<SigningKey, SigningKeyError> {
        signing_key(&self.open(client_id, wrapped)?)
    }

    /// What verifies the signatures of [`unwrap`](Self::unwrap)'s key.
    pub(crate) fn verification_key(
        &self,
        client_id: &str,
        wrapped: &[u8],
    ) -> Result<VerificationKey, SigningKeyError> {
        let secret = HmacSecret::new(&self.open(client_id, wrapped)?).map_err(|error| {
            SigningKeyError::new(SigningKeyErrorKind::WeakSecret, error.to_string())
        })?;
        Ok(VerificationKey::hs256(&secret))
    }

    /// The same secret, encrypted under this master key instead of `previous`; `None` if it already is.
    ///
    /// # Errors
    ///
    /// As [`unwrap`](Self::unwrap) under `previous`.
    pub fn rewrap(
        &self,
        previous: &Self,
        client_id: &str,
        wrapped: &[u8],
        entropy: &Entropy,
    ) -> Result<Option<Vec<u8>>, SigningKeyError> {
        if self.0.open(&[client_id], wrapped).is_ok() {
            return Ok(None);
        }
        let secret = previous.open(client_id, wrapped)?;
        self.0.seal(&[client_id], &secret, entropy).map(Some)
    }

    fn open(&self, client_id: &str, wrapped: &[u8]) -> Result<Zeroizing<Vec<u8>>, SigningKeyError> {
        self.0.open(&[client_id], wrapped).map_err(|why| {
            let (kind, what) = match why {
                NotOpened::OtherKey => (
                    SigningKeyErrorKind::WrongMasterKey,
                    "is encrypted under another master key",
                ),
                NotOpened::Damaged => (SigningKeyErrorKind::Damaged, "is damaged"),
            };
            SigningKeyError::new(kind, format!("the secret of client {client_id} {what}"))
        })
    }
}

fn signing_key(secret: &[u8]) -> Result<SigningKey, SigningKeyError> {
    let secret = SharedSecret::new(secret).ok_or_else(|| {
        let detail = "a secret that signs has at least 32 bytes; make the client another one";
        SigningKeyError::new(SigningKeyErrorKind::WeakSecret, detail)
    })?;
    Ok(SigningKey::of_secret(secret))
}

impl fmt::Debug for ClientSecretKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecretKeys(..)")
    }
}
