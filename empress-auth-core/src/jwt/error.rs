//! Why is a token not accepted? The caller learns that it is not; the log learns why.

use std::fmt;

use super::key_source::KeySourceError;

/// A token that is not accepted.
///
/// Who is refused must not learn what to change, so that there is one kind for everything that is wrong with a token
/// ([RFC 8725 §3.2](https://www.rfc-editor.org/rfc/rfc8725#section-3.2)). What it was stands in the text, for the log; the
/// text never quotes the token.
#[derive(Debug, Clone)]
pub struct JwtError(Cause);

/// What to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum JwtErrorKind {
    /// The token is not good: 401.
    Invalid,
    /// It names a key that is not known, and its issuer could not be asked: 503.
    Unavailable,
}

#[derive(Debug, Clone)]
enum Cause {
    Fault(Fault),
    Source(KeySourceError),
}

/// What is wrong with a token, in the order in which it is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    TooLong,
    Segments,
    Base64,
    HeaderJson,
    Critical,
    Algorithm,
    Kid,
    UnknownKey,
    AmbiguousKey,
    KeyOfOtherAlgorithm,
    AlgorithmNotAccepted,
    Signature,
    ClaimsJson,
    Type,
    UnknownIssuer,
    Issuer,
    Audience,
    Expiry,
    Expired,
    NotBefore,
    IssuedAt,
    Subject,
    TokenId,
    Roles,
    Scopes,
    NotStored,
}

impl JwtError {
    /// What to answer.
    #[must_use]
    pub const fn kind(&self) -> JwtErrorKind {
        match self.0 {
            Cause::Fault(_) => JwtErrorKind::Invalid,
            Cause::Source(_) => JwtErrorKind::Unavailable,
        }
    }

    #[cfg(test)]
    pub(super) const fn fault(&self) -> Option<Fault> {
        match self.0 {
            Cause::Fault(fault) => Some(fault),
            Cause::Source(_) => None,
        }
    }
}

impl From<Fault> for JwtError {
    fn from(fault: Fault) -> Self {
        Self(Cause::Fault(fault))
    }
}

impl From<KeySourceError> for JwtError {
    fn from(error: KeySourceError) -> Self {
        Self(Cause::Source(error))
    }
}

impl fmt::Display for JwtError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Cause::Fault(fault) => f.write_str(fault.sentence()),
            Cause::Source(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for JwtError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            Cause::Fault(_) => None,
            Cause::Source(error) => Some(error),
        }
    }
}

impl Fault {
    /// For the log.
    const fn sentence(self) -> &'static str {
        match self {
            Self::TooLong => "the token is longer than 8,192 bytes",
            Self::Segments => "the token has not three segments",
            Self::Base64 => "a segment is not strict base64url",
            Self::HeaderJson => {
                "the header is no object in strict JSON, or a parameter has a wrong type"
            }
            Self::Critical => "the header asks for an extension, and none is supported",
            Self::Algorithm => "the header's algorithm is none that is supported",
            Self::Kid => "the header's kid is no name",
            Self::UnknownKey => "no key of the issuer is the one that the header means",
            Self::AmbiguousKey => "the header names no key, and several could be meant",
            Self::KeyOfOtherAlgorithm => "the key is for another algorithm than the header says",
            Self::AlgorithmNotAccepted => "the algorithm is not among those accepted here",
            Self::Signature => "the signature is wrong",
            Self::ClaimsJson => "the claims are no object in strict JSON",
            Self::Type => "the token is of another type",
            Self::UnknownIssuer => "no verifier is set up for the issuer",
            Self::Issuer => "iss is missing or another issuer",
            Self::Audience => "aud is missing or does not name this service",
            Self::Expiry => "exp is missing or no time",
            Self::Expired => "the token has expired",
            Self::NotBefore => "nbf is no time or in the future",
            Self::IssuedAt => "iat is no time or in the future",
            Self::Subject => "sub is missing or no name",
            Self::TokenId => "jti is no string",
            Self::Roles => "the roles are no list of names",
            Self::Scopes => "the scopes are no list of names",
            Self::NotStored => "the store does not hold the token",
        }
    }
}
