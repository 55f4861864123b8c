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
pub(super) fn answer(status: StatusCode, document: String, form_action: &str) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(document));
    *response.status_mut() = status;
    protect(response.headers_mut(), form_action);
    response
}

/// Puts a page in place of the body that a refusal has; status, challenges and `Retry-After` stay.
pub(super) fn in_place_of(
    mut refusal: Response<Bytes>,
    document: String,
    form_action: &str,
) -> Response<Bytes> {
    *refusal.body_mut() = Bytes::from(document);
    protect(refusal.headers_mut(), form_action);
    refusal
}

/// Nothing runs, nothing is framed, nothing is kept, nothing is told to others (P-16, P-17).
///
/// `form_action` is where the form of the page leads.
fn protect(headers: &mut HeaderMap, form_action: &str) {
    const POLICY: &str =
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'";
    // Made of words of ours and of registered URIs: there is nothing that a field may not have.
    let policy = HeaderValue::from_str(&format!("{POLICY}; form-action {form_action}"));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        policy.unwrap_or(HeaderValue::from_static(POLICY)),
    );
    for (name, value) in [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "no-referrer"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
