//! The style sheet of all pages, under a name that changes with it, so that browsers may keep it for ever.

use std::fmt::Write as _;

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Response};
use sha2::{Digest as _, Sha256};

const TEXT: &str = include_str!("../../static/pages.css");

/// Its path: `/static/pages.0123456789abcdef.css`, behind `prefix`.
pub(super) fn path(prefix: &str) -> String {
    let digest = Sha256::digest(TEXT.as_bytes());
    let mut path = format!("{prefix}/static/pages.");
    for byte in digest.iter().take(8) {
        // Writing to a `String` cannot fail.
        _ = write!(path, "{byte:02x}");
    }
    path.push_str(".css");
    path
}

/// The file.
pub(super) fn answer() -> Response<Bytes> {
    let mut response = Response::new(Bytes::from_static(TEXT.as_bytes()));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/css; charset=utf-8"),
    );
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("public, max-age=31536000, immutable"),
    );
    response
}
