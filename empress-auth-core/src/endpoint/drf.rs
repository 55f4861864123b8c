//! `POST /api-token-auth/`: user name and password for a token, in the words of Django REST framework.
//!
//! What differs from DRF, where a better answer breaks no client:
//!
//! 1. `Authorization` is not read, so that a stale header cannot keep anybody from logging in;
//! 2. failures are counted per account and network, and answered 429 when there are too many;
//! 3. bodies are read strictly: broken escapes and repeated JSON members are refused.

use std::sync::Arc;

use bytes::Bytes;
use http::header::ALLOW;
use http::{HeaderValue, Method, Response, StatusCode};
use serde_json::{Map, Value, json};

use self::data::Data;
use super::answer;
use super::call::Call;
use super::media_type;
use super::refused::Refused;
use super::route::{Access, Route, SessionCookie};
use super::services::{Answered, Services};
use crate::actor::Actor;
use crate::issue_error::IssueErrorKind;
use crate::login;
use crate::password::Password;
use crate::preset::Preset;
use crate::rejection::{Refusal, Rejection, RejectionKind};

mod data;
mod fields;

const PATH: &str = "/api-token-auth/";

/// All routes of this face.
pub(super) fn routes(services: &Arc<Services>) -> Vec<Route> {
    let route = |route: Route, operation| {
        route
            .with_preset(Preset::Drf)
            .with_session_cookie(SessionCookie::Ignored)
            .with_operation(operation)
    };
    let obtain = services.endpoint(obtain_token);
    let describe = services.endpoint(describe);
    vec![
        route(
            Route::new(Method::POST, PATH, Access::Anyone, obtain),
            "obtain_token",
        ),
        route(
            Route::new(Method::OPTIONS, PATH, Access::Anyone, describe),
            "describe_obtain_token",
        ),
    ]
}

/// 1. Can the answer be JSON?
/// 2. What was sent, and is it a user name and a password?
/// 3. Is the password right?
/// 4. The token: the same one each time until it is revoked.
async fn obtain_token(services: Arc<Services>, call: Call) -> Answered {
    check_accept(&call)?;
    let fields = match fields::read(&Data::of(&call)?) {
        Ok(fields) => fields,
        Err(errors) => return Ok(bad_request(errors)),
    };
    // Verifying takes one of them; hashing anew takes the other.
    let (Ok(password), Ok(again)) = (
        Password::new(fields.password.as_bytes()),
        Password::new(fields.password.as_bytes()),
    ) else {
        return Ok(bad_request(fields::too_long()));
    };
    let source = &services.source;
    let checked = login::check_password(source, &fields.username, password, call.origin).await;
    let logged_in = match checked {
        Ok(logged_in) => logged_in,
        Err(Refusal::Unknown | Refusal::Inactive) => return Ok(unable_to_log_in()),
        Err(refusal) => return Err(refusal.into()),
    };
    let actor = Actor::from(&logged_in.identity).with_address(call.client_address());
    if let Some(outdated) = &logged_in.outdated {
        login::replace_hash(source, &*services.users, &actor, outdated, again).await;
    }
    let Some(master_key) = &services.master_key else {
        tracing::error!("there is no master key: the random generator did not answer at start");
        return Err(Rejection::unavailable().into());
    };
    let username = logged_in.identity.username();
    match services
        .tokens
        .drf_token(&actor, username, master_key)
        .await
    {
        Ok(token) => Ok(answer::json(&json!({ "token": token.expose_secret() }))),
        // Deleted or disabled since the password was checked.
        Err(error) if is_gone(error.kind()) => Ok(unable_to_log_in()),
        Err(error) => Err(error.into()),
    }
}

const fn is_gone(kind: IssueErrorKind) -> bool {
    matches!(
        kind,
        IssueErrorKind::NotFound | IssueErrorKind::ActorWithdrawn
    )
}

/// What DRF's metadata say of its view.
async fn describe(_: Arc<Services>, call: Call) -> Answered {
    check_accept(&call)?;
    let field = |label: &str, is_sent: bool| json!({ "type": "string", "required": is_sent, "read_only": !is_sent, "label": label });
    let mut response = answer::json(&json!({
        "name": "Obtain Auth Token",
        "description": "",
        "renders": [media_type::JSON],
        "parses": [media_type::FORM, media_type::MULTIPART, media_type::JSON],
        "actions": { "POST": {
            "username": field("Username", true),
            "password": field("Password", true),
            "token": field("Token", false),
        } },
    }));
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("POST, OPTIONS"));
    Ok(response)
}

fn check_accept(call: &Call) -> Result<(), Refused> {
    if media_type::accepts_json(call.headers()) {
        return Ok(());
    }
    let detail = "Could not satisfy the request Accept header.";
    Err(Refused::new(
        StatusCode::NOT_ACCEPTABLE,
        "not_acceptable",
        detail,
    ))
}

/// One answer for a wrong password, an unknown and an inactive user.
fn unable_to_log_in() -> Response<Bytes> {
    let detail = "Unable to log in with provided credentials.";
    let mut response = bad_request(fields::error("non_field_errors", detail));
    // For who counts refusals.
    response
        .extensions_mut()
        .insert(RejectionKind::WrongPassword);
    response
}

fn bad_request(errors: Map<String, Value>) -> Response<Bytes> {
    let mut response = answer::json(&Value::Object(errors));
    *response.status_mut() = StatusCode::BAD_REQUEST;
    response
}
