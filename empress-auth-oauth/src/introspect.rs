//! Introspection ([RFC 7662](https://www.rfc-editor.org/rfc/rfc7662)): what is this token good for?
//!
//! 1. A confidential client asks about its own tokens, or about any if it is made for that (a resource server); a System
//!    Manager about any. Credentials of users are shown as everywhere, those of clients as at the token endpoint.
//! 2. Whatever is not active, or not the caller's to know of, is exactly `{"active":false}` (§2.2).
//! 3. Frappe's `introspect_token` answers those who do not say who they are, too, as its guide shows it, unless
//!    [switched off](crate::Switches::open_introspection): less, so often for each network, and only of what is for the
//!    provider's own resources.

use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use empress_auth_core::endpoint::Call;
use empress_auth_core::network::Network;
use empress_auth_core::{Actor, BasicField, Rejection, RejectionKind, administers};
use http::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, PRAGMA};

use self::members::Members;
use crate::client::Client;
use crate::client_auth::{self, AuthenticatedClient};
use crate::error::{ErrorCode, OAuthError};
use crate::form::Form;
use crate::resource;
use crate::services::{Answered, Services};
use crate::shown_token::ShownToken;

mod members;

/// Who asks, as far as it decides about the answer.
enum Asker {
    Client(AuthenticatedClient),
    SystemManager,
    /// Nobody who may ask; Frappe's open endpoint answers it.
    Anybody,
}

/// `POST /oauth/introspect`.
pub(crate) async fn endpoint(services: Arc<Services>, call: Call) -> Answered {
    let form = Form::of_body(&call)?;
    match asker(&services, &call, &form).await? {
        Ok(Asker::Anybody) => Ok(call.refuse(&Rejection::new(RejectionKind::Missing))),
        Ok(asker) => {
            let token = find(&services, &asker, &form).await?;
            let members = Members::standard(&services, token.as_ref()).await?;
            Ok(render(&members))
        }
        Err(rejection) => Ok(call.refuse(&rejection)),
    }
}

/// Frappe's `introspect_token`.
pub(crate) async fn frappe_endpoint(services: Arc<Services>, call: Call) -> Answered {
    let form = Form::of_body(&call)?;
    let asker = match asker(&services, &call, &form).await? {
        Err(rejection) if rejection.kind() == RejectionKind::Forbidden => Asker::Anybody,
        Err(rejection) => return Ok(call.refuse(&rejection)),
        Ok(asker) => asker,
    };
    let members = match asker {
        Asker::Anybody if !services.switches.open_introspection => {
            return Ok(call.refuse(&Rejection::new(RejectionKind::Missing)));
        }
        Asker::Anybody => {
            take_one(&services, &call)?;
            let token = find(&services, &Asker::Anybody, &form).await?;
            if let Some(Active { client, .. }) = &token {
                warn_of_stranger(&services, client);
            }
            let told = token.filter(|token| may_be_told(&services, token, &form));
            Members::open(told.as_ref())
        }
        asker @ (Asker::Client(_) | Asker::SystemManager) => {
            let token = find(&services, &asker, &form).await?;
            Members::of_frappe(&services, token.as_ref()).await?
        }
    };
    Ok(render(&members))
}

/// Finds out who asks: a client if it is one that is shown, else whoever the layer knows.
async fn asker(
    services: &Services,
    call: &Call,
    form: &Form,
) -> Result<Result<Asker, Rejection>, OAuthError> {
    let shows_client = form.get("client_id").is_some()
        || form.get("client_secret").is_some()
        || form.get("client_assertion").is_some()
        || matches!(
            BasicField::read(call.headers()),
            BasicField::Pair(_) | BasicField::Malformed | BasicField::Several
        );
    if shows_client {
        let client = client_auth::authenticate(services, call, form).await?;
        // Whoever knows a public client's id is nobody (§2.1: "MUST also require some form of authorization").
        return if client.client().is_public() {
            Err(ErrorCode::InvalidClient.into())
        } else {
            Ok(Ok(Asker::Client(client)))
        };
    }
    Ok(match call.authenticate().await {
        // Not by its roles alone: an issuer of others does not say who administers here.
        Ok(Some(identity)) if Actor::from(&identity).check(&administers()).is_ok() => {
            Ok(Asker::SystemManager)
        }
        Ok(Some(_)) => Err(Rejection::forbidden(administers())),
        Ok(None) => Ok(Asker::Anybody),
        Err(rejection) => Err(rejection),
    })
}

/// The token that is asked about, if it is active and the asker may know of it.
async fn find(
    services: &Services,
    asker: &Asker,
    form: &Form,
) -> Result<Option<Active>, OAuthError> {
    let shown = form
        .get("token")
        .ok_or_else(|| OAuthError::invalid_request("The parameter token is missing."))?;
    let Some(token) = ShownToken::find(services, shown).await? else {
        return Ok(None);
    };
    let client_id = &token.grant().granted.client_id;
    let may_know = match asker {
        Asker::SystemManager | Asker::Anybody => true,
        Asker::Client(asker) => {
            let asker = asker.client();
            asker.options.introspect_any || asker.id == *client_id
        }
    };
    if !may_know || !is_active(&token, services.clock.now()) {
        return Ok(None);
    }
    let client = services.clients.client(client_id).await?;
    Ok(client.map(|client| Active { token, client }))
}

/// A token that is good at this moment, with its client.
struct Active {
    token: ShownToken,
    client: Arc<Client>,
}

fn is_active(token: &ShownToken, now: SystemTime) -> bool {
    match token {
        ShownToken::Access(found) => now < found.row.expires_at,
        ShownToken::Refresh(found) => {
            now < found.row.expires_at
                && now < found.grant.expires_at
                && found.row.is_accepted_after(found.last_used)
        }
    }
}

/// Whether who does not say who it is may know of this token. It can only be a resource server of the provider's own, as
/// Frappe is one: what is for another resource opens nothing there, nor does a refresh token, which has no type in the
/// answer that would say so.
fn may_be_told(services: &Services, active: &Active, form: &Form) -> bool {
    let resources = match &active.token {
        ShownToken::Access(found) => &found.row.audience,
        ShownToken::Refresh(_) if form.get("token_type_hint") != Some("refresh_token") => {
            return false;
        }
        ShownToken::Refresh(found) => &found.grant.granted.resources,
    };
    resource::audience(resources.clone(), &services.public_url).is_empty()
}

/// One answer of the open endpoint for this network.
fn take_one(services: &Services, call: &Call) -> Result<(), OAuthError> {
    let network = call
        .counted_address()
        .map(|address| Network::around(address, 32, 64));
    let now = services.clock.monotonic();
    let taken = services.open_introspections.take(&network, now);
    taken.map_err(|refused| OAuthError::slow_down(refused.wait()))
}

/// Tells the operator which applications' resource servers still have to be given a credential before the open endpoint can
/// be switched off: once an hour for each.
fn warn_of_stranger(services: &Services, client: &Client) {
    let now = services.clock.monotonic();
    let warnings = &services.open_introspection_warnings;
    if warnings.take(&client.id, now).is_ok() {
        tracing::warn!(
            client.id = %client.id,
            "tokens of this client are asked about without a credential: register a client with introspect_any for whoever \
             does so, then switch open_introspection off"
        );
    }
}

fn render(members: &Members) -> Response<Bytes> {
    let body = serde_json::to_vec(members).unwrap_or_default();
    let mut response = Response::new(Bytes::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
