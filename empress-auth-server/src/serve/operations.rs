//! What operators ask: `/healthz`, `/readyz`, `/metrics`; and `/` for who comes by.
//!
//! They lie at the root, whatever the path of the public URL, because probes do not come through the proxy.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use empress_auth_core::endpoint::{Access, Call, Route};
use empress_auth_core::{
    PeerAddress, PublicUrl, Rejection, RejectionKind, Requirement, SYSTEM_MANAGER, role, scope,
};
use http::header::{CONTENT_TYPE, HOST};
use http::uri::Authority;
use http::{HeaderValue, Method, Response, Uri};

use super::health::{Health, Readiness};
use super::metrics::Metrics;
use super::problem::Problem;

/// The metrics, once there are any: their rows are the routes, of which one shows them.
#[derive(Debug, Clone, Default)]
pub(super) struct MetricsText(Arc<OnceLock<Arc<Metrics>>>);

impl MetricsText {
    pub(super) fn of(&self, metrics: &Arc<Metrics>) {
        // Set once, by the one who made this.
        let _ = self.0.set(Arc::clone(metrics));
    }

    fn text(&self) -> String {
        self.0
            .get()
            .map(|metrics| metrics.text())
            .unwrap_or_default()
    }
}

/// The routes.
pub(super) fn routes(
    health: &Arc<Health>,
    metrics: &MetricsText,
    public_url: &PublicUrl,
) -> Vec<Route> {
    let (health, metrics) = (Arc::clone(health), metrics.clone());
    let readers = MetricsReaders::new(public_url);
    let readiness = move |_: Call| {
        let health = Arc::clone(&health);
        async move { ready(health.readiness().await) }
    };
    let metrics = move |call: Call| {
        let answer = match readers.check(&call) {
            Ok(()) => text(OPENMETRICS, metrics.text()),
            Err(rejection) => call.refuse(&rejection),
        };
        async move { answer }
    };
    let open = || Access::Anyone;
    let mut routes = welcome(public_url.path_prefix());
    routes.extend([
        Route::new(Method::GET, "/healthz", open(), async |_: Call| {
            text(PLAIN, "alive\n")
        })
        .with_operation("alive"),
        Route::new(Method::GET, "/readyz", open(), readiness).with_operation("ready"),
        Route::new(Method::GET, "/metrics", Access::Optional, metrics).with_operation("metrics"),
    ]);
    routes
}

/// For who comes by, at the root and at the public URL.
fn welcome(prefix: &str) -> Vec<Route> {
    let words = format!(
        "This is an Empress Auth server. Its endpoints want a credential: try GET {prefix}/api/v1/me.\n"
    );
    let mut places = vec!["/".to_owned()];
    if !prefix.is_empty() {
        places.extend([prefix.to_owned(), format!("{prefix}/")]);
    }
    let route = |place: &String| {
        let words = words.clone();
        let answer = move |_: Call| {
            let words = words.clone();
            async move { text(PLAIN, words) }
        };
        Route::new(Method::GET, place, Access::Anyone, answer).with_operation("welcome")
    };
    places.iter().map(route).collect()
}

fn ready(readiness: Readiness) -> Response<Bytes> {
    match readiness {
        Readiness::Ready => text(PLAIN, "ready\n"),
        Readiness::Draining => Problem::not_ready("The server is about to stop.").to_response(),
        Readiness::StoreUnavailable => {
            Problem::not_ready("The store does not answer.").to_response()
        }
    }
}

/// Who may read the metrics, which tell how much is going on and how often somebody fails.
///
/// 1. Whoever shows a credential of a System Manager, with the scope `metrics:read` if it is limited to scopes: what a
///    Prometheus elsewhere is given.
/// 2. A process on this machine that asks directly, while the public URL is a local one, as it is unless set. A proxy on
///    this machine is such a process, too, for all the world; so that ends as soon as there is a public URL, or the
///    request has a field by which proxies say whom they speak for. So is a browser, whom a page may send here under a
///    name of its own that leads to this machine (DNS rebinding); so the request must be for this machine by its name.
#[derive(Debug)]
struct MetricsReaders {
    requirement: Requirement,
    is_local: bool,
}

impl MetricsReaders {
    fn new(public_url: &PublicUrl) -> Self {
        Self {
            requirement: role(SYSTEM_MANAGER) & scope("metrics:read"),
            is_local: is_local(public_url),
        }
    }

    fn check(&self, call: &Call) -> Result<(), Rejection> {
        match call.identity() {
            Some(caller) if self.requirement.allows(caller) => Ok(()),
            Some(_) => Err(Rejection::forbidden(self.requirement.clone())),
            None if self.is_local && asks_directly(call) => Ok(()),
            None => Err(Rejection::new(RejectionKind::Missing)),
        }
    }
}

/// Whether nobody but this machine can mean the URL.
fn is_local(public_url: &PublicUrl) -> bool {
    let uri: Option<Uri> = public_url.as_str().parse().ok();
    uri.as_ref()
        .and_then(Uri::host)
        .is_some_and(is_this_machine)
}

/// Whether a host is this machine whatever a name server says.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(is_loopback)
}

fn is_loopback(address: IpAddr) -> bool {
    address.to_canonical().is_loopback()
}

fn asks_directly(call: &Call) -> bool {
    let peer = call.extensions().get::<PeerAddress>();
    // There is one at most, and a target that names a host names the same.
    let host = call.headers().get(HOST).map(HeaderValue::as_bytes);
    let host = host.and_then(|host| Authority::try_from(host).ok());
    peer.is_some_and(|peer| is_loopback(peer.0))
        && host.is_some_and(|host| is_this_machine(host.host()))
        && PROXY_FIELDS
            .iter()
            .all(|field| !call.headers().contains_key(*field))
}

const PROXY_FIELDS: [&str; 6] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
];

const PLAIN: &str = "text/plain; charset=utf-8";
const OPENMETRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

fn text(content_type: &'static str, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
