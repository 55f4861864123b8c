//! A document that is made once and answered often: metadata, and the published keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH};
use http::{Response, StatusCode};
use serde::Serialize;

use crate::cors;

/// A JSON document that anybody may read and keep for a while.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    body: Bytes,
    etag: HeaderValue,
}

impl Document {
    /// The document that says `value`.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        // Strings, lists and truth values can always be written.
        let body = serde_json::to_vec(value).unwrap_or_default();
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &body);
        let etag = format!("\"{}\"", URL_SAFE_NO_PAD.encode(digest));
        Self {
            body: body.into(),
            // Always is one.
            etag: HeaderValue::from_str(&etag).unwrap_or(HeaderValue::from_static("\"\"")),
        }
    }

    /// What it says.
    #[cfg(test)]
    pub(crate) const fn body(&self) -> &Bytes {
        &self.body
    }

    /// The answer to a request: 304 for who has it already
    /// ([RFC 9110 §13.1.2](https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2)).
    pub(crate) fn answer(&self, request: &HeaderMap) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        let is_known = request
            .get_all(IF_NONE_MATCH)
            .iter()
            .any(|known| self.is_among(known.as_bytes()));
        let headers = response.headers_mut();
        headers.insert(ETAG, self.etag.clone());
        headers.insert(CACHE_CONTROL, KEPT_FOR);
        if is_known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *response.body_mut() = self.body.clone();
        }
        cors::allow(&mut response);
        response
    }

    /// Whether a field value names this document; weak or not makes no difference here.
    fn is_among(&self, known: &[u8]) -> bool {
        known.split(|byte| *byte == b',').any(|tag| {
            let tag = tag.trim_ascii();
            tag == b"*" || tag.strip_prefix(b"W/").unwrap_or(tag) == self.etag.as_bytes()
        })
    }
}

/// [`JWKS_MAX_AGE`](crate::keys::JWKS_MAX_AGE); and for a day more where we do not answer
/// ([RFC 5861 §4](https://www.rfc-editor.org/rfc/rfc5861#section-4)).
const KEPT_FOR: HeaderValue = HeaderValue::from_static("public, max-age=300, stale-if-error=86400");

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn who_has_the_document_does_not_get_it_again() {
        let document = Document::json(&["a"]);
        let etag = document.etag.to_str().unwrap();
        for (known, status) in [
            (String::new(), 200),
            ("\"other\"".to_owned(), 200),
            (etag.trim_matches('"').to_owned(), 200),
            (etag.to_owned(), 304),
            (format!("W/{etag}"), 304),
            (format!("\"a\" , {etag}"), 304),
            ("*".to_owned(), 304),
        ] {
            let mut request = HeaderMap::new();
            request.insert(IF_NONE_MATCH, known.parse().unwrap());
            let answer = document.answer(&request);
            assert_eq!(answer.status(), status, "{known}");
            assert_eq!(answer.body().is_empty(), status == 304);
            assert_eq!(answer.headers()[ETAG], etag);
            assert_eq!(answer.headers()["access-control-allow-origin"], "*");
        }
    }

    #[test]
    fn another_document_has_another_tag() {
        assert_eq!(Document::json(&1).etag, Document::json(&1).etag);
        assert_ne!(Document::json(&1).etag, Document::json(&2).etag);
    }

    // KY-1 counts on it
    #[test]
    fn it_is_kept_as_long_as_rotation_takes_it_to_be() {
        assert_eq!(crate::keys::JWKS_MAX_AGE, Duration::from_secs(300));
        assert!(KEPT_FOR.to_str().unwrap().contains("max-age=300,"));
    }
}
