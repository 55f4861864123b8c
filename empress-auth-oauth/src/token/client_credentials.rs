//! A token that a client has for itself ([RFC 6749 §4.4](https://www.rfc-editor.org/rfc/rfc6749#section-4.4)).
//!
//! No refresh token (§4.4.3: "SHOULD NOT"), no ID token: there is no user. The token is the only one of its grant, so that
//! both have one id.

use std::net::IpAddr;

use empress_auth_core::StoreErrorKind;

use super::issue::{self, ATTEMPTS, Answer, Terms};
use super::request::ClientCredentialsRequest;
use crate::client_auth::AuthenticatedClient;
use crate::error::{ErrorCode, OAuthError};
use crate::grant::{Grant, Granted};
use crate::resource::check_resource;
use crate::scope::check_scope;
use crate::services::Services;

pub(super) async fn grant(
    services: &Services,
    client: &AuthenticatedClient,
    request: &ClientCredentialsRequest<'_>,
    from: Option<IpAddr>,
) -> Result<Answer, OAuthError> {
    let client = client.client();
    let mut scopes = check_scope(request.scope, &client.scopes)?;
    scopes.retain(|scope| !USERS_SCOPES.contains(&&**scope));
    let resources = check_resource(request.resources.iter().copied(), &services.resources)?;
    let mut granted = Granted::new(&client.id, None, &scopes);
    granted.resources.clone_from(&resources);
    let now = services.clock.now();
    let expires_at = now + services.lifetimes.access_token;
    for _ in 0..ATTEMPTS {
        let terms = Terms {
            client,
            granted: &granted,
            grant_id: None,
            grant_expires_at: expires_at,
            scopes: &scopes,
            resources: resources.clone(),
            generation: None,
            nonce: None,
            now,
        };
        let issued = issue::issue(services, &terms).await?;
        let id = issued.rows.access.grant_id;
        let mut grant = Grant::new(id, granted.clone(), now, expires_at);
        grant.from = from;
        match services
            .grants
            .insert_client_grant(grant, issued.rows)
            .await
        {
            Ok(()) => return Ok(issued.answer),
            Err(error) if error.kind() == StoreErrorKind::Conflict => {}
            // Deleted since it authenticated.
            Err(error) if error.kind() == StoreErrorKind::NotFound => {
                return Err(ErrorCode::InvalidClient.into());
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(ErrorCode::TemporarilyUnavailable.into())
}

/// What only a user's token can be for: a client has no profile, and does not log in.
const USERS_SCOPES: [&str; 6] = [
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    "offline_access",
];
