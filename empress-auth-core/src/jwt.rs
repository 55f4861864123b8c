//! Is this JSON Web Token good, and what does it claim?
//!
//! 1. [`compact`]: three segments, 8,192 bytes at most; [`segment`]: each in strict [`base64url`].
//! 2. [`header`]: strict JSON; one known algorithm, no `crit`, a `kid` that is only compared.
//! 3. [`key_set`]: the key that the header means, whose one algorithm must be the header's; [`usual_header`]: both at once,
//!    for a header that was read before.
//! 4. [`key`]: the signature. Nothing of the claims is believed before.
//! 5. [`policy`]: `typ` is an accepted one; `iss`, `aud` and `exp` are there and right; `nbf` and `iat` are past.
//! 6. [`accepted`]: which verifier of a layer decides; [`caller`]: who the token speaks of.
//!
//! Sources: [RFC 7515](https://www.rfc-editor.org/rfc/rfc7515), [RFC 7519](https://www.rfc-editor.org/rfc/rfc7519),
//! [RFC 8725](https://www.rfc-editor.org/rfc/rfc8725), [RFC 9068](https://www.rfc-editor.org/rfc/rfc9068).

mod accepted;
mod algorithm;
mod base64url;
mod caller;
mod claims;
mod compact;
mod error;
mod header;
mod hmac_secret;
mod json;
mod jwk;
mod key;
mod key_error;
mod key_set;
mod key_source;
mod numeric_date;
mod policy;
mod roca;
mod rsa;
mod segment;
#[cfg(test)]
mod tests;
mod usual_header;
mod verifier;

pub(crate) use self::accepted::{FoundToken, Verifiers};
pub use self::algorithm::Algorithm;
pub use self::claims::{Claims, ClaimsBuffer, VerifiedClaims};
pub use self::error::{JwtError, JwtErrorKind};
pub use self::hmac_secret::HmacSecret;
pub use self::key::VerificationKey;
pub use self::key_error::{KeyError, KeyErrorKind};
pub use self::key_set::KeySet;
pub use self::key_source::{KeySource, KeySourceError};
pub use self::verifier::JwtVerifier;
