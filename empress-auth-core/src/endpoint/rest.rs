//! `/api/v1/…`: users, their keys and tokens as resources, refusals as problem+json.

use std::sync::Arc;

use http::Method;

use super::Endpoint;
use super::route::{Access, Route};
use super::services::Services;
use super::switches::Switches;
use crate::requirement::Requirement;

mod me;
mod time;

/// All routes of this face.
pub(super) fn routes(services: &Arc<Services>, _switches: Switches) -> Vec<Route> {
    let anybody_known = Requirement::authenticated;
    vec![route(
        Method::GET,
        "/api/v1/me",
        anybody_known(),
        "show_me",
        services.endpoint(me::show),
    )]
}

fn route(
    method: Method,
    path: &str,
    who: Requirement,
    operation: &str,
    endpoint: impl Endpoint,
) -> Route {
    Route::new(method, path, Access::Requires(who), endpoint).with_operation(operation)
}
