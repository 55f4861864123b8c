//! What do our own URLs answer, whichever framework serves them?
//!
//! 1. A [`Route`] says where it is, who may call it and how large a body may be.
//! 2. [`Dispatcher::group`] makes of a list of routes one [`Dispatcher`] for each path; an adapter mounts it.
//! 3. [`Dispatcher::respond`] finds the route of the method, authenticates the caller **before** a body is read, holds
//!    the body to its limit, and hands the [`Call`] to the route's [`Endpoint`].
//!
//! [`Endpoints`] makes the routes that are ours; yours go through the same door:
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use bytes::Bytes;
//! use empress_auth_core::endpoint::{Access, Call, Dispatcher, Endpoints, Route};
//! use empress_auth_core::{Authenticator, MemoryStore, role};
//! use http::{Method, Request, Response};
//!
//! let store = MemoryStore::new();
//! let mut routes = Endpoints::new(store.clone()).all();
//! routes.push(Route::new(
//!     Method::GET,
//!     "/reports/{year}",
//!     Access::Requires(role("Accountant")),
//!     async |call: Call| {
//!         Response::new(Bytes::from(call.parameter("year").unwrap_or_default().to_owned()))
//!     },
//! ));
//!
//! let dispatchers = Dispatcher::group(routes, &Authenticator::new(store));
//! let (_, reports) = dispatchers.iter().find(|(path, _)| &**path == "/reports/{year}").unwrap();
//! let head = Request::get("/reports/2026").body(())?;
//! let answer = reports.respond(head, async |_limit| Ok(Bytes::new())).await;
//! assert_eq!(answer.status(), 401);
//! # Ok(())
//! # }
//! ```

use async_trait::async_trait;
use bytes::Bytes;
use http::Response;

mod answer;
mod body;
mod body_fields;
mod browser;
mod call;
mod caller_slot;
mod dispatcher;
mod drf;
mod endpoints;
mod frappe;
mod login_form;
mod media_type;
mod refused;
mod rest;
mod route;
mod served;
mod services;
mod switches;
mod template;

pub use self::body::BodyError;
pub use self::call::Call;
pub use self::caller_slot::CallerSlot;
pub use self::dispatcher::Dispatcher;
pub use self::endpoints::Endpoints;
pub use self::login_form::LoginForm;
pub use self::route::{Access, Route, SessionCookie};
pub use self::switches::Switches;

/// What answers a call: any `async |call: Call|` that returns a response, or a type of yours.
#[async_trait]
pub trait Endpoint: Send + Sync + 'static {
    /// Answers a call whose caller satisfies the route's [`Access`].
    async fn call(&self, call: Call) -> Response<Bytes>;
}

#[async_trait]
impl<F, Answer> Endpoint for F
where
    F: Fn(Call) -> Answer + Send + Sync + 'static,
    Answer: Future<Output = Response<Bytes>> + Send,
{
    async fn call(&self, call: Call) -> Response<Bytes> {
        self(call).await
    }
}

#[cfg(test)]
mod tests;
