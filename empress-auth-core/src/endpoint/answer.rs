//! The answers that are no refusals.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, LOCATION};
use http::{Response, StatusCode};
use serde_json::Value;

/// 200 with a JSON body.
pub(super) fn json(body: &Value) -> Response<Bytes> {
    // Not `to_string`, which goes through the formatting machinery. A value can always be written.
    let body = serde_json::to_vec(body).unwrap_or_default();
    let mut response = Response::new(Bytes::from(body));
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, json);
    response
}

/// 201 with a JSON body and the place of what was made.
pub(super) fn created(location: &str, body: &Value) -> Response<Bytes> {
    let mut response = json(body);
    *response.status_mut() = StatusCode::CREATED;
    let location = HeaderValue::from_str(location).ok();
    response
        .headers_mut()
        .extend(location.map(|location| (LOCATION, location)));
    response
}

/// 204.
pub(super) fn no_content() -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
