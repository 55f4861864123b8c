//! `/api/method/…`: the calls that clients of Frappe make.
//!
//! Every method is there with and without a slash at its end (wire row E12). There is no other spelling: the truncated
//! path of one guide (row K12) is not served.

use std::sync::Arc;

use http::Method;
use serde_json::json;

use super::Endpoint;
use super::answer;
use super::call::Call;
use super::route::{Access, Route, SessionCookie};
use super::services::{Answered, Services};
use super::switches::Switches;
use crate::permission::administers;
use crate::preset::Preset;
use crate::requirement::Requirement;

mod generate_keys;

/// All routes of this face.
pub(super) fn routes(services: &Arc<Services>, switches: Switches) -> Vec<Route> {
    let preset = if switches.exc_member {
        Preset::Frappe
    } else {
        Preset::FrappeWithoutExc
    };
    let mut routes = Vec::new();
    for method in [Method::GET, Method::POST] {
        routes.push(route(
            method.clone(),
            "ping",
            Access::Optional,
            services.endpoint(ping),
        ));
        routes.push(route(
            method,
            "frappe.auth.get_logged_user",
            Access::Requires(Requirement::authenticated()),
            services.endpoint(get_logged_user),
        ));
    }
    routes.extend(generate_keys_routes(services, switches));
    let with_slash = |route: Route| [route.at(&format!("{}/", route.path())), route];
    routes
        .into_iter()
        .map(|route| route.with_preset(preset))
        .flat_map(with_slash)
        .collect()
}

/// Frappe's older guides show GET. It changes something, so a cookie does not authenticate it, because any page can make
/// a browser send it (row S25), and HEAD, whose answer nobody sees, does not do it.
fn generate_keys_routes(services: &Arc<Services>, switches: Switches) -> Vec<Route> {
    let who = if switches.self_service_keys {
        Requirement::authenticated()
    } else {
        administers()
    };
    let of = |method| {
        let endpoint = services.endpoint(generate_keys::generate_keys);
        route(
            method,
            "frappe.core.doctype.user.user.generate_keys",
            Access::Requires(who.clone()),
            endpoint,
        )
    };
    let mut routes = vec![of(Method::POST)];
    if switches.get_generate_keys {
        let get = of(Method::GET)
            .with_session_cookie(SessionCookie::Ignored)
            .without_head();
        routes.push(get);
    }
    routes
}

fn route(method: Method, name: &str, access: Access, endpoint: impl Endpoint) -> Route {
    Route::new(method, &format!("/api/method/{name}"), access, endpoint).with_operation(name)
}

/// Row K16.
async fn ping(_: Arc<Services>, _: Call) -> Answered {
    Ok(answer::json(&json!({ "message": "pong" })))
}

/// Row K14.
async fn get_logged_user(_: Arc<Services>, call: Call) -> Answered {
    Ok(answer::json(
        &json!({ "message": call.caller()?.username() }),
    ))
}
