//! Revocation ([RFC 7009](https://www.rfc-editor.org/rfc/rfc7009)).
//!
//! 1. A client revokes its own tokens. One that is unknown, expired or another client's is answered like one that was
//!    revoked (§2.2), and nothing happens to it.
//! 2. An access token and a refresh token of one grant go together: whoever throws one of them away is done.
//! 3. Frappe's `revoke_token` also takes a bare token, as its guides show it, if the token's client is public: to hold it is
//!    all that such a client can show.
//! 4. What could not be revoked is never answered 200.

use std::sync::Arc;

use bytes::Bytes;
use empress_auth_core::endpoint::Call;
use http::Response;
use http::header::{AUTHORIZATION, CACHE_CONTROL, CONTENT_TYPE, HeaderValue, PRAGMA};

use crate::client_auth::{self, AuthenticatedClient};
use crate::error::{ErrorCode, OAuthError};
use crate::form::Form;
use crate::services::{Answered, Services};
use crate::shown_token::ShownToken;

/// `POST /oauth/revoke`.
pub(crate) async fn endpoint(services: Arc<Services>, call: Call) -> Answered {
    let form = Form::of_body(&call)?;
    revoke_of_client(&services, &call, &form).await
}

/// Frappe's `revoke_token`.
pub(crate) async fn frappe_endpoint(services: Arc<Services>, call: Call) -> Answered {
    let form = Form::of_body(&call)?;
    let says_who = form.get("client_id").is_some()
        || form.get("client_secret").is_some()
        || form.get("client_assertion").is_some()
        || call.headers().contains_key(AUTHORIZATION);
    if says_who {
        revoke_of_client(&services, &call, &form).await
    } else {
        revoke_bare(&services, &form).await
    }
}

async fn revoke_of_client(services: &Services, call: &Call, form: &Form) -> Answered {
    let client = client_auth::authenticate(services, call, form).await?;
    let Some(token) = ShownToken::find_to_end(services, token(form)?).await? else {
        return Ok(revoked());
    };
    if is_of(&token, &client) {
        end_grant(services, &token).await?;
    }
    Ok(revoked())
}

async fn revoke_bare(services: &Services, form: &Form) -> Answered {
    let Some(token) = ShownToken::find_to_end(services, token(form)?).await? else {
        return Ok(revoked());
    };
    let client = services.clients.client(&token.grant().granted.client_id);
    if client.await?.is_some_and(|client| !client.is_public()) {
        return Err(ErrorCode::InvalidClient.into());
    }
    end_grant(services, &token).await?;
    Ok(revoked())
}

fn token(form: &Form) -> Result<&str, OAuthError> {
    form.get("token")
        .ok_or_else(|| OAuthError::invalid_request("The parameter token is missing."))
}

fn is_of(token: &ShownToken, client: &AuthenticatedClient) -> bool {
    *token.grant().granted.client_id == *client.client().id
}

async fn end_grant(services: &Services, token: &ShownToken) -> Result<(), OAuthError> {
    let now = services.clock.now();
    services.grants.end_grant(token.grant().id, now).await?;
    Ok(())
}

/// RFC 7009 §2.2: "The content of the response body is ignored by the client". Several read it all the same, and want what
/// the media type promises (AS-7009-12): an empty object, as Frappe answers.
fn revoked() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(b"{}"));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
