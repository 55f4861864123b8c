//! What do browsers call? The routes of the front channel, under their standard names and under Frappe's.
//!
//! They look at the session themselves and read no other credential: a token must not become a grant that outlives it.
//! None of them answers CORS: no script of another origin has any business here (RFC 9700 §2.1).

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use empress_auth_core::RejectionKind;
use empress_auth_core::endpoint::{Access, Call, Endpoint, Route, SessionCookie};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use http::{Method, Response, StatusCode};

use crate::approve::approve;
use crate::authorize::{Browser, KnownConsent, authorize};
use crate::error::{ErrorCode, OAuthError};
use crate::log_out::log_out;
use crate::page_response;
use crate::pages::{ErrorPage, Pages};
use crate::paths;
use crate::provider::Provider;
use crate::routes::FRAPPE_PREFIXES;
use crate::sealed::Sealer;
use crate::services::Services;

/// Everything that the front channel works on.
pub(crate) struct FrontChannel {
    pub(crate) services: Arc<Services>,
    pub(crate) pages: Arc<dyn Pages>,
    pub(crate) sealer: Sealer,
    /// Where people log in, below the public URL.
    pub(crate) login_path: Box<str>,
}

pub(crate) const APPROVE: &str = "/oauth/approve";
pub(crate) const SCRIPT: &str = "/oauth/form_post.js";
const LOGIN: &str = "/login";

impl Provider {
    /// Everything that browsers call: authorization, consent and logout, under their standard names and under Frappe's.
    ///
    /// A stranger is sent to `/login` below the public URL, with the path to come back to as `redirect-to`;
    /// [`return_to`](crate::return_to::return_to) says which of these may be followed. Who it probably is stands there as
    /// `login_hint`, if the client says so: a stranger's words, to be escaped. The routes are served where the
    /// layer that they are mounted with [reads sessions](empress_auth_core::Authenticator::sessions).
    #[must_use]
    pub fn browser_routes(&self, pages: impl Pages) -> Vec<Route> {
        let services = self.services();
        let front = Arc::new(FrontChannel {
            sealer: Sealer::new(&services.master_key, services.mint.entropy().clone()),
            pages: Arc::new(pages),
            login_path: LOGIN.into(),
            services,
        });
        front.routes()
    }
}

impl FrontChannel {
    fn routes(self: &Arc<Self>) -> Vec<Route> {
        let mut routes = Vec::new();
        for method in [Method::GET, Method::POST] {
            let route = |path: &str, endpoint| route(method.clone(), path, endpoint);
            let front = Arc::clone(self);
            let asked = route(paths::AUTHORIZE, Handler::Authorize(Arc::clone(&front)));
            let decided = route(APPROVE, Handler::Approve(Arc::clone(&front)));
            for (prefix, slash) in FRAPPE_PREFIXES.iter().flat_map(|p| [(p, ""), (p, "/")]) {
                routes.push(asked.at(&format!("{prefix}authorize{slash}")));
                routes.push(decided.at(&format!("{prefix}approve{slash}")));
            }
            routes.push(asked);
            routes.push(decided);
            routes.push(route(paths::END_SESSION, Handler::LogOut(front)));
        }
        let script = async |_: Call| script();
        routes.push(Route::new(Method::GET, SCRIPT, Access::Anyone, script));
        routes
    }

    /// A path of ours below the public URL.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.services.public_url.path_prefix())
    }

    /// The same as a URL.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.services.public_url.as_str())
    }

    pub(crate) fn issuer(&self) -> &str {
        self.services.issuer()
    }

    /// The session of this browser; the page to answer with if that cannot be told.
    pub(crate) async fn browser(&self, call: &Call) -> Result<Option<Browser>, Response<Bytes>> {
        match call.session().await {
            Ok(identity) => {
                let now = self.services.clock.now();
                Ok(identity.and_then(|identity| Browser::of(identity, now)))
            }
            Err(rejection) if rejection.kind() == RejectionKind::Unavailable => {
                let error = OAuthError::new(ErrorCode::TemporarilyUnavailable);
                Err(self.error_page(call, &error))
            }
            Err(_) => {
                let sentence = "The cookie of the session stands twice.";
                Err(self.error_page(call, &OAuthError::invalid_request(sentence)))
            }
        }
    }

    pub(crate) fn redirect(&self, call: &Call, location: &str) -> Response<Bytes> {
        page_response::redirect(call.method(), location)
            .unwrap_or_else(|| self.error_page(call, &ErrorCode::ServerError.into()))
    }

    pub(crate) fn error_page(&self, call: &Call, error: &OAuthError) -> Response<Bytes> {
        error.log();
        let status = error.code().status();
        let (code, sentence) = (error.code().as_str(), error.description());
        let mut response = self.page_with_status(call, status, code, sentence);
        error.put_retry_after(response.headers_mut());
        response
    }

    pub(crate) fn page_with_status(
        &self,
        call: &Call,
        status: StatusCode,
        error: &'static str,
        description: &'static str,
    ) -> Response<Bytes> {
        let page = ErrorPage {
            status: status.as_u16(),
            error,
            description,
        };
        page_response::error(call.headers(), &*self.pages, &page)
    }
}

/// One of the endpoints with what it works on.
enum Handler {
    Authorize(Arc<FrontChannel>),
    Approve(Arc<FrontChannel>),
    LogOut(Arc<FrontChannel>),
}

#[async_trait::async_trait]
impl Endpoint for Handler {
    async fn call(&self, call: Call) -> Response<Bytes> {
        match self {
            Self::Authorize(front) => authorize(front, &call, KnownConsent::Counts).await,
            Self::Approve(front) => approve(front, &call).await,
            Self::LogOut(front) => log_out(front, &call).await,
        }
    }
}

/// Without HEAD: a GET may issue a code, which nobody would see.
fn route(method: Method, path: &str, endpoint: Handler) -> Route {
    let operation = match &endpoint {
        Handler::Authorize(_) => "authorize",
        Handler::Approve(_) => "approve",
        Handler::LogOut(_) => "end_session",
    };
    Route::new(method, path, Access::Anyone, endpoint)
        .with_operation(operation)
        .with_session_cookie(SessionCookie::Required)
        .without_head()
}

/// Sends the form of a `form_post` page: the one script that runs on it.
fn script() -> Response<Bytes> {
    // By the prototype, because a field of the form may be called `submit`.
    const SCRIPT: &[u8] = b"HTMLFormElement.prototype.submit.call(document.forms[0]);\n";
    let mut response = Response::new(Bytes::from_static(SCRIPT));
    let headers = response.headers_mut();
    for (name, value) in [
        (CONTENT_TYPE, "text/javascript; charset=utf-8"),
        (CACHE_CONTROL, "public, max-age=3600"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

impl fmt::Debug for FrontChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FrontChannel").finish_non_exhaustive()
    }
}
