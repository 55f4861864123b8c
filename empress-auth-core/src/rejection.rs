//! Why a request is refused, and what the client is told: one table.
//!
//! The sentences are constants. What happened in detail goes to the log, where it was found out.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::challenge::Offer;
use crate::credentials::Malformed;
use crate::preset::Preset;
use crate::requirement::Requirement;
use crate::scheme::Scheme;

mod prepared;

/// A refused request: made by an [`Authenticator`](crate::Authenticator), an extractor or a requirement, rendered by the
/// layer around them.
#[derive(Debug, Clone)]
pub struct Rejection {
    kind: RejectionKind,
    /// The scheme that the client used.
    scheme: Option<Scheme>,
    retry_after_secs: u32,
    requirement: Option<Arc<Requirement>>,
    /// In place of the sentence of the table.
    worded: Option<&'static str>,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RejectionKind {
    /// No credentials were sent, and they are required.
    Missing,
    /// The field is there and empty, or its scheme is unknown or not accepted here.
    UnknownScheme,
    /// Two fields, or credentials in two places.
    SeveralCredentials,
    /// A scheme and nothing behind it.
    SchemeAlone,
    /// More than one word behind the scheme.
    ExtraWords,
    /// Bytes that are no text.
    InvalidCharacters,
    /// Basic whose contents are not base64.
    NotBase64,
    /// Basic whose contents are not user-id, colon and password in UTF-8 without controls.
    BasicContents,
    /// Unknown, expired, revoked, a wrong secret, too long, or from a network it is not allowed from.
    Invalid,
    /// The user of a valid credential is disabled.
    Inactive,
    /// A wrong user name or password.
    WrongPassword,
    /// The cookie shows a session that has ended, or none that there ever was.
    SessionEnded,
    /// A cookie decided, and nothing shows that a page of the same origin sent the request.
    CsrfFailed,
    /// The caller is known and may not.
    Forbidden,
    /// The application knows no user for the proven identity.
    UnknownUser,
    /// Too many failures of this account or network.
    RateLimited,
    /// The store did not answer.
    Unavailable,
    /// Too many passwords are being checked.
    Busy,
    /// An extractor or requirement ran without the layer around it.
    LayerMissing,
}

/// Why a well-formed credential was not accepted; what waiters on one flight share.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    Unknown,
    Inactive,
    Limited(Duration),
    Busy,
    Unavailable,
}

/// One row of the table.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    /// For machines; the RFC 6750 word where there is one.
    pub(crate) code: &'static str,
    /// For people.
    pub(crate) detail: &'static str,
    /// `error` of a Bearer challenge; `None` where no credentials were sent or none would help.
    pub(crate) bearer_error: Option<&'static str>,
}

impl Rejection {
    /// A rejection of this kind.
    #[must_use]
    pub const fn new(kind: RejectionKind) -> Self {
        Self {
            kind,
            scheme: None,
            retry_after_secs: 0,
            requirement: None,
            worded: None,
        }
    }

    /// The caller lacks `requirement`.
    #[must_use]
    pub fn forbidden(requirement: Requirement) -> Self {
        Self::lacking(Arc::new(requirement))
    }

    pub(crate) fn lacking(requirement: Arc<Requirement>) -> Self {
        Self {
            requirement: Some(requirement),
            ..Self::new(RejectionKind::Forbidden)
        }
    }

    pub(crate) fn malformed(malformed: Malformed) -> Self {
        let kind = match malformed {
            Malformed::Empty | Malformed::UnknownScheme => RejectionKind::UnknownScheme,
            Malformed::SchemeAlone(_) => RejectionKind::SchemeAlone,
            Malformed::ExtraWords(_) => RejectionKind::ExtraWords,
            Malformed::InvalidCharacters(_) => RejectionKind::InvalidCharacters,
            Malformed::TooLong(_) | Malformed::NotACredential(_) => RejectionKind::Invalid,
            Malformed::NotBase64 => RejectionKind::NotBase64,
            Malformed::BasicContents => RejectionKind::BasicContents,
        };
        Self {
            scheme: malformed.scheme(),
            ..Self::new(kind)
        }
    }

    pub(crate) fn refused(refusal: Refusal, scheme: Option<Scheme>, by_password: bool) -> Self {
        let (kind, retry_after) = match refusal {
            // DRF's own back end, too, tells nobody that a user is inactive.
            Refusal::Unknown | Refusal::Inactive if by_password => {
                (RejectionKind::WrongPassword, Duration::ZERO)
            }
            Refusal::Unknown => (RejectionKind::Invalid, Duration::ZERO),
            Refusal::Inactive => (RejectionKind::Inactive, Duration::ZERO),
            Refusal::Limited(after) => (RejectionKind::RateLimited, after),
            Refusal::Busy => (RejectionKind::Busy, Duration::from_secs(1)),
            Refusal::Unavailable => (RejectionKind::Unavailable, Duration::from_secs(1)),
        };
        Self {
            scheme,
            retry_after_secs: whole_secs(retry_after),
            ..Self::new(kind)
        }
    }

    /// The same in words of an endpoint.
    pub(crate) const fn in_words(mut self, sentence: &'static str) -> Self {
        self.worded = Some(sentence);
        self
    }

    /// The words of an endpoint.
    pub(crate) const fn worded(&self) -> Option<&'static str> {
        self.worded
    }

    pub(crate) fn unavailable() -> Self {
        Self::refused(Refusal::Unavailable, None, false)
    }

    /// Why.
    #[must_use]
    pub const fn kind(&self) -> RejectionKind {
        self.kind
    }

    /// The scheme that the client used, if one was found.
    #[must_use]
    pub const fn scheme(&self) -> Option<Scheme> {
        self.scheme
    }

    /// What the caller lacks, for [`RejectionKind::Forbidden`].
    #[must_use]
    pub fn requirement(&self) -> Option<&Requirement> {
        self.requirement.as_deref()
    }

    /// How long the client should wait, in whole seconds; 0 if that would not help.
    #[must_use]
    pub const fn retry_after_secs(&self) -> u32 {
        let outage = matches!(self.kind, RejectionKind::Unavailable | RejectionKind::Busy);
        if outage && self.retry_after_secs == 0 {
            1
        } else {
            self.retry_after_secs
        }
    }

    /// The status that the default preset answers with.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.answer().status
    }

    /// The machine's word for it, such as `invalid_token`.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.answer().code
    }

    /// The sentence for people; a constant.
    #[must_use]
    pub const fn detail(&self) -> &'static str {
        self.answer().detail
    }

    /// The response of the default preset, for a rejection that no layer renders.
    #[must_use]
    pub fn to_response(&self) -> Response<Bytes> {
        Preset::default().render(self, &Offer::default())
    }

    pub(crate) const fn answer(&self) -> Answer {
        const NOT_PROVIDED: &str = "Authentication credentials were not provided.";
        let (status, code, detail, bearer_error) = match self.kind {
            RejectionKind::Missing => (
                StatusCode::UNAUTHORIZED,
                "not_authenticated",
                NOT_PROVIDED,
                None,
            ),
            RejectionKind::UnknownScheme => (
                StatusCode::UNAUTHORIZED,
                "unsupported_scheme",
                "The authentication scheme is not supported here.",
                None,
            ),
            RejectionKind::SeveralCredentials => (
                StatusCode::BAD_REQUEST,
                "invalid_request",
                "More than one set of credentials was provided.",
                Some("invalid_request"),
            ),
            RejectionKind::SchemeAlone => (
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "Invalid token header. No credentials provided.",
                Some("invalid_token"),
            ),
            RejectionKind::ExtraWords => (
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "Invalid token header. Token string should not contain spaces.",
                Some("invalid_token"),
            ),
            RejectionKind::InvalidCharacters => (
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "Invalid token header. Token string should not contain invalid characters.",
                Some("invalid_token"),
            ),
            RejectionKind::NotBase64 | RejectionKind::BasicContents => (
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "Invalid basic header. Credentials not correctly base64 encoded.",
                None,
            ),
            RejectionKind::Invalid | RejectionKind::Inactive => (
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "Invalid token.",
                Some("invalid_token"),
            ),
            RejectionKind::WrongPassword => (
                StatusCode::UNAUTHORIZED,
                "invalid_token",
                "Invalid username/password.",
                None,
            ),
            RejectionKind::SessionEnded => (
                StatusCode::UNAUTHORIZED,
                "session_ended",
                "The session has ended. Log in again.",
                Some("invalid_token"),
            ),
            RejectionKind::CsrfFailed => (
                StatusCode::FORBIDDEN,
                "csrf_failed",
                "CSRF Failed: nothing shows that this site sent the request.",
                None,
            ),
            RejectionKind::Forbidden => (
                StatusCode::FORBIDDEN,
                "insufficient_scope",
                "You do not have permission to perform this action.",
                Some("insufficient_scope"),
            ),
            RejectionKind::UnknownUser => (
                StatusCode::FORBIDDEN,
                "unknown_user",
                "You do not have permission to perform this action.",
                None,
            ),
            RejectionKind::RateLimited => (
                StatusCode::TOO_MANY_REQUESTS,
                "throttled",
                "Request was throttled.",
                None,
            ),
            RejectionKind::Unavailable | RejectionKind::Busy => (
                StatusCode::SERVICE_UNAVAILABLE,
                "unavailable",
                "Credentials cannot be checked at the moment.",
                None,
            ),
            RejectionKind::LayerMissing => (
                StatusCode::INTERNAL_SERVER_ERROR,
                "server_error",
                "The server is not set up to answer this request.",
                None,
            ),
        };
        Answer {
            status,
            code,
            detail: match self.worded {
                Some(sentence) => sentence,
                None => detail,
            },
            bearer_error,
        }
    }
}

/// Whole seconds, rounded up, as `Retry-After` wants them.
fn whole_secs(duration: Duration) -> u32 {
    let secs = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    u32::try_from(secs).unwrap_or(u32::MAX)
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code(), self.detail())
    }
}

impl std::error::Error for Rejection {}
