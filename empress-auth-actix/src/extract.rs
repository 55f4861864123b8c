//! Who is calling, as an argument of a handler. Extractors read what the middleware left; none of them verifies.

use std::any::Any;
use std::future::{Future, Ready, ready};
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use actix_web::body::BoxBody;
use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, ResponseError, web};
use empress_auth_core::{
    Caller, FromIdentity, Identity, Rejection, RequiredBy, Requirement, user_rejection,
};

use crate::convert::Prepared;
use crate::token_auth::TokenAuth;

/// The authenticated caller; an anonymous one is refused.
///
/// Do not ask for `Option<Authenticated>`: actix-web turns every failure of an extractor into `None`, that of a forgotten
/// middleware, too. [`MaybeAuthenticated`] tells the two apart.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "made to be taken apart in a handler's arguments"
)]
pub struct Authenticated(pub Identity);

/// The caller, or `None` for an anonymous one, which the middleware must have let pass with
/// [`TokenAuth::optional`](crate::TokenAuth::optional). A wrong credential was refused before.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "made to be taken apart in a handler's arguments"
)]
pub struct MaybeAuthenticated(pub Option<Identity>);

/// The application's own user, made from the caller's identity.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "made to be taken apart in a handler's arguments"
)]
pub struct CurrentUser<U>(pub U);

/// The authenticated caller, who has what `R` asks for; dereferences to [`Identity`].
///
/// # Examples
///
/// ```
/// use empress_auth_actix::{RequiredBy, Requirement, Scoped, scope};
///
/// struct ReadInvoices;
/// impl RequiredBy for ReadInvoices {
///     fn requirement() -> Requirement {
///         scope("invoices:read")
///     }
/// }
///
/// async fn invoices(who: Scoped<ReadInvoices>) -> String {
///     format!("the invoices of {}", who.username())
/// }
/// ```
pub struct Scoped<R>(Identity, PhantomData<fn() -> R>);

impl<R> Scoped<R> {
    /// The caller.
    #[must_use]
    pub fn into_identity(self) -> Identity {
        self.0
    }
}

impl<R> Deref for Scoped<R> {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.0
    }
}

impl<R> std::fmt::Debug for Scoped<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Scoped").field(&self.0).finish()
    }
}

/// Why an extractor refused; the middleware around it renders this in its preset, also where a middleware in between
/// returned it as an error.
#[derive(Debug)]
pub struct AuthenticationRejection {
    rejection: Rejection,
    layer: Option<TokenAuth>,
    grpc: bool,
}

impl AuthenticationRejection {
    /// What was refused.
    #[must_use]
    pub const fn rejection(&self) -> &Rejection {
        &self.rejection
    }

    /// The same, rendered by `layer`, unless a layer further in has claimed it.
    pub(crate) fn rendered_by(&self, layer: &TokenAuth, grpc: bool) -> Option<Self> {
        self.layer.is_none().then(|| Self {
            rejection: self.rejection.clone(),
            layer: Some(layer.clone()),
            grpc,
        })
    }
}

impl From<Rejection> for AuthenticationRejection {
    fn from(rejection: Rejection) -> Self {
        Self {
            rejection,
            layer: None,
            grpc: false,
        }
    }
}

impl std::fmt::Display for AuthenticationRejection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.rejection.fmt(f)
    }
}

impl ResponseError for AuthenticationRejection {
    fn status_code(&self) -> StatusCode {
        self.error_response().status()
    }

    /// Complete by itself, should there be no middleware around.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        match &self.layer {
            Some(layer) => layer.error_response(&self.rejection, self.grpc),
            None => Prepared::from(self.rejection.to_response()).to_response(),
        }
    }
}

/// What the middleware left, if it ran.
pub(crate) fn mark(request: &HttpRequest) -> Option<Caller> {
    request.extensions().get::<Caller>().cloned()
}

impl FromRequest for Authenticated {
    type Error = AuthenticationRejection;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extensions = request.extensions();
        let identity = Caller::required(extensions.get(), "`Authenticated`");
        ready(identity.cloned().map(Self).map_err(Into::into))
    }
}

impl FromRequest for MaybeAuthenticated {
    type Error = AuthenticationRejection;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extensions = request.extensions();
        let identity = Caller::optional(extensions.get(), "`MaybeAuthenticated`");
        ready(
            identity
                .map(|identity| Self(identity.cloned()))
                .map_err(Into::into),
        )
    }
}

impl<R: RequiredBy + 'static> FromRequest for Scoped<R> {
    type Error = AuthenticationRejection;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let extensions = request.extensions();
        let requirement: Requirement = R::requirement();
        let identity = Caller::satisfying(extensions.get(), &requirement, "`Scoped`");
        ready(
            identity
                .map(|identity| Self(identity.clone(), PhantomData))
                .map_err(Into::into),
        )
    }
}

impl<U: FromIdentity + 'static> FromRequest for CurrentUser<U> {
    type Error = AuthenticationRejection;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Self::Error>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let mark = mark(request);
        let state = state::<U::State>(request);
        Box::pin(async move {
            let identity = Caller::required(mark.as_ref(), "`CurrentUser`")?.clone();
            let Some(state) = state else {
                let missing = format!(
                    "`web::Data<{}>` is not registered with `App::app_data`",
                    std::any::type_name::<U::State>()
                );
                return Err(user_rejection(Some(&missing)).into());
            };
            match U::from_identity(identity, &state).await {
                Ok(Some(user)) => Ok(Self(user)),
                Ok(None) => Err(user_rejection(None).into()),
                Err(error) => Err(user_rejection(Some(&error)).into()),
            }
        })
    }
}

/// What is registered as `web::Data<T>`; `()` need not be.
fn state<T: 'static>(request: &HttpRequest) -> Option<web::Data<T>> {
    let nothing: &dyn Any = &web::Data::new(());
    let registered = request.app_data::<web::Data<T>>().cloned();
    registered.or_else(|| nothing.downcast_ref::<web::Data<T>>().cloned())
}
