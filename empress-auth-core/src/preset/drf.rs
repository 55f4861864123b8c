//! Django REST framework's words.

use http::StatusCode;
use serde_json::json;

use super::JSON;
use crate::rejection::{Rejection, RejectionKind};
use crate::scheme::Scheme;

pub(super) fn render(rejection: &Rejection) -> (StatusCode, &'static str, String) {
    const NOT_PROVIDED: &str = "Authentication credentials were not provided.";
    let basic = rejection.scheme() == Some(Scheme::Basic);
    let (status, detail) = match rejection.kind() {
        // DRF takes a session that has ended for none.
        RejectionKind::UnknownScheme | RejectionKind::SessionEnded => {
            (StatusCode::UNAUTHORIZED, NOT_PROVIDED)
        }
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
