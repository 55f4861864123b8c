//! Which key signs which token?

use std::sync::Arc;

use empress_auth_core::MasterKey;
use empress_auth_core::jwt::VerificationKey;

use crate::client::{Client, SigningAlg};
use crate::id_token::SessionNames;
use crate::keys::{ClientSecretKeys, KeyRing, SigningKey, SigningKeyError, SigningKeyErrorKind};

/// What is signed with which algorithm, where a client does not ask for another.
///
/// # Examples
///
/// ```
/// use empress_auth_oauth::SigningAlgs;
/// use empress_auth_oauth::client::SigningAlg;
///
/// let mut algs = SigningAlgs::default();
/// assert_eq!(algs.id_token, SigningAlg::Rs256);
/// algs.id_token = SigningAlg::EdDsa;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SigningAlgs {
    /// ID tokens: RS256, which every client knows
    /// ([OpenID Connect Core §15.1](https://openid.net/specs/openid-connect-core-1_0.html#ServerMTI)).
    pub id_token: SigningAlg,
    /// Access tokens that are JWTs: ES256, which signs twenty times as fast.
    pub access_token: SigningAlg,
    /// What else clients may ask for.
    pub others: Vec<SigningAlg>,
}

impl Default for SigningAlgs {
    fn default() -> Self {
        Self {
            id_token: SigningAlg::Rs256,
            access_token: SigningAlg::Es256,
            others: Vec::new(),
        }
    }
}

impl SigningAlgs {
    /// Those that there must be keys for; RS256 is always among them (OpenID Connect Discovery §3).
    ///
    /// For [`KeyRing::with_algs`], in a program that changes keys and is no provider.
    pub fn all(&self) -> impl Iterator<Item = SigningAlg> + '_ {
        [SigningAlg::Rs256, self.id_token, self.access_token]
            .into_iter()
            .chain(self.others.iter().copied())
    }
}

/// Everything that signs.
#[derive(Debug, Clone)]
pub(crate) struct Signers {
    pub(crate) keys: KeyRing,
    pub(crate) session_names: SessionNames,
    pub(crate) client_secrets: ClientSecretKeys,
    algs: SigningAlgs,
}

impl Signers {
    pub(crate) fn new(keys: KeyRing, master_key: &MasterKey, algs: SigningAlgs) -> Self {
        Self {
            keys: keys.with_algs(algs.all()),
            session_names: SessionNames::new(master_key),
            client_secrets: ClientSecretKeys::new(master_key),
            algs,
        }
    }

    /// The key that signs ID tokens for this client.
    pub(crate) async fn of_id_token(
        &self,
        client: &Client,
    ) -> Result<Arc<SigningKey>, SigningKeyError> {
        match client.options.id_token_alg.unwrap_or(self.algs.id_token) {
            SigningAlg::Hs256 => self.of_secret(client).map(Arc::new),
            alg @ (SigningAlg::Rs256 | SigningAlg::Es256 | SigningAlg::EdDsa) => {
                self.keys.signer(alg).await
            }
        }
    }

    /// The key that signs access tokens.
    pub(crate) async fn of_access_token(&self) -> Result<Arc<SigningKey>, SigningKeyError> {
        self.keys.signer(self.algs.access_token).await
    }

    /// Verifies what [`of_secret`](Self::of_secret) signed.
    pub(crate) fn verifies_for(&self, client: &Client) -> Result<VerificationKey, SigningKeyError> {
        self.client_secrets
            .verification_key(&client.id, wrapped_secret(client)?)
    }

    /// The key that the client's secret is. Two clients never share one, so that no client can sign for another.
    pub(crate) fn of_secret(&self, client: &Client) -> Result<SigningKey, SigningKeyError> {
        self.client_secrets
            .unwrap(&client.id, wrapped_secret(client)?)
    }
}

fn wrapped_secret(client: &Client) -> Result<&[u8], SigningKeyError> {
    let secret = client.secret.as_ref();
    let wrapped = secret.and_then(|secret| secret.wrapped.as_deref());
    wrapped.ok_or_else(|| {
        let detail = format!("client {} has no secret that signs", client.id);
        SigningKeyError::new(SigningKeyErrorKind::NoSigner, detail)
    })
}
