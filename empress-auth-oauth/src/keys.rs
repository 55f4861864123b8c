//! Who signs, with what, and from when to when?
//!
//! 1. A [`KeyRing`] reads the keys from the store, decrypts and parses each once, and shares them; it makes what is
//!    missing on the first start, rotates and retires.
//! 2. The rows say when a key is published and when it signs ([`schedule`]), so that all nodes decide alike, each by its
//!    own clock.
//! 3. Private halves are encrypted in the store ([`wrapping`]). A node whose master key does not open them does not
//!    start; it never makes others instead.
//! 4. A [`SigningKey`] has one algorithm for good. Whoever asks for a signature names the algorithm to get a key, and then
//!    cannot choose another.

mod client_secret;
mod error;
mod key_pair;
mod key_set;
mod key_source;
mod public_key;
mod ring;
mod ring_changes;
mod schedule;
mod signing_key;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod wrapping;

pub use self::client_secret::ClientSecretKeys;
pub use self::error::{SigningKeyError, SigningKeyErrorKind};
pub use self::key_set::{KeyState, ListedKey};
pub use self::ring::KeyRing;
pub use self::schedule::{JWKS_MAX_AGE, MAX_JWT_LIFETIME};
pub use self::signing_key::SigningKey;
pub(crate) use self::signing_key::TokenType;
