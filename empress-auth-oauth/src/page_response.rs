//! What stands around the HTML: the status and the header fields of every page.
//!
//! 1. Nothing loads from elsewhere, nothing runs that stands in the document, nobody frames it (P-16, P-17).
//! 2. Neither a cache nor a `Referer` keeps what is in its URL (O-30).
//! 3. A form leads where [`form_action`] says.
//!
//! Deliberately without `Cross-Origin-Opener-Policy`: an application that opened us in a window wants to hear from it.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, LOCATION,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use http::{HeaderMap, Response, StatusCode};
use serde_json::json;

use crate::form_action;
use crate::pages::{ErrorPage, Pages};

/// What a page may do besides showing itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy<'a> {
    /// The redirect URI that a form of it leads to.
    pub(crate) redirect_uri: Option<&'a str>,
    /// The URL of the one script that may run.
    pub(crate) script: Option<&'a str>,
}

/// A page.
pub(crate) fn page(status: StatusCode, html: String, policy: &Policy<'_>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(html));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/html; charset=utf-8"),
    );
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    private(headers);
    // Made of our own URL and of an origin of visible ASCII: there is nothing that a field may not have.
    let policy = HeaderValue::from_str(&policy.to_field());
    headers.insert(
        CONTENT_SECURITY_POLICY,
        policy.unwrap_or(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        )),
    );
    response
}

/// Sends the browser to `location`; `None` if that is nothing that a field may have.
///
/// RFC 9700 §4.12: a 307 would send what was posted along, and "a status code of 303 (See Other) is RECOMMENDED"; after
/// a GET, 302 does the same and is what clients of Frappe know.
pub(crate) fn redirect(method: &http::Method, location: &str) -> Option<Response<Bytes>> {
    let location = HeaderValue::from_str(location).ok()?;
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = if *method == http::Method::GET {
        StatusCode::FOUND
    } else {
        StatusCode::SEE_OTHER
    };
    let headers = response.headers_mut();
    headers.insert(LOCATION, location);
    private(headers);
    Some(response)
}

/// An error that no client may be told of by a redirect: a page for browsers, else JSON with Frappe's members (A5).
pub(crate) fn error(
    headers: &HeaderMap,
    pages: &dyn Pages,
    page_of: &ErrorPage,
) -> Response<Bytes> {
    let status = StatusCode::from_u16(page_of.status).unwrap_or(StatusCode::BAD_REQUEST);
    if accepts_html(headers) {
        return page(status, pages.error(page_of), &Policy::default());
    }
    let body = json!({
        "error": page_of.error,
        "error_description": page_of.description,
        "description": page_of.description,
        "status_code": page_of.status,
    });
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    private(headers);
    response
}

/// What is answered to a browser is for it alone.
fn private(headers: &mut HeaderMap) {
    let fields: [(HeaderName, &'static str); 3] = [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    for (name, value) in fields {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

/// Whether a client names HTML among what it accepts, as browsers do and others do not.
fn accepts_html(headers: &HeaderMap) -> bool {
    let mut lines = headers.get_all(http::header::ACCEPT).iter();
    lines.any(|line| {
        let line = String::from_utf8_lossy(line.as_bytes()).to_ascii_lowercase();
        line.split(',')
            .any(|range| range.split(';').next().unwrap_or_default().trim() == "text/html")
    })
}

impl Policy<'_> {
    /// [Content Security Policy Level 3](https://www.w3.org/TR/CSP3/).
    fn to_field(&self) -> String {
        let mut field = String::from(
            "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'",
        );
        if let Some(script) = self.script {
            field.push_str("; script-src ");
            field.push_str(script);
        }
        field.push_str("; form-action ");
        field.push_str(&form_action::sources(self.redirect_uri));
        field
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // AS-9110-7, AS-9700-10, AS-9700-15, P-16, RS-9110-7
    #[test]
    fn a_page_is_private_and_stands_alone() {
        let response = page(StatusCode::OK, String::new(), &Policy::default());
        for (name, value) in [
            ("content-type", "text/html; charset=utf-8"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(response.headers()[name], value);
        }
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self'; "));
        assert!(
            policy.contains("frame-ancestors 'none'") && policy.ends_with("form-action 'self'")
        );
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"));
    }

    // O-29, AS-9700-14
    #[test]
    fn a_redirect_never_repeats_a_post() {
        let status = |method| redirect(&method, "/a").unwrap().status();
        assert_eq!(status(http::Method::GET), 302);
        assert_eq!(status(http::Method::POST), 303);
        assert!(redirect(&http::Method::GET, "/a\r\nb: c").is_none());
    }

    #[test]
    fn html_is_for_who_names_it() {
        for (accept, expected) in [
            ("text/html,application/xhtml+xml,*/*;q=0.8", true),
            ("Text/HTML;q=0.9", true),
            ("*/*", false),
            ("application/json", false),
            ("", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(http::header::ACCEPT, HeaderValue::from_static(accept));
            assert_eq!(accepts_html(&headers), expected, "{accept}");
        }
        assert!(!accepts_html(&HeaderMap::new()));
    }
}
