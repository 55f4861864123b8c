//! What does a client learn when it gets nothing? One table from error codes to statuses and sentences.
//!
//! The sentences are constants within the characters of [RFC 6749
//! §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2). What happened in detail goes to the log, and no secret with it.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use empress_auth_core::{EntropyError, IssueError, StoreError};
use http::header::{
    CACHE_CONTROL, CONTENT_TYPE, HeaderValue, PRAGMA, RETRY_AFTER, WWW_AUTHENTICATE,
};
use http::{HeaderMap, Response, StatusCode};
use serde_json::json;

/// An error of the registry of OAuth 2
/// ([RFC 6749 §11.4](https://www.rfc-editor.org/rfc/rfc6749#section-11.4)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorCode {
    /// A parameter is missing, repeated or cannot be read.
    InvalidRequest,
    /// The client did not prove who it is.
    InvalidClient,
    /// The code or refresh token is worth nothing, or nothing to this client.
    InvalidGrant,
    /// The client may not ask for this.
    UnauthorizedClient,
    /// There is no such grant type here.
    UnsupportedGrantType,
    /// There is no such response type here.
    UnsupportedResponseType,
    /// The scope is malformed, unknown or more than allowed.
    InvalidScope,
    /// The resource is malformed, unknown or not granted (RFC 8707 §2).
    InvalidTarget,
    /// The token cannot be revoked (RFC 7009 §2.2.1).
    UnsupportedTokenType,
    /// The user said no.
    AccessDenied,
    /// The user must log in, and must not be asked to (OpenID Connect Core §3.1.2.6).
    LoginRequired,
    /// The user must consent, and must not be asked to.
    ConsentRequired,
    /// The user must do something, and must not be asked to.
    InteractionRequired,
    /// The user must choose an account, and must not be asked to.
    AccountSelectionRequired,
    /// `request` is not supported.
    RequestNotSupported,
    /// `request_uri` is not supported.
    RequestUriNotSupported,
    /// `registration` is not supported.
    RegistrationNotSupported,
    /// Too many wrong secrets; not in the registry of token errors, so that the status says it (429).
    SlowDown,
    /// Something that cannot happen did.
    ServerError,
    /// The store is down; later it may work.
    TemporarilyUnavailable,
}

/// One row of the table.
struct Row {
    word: &'static str,
    status: StatusCode,
    is_redirectable: bool,
    sentence: &'static str,
}

impl ErrorCode {
    /// The word on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.row().word
    }

    /// The status, where the answer is no redirect.
    #[must_use]
    pub const fn status(self) -> StatusCode {
        self.row().status
    }

    /// Whether a client may be told by a redirect from the authorization endpoint
    /// ([RFC 6749 §4.1.2.1](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2.1)), once it is known where to.
    #[must_use]
    pub const fn is_redirectable(self) -> bool {
        self.row().is_redirectable
    }

    const fn row(self) -> Row {
        const BAD: StatusCode = StatusCode::BAD_REQUEST;
        let (word, status, is_redirectable, sentence) = match self {
            Self::InvalidRequest => ("invalid_request", BAD, true, "The request is malformed."),
            Self::InvalidClient => (
                "invalid_client",
                StatusCode::UNAUTHORIZED,
                false,
                "Client authentication failed.",
            ),
            Self::InvalidGrant => (
                "invalid_grant",
                BAD,
                false,
                "The code or token is invalid, expired, revoked or was issued to another client.",
            ),
            Self::UnauthorizedClient => (
                "unauthorized_client",
                BAD,
                true,
                "The client may not use this grant.",
            ),
            Self::UnsupportedGrantType => (
                "unsupported_grant_type",
                BAD,
                false,
                "The grant type is not supported.",
            ),
            Self::UnsupportedResponseType => (
                "unsupported_response_type",
                BAD,
                true,
                "The response type is not supported.",
            ),
            Self::InvalidScope => (
                "invalid_scope",
                BAD,
                true,
                "The scope is malformed or more than allowed.",
            ),
            Self::InvalidTarget => (
                "invalid_target",
                BAD,
                true,
                "The resource is malformed, unknown or was not granted.",
            ),
            Self::UnsupportedTokenType => (
                "unsupported_token_type",
                BAD,
                false,
                "Tokens of this type cannot be revoked.",
            ),
            Self::AccessDenied => ("access_denied", BAD, true, "The user denied the request."),
            Self::LoginRequired => ("login_required", BAD, true, "The user must log in."),
            Self::ConsentRequired => ("consent_required", BAD, true, "The user must consent."),
            Self::InteractionRequired => (
                "interaction_required",
                BAD,
                true,
                "The user must be asked something.",
            ),
            Self::AccountSelectionRequired => (
                "account_selection_required",
                BAD,
                true,
                "The user must select an account.",
            ),
            Self::RequestNotSupported => (
                "request_not_supported",
                BAD,
                true,
                "The parameter request is not supported.",
            ),
            Self::RequestUriNotSupported => (
                "request_uri_not_supported",
                BAD,
                true,
                "The parameter request_uri is not supported.",
            ),
            Self::RegistrationNotSupported => (
                "registration_not_supported",
                BAD,
                true,
                "The parameter registration is not supported.",
            ),
            Self::SlowDown => (
                "slow_down",
                StatusCode::TOO_MANY_REQUESTS,
                false,
                "Too many attempts. Try again later.",
            ),
            Self::ServerError => (
                "server_error",
                StatusCode::INTERNAL_SERVER_ERROR,
                true,
                "The server cannot answer.",
            ),
            Self::TemporarilyUnavailable => (
                "temporarily_unavailable",
                StatusCode::SERVICE_UNAVAILABLE,
                true,
                "The server cannot answer at the moment. Try again later.",
            ),
        };
        Row {
            word,
            status,
            is_redirectable,
            sentence,
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a client gets nothing.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{code}: {sentence}")]
pub struct OAuthError {
    code: ErrorCode,
    sentence: &'static str,
    retry_after_secs: u64,
    challenges_basic: bool,
    #[source]
    cause: Option<StoreError>,
}

impl OAuthError {
    /// An error in the words of the table.
    #[must_use]
    pub const fn new(code: ErrorCode) -> Self {
        Self::worded(code, code.row().sentence)
    }

    /// An error in words of its own: `%x20-21 / %x23-5B / %x5D-7E`, a constant.
    #[must_use]
    pub const fn worded(code: ErrorCode, sentence: &'static str) -> Self {
        Self {
            code,
            sentence,
            retry_after_secs: 0,
            challenges_basic: false,
            cause: None,
        }
    }

    /// `invalid_request`, saying what is wrong with it.
    #[must_use]
    pub const fn invalid_request(sentence: &'static str) -> Self {
        Self::worded(ErrorCode::InvalidRequest, sentence)
    }

    /// `invalid_grant`, the same for every reason.
    #[must_use]
    pub const fn invalid_grant() -> Self {
        Self::new(ErrorCode::InvalidGrant)
    }

    /// 429: wait so long.
    #[must_use]
    pub fn slow_down(wait: Duration) -> Self {
        let started = u64::from(wait.subsec_nanos() > 0);
        Self {
            retry_after_secs: (wait.as_secs() + started).max(1),
            ..Self::new(ErrorCode::SlowDown)
        }
    }

    /// The client used `Authorization`, so that a 401 names the scheme
    /// ([RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2)).
    #[must_use]
    pub const fn with_basic_challenge(mut self) -> Self {
        self.challenges_basic = true;
        self
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// `error_description`: a constant sentence.
    #[must_use]
    pub const fn description(&self) -> &'static str {
        self.sentence
    }

    /// Tells the log, once, where the error is handled.
    pub(crate) fn log(&self) {
        let code = self.code.as_str();
        match &self.cause {
            Some(cause) => {
                tracing::error!(oauth.error = code, cause = %all_causes(cause), "no answer");
            }
            None => tracing::debug!(
                oauth.error = code,
                oauth.description = self.sentence,
                "refused"
            ),
        }
    }

    /// The answer of an endpoint that clients call.
    #[must_use]
    pub fn to_response(&self) -> Response<Bytes> {
        let body = json!({ "error": self.code.as_str(), "error_description": self.sentence });
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = self.code.status();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
        if self.challenges_basic && self.code.status() == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, BASIC);
        }
        self.put_retry_after(headers);
        response
    }

    /// Says when to come back, if that is of use: for a response of whatever form.
    pub(crate) fn put_retry_after(&self, headers: &mut HeaderMap) {
        let is_outage = self.code.status() == StatusCode::SERVICE_UNAVAILABLE;
        let secs = self.retry_after_secs.max(is_outage.into());
        if secs > 0 {
            headers.insert(RETRY_AFTER, secs.into());
        }
    }
}

/// What went wrong, and why, as deep as it is known; an error that repeats its source's words is not told twice.
pub(crate) fn all_causes(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !told.ends_with(&words) {
            told = format!("{told}: {words}");
        }
        source = cause.source();
    }
    told
}

/// [RFC 7617 §2](https://www.rfc-editor.org/rfc/rfc7617#section-2): the realm is required.
const BASIC: HeaderValue = HeaderValue::from_static("Basic realm=\"oauth\", charset=\"UTF-8\"");

impl From<ErrorCode> for OAuthError {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

/// An outage is never a refusal.
impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        Self {
            cause: Some(error),
            ..Self::new(ErrorCode::TemporarilyUnavailable)
        }
    }
}

impl From<EntropyError> for OAuthError {
    fn from(error: EntropyError) -> Self {
        StoreError::unavailable(error).into()
    }
}

impl From<IssueError> for OAuthError {
    fn from(error: IssueError) -> Self {
        StoreError::unavailable(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [ErrorCode; 20] = [
        ErrorCode::InvalidRequest,
        ErrorCode::InvalidClient,
        ErrorCode::InvalidGrant,
        ErrorCode::UnauthorizedClient,
        ErrorCode::UnsupportedGrantType,
        ErrorCode::UnsupportedResponseType,
        ErrorCode::InvalidScope,
        ErrorCode::InvalidTarget,
        ErrorCode::UnsupportedTokenType,
        ErrorCode::AccessDenied,
        ErrorCode::LoginRequired,
        ErrorCode::ConsentRequired,
        ErrorCode::InteractionRequired,
        ErrorCode::AccountSelectionRequired,
        ErrorCode::RequestNotSupported,
        ErrorCode::RequestUriNotSupported,
        ErrorCode::RegistrationNotSupported,
        ErrorCode::SlowDown,
        ErrorCode::ServerError,
        ErrorCode::TemporarilyUnavailable,
    ];

    // AS-6749-8, AS-6749-24
    #[test]
    fn words_and_sentences_are_of_the_characters_that_are_allowed() {
        let allowed = |byte: u8| (0x20..=0x7e).contains(&byte) && !matches!(byte, b'"' | b'\\');
        for code in ALL {
            let error = OAuthError::new(code);
            assert!(error.description().bytes().all(allowed), "{code}");
            assert!(
                code.as_str()
                    .bytes()
                    .all(|b| b == b'_' || b.is_ascii_lowercase())
            );
            let response = error.to_response();
            assert_eq!(response.headers()[CACHE_CONTROL], "no-store");
            assert_eq!(response.headers()[PRAGMA], "no-cache");
            assert_eq!(response.headers()[CONTENT_TYPE], "application/json");
            assert!(!response.headers().contains_key(WWW_AUTHENTICATE));
        }
    }

    // AS-6749-25
    #[test]
    fn a_client_that_used_basic_is_told_the_scheme() {
        let error = OAuthError::new(ErrorCode::InvalidClient).with_basic_challenge();
        let response = error.to_response();
        assert_eq!(response.status(), 401);
        assert_eq!(
            response.headers()[WWW_AUTHENTICATE],
            "Basic realm=\"oauth\", charset=\"UTF-8\""
        );
    }

    #[test]
    fn an_outage_is_no_refusal_and_keeps_its_cause_to_itself() {
        let cause = StoreError::unavailable(std::io::Error::other("host db1 is down"));
        let response = OAuthError::from(cause).to_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()[RETRY_AFTER], "1");
        assert!(!String::from_utf8_lossy(response.body()).contains("db1"));
    }

    #[test]
    fn a_wait_is_told_in_whole_seconds() {
        for (millis, secs) in [(0, "1"), (1, "1"), (1_000, "1"), (1_001, "2")] {
            let response = OAuthError::slow_down(Duration::from_millis(millis)).to_response();
            assert_eq!(response.status(), 429);
            assert_eq!(response.headers()[RETRY_AFTER], secs);
        }
    }
}
