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
    check_subject(services, &client.id).await?;
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

/// Whether `sub` can be the client's id (RFC 9068 §2.2) without being taken for a user's by whoever reads it.
///
/// RFC 9700 §4.15: "the authorization server SHOULD NOT allow clients to influence their `client_id` or any other claim that
/// could cause confusion with a genuine resource owner". Ours are no numbers; one that was put into the store by hand, or
/// came from elsewhere, may be one, and then a user of a day to come may get that id.
async fn check_subject(services: &Services, client_id: &str) -> Result<(), OAuthError> {
    let is_number = client_id.bytes().all(|byte| byte.is_ascii_digit());
    if is_number || services.users.user_by_id(client_id).await?.is_some() {
        tracing::warn!(client.id = %client_id, "the id of a client could be a user's: make another client");
        let sentence = "The client's id could be taken for a user's.";
        return Err(OAuthError::worded(ErrorCode::UnauthorizedClient, sentence));
    }
    Ok(())
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
