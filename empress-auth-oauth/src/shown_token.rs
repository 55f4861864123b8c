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
        let opaque = services.mint.id_of(TokenKind::Access, shown);
        let Some(id) = opaque.or_else(|| unverified_jti(shown)) else {
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

/// The id that a JWT claims to have. No signature is checked: the row that has this id holds the digest of the whole token.
fn unverified_jti(token: &str) -> Option<TokenId> {
    #[derive(Deserialize)]
    struct UnverifiedClaims<'a> {
        jti: &'a str,
    }
    if token.len() > MAX_JWT_BYTES {
        return None;
    }
    let mut parts = token.split('.');
    let (_, claims, _) = (parts.next()?, parts.next()?, parts.next()?);
    let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: UnverifiedClaims<'_> = serde_json::from_slice(&claims).ok()?;
    TokenId::parse(claims.jti)
}

const MAX_JWT_BYTES: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_says_its_id_and_nothing_else_does() {
        let of = |claims: &str| unverified_jti(&format!("x.{}.x", URL_SAFE_NO_PAD.encode(claims)));
        let id = TokenId::from_number(7);
        assert_eq!(of(&format!(r#"{{"sub":"1","jti":"{id}"}}"#)), Some(id));
        for claims in [
            "",
            "{}",
            "[]",
            r#"{"jti":7}"#,
            r#"{"jti":"short"}"#,
            "\u{e9}",
        ] {
            assert_eq!(of(claims), None, "{claims}");
        }
        for token in ["", ".", "..", "a.b", "a.*.c", "a.e30.c"] {
            assert_eq!(unverified_jti(token), None, "{token}");
        }
    }
}
