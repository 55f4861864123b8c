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
    let get_and_post = [Method::GET, Method::POST];
    let token: Arc<dyn Endpoint> = Arc::new(services.endpoint(token::endpoint));
    let revoke: Arc<dyn Endpoint> = Arc::new(services.endpoint(revoke::endpoint));
    let frappe_revoke: Arc<dyn Endpoint> = Arc::new(services.endpoint(revoke::frappe_endpoint));
    let introspect: Arc<dyn Endpoint> = Arc::new(services.endpoint(introspect::endpoint));
    let frappe_introspect: Arc<dyn Endpoint> =
        Arc::new(services.endpoint(introspect::frappe_endpoint));
    let userinfo: Arc<dyn Endpoint> = Arc::new(services.endpoint(userinfo::endpoint));
    [
        standard(paths::TOKEN, &post, &token),
        standard(paths::REVOKE, &post, &revoke),
        standard(paths::INTROSPECT, &post, &introspect),
        standard(paths::USERINFO, &get_and_post, &userinfo),
        frappe("get_token", &post, Preset::OAuth, &token),
        frappe("revoke_token", &post, Preset::OAuth, &frappe_revoke),
        frappe("introspect_token", &post, Preset::OAuth, &frappe_introspect),
        frappe("openid_profile", &get_and_post, Preset::Frappe, &userinfo),
        jwks::routes(&services.signers.keys),
        discovery::routes(&services.offer()),
    ]
    .concat()
}

fn standard(path: &str, methods: &[Method], endpoint: &Arc<dyn Endpoint>) -> Vec<Route> {
    let operation = path.trim_start_matches('/').replace('/', "_");
    open(path, &operation, methods, Preset::OAuth, endpoint)
}

/// The same at Frappe's places for it.
pub(crate) fn frappe(
    name: &str,
    methods: &[Method],
    preset: Preset,
    endpoint: &Arc<dyn Endpoint>,
) -> Vec<Route> {
    let routes = open(name, name, methods, preset, endpoint);
    let at = |path: String| routes.iter().map(move |route| route.at(&path));
    FRAPPE_PREFIXES
        .iter()
        .flat_map(|prefix| [format!("{prefix}{name}"), format!("{prefix}{name}/")])
        .flat_map(at)
        .collect()
}

/// The routes of one endpoint for scripts of any origin: its methods, and the preflight.
pub(crate) fn open(
    path: &str,
    operation: &str,
    methods: &[Method],
    preset: Preset,
    endpoint: &Arc<dyn Endpoint>,
) -> Vec<Route> {
    let route = |method, endpoint| {
        Route::from_arc(method, path, Access::Anyone, endpoint)
            .with_operation(operation)
            .with_preset(preset)
            .with_session_cookie(SessionCookie::Ignored)
    };
    let preflight = route(Method::OPTIONS, cors::preflight(methods));
    let methods = methods.iter().cloned();
    methods
        .map(|method| route(method, Arc::clone(endpoint)))
        .chain([preflight])
        .collect()
}
