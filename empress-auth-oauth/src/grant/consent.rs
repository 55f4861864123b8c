//! What a user allowed a client, for good.

use std::collections::BTreeMap;
use std::time::SystemTime;

/// What a user allowed a client, for good (OpenID Connect Core §3.1.2.4).
///
/// Scopes are allowed at a resource: who allowed a client to read invoices here did not allow it to read those of another
/// service, whose tokens the client asks for by [RFC 8707](https://www.rfc-editor.org/rfc/rfc8707).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Consent {
    /// The user's id.
    pub user_id: Box<str>,
    /// The client's id.
    pub client_id: Box<str>,
    /// The scopes, sorted, by the URI of the resource at which they were allowed; [`OWN`](Self::OWN) for the provider's.
    pub allowed: BTreeMap<Box<str>, Vec<Box<str>>>,
    /// When it was last given.
    pub given_at: SystemTime,
}

impl Consent {
    /// What stands for the provider's own resources, which need no URI.
    pub const OWN: &'static str = "";

    /// A consent to these scopes at the provider's own resources.
    #[must_use]
    pub fn new(user_id: &str, client_id: &str, scopes: &[Box<str>], given_at: SystemTime) -> Self {
        Self::at(user_id, client_id, scopes, &[Self::OWN.into()], given_at)
    }

    /// A consent to these scopes at each of these resources.
    #[must_use]
    pub fn at(
        user_id: &str,
        client_id: &str,
        scopes: &[Box<str>],
        resources: &[Box<str>],
        given_at: SystemTime,
    ) -> Self {
        let mut scopes = scopes.to_vec();
        scopes.sort_unstable();
        scopes.dedup();
        let allowed = resources.iter().map(|uri| (uri.clone(), scopes.clone()));
        Self {
            user_id: user_id.into(),
            client_id: client_id.into(),
            allowed: allowed.collect(),
            given_at,
        }
    }

    /// Adds what the same user allowed the same client later.
    #[must_use]
    pub fn and(mut self, later: Self) -> Self {
        for (resource, added) in later.allowed {
            let scopes = self.allowed.entry(resource).or_default();
            scopes.extend(added);
            scopes.sort_unstable();
            scopes.dedup();
        }
        self.given_at = later.given_at;
        self
    }

    /// Whether these scopes were allowed at each of these resources.
    #[must_use]
    pub fn covers(&self, scopes: &[Box<str>], resources: &[Box<str>]) -> bool {
        resources.iter().all(|resource| {
            let allowed = self.allowed.get(resource);
            allowed.is_some_and(|allowed| scopes.iter().all(|scope| allowed.contains(scope)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(words: &[&str]) -> Vec<Box<str>> {
        words.iter().map(|word| (*word).into()).collect()
    }

    fn at(scopes: &[&str], resources: &[&str], secs: u64) -> Consent {
        let given_at = SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(secs);
        Consent::at("1", "c", &boxed(scopes), &boxed(resources), given_at)
    }

    // O-18, AS-8707-3
    #[test]
    fn scopes_are_allowed_at_a_resource_and_nowhere_else() {
        let given = at(&["b", "a"], &[""], 1).and(at(&["c"], &["x:1", "x:2"], 2));
        let given = given.and(at(&["a", "c"], &["x:2"], 3));
        assert_eq!(given.given_at, at(&[], &[], 3).given_at);
        for (scopes, resources, expected) in [
            (&["a", "b"][..], &[""][..], true),
            (&["c"], &[""], false),
            (&["c"], &["x:1", "x:2"], true),
            (&["a"], &["x:2"], true),
            (&["a"], &["x:1"], false),
            (&["a"], &["x:1", "x:2"], false),
            (&["a"], &["", "x:2"], true),
            (&["c"], &["x:3"], false),
            (&[], &["x:3"], false),
            (&[], &["x:1"], true),
        ] {
            let covers = given.covers(&boxed(scopes), &boxed(resources));
            assert_eq!(covers, expected, "{scopes:?} at {resources:?}");
        }
    }
}
