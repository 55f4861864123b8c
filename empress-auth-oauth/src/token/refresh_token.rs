//! New tokens for a refresh token ([RFC 6749 §6](https://www.rfc-editor.org/rfc/rfc6749#section-6)).
//!
//! Each refresh gives another refresh token; the store decides, by the rules of
//! [`RefreshTokenRow`](crate::grant::RefreshTokenRow), whether the one that was shown still is good: one whose answer was
//! lost is, one whose successor was used ends the family
//! ([RFC 9700 §4.14.2](https://www.rfc-editor.org/rfc/rfc9700#section-4.14.2)). A forged one with a right id, or one shown
//! by another client, ends nothing.

use std::time::SystemTime;

use empress_auth_core::{StoreErrorKind, TokenKind};

use super::issue::{self, ATTEMPTS, Answer, Terms};
use super::request::RefreshRequest;
use super::roles::check_roles;
use crate::client::Client;
use crate::client_auth::AuthenticatedClient;
use crate::error::{ErrorCode, OAuthError};
use crate::resource::{check_granted_resource, check_resource};
use crate::scope::{check_scope, check_still_allowed};
use crate::services::Services;
use crate::store::{Rotated, StoredRefreshToken};

pub(super) async fn refresh(
    services: &Services,
    client: &AuthenticatedClient,
    request: &RefreshRequest<'_>,
) -> Result<Answer, OAuthError> {
    let client = client.client();
    let now = services.clock.now();
    let shown = find_refresh_token(services, request.refresh_token).await?;
    check_same_client(&shown, client)?;
    check_not_expired(&shown, now)?;
    let granted = &shown.grant.granted;
    check_roles(services, client, granted).await?;
    let allowed = check_still_allowed(&granted.scopes, &client.scopes)?;
    let scopes = check_scope(request.scope, &allowed)?;
    let asked = check_resource(request.resources.iter().copied(), &services.resources)?;
    let resources = check_granted_resource(asked, &granted.resources, &services.public_url)?;
    for _ in 0..ATTEMPTS {
        let terms = Terms {
            client,
            granted,
            grant_id: Some(shown.grant.id),
            grant_expires_at: shown.grant.expires_at,
            scopes: &scopes,
            resources: resources.clone(),
            generation: Some(shown.row.generation.saturating_add(1)),
            nonce: None,
            now,
        };
        let issued = issue::issue(services, &terms).await?;
        match services.grants.rotate(shown.row.id, issued.rows).await {
            Ok(Rotated::Done) => {
                if shown.last_used.is_some_and(|last| last.id == shown.row.id) {
                    tracing::info!(
                        grant.id = %shown.grant.id,
                        "a refresh token was shown again: its answer was lost, or it was stolen"
                    );
                }
                return Ok(issued.answer);
            }
            Ok(Rotated::Reused) => {
                tracing::warn!(grant.id = %shown.grant.id, "a refresh token was used twice: its grant ended");
                return Err(OAuthError::invalid_grant());
            }
            Ok(Rotated::TooMany(room_at)) => {
                tracing::warn!(grant.id = %shown.grant.id, "a grant was refreshed too often: it has to wait");
                let wait = room_at.duration_since(now).unwrap_or_default();
                return Err(OAuthError::slow_down(wait));
            }
            Ok(Rotated::Gone) => return Err(OAuthError::invalid_grant()),
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(ErrorCode::TemporarilyUnavailable.into())
}

/// The token, if this is really it.
async fn find_refresh_token(
    services: &Services,
    shown: &str,
) -> Result<StoredRefreshToken, OAuthError> {
    let id = services
        .mint
        .id_of(TokenKind::Refresh, shown)
        .ok_or_else(OAuthError::invalid_grant)?;
    let found = services.grants.refresh_token(id).await?;
    found
        .filter(|stored| stored.row.digest.is_of(shown.as_bytes()))
        .ok_or_else(OAuthError::invalid_grant)
}

/// "the authorization server MUST […] ensure that the refresh token was issued to the authenticated client" (RFC 6749 §6).
fn check_same_client(shown: &StoredRefreshToken, client: &Client) -> Result<(), OAuthError> {
    require(*shown.grant.granted.client_id == *client.id)
}

/// Neither left alone for too long nor beyond the end of its family.
fn check_not_expired(shown: &StoredRefreshToken, now: SystemTime) -> Result<(), OAuthError> {
    require(now < shown.row.expires_at && now < shown.grant.expires_at)
}

fn require(holds: bool) -> Result<(), OAuthError> {
    holds.then_some(()).ok_or_else(OAuthError::invalid_grant)
}
