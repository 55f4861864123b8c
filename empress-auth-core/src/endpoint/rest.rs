//! `/api/v1/…`: users, their keys and tokens as resources, refusals as problem+json.
//!
//! What a route requires is what everybody needs who gets anything from it; the issuers behind it decide whom it
//! concerns. A name or id that cannot exist is answered as one that does not.

use std::sync::Arc;

use http::Method;

use super::Endpoint;
use super::call::Call;
use super::refused::Refused;
use super::route::{Access, Route};
use super::services::Services;
use super::switches::Switches;
use crate::permission::{
    administers, reads_own_account, reads_own_key, reads_own_tokens, writes_own_tokens,
};
use crate::requirement::Requirement;
use crate::user::is_username;

mod keys;
mod me;
mod members;
mod page;
mod time;
mod tokens;
mod users;

/// All routes of this face.
#[rustfmt::skip]
pub(super) fn routes(services: &Arc<Services>, switches: Switches) -> Vec<Route> {
    let s = services;
    let known = Requirement::authenticated;
    let reads = || reads_own_tokens() | administers();
    let writes = || writes_own_tokens() | administers();
    let keys = || if switches.self_service_keys { known() } else { administers() };
    let (get, post, patch, delete) = (Method::GET, Method::POST, Method::PATCH, Method::DELETE);
    vec![
        route(&get, "/me", known(), "show_me", s.endpoint(me::show)),
        route(&get, "/users", administers(), "list_users", s.endpoint(users::list)),
        route(&post, "/users", administers(), "create_user", s.endpoint(users::create)),
        route(&get, "/users/{name}", reads_own_account(), "show_user", s.endpoint(users::show)),
        route(&patch, "/users/{name}", administers(), "update_user", s.endpoint(users::update)),
        route(&delete, "/users/{name}", administers(), "delete_user", s.endpoint(users::delete)),
        route(&get, "/users/{name}/keys", reads_own_key(), "show_keys", s.endpoint(keys::show)),
        route(&post, "/users/{name}/keys", keys(), "generate_keys", s.endpoint(keys::generate)),
        route(&delete, "/users/{name}/keys", keys(), "revoke_keys", s.endpoint(keys::revoke)),
        route(&get, "/tokens", reads(), "list_tokens", s.endpoint(tokens::list)),
        route(&post, "/tokens", writes(), "create_token", s.endpoint(tokens::create)),
        route(&delete, "/tokens", writes(), "revoke_user_tokens", s.endpoint(tokens::revoke_all)),
        route(&post, "/tokens/revoke", writes(), "revoke_tokens", s.endpoint(tokens::revoke_several)),
        route(&get, "/tokens/{id}", reads(), "show_token", s.endpoint(tokens::show)),
        route(&patch, "/tokens/{id}", writes(), "update_token", s.endpoint(tokens::update)),
        route(&delete, "/tokens/{id}", writes(), "revoke_token", s.endpoint(tokens::revoke)),
    ]
}

fn route(
    method: &Method,
    path: &str,
    who: Requirement,
    operation: &str,
    endpoint: impl Endpoint,
) -> Route {
    let path = format!("/api/v1{path}");
    Route::new(method.clone(), &path, Access::Requires(who), endpoint).with_operation(operation)
}

/// The user that the path names.
fn named_user(call: &Call) -> Result<&str, Refused> {
    let name = call.parameter("name").unwrap_or_default();
    let no_user = || Refused::not_found("there is no such user");
    is_username(name).then_some(name).ok_or_else(no_user)
}
