//! The token endpoint ([RFC 6749 §3.2](https://www.rfc-editor.org/rfc/rfc6749#section-3.2)).
//!
//! 1. [`Form`]: a strict form; a parameter twice → `invalid_request`
//! 2. [`request`]: a grant type that there is
//! 3. [`client_auth`]: which client, and does it prove it
//! 4. the grant: [`authorization_code`], [`refresh_token`] or [`client_credentials`], each a list of named checks
//! 5. [`issue`]: the tokens, made in memory; then one conditional write
//! 6. [`response`]: JSON that no cache keeps

use std::sync::Arc;

use empress_auth_core::endpoint::Call;

use self::request::TokenRequest;
use crate::client::GrantType;
use crate::client_auth::{self, AuthenticatedClient};
use crate::error::{ErrorCode, OAuthError};
use crate::form::Form;
use crate::services::{Answered, Services};

mod authorization_code;
mod client_credentials;
mod code_verifier;
mod id_token;
mod issue;
mod refresh_token;
mod request;
mod response;
mod roles;

/// `POST /oauth/token`, and Frappe's `get_token`.
pub(crate) async fn endpoint(services: Arc<Services>, call: Call) -> Answered {
    let form = Form::of_body(&call)?;
    let grant_type = request::grant_type(&form)?;
    let client = client_auth::authenticate(&services, &call, &form).await?;
    check_grant(&client, grant_type)?;
    let issued = match TokenRequest::read(grant_type, &form)? {
        TokenRequest::AuthorizationCode(request) => {
            authorization_code::exchange(&services, &client, &request, call.client_address()).await
        }
        TokenRequest::RefreshToken(request) => {
            refresh_token::refresh(&services, &client, &request).await
        }
        TokenRequest::ClientCredentials(request) => {
            client_credentials::grant(&services, &client, &request, call.client_address()).await
        }
    }?;
    Ok(response::render(&issued))
}

/// The client may use this grant.
fn check_grant(client: &AuthenticatedClient, grant_type: GrantType) -> Result<(), OAuthError> {
    let client = client.client();
    let needs_secret = grant_type == GrantType::ClientCredentials;
    let may = client.grants.contains(&grant_type) && !(needs_secret && client.is_public());
    may.then_some(())
        .ok_or_else(|| ErrorCode::UnauthorizedClient.into())
}
