//! Which paths do clients call?
//!
//! Every endpoint has its standard name and, where Frappe has it, Frappe's, with and without a slash at its end. Scripts of
//! any origin may call them (CORS): nothing here is authorised by a cookie.

use std::sync::Arc;

use empress_auth_core::Preset;
use empress_auth_core::endpoint::{Access, Endpoint, Route, SessionCookie};
use http::Method;

use crate::services::Services;
use crate::{cors, discovery, introspect, jwks, paths, revoke, token, userinfo};

/// Where Frappe's clients look for its OAuth methods.
pub(crate) const FRAPPE_PREFIXES: [&str; 3] = [
    "/api/method/frappe.integrations.oauth2.",
    "/api/v1/method/frappe.integrations.oauth2.",
    "/api/v2/method/frappe.integrations.oauth2.",
];

/// Every path with its endpoints.
pub(crate) fn routes(services: &Arc<Services>) -> Vec<Route> {
    let post = [Method::POST];
    let token: Arc<dyn Endpoint> = Arc::new(services.endpoint(token::endpoint));
    let revoke: Arc<dyn Endpoint> = Arc::new(services.endpoint(revoke::endpoint));
    let frappe_revoke: Arc<dyn Endpoint> = Arc::new(services.endpoint(revoke::frappe_endpoint));
    let introspect: Arc<dyn Endpoint> = Arc::new(services.endpoint(introspect::endpoint));
    let frappe_introspect: Arc<dyn Endpoint> =
        Arc::new(services.endpoint(introspect::frappe_endpoint));
    [
        open(paths::TOKEN, "token", &post, &token),
        at_frappe("get_token", &open("", "get_token", &post, &token)),
        open(paths::REVOKE, "revoke", &post, &revoke),
        at_frappe(
            "revoke_token",
            &open("", "revoke_token", &post, &frappe_revoke),
        ),
        open(paths::INTROSPECT, "introspect", &post, &introspect),
        at_frappe(
            "introspect_token",
            &open("", "introspect_token", &post, &frappe_introspect),
        ),
        userinfo_routes(services),
        jwks::routes(&services.signers.keys),
        discovery::routes(&services.offer()),
    ]
    .concat()
}

/// Whoever is refused at Frappe's name for it hears of it in Frappe's words.
fn userinfo_routes(services: &Arc<Services>) -> Vec<Route> {
    let methods = [Method::GET, Method::POST];
    let userinfo: Arc<dyn Endpoint> = Arc::new(services.endpoint(userinfo::endpoint));
    let frappe = open("", "openid_profile", &methods, &userinfo);
    let in_its_words = |route: Route| route.with_preset(Preset::Frappe);
    let frappe: Vec<Route> = frappe.into_iter().map(in_its_words).collect();
    [
        open(paths::USERINFO, "userinfo", &methods, &userinfo),
        at_frappe("openid_profile", &frappe),
    ]
    .concat()
}

/// The routes of one endpoint for scripts of any origin: its methods, and the preflight.
pub(crate) fn open(
    path: &str,
    operation: &str,
    methods: &[Method],
    endpoint: &Arc<dyn Endpoint>,
) -> Vec<Route> {
    let route = |method, endpoint| {
        Route::from_arc(method, path, Access::Anyone, endpoint)
            .with_operation(operation)
            .with_preset(Preset::OAuth)
            .with_session_cookie(SessionCookie::Ignored)
    };
    let preflight = route(Method::OPTIONS, cors::preflight(methods));
    let methods = methods.iter().cloned();
    methods
        .map(|method| route(method, Arc::clone(endpoint)))
        .chain([preflight])
        .collect()
}

/// The routes at Frappe's places for them.
pub(crate) fn at_frappe(name: &str, routes: &[Route]) -> Vec<Route> {
    let at = |path: String| routes.iter().map(move |route| route.at(&path));
    FRAPPE_PREFIXES
        .iter()
        .flat_map(|prefix| [format!("{prefix}{name}"), format!("{prefix}{name}/")])
        .flat_map(at)
        .collect()
}
