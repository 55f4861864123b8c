//! What may a credential be used for?

use std::sync::Arc;

/// The scopes of a credential: everything its user may do, or a list (RFC 6749 §3.3).
///
/// # Examples
///
/// ```
/// use empress_auth_core::Scopes;
///
/// let parent = Scopes::only(["invoices:read", "invoices:write"]);
/// let child = Scopes::only(["invoices:read"]);
/// assert!(child.is_subset_of(&parent));
/// assert!(!Scopes::all().is_subset_of(&parent));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scopes(Option<Arc<[Box<str>]>>);

impl Scopes {
    /// Everything the user may: API keys, DRF tokens, sessions. Satisfies every scope requirement.
    #[must_use]
    pub const fn all() -> Self {
        Self(None)
    }

    /// These scopes and no other; sorted, each once.
    pub fn only<S: AsRef<str>>(scopes: impl IntoIterator<Item = S>) -> Self {
        let mut list: Vec<Box<str>> = scopes
            .into_iter()
            .map(|scope| scope.as_ref().into())
            .collect();
        list.sort_unstable();
        list.dedup();
        Self(Some(list.into()))
    }

    /// Whether a requirement of `scope` is satisfied.
    #[must_use]
    pub fn contains(&self, scope: &str) -> bool {
        self.as_list()
            .is_none_or(|list| list.iter().any(|held| **held == *scope))
    }

    /// Whether nothing here is missing in `parent`.
    #[must_use]
    pub fn is_subset_of(&self, parent: &Self) -> bool {
        match (&self.0, &parent.0) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(held), Some(_)) => held.iter().all(|scope| parent.contains(scope)),
        }
    }

    /// The list; `None` stands for everything.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Box<str>]> {
        self.0.as_deref()
    }

    /// Whether `text` is a `scope-token`: one to 128 characters `%x21 / %x23-5B / %x5D-7E` (RFC 6749 §3.3).
    #[must_use]
    pub fn is_scope_token(text: &str) -> bool {
        (1..=128).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\\'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_list_satisfies_every_scope_and_an_empty_list_none() {
        assert!(Scopes::all().contains("x"));
        assert!(!Scopes::only::<&str>([]).contains("x"));
        assert!(Scopes::only(["x"]).contains("x"));
        assert!(!Scopes::only(["xy"]).contains("x"));
    }

    #[test]
    fn a_scope_token_has_no_blank_quote_or_backslash() {
        assert!(Scopes::is_scope_token("invoices:read"));
        for wrong in ["", "a b", "a\"b", "a\\b", "é", "a\n"] {
            assert!(!Scopes::is_scope_token(wrong), "{wrong:?}");
        }
    }
}
