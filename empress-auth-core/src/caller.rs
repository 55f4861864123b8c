//! What a layer leaves in a request that it lets pass, and what extractors and requirements read of it.
//!
//! The mark says that a layer ran, the identity whom it found. No mark means that the layer was forgotten; that is an
//! error of the program and never an anonymous caller.

use crate::identity::Identity;
use crate::rejection::{Rejection, RejectionKind};
use crate::requirement::Requirement;

/// The mark of a layer, with the caller that it found.
///
/// Made by adapters only; holding one proves nothing without the [`Identity`] in it.
#[derive(Debug, Clone)]
pub struct Caller(Option<Identity>);

impl Caller {
    /// The mark of a layer that found this caller, or let nobody pass.
    #[must_use]
    pub const fn new(identity: Option<Identity>) -> Self {
        Self(identity)
    }

    /// The caller, if there is one.
    #[must_use]
    pub const fn identity(&self) -> Option<&Identity> {
        self.0.as_ref()
    }

    /// The caller of a handler that serves anonymous ones, too.
    ///
    /// # Errors
    ///
    /// [`RejectionKind::LayerMissing`] without a mark.
    pub fn optional<'a>(
        mark: Option<&'a Self>,
        who_asks: &str,
    ) -> Result<Option<&'a Identity>, Rejection> {
        mark.map(Self::identity)
            .ok_or_else(|| layer_missing(who_asks))
    }

    /// The caller of a handler that needs one.
    ///
    /// # Errors
    ///
    /// [`RejectionKind::LayerMissing`] without a mark, [`RejectionKind::Missing`] for an anonymous caller.
    pub fn required<'a>(mark: Option<&'a Self>, who_asks: &str) -> Result<&'a Identity, Rejection> {
        Self::optional(mark, who_asks)?.ok_or_else(|| Rejection::new(RejectionKind::Missing))
    }

    /// The caller of a handler that asks for more.
    ///
    /// # Errors
    ///
    /// As [`required`](Self::required), and [`RejectionKind::Forbidden`] for a caller that lacks something.
    pub fn satisfying<'a>(
        mark: Option<&'a Self>,
        requirement: &Requirement,
        who_asks: &str,
    ) -> Result<&'a Identity, Rejection> {
        let identity = Self::required(mark, who_asks)?;
        if requirement.allows(identity) {
            Ok(identity)
        } else {
            Err(Rejection::forbidden(requirement.clone()))
        }
    }
}

#[cold]
fn layer_missing(who_asks: &str) -> Rejection {
    tracing::error!(
        "{who_asks} ran on a request that no `TokenAuth` has seen: wrap the route, or the scope or router around it, in \
         `TokenAuth::new(store)`; in axum a `.layer` covers only the routes added before it"
    );
    Rejection::new(RejectionKind::LayerMissing)
}

/// The refusal of an application whose own user could not be made from the identity.
#[must_use]
pub fn user_rejection(error: Option<&dyn std::fmt::Display>) -> Rejection {
    match error {
        None => Rejection::new(RejectionKind::UnknownUser),
        Some(error) => {
            tracing::error!(error = %error, "the application's user could not be loaded");
            Rejection::unavailable()
        }
    }
}
