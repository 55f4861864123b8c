//! Which route answers, and what do all answers have in common?

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{ALLOW, CACHE_CONTROL, CONTENT_LENGTH, HeaderValue};
use http::{Method, Request, Response, StatusCode};

use super::body::BodyError;
use super::route::{AnswersHead, Route};
use super::served::Served;
use super::template::Template;
use crate::authenticator::Authenticator;
use crate::preset::Failure;

/// All routes of one path: what an adapter mounts; cheap to clone.
///
/// 1. A method without a route is answered 405 with `Allow`, also before anybody authenticated. `X-HTTP-Method-Override`
///    and its like are not read.
/// 2. HEAD is answered as GET, without the body; OPTIONS with `Allow`, unless there is a route for it.
/// 3. Authentication comes before the body, so that strangers cannot make a server read for a route that requires a
///    caller. A form's CSRF token stands in the body, which is read for it only if the session's cookie bears our tag.
/// 4. Every answer has its length, and `Cache-Control: no-store` unless its endpoint says otherwise.
/// 5. What may be logged or counted goes along in extensions: the [`RejectionKind`](crate::RejectionKind) of a refusal in
///    those of the response, the caller in a [`CallerSlot`](super::CallerSlot) in those of the request.
#[derive(Clone)]
pub struct Dispatcher(Arc<Methods>);

struct Methods {
    path: Box<str>,
    template: Template,
    routes: Vec<Served>,
    allow: HeaderValue,
}

impl Dispatcher {
    /// Groups routes by their paths, to be mounted in this order: a path with fewer parameters comes first, because some
    /// frameworks take the first that matches.
    ///
    /// `authenticator` is the application's: its store, schemes, realm, cookie and client address hold here, too, what
    /// it requires and how it renders does not. Of two routes with the same path and method the first answers. Routes that
    /// make sessions are left out if the authenticator reads none of ours.
    #[must_use]
    pub fn group(routes: Vec<Route>, authenticator: &Authenticator) -> Vec<(Box<str>, Self)> {
        let mut paths: Vec<(Box<str>, Vec<Served>)> = Vec::new();
        let is_served =
            |route: &Route| !route.requires_sessions() || authenticator.public_url().is_some();
        for route in routes.into_iter().filter(is_served) {
            let path = route.path.clone();
            let served = Served::new(route, authenticator);
            match paths.iter_mut().find(|(present, _)| *present == path) {
                Some((_, group)) => group.push(served),
                None => paths.push((path, vec![served])),
            }
        }
        let mut dispatchers: Vec<(Box<str>, Self)> = paths
            .into_iter()
            .map(|(path, routes)| (path.clone(), Self::new(path, routes)))
            .collect();
        dispatchers.sort_by_key(|(_, dispatcher)| dispatcher.0.template.parameter_count());
        dispatchers
    }

    fn new(path: Box<str>, routes: Vec<Served>) -> Self {
        Self(Arc::new(Methods {
            template: Template::new(&path),
            allow: allow(&routes),
            path,
            routes,
        }))
    }

    /// Answers a request to this path.
    ///
    /// `head` has the path as it was sent, before a framework cut off or decoded anything, and the peer as the extension
    /// [`PeerAddress`](crate::PeerAddress). `read_body` is called at most once, with the limit in bytes; it must not read
    /// more than that. The future is `Send` if what `read_body` returns is.
    pub async fn respond<B, F>(&self, head: Request<()>, read_body: B) -> Response<Bytes>
    where
        B: FnOnce(usize) -> F,
        F: Future<Output = Result<Bytes, BodyError>>,
    {
        let is_head = head.method() == Method::HEAD;
        let answer = match self.0.route_of(head.method()) {
            Some(served) => served.respond(&self.0.template, head, read_body).await,
            None if head.method() == Method::OPTIONS => self.0.options(),
            None => self.0.method_not_allowed(head.method()),
        };
        finished(answer, is_head)
    }
}

impl Methods {
    fn route_of(&self, method: &Method) -> Option<&Served> {
        let of = |method: &Method| {
            self.routes
                .iter()
                .find(|served| served.route.method == *method)
        };
        let get = || of(&Method::GET).filter(|served| served.route.head == AnswersHead::Yes);
        of(method).or_else(|| (method == Method::HEAD).then(get).flatten())
    }

    fn options(&self) -> Response<Bytes> {
        let mut response = Response::new(Bytes::new());
        *response.status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().insert(ALLOW, self.allow.clone());
        response
    }

    fn method_not_allowed(&self, method: &Method) -> Response<Bytes> {
        let detail = format!("Method \"{method}\" not allowed.");
        let first = self.routes.first().map(|served| served.route.preset);
        first.unwrap_or_default().render_failure(&Failure {
            status: StatusCode::METHOD_NOT_ALLOWED,
            code: "method_not_allowed",
            detail,
            field: Some((ALLOW, self.allow.clone())),
        })
    }
}

/// The value of `Allow`: every method of the path, in the order of [RFC 9110
/// §9.1](https://www.rfc-editor.org/rfc/rfc9110#section-9.1).
fn allow(routes: &[Served]) -> HeaderValue {
    let mut methods: Vec<&str> = Vec::new();
    for Served { route, .. } in routes {
        methods.push(route.method.as_str());
        if route.method == Method::GET && route.head == AnswersHead::Yes {
            methods.push("HEAD");
        }
    }
    methods.push("OPTIONS");
    let rank = |method: &&str| {
        ORDER
            .iter()
            .position(|known| known == method)
            .unwrap_or(ORDER.len())
    };
    methods.sort_by_key(rank);
    methods.dedup();
    HeaderValue::from_str(&methods.join(", ")).unwrap_or(HeaderValue::from_static("OPTIONS"))
}

const ORDER: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

/// What every answer has: no cache keeps it, its length is known, and HEAD gets no body.
fn finished(mut response: Response<Bytes>, is_head: bool) -> Response<Bytes> {
    let status = response.status();
    let length = response.body().len();
    let headers = response.headers_mut();
    headers
        .entry(CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    // RFC 9110 §8.6: "A server MUST NOT send a Content-Length header field in any response with a status code of 1xx
    // (Informational) or 204 (No Content)."
    let is_empty = status.is_informational() || status == StatusCode::NO_CONTENT;
    if is_empty {
        headers.remove(CONTENT_LENGTH);
    } else if status != StatusCode::NOT_MODIFIED {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    if is_empty || is_head {
        *response.body_mut() = Bytes::new();
    }
    response
}

impl fmt::Debug for Dispatcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dispatcher")
            .field("path", &self.0.path)
            .field("allow", &self.0.allow)
            .finish_non_exhaustive()
    }
}
