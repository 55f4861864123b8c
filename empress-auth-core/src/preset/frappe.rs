//! Frappe's envelope.
//!
//! | version | paths | body |
//! |---|---|---|
//! | 1 | `/api/method/…`, `/api/v1/method/…` | `exc_type`, `exception`, `_server_messages`, and `exc` unless switched off |
//! | 2 | `/api/v2/method/…` | `errors`: a list of `type`, `message`, `title`, `indicator` |

use http::StatusCode;
use serde_json::{Value, json};

use super::Preset;
use crate::rejection::{Rejection, RejectionKind};

pub(super) fn render(rejection: &Rejection, preset: Preset) -> (StatusCode, String) {
    let (status, exception, detail) = told(rejection);
    let mut body = envelope(exception, detail, preset);
    if rejection.kind() == RejectionKind::WrongPassword {
        // Clients of the login read this member alone.
        insert(&mut body, "message", detail);
    } else if rejection.kind() == RejectionKind::SessionEnded {
        insert(&mut body, "session_expired", 1);
    }
    (status, body.to_string())
}

pub(super) fn render_failure(status: StatusCode, detail: &str, preset: Preset) -> String {
    envelope(exception_of(status), detail, preset).to_string()
}

/// Status, exception and sentence; what is told of a login is the endpoint's to word.
fn told(rejection: &Rejection) -> (StatusCode, &'static str, &'static str) {
    match rejection.kind() {
        RejectionKind::Missing => (
            StatusCode::FORBIDDEN,
            "PermissionError",
            "You are not permitted to access this resource. Login to access",
        ),
        RejectionKind::NotBase64 => (
            StatusCode::BAD_REQUEST,
            "InvalidAuthorizationToken",
            "Failed to decode token, please provide a valid base64-encoded token.",
        ),
        RejectionKind::CsrfFailed => (StatusCode::BAD_REQUEST, "CSRFTokenError", "Invalid Request"),
        RejectionKind::SessionEnded => (
            StatusCode::UNAUTHORIZED,
            "SessionExpired",
            rejection.detail(),
        ),
        RejectionKind::WrongPassword => (
            StatusCode::UNAUTHORIZED,
            "AuthenticationError",
            rejection.worded().unwrap_or("Invalid login credentials"),
        ),
        RejectionKind::UnknownScheme
        | RejectionKind::SeveralCredentials
        | RejectionKind::SchemeAlone
        | RejectionKind::ExtraWords
        | RejectionKind::InvalidCharacters
        | RejectionKind::BasicContents
        | RejectionKind::Invalid
        | RejectionKind::Inactive
        | RejectionKind::Forbidden
        | RejectionKind::UnknownUser
        | RejectionKind::RateLimited
        | RejectionKind::Unavailable
        | RejectionKind::Busy
        | RejectionKind::LayerMissing => {
            let status = rejection.status();
            (status, exception_of(status), rejection.detail())
        }
    }
}

/// Frappe's exception for a status, the other way round than Frappe reads its table.
fn exception_of(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "AuthenticationError",
        403 | 405 => "PermissionError",
        404 => "DoesNotExistError",
        409 => "DuplicateEntryError",
        429 => "TooManyRequestsError",
        503 => "ServiceUnavailableError",
        500.. => "InternalServerError",
        _ => "ValidationError",
    }
}

/// In version 1 `_server_messages` is a JSON string of a list of JSON strings, and `exc` holds a sentence and never a
/// traceback: the `frappe-client` of `PyPI` takes an answer for an error only if `exc` is there.
fn envelope(exception: &str, detail: &str, preset: Preset) -> Value {
    if preset == Preset::FrappeV2 {
        let error = json!({
            "type": exception,
            "message": detail,
            "title": TITLE,
            "indicator": "red",
        });
        return json!({ "errors": [error] });
    }
    let message = json!({
        "message": detail,
        "title": TITLE,
        "indicator": "red",
        "raise_exception": 1,
    });
    let mut body = json!({
        "exception": format!("frappe.exceptions.{exception}: {detail}"),
        "exc_type": exception,
        "_server_messages": json!([message.to_string()]).to_string(),
    });
    if preset == Preset::Frappe {
        let exc = json!([format!("{exception}: {detail}")]);
        insert(&mut body, "exc", exc.to_string());
    }
    body
}

fn insert(body: &mut Value, name: &str, value: impl Into<Value>) {
    if let Some(members) = body.as_object_mut() {
        members.insert(name.to_owned(), value.into());
    }
}

const TITLE: &str = "Message";
