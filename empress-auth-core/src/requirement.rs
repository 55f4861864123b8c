//! What must a caller have? Requirements are values, combined with `&` and `|`.

use std::ops::{BitAnd, BitOr};

use crate::identity::Identity;

/// A condition on the caller of a route.
///
/// # Examples
///
/// ```
/// use empress_auth_core::{role, scope};
///
/// let requirement = scope("invoices:read") & role("Manager");
/// assert_eq!(requirement.scopes(), ["invoices:read"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement(Condition);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    Authenticated,
    Scope(Box<str>),
    Role(Box<str>),
    Every(Box<[Requirement]>),
    Either(Box<[Requirement]>),
}

/// The credential must have this scope; a credential without a list of scopes has every one.
#[must_use]
pub fn scope(name: &str) -> Requirement {
    Requirement(Condition::Scope(name.into()))
}

/// The user must have this role, whatever the scopes of the credential.
#[must_use]
pub fn role(name: &str) -> Requirement {
    Requirement(Condition::Role(name.into()))
}

impl Requirement {
    /// Any caller that proved who it is.
    #[must_use]
    pub const fn authenticated() -> Self {
        Self(Condition::Authenticated)
    }

    /// Whether `caller` satisfies this.
    #[must_use]
    pub fn allows(&self, caller: &Identity) -> bool {
        match &self.0 {
            Condition::Authenticated => true,
            Condition::Scope(name) => caller.scopes().contains(name),
            Condition::Role(name) => caller.has_role(name),
            Condition::Every(parts) => parts.iter().all(|part| part.allows(caller)),
            Condition::Either(parts) => parts.iter().any(|part| part.allows(caller)),
        }
    }

    /// The scopes that are mentioned, in order, each once: what a challenge shows (RFC 6750 §3).
    #[must_use]
    pub fn scopes(&self) -> Vec<&str> {
        let mut found = Vec::new();
        self.collect_scopes(&mut found);
        found
    }

    fn collect_scopes<'a>(&'a self, found: &mut Vec<&'a str>) {
        match &self.0 {
            Condition::Authenticated | Condition::Role(_) => {}
            Condition::Scope(name) => {
                if !found.contains(&&**name) {
                    found.push(name);
                }
            }
            Condition::Every(parts) | Condition::Either(parts) => {
                for part in parts {
                    part.collect_scopes(found);
                }
            }
        }
    }
}

impl BitAnd for Requirement {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(Condition::Every(Box::new([self, other])))
    }
}

impl BitOr for Requirement {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(Condition::Either(Box::new([self, other])))
    }
}

/// A requirement with a name, for the extractor `Scoped`.
///
/// # Examples
///
/// ```
/// use empress_auth_core::{Requirement, RequiredBy, scope};
///
/// struct ReadInvoices;
/// impl RequiredBy for ReadInvoices {
///     fn requirement() -> Requirement {
///         scope("invoices:read")
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what it requires",
    note = "implement `RequiredBy` for it: `fn requirement() -> Requirement {{ scope(\"invoices:read\") }}`"
)]
pub trait RequiredBy {
    /// What the caller must have.
    fn requirement() -> Requirement;
}
