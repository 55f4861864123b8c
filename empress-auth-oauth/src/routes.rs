//! Which paths do clients call?
//!
//! Every endpoint has its standard name and, where Frappe has it, Frappe's, with and without a slash at its end. Scripts of
//! any origin may call them (CORS): nothing here is authorised by a cookie.

use std::sync::Arc;

use empress_auth_core::Preset;
use empress_auth_core::endpoint::{Access, Endpoint, Route, SessionCookie};
use http::Method;

use crate::cors;
use crate::services::Services;
use crate::token;

/// Where Frappe's clients look for its OAuth methods.
pub(crate) const FRAPPE_PREFIXES: [&str; 3] = [
    "/api/method/frappe.integrations.oauth2.",
    "/api/v1/method/frappe.integrations.oauth2.",
    "/api/v2/method/frappe.integrations.oauth2.",
];

pub(crate) fn routes(services: &Arc<Services>) -> Vec<Route> {
    let get_token: Arc<dyn Endpoint> = Arc::new(services.endpoint(token::endpoint));
    let token = open("/oauth/token", "get_token", &[Method::POST], &get_token);
    with_alias(token, "get_token")
}

/// The routes of one endpoint for scripts of any origin: its methods, and the preflight.
fn open(
    path: &str,
    operation: &str,
    methods: &[Method],
    endpoint: &Arc<dyn Endpoint>,
) -> Vec<Route> {
    let preflight = cors::preflight(methods);
    let route = |method, endpoint| {
        Route::from_arc(method, path, Access::Anyone, endpoint)
            .with_operation(operation)
            .with_preset(Preset::OAuth)
            .with_session_cookie(SessionCookie::Ignored)
    };
    let methods = methods.iter().cloned();
    methods
        .map(|method| route(method, Arc::clone(endpoint)))
        .chain([route(Method::OPTIONS, preflight.clone())])
        .collect()
}

/// The same at Frappe's place for it.
fn with_alias(routes: Vec<Route>, name: &str) -> Vec<Route> {
    let paths: Vec<String> = FRAPPE_PREFIXES
        .iter()
        .flat_map(|prefix| [format!("{prefix}{name}"), format!("{prefix}{name}/")])
        .collect();
    let aliases = paths
        .iter()
        .flat_map(|path| routes.iter().map(|route| route.at(path)));
    let aliases: Vec<Route> = aliases.collect();
    [routes, aliases].concat()
}
