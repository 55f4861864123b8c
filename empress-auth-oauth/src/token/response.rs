//! A successful answer ([RFC 6749 §5.1](https://www.rfc-editor.org/rfc/rfc6749#section-5.1)).

use bytes::Bytes;
use http::Response;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, PRAGMA};
use serde::Serialize;

use super::issue::Answer;

/// The members, in the order in which Frappe answers them.
#[derive(Serialize)]
struct Members<'a> {
    access_token: &'a str,
    expires_in: u64,
    token_type: &'static str,
    scope: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
}

pub(super) fn render(answer: &Answer) -> Response<Bytes> {
    let members = Members {
        access_token: answer.access_token.expose_secret(),
        expires_in: answer.expires_in_secs,
        token_type: "Bearer",
        scope: &answer.scope,
        refresh_token: answer
            .refresh_token
            .as_ref()
            .map(|minted| minted.expose_secret()),
        id_token: answer.id_token.as_ref().map(|id_token| id_token.as_str()),
    };
    // Texts and a number can always be written.
    let body = serde_json::to_vec(&members).unwrap_or_default();
    let mut response = Response::new(Bytes::from(body));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}
