//! May this body be read at all? Asked of the head, before a byte of the body is.

use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH};
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::refused::Refused;

/// Why an adapter could not read a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(
    clippy::exhaustive_enums,
    reason = "too much, too little, too late is all there is"
)]
pub enum BodyError {
    /// It is longer than the limit; answered with 413.
    #[error("the body is longer than the route allows")]
    TooLarge,
    /// It ended early or could not be decoded; answered with 400.
    #[error("the body could not be read")]
    Broken,
    /// It did not arrive in time; answered with 408.
    #[error("the body took too long")]
    TooSlow,
}

/// Whether a request of this method has a body that means something
/// ([RFC 9110 §9.3](https://www.rfc-editor.org/rfc/rfc9110#section-9.3)).
pub(super) fn is_read_for(method: &Method) -> bool {
    !matches!(
        *method,
        Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE
    )
}

/// Refuses a body that says of itself that it is compressed or too large.
///
/// Source: [RFC 9110 §15.5.16](https://www.rfc-editor.org/rfc/rfc9110#section-15.5.16): a 415 for the content coding
/// says in `Accept-Encoding` what would be taken.
pub(super) fn check_head(headers: &HeaderMap, limit_bytes: usize) -> Result<(), Refused> {
    let is_plain = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"identity");
    if !headers.get_all(CONTENT_ENCODING).iter().all(is_plain) {
        let detail = "The body must not be compressed.";
        return Err(Refused::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            detail,
        )
        .with_field(ACCEPT_ENCODING, "identity"));
    }
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let limit = u64::try_from(limit_bytes).unwrap_or(u64::MAX);
    if announced.is_some_and(|length| length > limit) {
        return Err(BodyError::TooLarge.into());
    }
    Ok(())
}

impl From<BodyError> for Refused {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "content_too_large",
                "The body is larger than this route takes.",
            ),
            BodyError::Broken => Self::new(
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "The body could not be read.",
            ),
            BodyError::TooSlow => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "request_timeout",
                "The body did not arrive in time.",
            ),
        }
    }
}
