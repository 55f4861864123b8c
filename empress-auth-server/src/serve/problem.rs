//! The answers of the program itself: to a head that no route should see, to a path that is none of ours, after a panic.

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

/// [RFC 9457](https://www.rfc-editor.org/rfc/rfc9457) `application/problem+json`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Problem {
    pub(super) status: StatusCode,
    pub(super) code: &'static str,
    pub(super) detail: &'static str,
}

impl Problem {
    pub(super) const NOT_FOUND: Self = Self {
        status: StatusCode::NOT_FOUND,
        code: "not_found",
        detail: "There is nothing here.",
    };

    pub(super) const PANICKED: Self = Self {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        code: "server_error",
        detail: "The server failed on this request.",
    };

    /// 400, and what is wrong with the head.
    pub(super) const fn bad_head(detail: &'static str) -> Self {
        Self {
            status: StatusCode::BAD_REQUEST,
            code: "invalid_request",
            detail,
        }
    }

    /// 503, and why.
    pub(super) const fn not_ready(detail: &'static str) -> Self {
        Self {
            status: StatusCode::SERVICE_UNAVAILABLE,
            code: "unavailable",
            detail,
        }
    }

    pub(super) fn to_response(self) -> Response<Bytes> {
        let Self {
            status,
            code,
            detail,
        } = self;
        let title = status.canonical_reason().unwrap_or_default();
        let body =
            json!({ "title": title, "status": status.as_u16(), "detail": detail, "code": code });
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
