//! The border between `http` 1.x, which core speaks, and `http` 0.2, which actix-web speaks: the one file that crosses it.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_LENGTH, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use bytes::Bytes;
use empress_auth_core::PeerAddress;

/// A response in actix's own types that can be kept and cloned between threads, which an `HttpResponse` cannot.
#[derive(Debug, Clone)]
pub(crate) struct Prepared {
    status: StatusCode,
    headers: Vec<(HeaderName, HeaderValue)>,
    body: Bytes,
}

impl From<http::Response<Bytes>> for Prepared {
    fn from(response: http::Response<Bytes>) -> Self {
        let (parts, body) = response.into_parts();
        let headers = parts
            .headers
            .iter()
            .filter_map(|(name, value)| {
                // Both ends hold the same rules of RFC 9110 §5, so nothing is lost.
                let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
                Some((name, HeaderValue::from_bytes(value.as_bytes()).ok()?))
            })
            .collect();
        let status = StatusCode::from_u16(parts.status.as_u16())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Self {
            status,
            headers,
            body,
        }
    }
}

impl Prepared {
    pub(crate) fn to_response(&self) -> HttpResponse<BoxBody> {
        self.with_body(self.body.clone())
    }

    /// The same for HEAD, where the field says how long the body would be.
    pub(crate) fn to_head_response(&self) -> HttpResponse<BoxBody> {
        let length = self
            .headers
            .iter()
            .find(|(name, _)| name == CONTENT_LENGTH)
            .and_then(|(_, value)| value.to_str().ok()?.parse().ok());
        self.with_body(Unsent(length.unwrap_or_default()))
    }

    fn with_body(&self, body: impl MessageBody + 'static) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::with_body(self.status, body.boxed());
        let headers = response.headers_mut();
        for (name, value) in &self.headers {
            headers.append(name.clone(), value.clone());
        }
        response
    }
}

/// The body that an answer to HEAD leaves out: actix-web writes its length, whatever the field says.
struct Unsent(u64);

impl MessageBody for Unsent {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0)
    }

    fn poll_next(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(None)
    }
}

/// The head of a request in core's types, with the path as it was sent and the socket's peer.
pub(crate) fn head_of(request: &HttpRequest) -> http::Request<()> {
    let mut head = http::Request::new(());
    // What actix accepted, `http` 1.x accepts, too: both hold the same rules of RFC 9110 §9.1 and RFC 3986.
    if let Ok(method) = request.method().as_str().parse() {
        *head.method_mut() = method;
    }
    if let Ok(uri) = request.uri().to_string().parse() {
        *head.uri_mut() = uri;
    }
    for (name, value) in request.headers() {
        let name = http::HeaderName::from_bytes(name.as_str().as_bytes());
        let value = http::HeaderValue::from_bytes(value.as_bytes());
        if let (Ok(name), Ok(value)) = (name, value) {
            head.headers_mut().append(name, value);
        }
    }
    if let Some(peer) = request.peer_addr() {
        head.extensions_mut().insert(PeerAddress(peer.ip()));
    }
    head
}
