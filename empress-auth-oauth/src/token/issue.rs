//! Makes the tokens of one answer, in memory; whether they become good is one write, which others decide about.

use std::time::SystemTime;

use empress_auth_core::{Minted, SecretDigest, TokenId, TokenKind, User};
use zeroize::Zeroizing;

use super::id_token;
use crate::access_jwt::AccessJwt;
use crate::client::Client;
use crate::error::OAuthError;
use crate::grant::{AccessTokenRow, Granted, IssuedTokens, RefreshTokenRow};
use crate::keys::MAX_JWT_LIFETIME;
use crate::services::Services;
use crate::{resource, scope};

/// What the tokens stand for.
pub(super) struct Terms<'g> {
    pub(super) client: &'g Client,
    pub(super) granted: &'g Granted,
    /// `None` for an access token that is its own grant.
    pub(super) grant_id: Option<TokenId>,
    /// When the grant ends.
    pub(super) grant_expires_at: SystemTime,
    /// Of the access token: no more than was granted.
    pub(super) scopes: &'g [Box<str>],
    /// Of the access token.
    pub(super) resources: Vec<Box<str>>,
    /// Of the refresh token; `None` if there is to be none.
    pub(super) generation: Option<u32>,
    /// Of the ID token: the first one has it, later ones have not
    /// ([OpenID Connect Core §12.2](https://openid.net/specs/openid-connect-core-1_0.html#RefreshTokenResponse)).
    pub(super) nonce: Option<&'g str>,
    pub(super) now: SystemTime,
}

/// The tokens, with what is stored of them.
pub(super) struct Issued {
    pub(super) rows: IssuedTokens,
    pub(super) answer: Answer,
}

/// What the client gets.
pub(super) struct Answer {
    pub(super) access_token: AccessToken,
    pub(super) expires_in_secs: u64,
    pub(super) refresh_token: Option<Minted>,
    pub(super) scope: String,
    pub(super) id_token: Option<Zeroizing<String>>,
}

/// An access token in clear.
pub(super) enum AccessToken {
    Opaque(Minted),
    Jwt(Zeroizing<String>),
}

impl AccessToken {
    pub(super) fn expose_secret(&self) -> &str {
        match self {
            Self::Opaque(minted) => minted.expose_secret(),
            Self::Jwt(jwt) => jwt,
        }
    }
}

/// Makes them.
pub(super) async fn issue(services: &Services, terms: &Terms<'_>) -> Result<Issued, OAuthError> {
    let user = user(services, terms).await?;
    let roles = user.as_ref().map_or(&[][..], |user| &user.roles);
    let (access_token, access) = access_token(services, terms, roles).await?;
    let id_token = match &user {
        Some(user) if scope::has(terms.scopes, "openid") => {
            Some(id_token::make(services, terms, user, access_token.expose_secret()).await?)
        }
        _ => None,
    };
    let refresh = match terms.generation {
        Some(generation) => Some(refresh_token(services, terms, access.grant_id, generation)?),
        None => None,
    };
    let (refresh_token, refresh_row) = refresh.unzip();
    let lives = access.expires_at.duration_since(access.issued_at);
    Ok(Issued {
        rows: IssuedTokens::new(access, refresh_row),
        answer: Answer {
            access_token,
            expires_in_secs: lives.map_or(0, |lives| lives.as_secs()),
            refresh_token,
            scope: terms.scopes.join(" "),
            id_token,
        },
    })
}

/// The user, if a token is made that says something of it.
async fn user(services: &Services, terms: &Terms<'_>) -> Result<Option<User>, OAuthError> {
    let Some(id) = &terms.granted.user_id else {
        return Ok(None);
    };
    if !terms.client.options.jwt_access_tokens && !scope::has(terms.scopes, "openid") {
        return Ok(None);
    }
    let user = services.users.user_by_id(id).await?;
    user.map(Some).ok_or_else(OAuthError::invalid_grant)
}

/// Opaque, or a JWT whose id is that of its row; never good for longer than the grant.
async fn access_token(
    services: &Services,
    terms: &Terms<'_>,
    roles: &[Box<str>],
) -> Result<(AccessToken, AccessTokenRow), OAuthError> {
    let minted = services.mint.make(TokenKind::Access, terms.now)?;
    let (id, is_jwt) = (minted.id, terms.client.options.jwt_access_tokens);
    let mut lives = services.lifetimes.access_token;
    if is_jwt {
        lives = lives.min(MAX_JWT_LIFETIME);
    }
    let expires_at = (terms.now + lives).min(terms.grant_expires_at);
    let times = (terms.now, expires_at);
    let audience = resource::audience(terms.resources.clone(), &services.public_url);
    let (token, digest) = if is_jwt {
        let jwt = access_jwt(services, terms, id, times, &audience, roles).await?;
        let digest = SecretDigest::sha256_of(jwt.as_bytes());
        (AccessToken::Jwt(jwt), digest)
    } else {
        let digest = minted.digest.clone();
        (AccessToken::Opaque(minted), digest)
    };
    let grant_id = terms.grant_id.unwrap_or(id);
    let mut row = AccessTokenRow::new(id, digest, grant_id, terms.scopes, times);
    row.audience = audience;
    Ok((token, row))
}

async fn access_jwt(
    services: &Services,
    terms: &Terms<'_>,
    id: TokenId,
    times: (SystemTime, SystemTime),
    audience: &[Box<str>],
    roles: &[Box<str>],
) -> Result<Zeroizing<String>, OAuthError> {
    let granted = terms.granted;
    let subject = granted.user_id.as_ref().unwrap_or(&granted.client_id);
    let mut jwt = AccessJwt::new(services.issuer(), subject, &granted.client_id, id, times);
    jwt.audience = audience;
    jwt.scopes = terms.scopes;
    jwt.roles = roles;
    jwt.auth_time = granted.auth_time;
    jwt.acr = granted.acr.as_deref();
    let key = services.signers.of_access_token().await?;
    Ok(jwt.sign(&key)?)
}

/// Good until nobody used it for so long, and never longer than its family.
fn refresh_token(
    services: &Services,
    terms: &Terms<'_>,
    grant_id: TokenId,
    generation: u32,
) -> Result<(Minted, RefreshTokenRow), OAuthError> {
    let minted = services.mint.make(TokenKind::Refresh, terms.now)?;
    let idle_until = terms.now + services.lifetimes.refresh_token;
    let row = RefreshTokenRow::new(
        minted.id,
        minted.digest.clone(),
        grant_id,
        generation,
        (terms.now, idle_until.min(terms.grant_expires_at)),
    );
    Ok((minted, row))
}

/// How often ids that met another's are made anew: two of one millisecond meet once in 2^23.
pub(super) const ATTEMPTS: usize = 8;
