//! Which token of ours is this? For endpoints that are asked about a token, whatever its kind.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use empress_auth_core::{StoreError, TokenId, TokenKind};
use serde::Deserialize;

use crate::grant::Grant;
use crate::services::Services;
use crate::store::{StoredAccessToken, StoredRefreshToken};

/// A token that was shown and is genuine; it may have expired.
pub(crate) enum ShownToken {
    Access(StoredAccessToken),
    Refresh(StoredRefreshToken),
}

impl ShownToken {
    /// Finds it. `token_type_hint` is not asked: every token says what it is
    /// ([RFC 7009 §2.1](https://www.rfc-editor.org/rfc/rfc7009#section-2.1) lets a server ignore it).
    pub(crate) async fn find(services: &Services, shown: &str) -> Result<Option<Self>, StoreError> {
        if let Some(id) = services.mint.id_of(TokenKind::Refresh, shown) {
            let found = services.grants.refresh_token(id).await?;
            let is_it = |found: &StoredRefreshToken| found.row.digest.is_of(shown.as_bytes());
            return Ok(found.filter(is_it).map(Self::Refresh));
        }
        let Some(id) = access_token_id(services, shown).await? else {
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

/// The id of what may be an access token. That of a JWT counts only while the key that signed it is published: what a
/// retired key signed is refused at once (SECURITY KY-3).
async fn access_token_id(services: &Services, shown: &str) -> Result<Option<TokenId>, StoreError> {
    if let Some(id) = services.mint.id_of(TokenKind::Access, shown) {
        return Ok(Some(id));
    }
    let Some((kid, id)) = unverified_ids(shown) else {
        return Ok(None);
    };
    let keys = &services.signers.keys;
    let is_published = keys
        .publishes(&kid)
        .await
        .map_err(StoreError::unavailable)?;
    Ok(is_published.then_some(id))
}

/// The `kid` and the `jti` that a JWT claims to have. No signature is checked: the row that has this id holds the digest of
/// the whole token.
fn unverified_ids(token: &str) -> Option<(String, TokenId)> {
    #[derive(Deserialize)]
    struct UnverifiedHeader {
        kid: String,
    }
    #[derive(Deserialize)]
    struct UnverifiedClaims {
        jti: String,
    }
    if token.len() > MAX_JWT_BYTES {
        return None;
    }
    let mut parts = token.split('.');
    let (header, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let header: UnverifiedHeader = serde_json::from_slice(&header).ok()?;
    let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: UnverifiedClaims = serde_json::from_slice(&claims).ok()?;
    Some((header.kid, TokenId::parse(&claims.jti)?))
}

const MAX_JWT_BYTES: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_says_its_ids_and_nothing_else_does() {
        let of = |header: &str, claims: &str| {
            let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
            unverified_ids(&format!("{header}.{claims}.x"))
        };
        let (header, id) = (r#"{"alg":"ES256","kid":"k"}"#, TokenId::from_number(7));
        let claims = format!(r#"{{"sub":"1","jti":"{id}"}}"#);
        assert_eq!(of(header, &claims), Some(("k".to_owned(), id)));
        for claims in [
            "",
            "{}",
            "[]",
            r#"{"jti":7}"#,
            r#"{"jti":"short"}"#,
            "\u{e9}",
        ] {
            assert_eq!(of(header, claims), None, "{claims}");
            assert_eq!(
                of(claims, &format!(r#"{{"jti":"{id}"}}"#)),
                None,
                "{claims}"
            );
        }
        for token in ["", ".", "..", "a.b", "a.*.c", "e30.e30.c"] {
            assert_eq!(unverified_ids(token), None, "{token}");
        }
    }
}
