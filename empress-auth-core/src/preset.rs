//! In whose words is a refusal told?

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use http::{Response, StatusCode};
use serde_json::json;

use crate::challenge::Offer;
use crate::rejection::{Rejection, RejectionKind};
use crate::scheme::Scheme;

/// The shape of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Preset {
    /// RFC 9457 `application/problem+json`; its member `detail` holds the sentence that DRF clients read.
    #[default]
    Problem,
    /// Django REST framework's: `{"detail": …}` and the bare challenge of the first scheme.
    Drf,
    /// Frappe's envelope: `exc_type`, `exception`, `exc`, `_server_messages`.
    Frappe,
    /// The same without `exc`, which some clients take for a traceback and others need to see an error at all.
    FrappeWithoutExc,
    /// OAuth 2's: `{"error": …, "error_description": …}`.
    OAuth,
}

/// How a layer renders its refusals.
#[derive(Clone)]
pub(crate) enum Renderer {
    Preset(Preset),
    Custom(Arc<Render>),
}

pub(crate) type Render = dyn Fn(&Rejection) -> Response<Bytes> + Send + Sync;

impl Renderer {
    pub(crate) fn render(&self, rejection: &Rejection, offer: &Offer) -> Response<Bytes> {
        match self {
            Self::Preset(preset) => preset.render(rejection, offer),
            Self::Custom(render) => render(rejection),
        }
    }
}

impl fmt::Debug for Renderer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Preset(preset) => preset.fmt(f),
            Self::Custom(_) => f.write_str("Custom(..)"),
        }
    }
}

impl Preset {
    pub(crate) fn render(self, rejection: &Rejection, offer: &Offer) -> Response<Bytes> {
        let (status, content_type, body) = match self {
            Self::Problem => problem(rejection),
            Self::Drf => drf(rejection),
            Self::Frappe | Self::FrappeWithoutExc => frappe(rejection, self),
            Self::OAuth => oauth(rejection),
        };
        let mut response = answer(status, content_type, body);
        let headers = response.headers_mut();
        if self == Self::Drf {
            if status == StatusCode::UNAUTHORIZED {
                headers.extend(offer.bare_challenge().map(|line| (WWW_AUTHENTICATE, line)));
            }
        } else if Offer::applies_to(rejection.kind(), status)
            || (self.is_frappe() && rejection.kind() == RejectionKind::Missing)
        {
            for line in offer.challenges(rejection) {
                headers.append(WWW_AUTHENTICATE, line);
            }
        }
        if rejection.retry_after_secs() > 0 {
            headers.insert(RETRY_AFTER, rejection.retry_after_secs().into());
        }
        response
    }

    /// Whether refusals come in Frappe's envelope.
    pub(crate) const fn is_frappe(self) -> bool {
        matches!(self, Self::Frappe | Self::FrappeWithoutExc)
    }

    /// A refusal that has nothing to do with credentials, such as a body that cannot be read.
    pub(crate) fn render_failure(self, failure: &Failure) -> Response<Bytes> {
        let Failure {
            status,
            code,
            detail,
            field,
        } = failure;
        let (content_type, body) = match self {
            Self::Problem => (PROBLEM, problem_body(*status, code, detail)),
            Self::Drf => (JSON, json!({ "detail": detail }).to_string()),
            Self::Frappe | Self::FrappeWithoutExc => {
                (JSON, frappe_body(frappe_type(*status), detail, self))
            }
            Self::OAuth => (
                JSON,
                json!({ "error": code, "error_description": detail }).to_string(),
            ),
        };
        let mut response = answer(*status, content_type, body);
        response.headers_mut().extend(field.clone());
        response
    }
}

/// A request that an endpoint cannot answer, whoever sent it.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    /// What would be accepted instead: `Allow`, `Accept`, …
    pub(crate) field: Option<(HeaderName, HeaderValue)>,
}

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

/// A response that no cache may keep.
fn answer(status: StatusCode, content_type: &'static str, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_LENGTH, body.len().into());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    *response.body_mut() = Bytes::from(body);
    response
}

fn problem(rejection: &Rejection) -> (StatusCode, &'static str, String) {
    let status = rejection.status();
    (
        status,
        PROBLEM,
        problem_body(status, rejection.code(), rejection.detail()),
    )
}

/// RFC 9457 §3.1; `type` is left out, which means `about:blank`.
fn problem_body(status: StatusCode, code: &str, detail: &str) -> String {
    let title = status.canonical_reason().unwrap_or_default();
    json!({ "title": title, "status": status.as_u16(), "detail": detail, "code": code }).to_string()
}

fn drf(rejection: &Rejection) -> (StatusCode, &'static str, String) {
    const NOT_PROVIDED: &str = "Authentication credentials were not provided.";
    let basic = rejection.scheme() == Some(Scheme::Basic);
    let (status, detail) = match rejection.kind() {
        RejectionKind::UnknownScheme => (StatusCode::UNAUTHORIZED, NOT_PROVIDED),
        RejectionKind::SeveralCredentials => (
            StatusCode::UNAUTHORIZED,
            "Invalid token header. Token string should not contain spaces.",
        ),
        RejectionKind::SchemeAlone if basic => (
            StatusCode::UNAUTHORIZED,
            "Invalid basic header. No credentials provided.",
        ),
        RejectionKind::ExtraWords if basic => (
            StatusCode::UNAUTHORIZED,
            "Invalid basic header. Credentials string should not contain spaces.",
        ),
        RejectionKind::Inactive => (StatusCode::UNAUTHORIZED, "User inactive or deleted."),
        RejectionKind::RateLimited => {
            let secs = rejection.retry_after_secs();
            let unit = if secs == 1 { "second" } else { "seconds" };
            let detail = format!("Request was throttled. Expected available in {secs} {unit}.");
            return (
                rejection.status(),
                JSON,
                json!({ "detail": detail }).to_string(),
            );
        }
        RejectionKind::Missing
        | RejectionKind::SchemeAlone
        | RejectionKind::ExtraWords
        | RejectionKind::InvalidCharacters
        | RejectionKind::NotBase64
        | RejectionKind::BasicContents
        | RejectionKind::Invalid
        | RejectionKind::WrongPassword
        | RejectionKind::CsrfFailed
        | RejectionKind::Forbidden
        | RejectionKind::UnknownUser
        | RejectionKind::Unavailable
        | RejectionKind::Busy
        | RejectionKind::LayerMissing => (rejection.status(), rejection.detail()),
    };
    (status, JSON, json!({ "detail": detail }).to_string())
}

fn oauth(rejection: &Rejection) -> (StatusCode, &'static str, String) {
    let body = json!({ "error": rejection.code(), "error_description": rejection.detail() });
    (rejection.status(), JSON, body.to_string())
}

fn frappe(rejection: &Rejection, preset: Preset) -> (StatusCode, &'static str, String) {
    let (status, exception, detail) = match rejection.kind() {
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
        RejectionKind::UnknownScheme
        | RejectionKind::SeveralCredentials
        | RejectionKind::SchemeAlone
        | RejectionKind::ExtraWords
        | RejectionKind::InvalidCharacters
        | RejectionKind::BasicContents
        | RejectionKind::Invalid
        | RejectionKind::Inactive
        | RejectionKind::WrongPassword
        | RejectionKind::Forbidden
        | RejectionKind::UnknownUser
        | RejectionKind::RateLimited
        | RejectionKind::Unavailable
        | RejectionKind::Busy
        | RejectionKind::LayerMissing => {
            let exception = frappe_type(rejection.status());
            (rejection.status(), exception, rejection.detail())
        }
    };
    (status, JSON, frappe_body(exception, detail, preset))
}

/// Frappe's exception for a status, the other way round than Frappe reads its table.
fn frappe_type(status: StatusCode) -> &'static str {
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

/// `_server_messages` is a JSON string of a list of JSON strings; `exc` holds a sentence and never a traceback: the
/// `frappe-client` of `PyPI` takes an answer for an error only if `exc` is there.
fn frappe_body(exception: &str, detail: &str, preset: Preset) -> String {
    let message = json!({
        "message": detail,
        "title": "Message",
        "indicator": "red",
        "raise_exception": 1,
    });
    let messages = json!([message.to_string()]);
    let mut body = json!({
        "exception": format!("frappe.exceptions.{exception}: {detail}"),
        "exc_type": exception,
        "_server_messages": messages.to_string(),
    });
    if preset == Preset::Frappe
        && let Some(members) = body.as_object_mut()
    {
        let exc = json!([format!("{exception}: {detail}")]);
        members.insert("exc".to_owned(), exc.to_string().into());
    }
    body.to_string()
}
