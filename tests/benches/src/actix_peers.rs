//! What actix applications use today: nothing, a middleware that does nothing, and tokens checked by hand or through
//! actix-web-httpauth.

use std::sync::Arc;

use actix_web::{
    App, Error, HttpMessage,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    error::ErrorUnauthorized,
    http::{StatusCode, header::AUTHORIZATION},
    middleware::{Next, from_fn},
    web::{self, Data, ReqData},
};
use actix_web_httpauth::{extractors::bearer::BearerAuth, middleware::HttpAuthentication};

use crate::{
    actix_drive::{Proof, variant},
    catalog::{Entry, Group, Variant},
    data::{self, ByDigest, ByToken, HELLO, PATH, TOKENS, User},
    hash::sha256,
};

/// No middleware.
pub const BARE: &str = "bare";
/// actix's adapter for functions, doing nothing.
pub const FROM_FN_NO_OP: &str = "from_fn, no-op";
/// What people write by hand.
pub const FROM_FN: &str = "from_fn, SHA-256 + DashMap";
/// By hand, and the handler takes the user.
pub const FROM_FN_USER: &str = "from_fn, SHA-256 + DashMap, handler reads the user";
/// The known crate, with tokens kept in clear.
pub const HTTPAUTH: &str = "actix-web-httpauth + DashMap, no hash";

/// This group's peers.
#[must_use]
pub fn entries() -> Vec<Entry> {
    vec![
        Entry::new(Group::Actix, BARE, || on(bare())),
        Entry::new(Group::Actix, FROM_FN_NO_OP, || on(no_op())),
        Entry::new(Group::Actix, HTTPAUTH, || {
            on(httpauth(Data::from(data::by_token())))
        }),
        Entry::new(Group::Actix, FROM_FN, || {
            on(by_hand(Data::from(data::by_digest(TOKENS))))
        }),
        Entry::new(Group::Actix, FROM_FN_USER, || {
            on(by_hand_with_user(Data::from(data::by_digest(TOKENS))))
        }),
    ]
}

/// One route, no middleware.
pub fn bare() -> App<impl Factory<BoxBody>> {
    App::new().route(PATH, web::get().to(async || HELLO))
}

/// Behind a hand-written check that puts the user into the extensions.
pub fn by_hand(users: Data<Digests>) -> App<impl Factory<BoxBody>> {
    bare().app_data(users).wrap(from_fn(check_by_hand))
}

/// Behind actix-web-httpauth.
pub fn httpauth(users: Data<InClear>) -> App<impl Factory<EitherBody<BoxBody>>> {
    bare()
        .app_data(users)
        .wrap(HttpAuthentication::bearer(validate))
}

/// What an application is made of, said once.
pub trait Factory<B>:
    ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<B>,
        Error = Error,
        InitError = (),
    > + 'static
{
}

impl<B, T> Factory<B> for T where
    T: ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<B>,
            Error = Error,
            InitError = (),
        > + 'static
{
}

/// Users by digest, as application data.
pub type Digests = <ByDigest as std::ops::Deref>::Target;

/// Users by token, as application data.
pub type InClear = <ByToken as std::ops::Deref>::Target;

fn on<T, B>(app: App<T>) -> Variant
where
    T: Factory<B>,
    B: MessageBody + 'static,
{
    variant(app, Proof::bearer(&data::hot_token()), StatusCode::OK)
}

fn no_op() -> App<impl Factory<BoxBody>> {
    bare().wrap(from_fn(async |request, next: Next<_>| {
        next.call(request).await
    }))
}

fn by_hand_with_user(users: Data<Digests>) -> App<impl Factory<BoxBody>> {
    App::new()
        .route(
            PATH,
            web::get().to(async |user: ReqData<Arc<User>>| user.name.clone()),
        )
        .app_data(users)
        .wrap(from_fn(check_by_hand))
}

async fn check_by_hand<B: MessageBody>(
    users: Data<Digests>,
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<B>, Error> {
    let user = bearer(&request).and_then(|token| {
        users
            .get(&sha256(token.as_bytes()))
            .map(|user| Arc::clone(&user))
    });
    match user {
        Some(user) => {
            request.extensions_mut().insert(user);
            next.call(request).await
        }
        None => Err(ErrorUnauthorized("unknown token")),
    }
}

fn bearer(request: &ServiceRequest) -> Option<&str> {
    request
        .headers()
        .get(AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")
}

async fn validate(
    request: ServiceRequest,
    credentials: BearerAuth,
) -> Result<ServiceRequest, (Error, ServiceRequest)> {
    let user = request
        .app_data::<Data<InClear>>()
        .and_then(|users| users.get(credentials.token()).map(|user| Arc::clone(&user)));
    match user {
        Some(user) => {
            request.extensions_mut().insert(user);
            Ok(request)
        }
        None => Err((ErrorUnauthorized("unknown token"), request)),
    }
}
