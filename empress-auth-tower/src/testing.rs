//! Real callers for tests of your handlers; there is no way to forge one.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use axum::Router;
//! use axum::body::Body;
//! use axum::routing::get;
//! use empress_auth_tower::testing::acting_as;
//! use empress_auth_tower::{Authenticated, TokenAuth};
//! use http::Request;
//! use tower_service::Service;
//!
//! let ada = acting_as("ada").with_roles(["Manager"]).build().await;
//! let mut app: Router = Router::new()
//!     .route("/", get(async |Authenticated(who): Authenticated| who.username().to_owned()))
//!     .layer(TokenAuth::new(ada.store()));
//!
//! let mut request = Request::new(Body::empty());
//! ada.decorate(request.headers_mut());
//! assert_eq!(app.call(request).await.unwrap().status(), 200);
//! assert_eq!(app.call(Request::new(Body::empty())).await.unwrap().status(), 401);
//! # }
//! ```

pub use empress_auth_core::testing::{Caller, CallerBuilder, acting_as};
