//! May a script of another origin call this?
//!
//! It may, for what is authorised by something that only the script can have (AS-9700-17), and never for pages
//! and the authorization endpoint (AS-9700-18). No cookie goes along: `*` excludes credentials
//! ([Fetch](https://fetch.spec.whatwg.org/#http-access-control-allow-credentials)).

use std::sync::Arc;

use bytes::Bytes;
use empress_auth_core::endpoint::{Call, Endpoint};
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, HeaderValue,
};
use http::{Method, Response, StatusCode};

/// Lets scripts of any origin read an answer, its challenge included.
pub(crate) fn allow(response: &mut Response<Bytes>) {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANY);
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("WWW-Authenticate"),
    );
}

/// Answers a preflight, and any other OPTIONS.
pub(crate) fn preflight(methods: &[Method]) -> Arc<dyn Endpoint> {
    let mut names: Vec<&str> = Vec::new();
    for method in methods {
        names.push(method.as_str());
        if *method == Method::GET {
            names.push("HEAD");
        }
    }
    names.push("OPTIONS");
    let methods = HeaderValue::from_str(&names.join(", ")).unwrap_or(HeaderValue::from_static("*"));
    Arc::new(move |_: Call| {
        let methods = methods.clone();
        async move {
            let mut response = Response::new(Bytes::new());
            *response.status_mut() = StatusCode::NO_CONTENT;
            allow(&mut response);
            let headers = response.headers_mut();
            headers.insert(ALLOW, methods.clone());
            headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
            let named =
                HeaderValue::from_static("Authorization, Content-Type, Accept, If-None-Match");
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, named);
            headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200"));
            response
        }
    })
}

const ANY: HeaderValue = HeaderValue::from_static("*");
