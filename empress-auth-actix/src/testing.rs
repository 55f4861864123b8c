//! Real callers for tests of your handlers; there is no way to forge one.
//!
//! ```
//! # #[actix_web::main]
//! # async fn main() {
//! use actix_web::{App, test, web};
//! use empress_auth_actix::testing::acting_as;
//! use empress_auth_actix::{Authenticated, TokenAuth};
//!
//! let ada = acting_as("ada").with_roles(["Manager"]).build().await;
//! let app = test::init_service(App::new().wrap(TokenAuth::new(ada.store())).route(
//!     "/",
//!     web::get().to(async |Authenticated(who): Authenticated| who.username().to_owned()),
//! ))
//! .await;
//!
//! let request = test::TestRequest::get()
//!     .insert_header(("authorization", ada.authorization()))
//!     .to_request();
//! assert_eq!(test::call_service(&app, request).await.status(), 200);
//! let anonymous = test::TestRequest::get().to_request();
//! assert_eq!(test::call_service(&app, anonymous).await.status(), 401);
//! # }
//! ```

pub use empress_auth_core::testing::{Caller, CallerBuilder, acting_as};
