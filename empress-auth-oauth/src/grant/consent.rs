//! What a user allowed a client, for good.

use std::time::SystemTime;

use super::limits;

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
    /// The URI of each resource, [`OWN`](Self::OWN) for the provider's, with the scopes that were allowed at it, sorted; in the
    /// order in which they were last allowed.
    pub allowed: Vec<(Box<str>, Vec<Box<str>>)>,
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
        let nothing = Self {
            user_id: user_id.into(),
            client_id: client_id.into(),
            allowed: Vec::new(),
            given_at,
        };
        let each = resources.iter().cloned();
        each.fold(nothing, |consent, uri| {
            consent.allowing(uri, scopes.to_vec())
        })
    }

    /// Adds what the same user allowed the same client later. Of more than [`limits::RESOURCES`](super::limits::RESOURCES)
    /// the oldest are forgotten.
    #[must_use]
    pub fn and(mut self, later: Self) -> Self {
        self.given_at = later.given_at;
        let mut sum = later
            .allowed
            .into_iter()
            .fold(self, |sum, (uri, added)| sum.allowing(uri, added));
        let too_many = sum.allowed.len().saturating_sub(limits::RESOURCES);
        sum.allowed.drain(..too_many);
        sum
    }

    /// Adds scopes at one resource, which is the last one then.
    fn allowing(mut self, resource: Box<str>, mut scopes: Vec<Box<str>>) -> Self {
        self.allowed.retain_mut(|(uri, before)| {
            let is_other = *uri != resource;
            if !is_other {
                scopes.append(before);
            }
            is_other
        });
        scopes.sort_unstable();
        scopes.dedup();
        self.allowed.push((resource, scopes));
        self
    }

    /// Whether these scopes were allowed at each of these resources.
    #[must_use]
    pub fn covers(&self, scopes: &[Box<str>], resources: &[Box<str>]) -> bool {
        resources.iter().all(|resource| {
            let at = self.allowed.iter().find(|(uri, _)| uri == resource);
            at.is_some_and(|(_, allowed)| scopes.iter().all(|scope| allowed.contains(scope)))
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

    // O-40
    #[test]
    fn of_many_resources_those_allowed_last_are_known() {
        let first = at(&["a"], &["x:first"], 0).and(at(&["a"], &["x:again"], 0));
        let given = (1..limits::RESOURCES).fold(first, |given, number| {
            let uri = format!("x:{number}");
            given
                .and(at(&["a"], &["x:again"], 1))
                .and(at(&["a"], &[&uri], 1))
        });
        assert_eq!(given.allowed.len(), limits::RESOURCES);
        for (uri, expected) in [
            ("x:first", false),
            ("x:again", true),
            ("x:1", true),
            ("x:99", true),
        ] {
            let covers = given.covers(&boxed(&["a"]), &boxed(&[uri]));
            assert_eq!(covers, expected, "{uri}");
        }
    }
}
