//! What do adapters need to prepare responses once, and to render a refusal anew?

use super::{Rejection, RejectionKind};
use crate::scheme::Scheme;

impl Rejection {
    /// Whether a response that carries a rejection has the field `name`, in lower case, on account of its body or of the
    /// refusal itself. It goes when a layer renders the rejection anew; what a middleware between them added, such as
    /// CORS, stays.
    #[must_use]
    pub fn owns_field(name: &str) -> bool {
        name.starts_with("content-")
            || matches!(
                name,
                "www-authenticate" | "cache-control" | "retry-after" | "transfer-encoding" | "etag"
            )
    }

    /// The number of this rejection in a table of prepared responses; `None` if its response has parts of its own.
    #[must_use]
    pub fn prepared_index(&self) -> Option<usize> {
        if self.requirement.is_some() || self.worded.is_some() || self.retry_after_secs > 1 {
            return None;
        }
        let scheme = match self.scheme {
            None => 0,
            Some(Scheme::Token) => 1,
            Some(Scheme::Basic) => 2,
            Some(Scheme::Bearer) => 3,
        };
        let kind = KINDS.iter().position(|kind| *kind == self.kind)?;
        Some(kind * 4 + scheme)
    }

    /// How many different indexes there are.
    #[must_use]
    pub const fn prepared_count() -> usize {
        KINDS.len() * 4
    }
}

const KINDS: [RejectionKind; 19] = [
    RejectionKind::Missing,
    RejectionKind::UnknownScheme,
    RejectionKind::SeveralCredentials,
    RejectionKind::SchemeAlone,
    RejectionKind::ExtraWords,
    RejectionKind::InvalidCharacters,
    RejectionKind::NotBase64,
    RejectionKind::BasicContents,
    RejectionKind::Invalid,
    RejectionKind::Inactive,
    RejectionKind::WrongPassword,
    RejectionKind::SessionEnded,
    RejectionKind::CsrfFailed,
    RejectionKind::Forbidden,
    RejectionKind::UnknownUser,
    RejectionKind::RateLimited,
    RejectionKind::Unavailable,
    RejectionKind::Busy,
    RejectionKind::LayerMissing,
];
