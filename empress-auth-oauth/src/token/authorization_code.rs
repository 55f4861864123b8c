//! A code for tokens ([RFC 6749 §4.1.3](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3)).
//!
//! 1. the code is one of ours, and genuine: a forged one with a right id ends nothing;
//! 2. [`check_same_client`], [`check_not_expired`], [`check_redirect_uri`],
//!    [`check_code_verifier`](super::code_verifier::check_code_verifier), in this order;
//! 3. the user may still use the client ([`check_roles`]);
//! 4. tokens are made, and the code is redeemed for them in one conditional write.
//!
//! A wrong verifier shown by the right client makes the code worthless: whoever holds a stolen code has one guess. A code
//! that is shown again, with everything else right, ends the grant that it gave
//! ([RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2)): one of two who hold it is a thief. With
//! anything wrong beside it, it ends nothing, or whoever saw an old code could log users out.

use std::net::IpAddr;
use std::time::SystemTime;

use empress_auth_core::{StoreErrorKind, TokenId, TokenKind};

use super::code_verifier::check_code_verifier;
use super::issue::{self, ATTEMPTS, Answer, Terms};
use super::request::CodeRequest;
use super::roles::check_roles;
use crate::client::{Client, GrantType};
use crate::client_auth::AuthenticatedClient;
use crate::error::{ErrorCode, OAuthError};
use crate::grant::{CodeRow, CodeUse, Grant};
use crate::resource::{check_granted_resource, check_resource};
use crate::scope::check_still_allowed;
use crate::services::Services;
use crate::store::Redeemed;

pub(super) async fn exchange(
    services: &Services,
    client: &AuthenticatedClient,
    request: &CodeRequest<'_>,
    from: Option<IpAddr>,
) -> Result<Answer, OAuthError> {
    let client = client.client();
    let now = services.clock.now();
    let code = find_code(services, request.code).await?;
    check_same_client(&code, client)?;
    check_not_expired(&code, now)?;
    check_redirect_uri(&code, request.redirect_uri)?;
    let verified = check_code_verifier(
        code.challenge.as_ref(),
        request.code_verifier,
        &client.options,
    );
    match (verified, code.used) {
        (Ok(()), CodeUse::Unused) => {}
        (Ok(()), CodeUse::Redeemed(grant_id)) => {
            return Err(end_grant(services, grant_id, now).await);
        }
        (Err(refused), CodeUse::Unused) => {
            services.grants.spend_code(code.id).await?;
            return Err(refused);
        }
        (_, CodeUse::Spent) | (Err(_), CodeUse::Redeemed(_)) => {
            return Err(OAuthError::invalid_grant());
        }
    }
    check_roles(services, client, &code.granted).await?;
    let asked = check_resource(request.resources.iter().copied(), &services.resources)?;
    let resources = check_granted_resource(asked, &code.granted.resources, &services.public_url)?;
    redeem(services, client, &code, resources, from, now).await
}

/// The code, if this is really it.
async fn find_code(services: &Services, shown: &str) -> Result<CodeRow, OAuthError> {
    let id = services
        .mint
        .id_of(TokenKind::Code, shown)
        .ok_or_else(OAuthError::invalid_grant)?;
    let found = services.grants.code(id).await?;
    found
        .filter(|code| code.digest.is_of(shown.as_bytes()))
        .ok_or_else(OAuthError::invalid_grant)
}

/// "ensure that the authorization code was issued to the authenticated confidential client, or if the client is public,
/// ensure that the code was issued to `client_id` in the request" (RFC 6749 §4.1.3).
fn check_same_client(code: &CodeRow, client: &Client) -> Result<(), OAuthError> {
    require(*code.granted.client_id == *client.id)
}

/// A used code does not expire: that it is shown again is told by it.
fn check_not_expired(code: &CodeRow, now: SystemTime) -> Result<(), OAuthError> {
    require(now < code.expires_at || code.used != CodeUse::Unused)
}

/// "ensure that the `redirect_uri` parameter is present if the `redirect_uri` parameter was included in the initial
/// authorization request […], and if included ensure that their values are identical" (RFC 6749 §4.1.3). It may be left out
/// where PKCE binds the code ([OAuth 2.1 §4.1.3](https://datatracker.ietf.org/doc/html/draft-ietf-oauth-v2-1-15)).
fn check_redirect_uri(code: &CodeRow, shown: Option<&str>) -> Result<(), OAuthError> {
    require(match shown {
        Some(shown) => *code.redirect_uri == *shown,
        None => !code.redirect_uri_was_sent || code.challenge.is_some(),
    })
}

async fn redeem(
    services: &Services,
    client: &Client,
    code: &CodeRow,
    resources: Vec<Box<str>>,
    from: Option<IpAddr>,
    now: SystemTime,
) -> Result<Answer, OAuthError> {
    // What was taken from the client since is not granted: neither to a token nor, by `offline_access`, to the grant.
    let mut granted = code.granted.clone();
    granted.scopes = check_still_allowed(&granted.scopes, &client.scopes)?;
    let refreshes = client.grants.contains(&GrantType::RefreshToken);
    // Of a grant that is not renewed nothing is kept beyond its one access token, not even that its code was used.
    let expires_at = now
        + if refreshes {
            services.lifetimes.grant
        } else {
            services.lifetimes.access_token
        };
    for _ in 0..ATTEMPTS {
        let grant_id = services.mint.make(TokenKind::Refresh, now)?.id;
        let terms = Terms {
            client,
            granted: &granted,
            grant_id: Some(grant_id),
            grant_expires_at: expires_at,
            scopes: &granted.scopes,
            resources: resources.clone(),
            generation: refreshes.then_some(FIRST_GENERATION),
            nonce: granted.nonce.as_deref(),
            now,
        };
        let issued = issue::issue(services, &terms).await?;
        let mut grant = Grant::new(grant_id, granted.clone(), now, expires_at);
        grant.from = from;
        match services
            .grants
            .redeem_code(code.id, grant, issued.rows)
            .await
        {
            Ok(Redeemed::First) => return Ok(issued.answer),
            Ok(Redeemed::Again(grant_id)) => return Err(end_grant(services, grant_id, now).await),
            Ok(Redeemed::Gone) => return Err(OAuthError::invalid_grant()),
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ErrorCode::TemporarilyUnavailable.into())
}

/// The code was redeemed before, and everything beside it was right: its grant ends.
async fn end_grant(services: &Services, grant_id: TokenId, now: SystemTime) -> OAuthError {
    match services.grants.end_grant(grant_id, now).await {
        Ok(ended) => {
            if ended {
                tracing::warn!(grant.id = %grant_id, "a code was shown again: its grant ended");
            }
            OAuthError::invalid_grant()
        }
        Err(error) => error.into(),
    }
}

fn require(holds: bool) -> Result<(), OAuthError> {
    holds.then_some(()).ok_or_else(OAuthError::invalid_grant)
}

/// Of the refresh token that a code gives.
const FIRST_GENERATION: u32 = 1;
