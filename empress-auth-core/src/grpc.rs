//! A refusal that a gRPC client understands: HTTP 200, the answer in `grpc-status` (gRPC over HTTP/2, "Trailers-Only").

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};

use crate::head::{Field, Head, field};
use crate::rejection::Rejection;

/// Whether a refusal of this request must be told in `grpc-status`.
pub fn is_grpc(head: &impl Head) -> bool {
    head.method() == "POST"
        && matches!(field(head, "content-type"), Field::Single(value)
            if value.starts_with(b"application/grpc") && !value.starts_with(b"application/grpc-web"))
}

pub(crate) fn render(rejection: &Rejection) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        "grpc-status",
        HeaderValue::from_static(code(rejection.status())),
    );
    headers.insert("grpc-message", HeaderValue::from_static(rejection.detail()));
    response
}

/// The canonical code for a status (gRPC, "Status codes and their use").
fn code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "3",
        StatusCode::FORBIDDEN => "7",
        StatusCode::TOO_MANY_REQUESTS => "8",
        StatusCode::SERVICE_UNAVAILABLE => "14",
        StatusCode::UNAUTHORIZED => "16",
        _ => "13",
    }
}
