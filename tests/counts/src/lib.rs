//! What does one request cost in allocations and instructions? Counts, so that no neighbour on the machine moves them.
//!
//! 1. `tests/allocations.rs` runs each [`Path`] under a counting allocator; `cargo test` does it.
//! 2. `instructions.sh` runs the same paths under callgrind, where valgrind is installed; `make test` does it.
//!
//! Times, and what other libraries cost, are in `tests/benches`.

#![expect(
    clippy::expect_used,
    reason = "whatever fails here is the measurement's own set-up"
)]

mod on_actix;
mod on_axum;
mod on_core;
#[cfg(feature = "jwt")]
mod on_jwt;
mod store;

/// One request over and over; a fixed part of the cost that a bound is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Path {
    /// The loop around [`Start`](Self::Start) alone.
    Nothing,
    /// [`Authenticator::start`](empress_auth_core::Authenticator::start) on a token that was verified before.
    Start,
    /// The same on a JSON Web Token that was verified before.
    #[cfg(feature = "jwt")]
    StartJwt,
    /// [`JwtVerifier::verify_in`](empress_auth_core::jwt::JwtVerifier::verify_in) on a JSON Web Token.
    #[cfg(feature = "jwt")]
    VerifyJwt,
    /// The same on 8 KiB of dots, which is no token.
    #[cfg(feature = "jwt")]
    VerifyDots,
    /// axum with a layer that does nothing.
    AxumNoOp,
    /// axum, no layer.
    AxumBare,
    /// axum, our layer, and a handler that does not look.
    AxumLayer,
    /// axum, our layer, and a handler that takes `Authenticated`.
    AxumExtractor,
    /// axum, our layer, no credential.
    AxumMissing,
    /// axum, our layer, a credential that nobody has.
    AxumUnknown,
    /// actix-web, no middleware.
    ActixBare,
    /// actix-web, our middleware, and a handler that does not look.
    ActixWrap,
    /// actix-web, our middleware, and a handler that takes `Authenticated`.
    ActixExtractor,
}

/// Sends the request so many times.
pub type Run = Box<dyn FnMut(u32)>;

impl Path {
    /// Every path.
    pub const ALL: &[Self] = &[
        Self::Nothing,
        Self::Start,
        #[cfg(feature = "jwt")]
        Self::StartJwt,
        #[cfg(feature = "jwt")]
        Self::VerifyJwt,
        #[cfg(feature = "jwt")]
        Self::VerifyDots,
        Self::AxumBare,
        Self::AxumNoOp,
        Self::AxumLayer,
        Self::AxumExtractor,
        Self::AxumMissing,
        Self::AxumUnknown,
        Self::ActixBare,
        Self::ActixWrap,
        Self::ActixExtractor,
    ];

    /// Does everything that is not to be counted.
    #[must_use]
    pub fn prepare(self) -> Run {
        match self {
            Self::Nothing => on_core::nothing(),
            Self::Start => on_core::start(),
            #[cfg(feature = "jwt")]
            Self::StartJwt => on_jwt::start(),
            #[cfg(feature = "jwt")]
            Self::VerifyJwt => on_jwt::verify(),
            #[cfg(feature = "jwt")]
            Self::VerifyDots => on_jwt::dots(),
            Self::AxumBare => on_axum::bare(),
            Self::AxumNoOp => on_axum::no_op(),
            Self::AxumLayer => on_axum::layer(),
            Self::AxumExtractor => on_axum::extractor(),
            Self::AxumMissing => on_axum::missing(),
            Self::AxumUnknown => on_axum::unknown(),
            Self::ActixBare => on_actix::bare(),
            Self::ActixWrap => on_actix::wrap(),
            Self::ActixExtractor => on_actix::extractor(),
        }
    }
}
