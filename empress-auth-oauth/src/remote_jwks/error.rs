//! Why an issuer's keys could not be had.

use std::error::Error;
use std::sync::Arc;

/// An issuer's keys could not be had; what was fetched before stays in use.
///
/// Its text is for the log, never for a client.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{kind}: {detail}")]
pub struct RemoteJwksError {
    kind: RemoteJwksErrorKind,
    detail: Arc<str>,
    #[source]
    source: Option<Arc<dyn Error + Send + Sync>>,
}

/// What went wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RemoteJwksErrorKind {
    /// The URL may not be asked: neither `https` nor `http` on this machine, or it carries a user or a fragment.
    #[error("the URL is refused")]
    Url,
    /// No certificate authority is known here, or what was given is none.
    #[error("no usable root certificates")]
    Roots,
    /// Nobody answered in time, or not as who they should be.
    #[error("the issuer cannot be reached")]
    Unreachable,
    /// The status was not 200 (a redirect is not followed), or the answer was too large.
    #[error("the answer is refused")]
    Answer,
    /// The metadata or the key set is not what the standards say, or the set is ambiguous.
    #[error("the document is refused")]
    Document,
    /// The metadata speaks of another issuer than the one that was asked for.
    #[error("it is another issuer")]
    Issuer,
    /// There is no tokio runtime to fetch on, or it ended meanwhile.
    #[error("nothing runs that could fetch")]
    Runtime,
}

impl RemoteJwksError {
    pub(super) fn new(kind: RemoteJwksErrorKind, detail: impl Into<Arc<str>>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            source: None,
        }
    }

    pub(super) fn with_source(self, source: impl Error + Send + Sync + 'static) -> Self {
        Self {
            source: Some(Arc::new(source)),
            ..self
        }
    }

    /// What went wrong.
    #[must_use]
    pub const fn kind(&self) -> RemoteJwksErrorKind {
        self.kind
    }
}
