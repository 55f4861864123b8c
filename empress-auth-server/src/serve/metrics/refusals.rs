//! The words for why a caller was refused.

use empress_auth_core::RejectionKind;

/// The label of a kind.
pub(super) const fn kind_word(kind: RejectionKind) -> &'static str {
    match kind {
        RejectionKind::Missing => "missing",
        RejectionKind::UnknownScheme => "unknown_scheme",
        RejectionKind::SeveralCredentials => "several_credentials",
        RejectionKind::SchemeAlone
        | RejectionKind::ExtraWords
        | RejectionKind::InvalidCharacters
        | RejectionKind::NotBase64
        | RejectionKind::BasicContents => "malformed",
        RejectionKind::Invalid => "invalid",
        RejectionKind::Inactive => "inactive",
        RejectionKind::WrongPassword => "wrong_password",
        RejectionKind::SessionEnded => "session_ended",
        RejectionKind::CsrfFailed => "csrf_failed",
        RejectionKind::Forbidden => "forbidden",
        RejectionKind::UnknownUser => "unknown_user",
        RejectionKind::RateLimited => "rate_limited",
        RejectionKind::Unavailable => "store_unavailable",
        RejectionKind::Busy => "busy",
        RejectionKind::LayerMissing => "layer_missing",
        _ => "other",
    }
}
