//! Who is calling, as an argument of a handler. Extractors read what the layer left; none of them verifies.

use std::marker::PhantomData;
use std::ops::Deref;

use axum::body::Body;
use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::response::IntoResponse;
use empress_auth_core::{Caller, FromIdentity, Identity, Rejection, RequiredBy, user_rejection};
use http::Response;
use http::request::Parts;

/// The authenticated caller; an anonymous one is refused.
///
/// As `Option<Authenticated>` it is `None` for an anonymous caller, which a layer must have let pass with
/// [`TokenAuth::optional`](crate::TokenAuth::optional). A wrong credential was refused before.
#[derive(Debug, Clone)]
#[expect(
    clippy::exhaustive_structs,
    reason = "made to be taken apart in a handler's arguments"
)]
pub struct Authenticated(pub Identity);

impl Authenticated {
    /// The caller that a layer left in a request, for services that have no extractors, such as tonic's.
    ///
    /// `None` for an anonymous caller, and without a layer.
    #[must_use]
    pub fn from_extensions(extensions: &http::Extensions) -> Option<Self> {
        let caller: &Caller = extensions.get()?;
        caller.identity().cloned().map(Self)
    }
}

/// The caller, or `None` for an anonymous one; the same name as in the actix adapter.
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
/// use empress_auth_tower::{RequiredBy, Requirement, Scoped, scope};
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

/// Why an extractor refused; the layer around it renders this in its preset.
#[derive(Debug)]
pub struct AuthenticationRejection(Rejection);

impl AuthenticationRejection {
    /// What was refused.
    #[must_use]
    pub const fn rejection(&self) -> &Rejection {
        &self.0
    }
}

impl From<Rejection> for AuthenticationRejection {
    fn from(rejection: Rejection) -> Self {
        Self(rejection)
    }
}

impl IntoResponse for AuthenticationRejection {
    fn into_response(self) -> Response<Body> {
        carry(self.0)
    }
}

/// A response that carries its rejection to the layer around; complete by itself, should there be none.
pub(crate) fn carry(rejection: Rejection) -> Response<Body> {
    let mut response = rejection.to_response().map(Body::from);
    response.extensions_mut().insert(rejection);
    response
}

impl<S: Sync> FromRequestParts<S> for Authenticated {
    type Rejection = AuthenticationRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let identity = Caller::required(parts.extensions.get(), "`Authenticated`")?;
        Ok(Self(identity.clone()))
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Authenticated {
    type Rejection = AuthenticationRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Self::Rejection> {
        let identity = Caller::optional(parts.extensions.get(), "`Option<Authenticated>`")?;
        Ok(identity.cloned().map(Self))
    }
}

impl<S: Sync> FromRequestParts<S> for MaybeAuthenticated {
    type Rejection = AuthenticationRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let identity = Caller::optional(parts.extensions.get(), "`MaybeAuthenticated`")?;
        Ok(Self(identity.cloned()))
    }
}

impl<S, U> FromRequestParts<S> for CurrentUser<U>
where
    S: Sync,
    U: FromIdentity,
    U::State: FromRef<S>,
{
    type Rejection = AuthenticationRejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Self::Rejection> {
        let identity = Caller::required(parts.extensions.get(), "`CurrentUser`")?.clone();
        match U::from_identity(identity, &U::State::from_ref(state)).await {
            Ok(Some(user)) => Ok(Self(user)),
            Ok(None) => Err(user_rejection(None).into()),
            Err(error) => Err(user_rejection(Some(&error)).into()),
        }
    }
}

impl<S: Sync, R: RequiredBy> FromRequestParts<S> for Scoped<R> {
    type Rejection = AuthenticationRejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let mark = parts.extensions.get();
        let identity = Caller::satisfying(mark, &R::requirement(), "`Scoped`")?;
        Ok(Self(identity.clone(), PhantomData))
    }
}
