//! Which token of ours is this? For endpoints that are asked about a token, whatever its kind.

use empress_auth_core::{StoreError, TokenId, TokenKind};
use serde::Deserialize;

use crate::grant::Grant;
use crate::services::Services;
use crate::store::{StoredAccessToken, StoredRefreshToken};
use crate::unverified::Unverified;

/// A token that was shown and is genuine; it may have expired.
pub(crate) enum ShownToken {
    Access(StoredAccessToken),
    Refresh(StoredRefreshToken),
}

impl ShownToken {
    /// Finds it for whoever will believe it. A JWT counts only while the key that signed it is published: what a retired key
    /// signed is refused at once (KY-3).
    pub(crate) async fn find(services: &Services, shown: &str) -> Result<Option<Self>, StoreError> {
        if let Some((kid, _)) = unverified_ids(shown) {
            let keys = &services.signers.keys;
            let published = keys.publishes(&kid).await;
            if !published.map_err(StoreError::unavailable)? {
                return Ok(None);
            }
        }
        Self::find_to_end(services, shown).await
    }

    /// Finds it for whoever will end it: also one that a retired key signed, because what is renewed with it is none.
    ///
    /// `token_type_hint` is not asked: every token says what it is
    /// ([RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1) lets a server ignore it).
    pub(crate) async fn find_to_end(
        services: &Services,
        shown: &str,
    ) -> Result<Option<Self>, StoreError> {
        if let Some(id) = services.mint.id_of(TokenKind::Refresh, shown) {
            let found = services.grants.refresh_token(id).await?;
            let is_it = |found: &StoredRefreshToken| found.row.digest.is_of(shown.as_bytes());
            return Ok(found.filter(is_it).map(Self::Refresh));
        }
        let Some(id) = access_token_id(services, shown) else {
            return Ok(None);
        };
        let found = services.grants.access_token(id).await?;
        let is_it = |found: &StoredAccessToken| found.row.digest.is_of(shown.as_bytes());
        Ok(found.filter(is_it).map(Self::Access))
    }

    pub(crate) const fn grant(&self) -> &Grant {
        match self {
            Self::Access(found) => &found.grant,
            Self::Refresh(found) => &found.grant,
        }
    }
}

/// The id of what may be an access token.
fn access_token_id(services: &Services, shown: &str) -> Option<TokenId> {
    let opaque = services.mint.id_of(TokenKind::Access, shown);
    opaque.or_else(|| unverified_ids(shown).map(|(_, id)| id))
}

/// The `kid` and the `jti` that a JWT claims to have. No signature is checked: the row that has this id holds the digest of
/// the whole token, which is what the signature would prove, and more. Nor is `aud`: resources ask about tokens that are
/// for them and not for the provider ([RFC 7662 §2](https://www.rfc-editor.org/rfc/rfc7662#section-2)).
fn unverified_ids(token: &str) -> Option<(String, TokenId)> {
    #[derive(Deserialize)]
    struct Header {
        kid: String,
    }
    #[derive(Deserialize)]
    struct Claims {
        jti: String,
    }
    let read = Unverified::<Header, Claims>::read(token)?;
    Some((read.header.kid, TokenId::parse(&read.claims.jti)?))
}
