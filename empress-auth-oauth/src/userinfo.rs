//! Userinfo ([OpenID Connect Core §5.3](https://openid.net/specs/openid-connect-core-1_0.html#UserInfo)).
//!
//! 1. The access token stands in `Authorization`, or in the form of a POST
//!    ([RFC 6750 §2.2](https://www.rfc-editor.org/rfc/rfc6750#section-2.2)); never in both, never in the URL.
//! 2. It is one of a user, and `openid` is among its scopes: `all` is everything but this.
//! 3. What is answered follows from its scopes.

use std::sync::Arc;

use bytes::Bytes;
use empress_auth_core::endpoint::Call;
use empress_auth_core::{CredentialKind, Identity, Rejection, RejectionKind, TokenId};
use http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use http::{Method, Response};
use serde_json::{Map, Value};

use crate::claims;
use crate::error::OAuthError;
use crate::form::Form;
use crate::scope;
use crate::services::{Answered, Services};

/// `GET` and `POST /oauth/userinfo`, and Frappe's `openid_profile`.
pub(crate) async fn endpoint(services: Arc<Services>, call: Call) -> Answered {
    match answer(&services, &call).await {
        Ok(claims) => Ok(render(claims)),
        Err(Refused::Caller(rejection)) => Ok(call.refuse(&rejection)),
        Err(Refused::Request(error)) => Err(error),
    }
}

enum Refused {
    Caller(Rejection),
    /// An outage, or a form that cannot be read.
    Request(OAuthError),
}

async fn answer(services: &Services, call: &Call) -> Result<Map<String, Value>, Refused> {
    let identity = authenticate(call).await?;
    let id = check_access_token(&identity)?;
    let outage = |error| Refused::Request(OAuthError::from(error));
    let found = services.grants.access_token(id).await.map_err(outage)?;
    // Ended since it was verified.
    let found = found.ok_or_else(invalid)?;
    if !scope::has(&found.row.scopes, "openid") {
        return Err(Refused::Caller(Rejection::forbidden(
            empress_auth_core::scope("openid"),
        )));
    }
    let user_id = found.grant.granted.user_id.ok_or_else(invalid)?;
    let user = services.users.user_by_id(&user_id).await.map_err(outage)?;
    let user = user.ok_or_else(invalid)?;
    let mut claims = claims::of_user(&user, &found.row.scopes);
    claims.insert("sub".to_owned(), (*user_id).into());
    claims.insert("iss".to_owned(), services.issuer().into());
    Ok(claims)
}

/// Whoever shows a token, in one place.
async fn authenticate(call: &Call) -> Result<Identity, Refused> {
    let in_form = if *call.method() == Method::POST && Form::is_one(call) {
        Form::of_body(call).map_err(Refused::Request)?
    } else {
        Form::empty()
    };
    let identity = match in_form.get("access_token") {
        None => call.authenticate().await?,
        Some(_) if call.headers().contains_key(AUTHORIZATION) => {
            return Err(Rejection::new(RejectionKind::SeveralCredentials).into());
        }
        Some(access_token) => Some(call.authenticate_bearer(access_token).await?),
    };
    identity.ok_or_else(|| Rejection::new(RejectionKind::Missing).into())
}

/// Any other credential of the user is not what was granted to a client.
fn check_access_token(identity: &Identity) -> Result<TokenId, Refused> {
    if identity.proof() != CredentialKind::AccessToken {
        return Err(invalid());
    }
    TokenId::parse(identity.credential_id()).ok_or_else(invalid)
}

fn invalid() -> Refused {
    Rejection::new(RejectionKind::Invalid).into()
}

fn render(claims: Map<String, Value>) -> Response<Bytes> {
    let body = serde_json::to_vec(&Value::Object(claims)).unwrap_or_default();
    let mut response = Response::new(Bytes::from(body));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self::Caller(rejection)
    }
}
