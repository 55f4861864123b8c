//! Makes the tokens of one answer, in memory; whether they become good is one write, which others decide about.

use std::time::SystemTime;

use empress_auth_core::{Minted, TokenId, TokenKind};
use zeroize::Zeroizing;

use crate::client::Client;
use crate::error::OAuthError;
use crate::grant::{AccessTokenRow, Granted, IssuedTokens, RefreshTokenRow};
use crate::resource;
use crate::services::Services;

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
}

impl AccessToken {
    pub(super) fn expose_secret(&self) -> &str {
        match self {
            Self::Opaque(minted) => minted.expose_secret(),
        }
    }
}

/// Makes them.
pub(super) async fn issue(services: &Services, terms: &Terms<'_>) -> Result<Issued, OAuthError> {
    let minted = services.mint.make(TokenKind::Access, terms.now)?;
    let expires_at = terms.now + services.lifetimes.access_token;
    let grant_id = terms.grant_id.unwrap_or(minted.id);
    let mut access = AccessTokenRow::new(
        minted.id,
        minted.digest.clone(),
        grant_id,
        terms.scopes,
        (terms.now, expires_at),
    );
    access.audience = resource::audience(terms.resources.clone(), &services.public_url);
    let refresh = match terms.generation {
        Some(generation) => Some(refresh_token(services, terms, grant_id, generation)?),
        None => None,
    };
    let (refresh_token, refresh_row) = refresh.unzip();
    Ok(Issued {
        rows: IssuedTokens::new(access, refresh_row),
        answer: Answer {
            access_token: AccessToken::Opaque(minted),
            expires_in_secs: services.lifetimes.access_token.as_secs(),
            refresh_token,
            scope: terms.scopes.join(" "),
            id_token: None,
        },
    })
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
