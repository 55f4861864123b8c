//! What does a client learn when nothing was done? One table from our errors to statuses; the preset of the route gives
//! them their shape.

use bytes::Bytes;
use http::header::{HeaderName, HeaderValue};
use http::{Response, StatusCode};

use crate::authenticator::Authenticator;
use crate::issue_error::{IssueError, IssueErrorKind};
use crate::preset::{Failure, Preset};
use crate::rejection::{Refusal, Rejection, RejectionKind};

/// Why an endpoint did not do what it was asked.
#[derive(Debug, Clone)]
pub(super) enum Refused {
    /// Because of who asks.
    Caller(Rejection),
    /// Because of what is asked.
    Request(Failure),
}

impl Refused {
    pub(super) fn new(status: StatusCode, code: &'static str, detail: &str) -> Self {
        Self::Request(Failure {
            status,
            code,
            detail: detail.to_owned(),
            field: None,
        })
    }

    /// 400: the request breaks a rule, which the text names.
    pub(super) fn invalid(detail: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", detail)
    }

    /// 404, for what does not exist and for what the caller may not know of.
    pub(super) fn not_found(detail: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", detail)
    }

    /// With a header field that says what would be accepted.
    pub(super) fn with_field(self, name: HeaderName, value: &str) -> Self {
        match self {
            Self::Caller(_) => self,
            Self::Request(failure) => Self::Request(Failure {
                field: HeaderValue::from_str(value).ok().map(|value| (name, value)),
                ..failure
            }),
        }
    }

    pub(super) fn render(&self, authenticator: &Authenticator, preset: Preset) -> Response<Bytes> {
        match self {
            Self::Caller(rejection) => render(rejection, authenticator),
            Self::Request(failure) => preset.render_failure(failure),
        }
    }
}

/// A refusal on account of the caller. Its kind goes along in the response's extensions, for who counts refusals.
pub(super) fn render(rejection: &Rejection, authenticator: &Authenticator) -> Response<Bytes> {
    let mut response = authenticator.render(rejection);
    response.extensions_mut().insert(rejection.kind());
    response
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self::Caller(rejection)
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Caller(Rejection::refused(refusal, None, false))
    }
}

impl From<IssueError> for Refused {
    fn from(error: IssueError) -> Self {
        let with = |status, code| Self::new(status, code, &error.to_string());
        match error.kind() {
            IssueErrorKind::NotPermitted => Self::Caller(match error.requirement() {
                Some(requirement) => Rejection::forbidden(requirement.clone()),
                None => {
                    let forbidden = Rejection::new(RejectionKind::Forbidden);
                    match error.because() {
                        Some(sentence) => forbidden.in_words(sentence),
                        None => forbidden,
                    }
                }
            }),
            IssueErrorKind::NotFound => with(StatusCode::NOT_FOUND, "not_found"),
            IssueErrorKind::Invalid => with(StatusCode::BAD_REQUEST, "invalid_request"),
            IssueErrorKind::Conflict => with(StatusCode::CONFLICT, "conflict"),
            IssueErrorKind::LimitReached => with(StatusCode::CONFLICT, "limit_reached"),
            IssueErrorKind::ActorWithdrawn => Self::Caller(Rejection::new(RejectionKind::Invalid)),
            IssueErrorKind::Unavailable => {
                let cause = std::error::Error::source(&error).map(ToString::to_string);
                tracing::error!(error = %error, cause, "nothing was issued, changed or revoked");
                Self::Caller(Rejection::unavailable())
            }
        }
    }
}
