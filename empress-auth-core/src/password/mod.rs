//! How is a password stored, and does a presented one belong to what is stored?
//!
//! 1. A password comes in as [`Password`]: raw bytes, at most 4,096, wiped when dropped.
//! 2. A new one is held to a [`PasswordPolicy`]: long enough, and not one that everybody tries.
//! 3. [`PasswordPool`] hashes it with Argon2id into a [`PasswordHash`] and verifies it later, on
//!    threads of its own and never more of them than the machine has cores.
//! 4. Hashes that Django and passlib made verify too; [`Verdict::MatchNeedsRehash`] says when to
//!    replace one.
//!
//! A password is guessable, so it is hashed slowly, with memory; keys and tokens of our own are
//! random and only need SHA-256.
//!
//! Sources: [RFC 9106](https://www.rfc-editor.org/rfc/rfc9106) (Argon2),
//! [RFC 8018](https://www.rfc-editor.org/rfc/rfc8018) (PBKDF2),
//! [RFC 7914](https://www.rfc-editor.org/rfc/rfc7914) (scrypt) and
//! [NIST SP 800-63B-4 §3.1.1](https://pages.nist.gov/800-63-4/sp800-63b.html) (the policy).

mod argon2id;
mod bcrypt;
mod django;
mod error;
mod fields;
mod format;
mod hash;
mod passlib;
mod pbkdf2;
mod policy;
mod pool;
mod presented;
#[cfg(test)]
mod vectors;

pub use self::error::{PasswordError, PasswordErrorKind};
pub use self::hash::{PasswordHash, Verdict, verify};
pub use self::policy::PasswordPolicy;
pub use self::pool::PasswordPool;
pub(crate) use self::pool::QUEUE;
pub use self::presented::Password;
