//! `/api/method/…`: the calls that clients of Frappe make.
//!
//! Every method is there under each prefix of [`VERSIONS`], with and without a slash at its end (wire row E12). There is no
//! other spelling: the truncated path of one guide (row K12) is not served.

use std::sync::Arc;

use http::Method;
use serde_json::Value;

use self::version::{VERSIONS, Version};
use super::Endpoint;
use super::call::Call;
use super::refused::Refused;
use super::route::{Access, Route, SessionCookie};
use super::services::Services;
use super::switches::Switches;
use crate::permission::administers;
use crate::requirement::Requirement;

mod generate_keys;
mod login;
mod logout;
mod version;

/// All routes of this face but [`root`].
pub(super) fn routes(services: &Arc<Services>, switches: Switches) -> Vec<Route> {
    let with_slash = |route: Route| [route.at(&format!("{}/", route.path())), route];
    VERSIONS
        .into_iter()
        .flat_map(|(prefix, version)| {
            let face = Face {
                services,
                switches,
                prefix,
                version,
            };
            face.routes()
        })
        .flat_map(with_slash)
        .collect()
}

/// `POST /` with `cmd=login`: where the `frappe-client` of `PyPI` logs in.
pub(super) fn root(services: &Arc<Services>, switches: Switches) -> Vec<Route> {
    let command = services.endpoint(login::command);
    let route = Route::new(Method::POST, "/", Access::Anyone, command)
        .with_operation("login")
        .with_preset(Version::V1.preset(switches))
        .with_session_cookie(SessionCookie::Required);
    vec![route]
}

/// The methods under one prefix.
struct Face<'a> {
    services: &'a Arc<Services>,
    switches: Switches,
    prefix: &'static str,
    version: Version,
}

impl Face<'_> {
    fn routes(&self) -> Vec<Route> {
        let mut routes = Vec::new();
        for method in [Method::GET, Method::POST] {
            let ping = self.returning(ping);
            routes.push(self.route(method.clone(), "ping", Access::Optional, ping));
            let get_logged_user = self.returning(get_logged_user);
            routes.push(self.route(
                method,
                "frappe.auth.get_logged_user",
                Access::Requires(Requirement::authenticated()),
                get_logged_user,
            ));
        }
        routes.extend(self.generate_keys());
        routes.extend(self.sessions());
        routes
    }

    /// Frappe's older guides show GET. It changes something, so a cookie does not authenticate it, because any page can
    /// make a browser send it (row S25), and HEAD, whose answer nobody sees, does not do it.
    fn generate_keys(&self) -> Vec<Route> {
        let who = if self.switches.self_service_keys {
            Requirement::authenticated()
        } else {
            administers()
        };
        let of = |method| {
            self.route(
                method,
                "frappe.core.doctype.user.user.generate_keys",
                Access::Requires(who.clone()),
                self.returning(generate_keys::generate_keys),
            )
        };
        let mut routes = vec![of(Method::POST)];
        if self.switches.get_generate_keys {
            let get = of(Method::GET)
                .with_session_cookie(SessionCookie::Ignored)
                .without_head();
            routes.push(get);
        }
        routes
    }

    /// By POST alone: what a GET does any page can make a browser do (rows L1 and L9).
    fn sessions(&self) -> [Route; 2] {
        let login = self.services.endpoint(login::login);
        let logout = self.services.endpoint(logout::logout);
        [
            self.route(Method::POST, "login", Access::Anyone, login),
            self.route(Method::POST, "logout", Access::Optional, logout),
        ]
        .map(|route| route.with_session_cookie(SessionCookie::Required))
    }

    fn route(&self, method: Method, name: &str, access: Access, endpoint: impl Endpoint) -> Route {
        let path = format!("{}{name}", self.prefix);
        Route::new(method, &path, access, endpoint)
            .with_operation(name)
            .with_preset(self.version.preset(self.switches))
    }

    /// An endpoint out of a method that returns a value.
    fn returning<H, F>(&self, method: H) -> impl Endpoint + use<H, F>
    where
        H: Fn(Arc<Services>, Call) -> F + Send + Sync + 'static,
        F: Future<Output = Returned> + Send + 'static,
    {
        let version = self.version;
        self.services.endpoint(move |services, call| {
            let returned = method(services, call);
            async move { Ok(version.answer(&returned.await?)) }
        })
    }
}

/// What a method returns; its version wraps it.
type Returned = Result<Value, Refused>;

/// Row K16.
async fn ping(_: Arc<Services>, _: Call) -> Returned {
    Ok("pong".into())
}

/// Row K14.
async fn get_logged_user(_: Arc<Services>, call: Call) -> Returned {
    Ok(call.caller()?.username().into())
}
