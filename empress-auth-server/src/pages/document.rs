//! How a page is made of its template, and what goes around it.

use askama::Template;
use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, REFERRER_POLICY,
    X_FRAME_OPTIONS,
};
use http::{HeaderValue, Response, StatusCode};

/// The document of a template.
pub(super) fn document(template: &impl Template) -> String {
    template.render().unwrap_or_else(|error| {
        // Only a value that cannot be written fails, and ours are texts.
        tracing::error!(error = %error, "a page could not be made");
        String::new()
    })
}

/// A page with its status.
pub(super) fn answer(status: StatusCode, document: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(document));
    *response.status_mut() = status;
    protect(response.headers_mut());
    response
}

/// Puts a page in place of the body that a refusal has; status, challenges and `Retry-After` stay.
pub(super) fn in_place_of(mut refusal: Response<Bytes>, document: String) -> Response<Bytes> {
    *refusal.body_mut() = Bytes::from(document);
    protect(refusal.headers_mut());
    refusal
}

/// Nothing runs, nothing is framed, nothing is kept, nothing is told to others (SECURITY P-16, P-17).
///
/// There is no `form-action`: browsers hold the redirects behind a form to it, too, and a login may lead on to any client.
fn protect(headers: &mut HeaderMap) {
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
