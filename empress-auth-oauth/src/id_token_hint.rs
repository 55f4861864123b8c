//! Whose ID token is this? Of a hint no more is taken than whom it names: that it has expired does not matter
//! ([OpenID Connect Core §3.1.2.1](https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest)).
//!
//! It is verified with the published keys and those that were published within the last month, or with the secret of the
//! one client that it is for where that signs. What a retired key signed is nobody's (KY-3).

use empress_auth_core::jwt::{JwtVerifier, KeySet, VerifiedClaims};
use serde::Deserialize;

use crate::client::SigningAlg;
use crate::error::OAuthError;
use crate::services::Services;
use crate::unverified::Unverified;

/// What an ID token of ours says, expired or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IdTokenHint {
    /// `sub`.
    pub(crate) subject: Box<str>,
    /// `aud`: the clients.
    pub(crate) audience: Vec<Box<str>>,
    /// `sid`, if it has one.
    pub(crate) session: Option<Box<str>>,
}

/// Which keys a token claims to be signed with.
#[derive(Deserialize)]
struct Header {
    alg: Box<str>,
}

#[derive(Deserialize)]
struct Claims {
    aud: Option<Audience>,
}

/// Of a token that is signed with a client's secret: that client, and no other beside it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(Box<str>),
    List([Box<str>; 1]),
    Others(serde::de::IgnoredAny),
}

impl Services {
    /// Reads a hint; `None` for what is no ID token that we signed.
    ///
    /// # Errors
    ///
    /// `temporarily_unavailable` if the keys cannot be had.
    pub(crate) async fn id_token_hint(
        &self,
        hint: &str,
    ) -> Result<Option<IdTokenHint>, OAuthError> {
        let Some(unverified) = Unverified::<Header, Claims>::read(hint) else {
            return Ok(None);
        };
        let (keys, audience) = if *unverified.header.alg == *SigningAlg::Hs256.as_str() {
            let Some(Audience::One(client_id) | Audience::List([client_id])) =
                unverified.claims.aud
            else {
                return Ok(None);
            };
            match self.secret_of(&client_id).await? {
                Some(secret) => (secret, client_id),
                None => return Ok(None),
            }
        } else {
            (self.signers.keys.hint_keys().await?, "".into())
        };
        let verifier = JwtVerifier::new(self.issuer(), &audience, keys);
        let verified = verifier.verify_id_token_hint(hint, self.clock.now());
        match verified {
            Ok(claims) => Ok(IdTokenHint::of(&claims)),
            Err(error) => {
                tracing::debug!(error = %error, "an id_token_hint is refused");
                Ok(None)
            }
        }
    }

    /// The secret of a client whose ID tokens are signed with it; `None` for every other client.
    async fn secret_of(&self, client_id: &str) -> Result<Option<KeySet>, OAuthError> {
        let client = self.clients.client(client_id).await?;
        let signs = client.filter(|it| it.options.id_token_alg == Some(SigningAlg::Hs256));
        let Some(client) = signs else {
            return Ok(None);
        };
        let key = self.signers.verifies_for(&client)?;
        Ok(KeySet::new([key]).ok())
    }
}

impl IdTokenHint {
    fn of(claims: &VerifiedClaims) -> Option<Self> {
        let audience = claims.audiences();
        Some(Self {
            subject: (*claims.subject()?).into(),
            audience: audience.iter().map(|client| (**client).into()).collect(),
            session: claims.text("sid").map(|sid| (*sid).into()),
        })
    }
}

#[cfg(test)]
mod tests;
