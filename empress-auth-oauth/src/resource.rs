//! Which resources is a token for? ([RFC 8707](https://www.rfc-editor.org/rfc/rfc8707))
//!
//! A resource on the origin of the provider is the provider's own: what is verified with the same store. A token for others
//! opens nothing there; these ask about it, or read it if it is a JWT. Clients that always name a resource get one for it,
//! whether or not the provider was told which there are; users see it, and allow it, before a token is for it.

use std::str::FromStr;

use empress_auth_core::PublicUrl;

use crate::error::{ErrorCode, OAuthError};
use crate::grant::Consent;

/// A service that tokens can be for: an absolute URI without a fragment
/// ([RFC 8707 §2](https://www.rfc-editor.org/rfc/rfc8707#section-2)), compared as text.
///
/// # Examples
///
/// ```
/// use empress_auth_oauth::Resource;
///
/// let resource: Resource = "https://api.example/".parse()?;
/// assert_eq!(resource.as_str(), "https://api.example/");
/// assert!("https://api.example/#top".parse::<Resource>().is_err());
/// assert!("api.example".parse::<Resource>().is_err());
/// # Ok::<_, empress_auth_oauth::MalformedResource>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource(Box<str>);

impl Resource {
    /// The URI, as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Resource {
    type Err = MalformedResource;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_absolute_uri(text) {
            Ok(Self(text.into()))
        } else {
            Err(MalformedResource)
        }
    }
}

/// What was to be a [`Resource`] is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an absolute URI without a fragment, such as https://api.example/")]
#[non_exhaustive]
pub struct MalformedResource;

/// The resources that are asked for, each once, if they are among `known`, or well-formed if that is empty.
///
/// # Errors
///
/// `invalid_target` if one is not.
#[expect(
    single_use_lifetimes,
    reason = "an anonymous lifetime cannot stand in `impl Trait`"
)]
pub(crate) fn check_resource<'r>(
    asked: impl Iterator<Item = &'r str>,
    known: &[Resource],
) -> Result<Vec<Box<str>>, OAuthError> {
    let mut resources: Vec<Box<str>> = Vec::new();
    for resource in asked {
        let is_known = known.is_empty() || known.iter().any(|known| *known.0 == *resource);
        if !is_known || !is_absolute_uri(resource) || resources.len() == MAX_RESOURCES {
            return Err(ErrorCode::InvalidTarget.into());
        }
        if !resources.iter().any(|present| **present == *resource) {
            resources.push(resource.into());
        }
    }
    Ok(resources)
}

/// The resources of a token that is asked for under a grant: what is asked for, else what was granted.
///
/// Source: [RFC 8707 §2.2](https://www.rfc-editor.org/rfc/rfc8707#section-2.2).
///
/// # Errors
///
/// `invalid_target` for one that was not granted; a grant that names none is for the provider's own: whoever gave it saw no
/// other.
pub(crate) fn check_granted_resource(
    asked: Vec<Box<str>>,
    granted: &[Box<str>],
    public_url: &PublicUrl,
) -> Result<Vec<Box<str>>, OAuthError> {
    if asked.is_empty() {
        return Ok(granted.to_vec());
    }
    let is_granted = if granted.is_empty() {
        asked.iter().all(|resource| is_own(resource, public_url))
    } else {
        asked.iter().all(|resource| granted.contains(resource))
    };
    is_granted
        .then_some(asked)
        .ok_or_else(|| ErrorCode::InvalidTarget.into())
}

/// The resources as a [`Consent`] names them.
pub(crate) fn consented(resources: &[Box<str>], public_url: &PublicUrl) -> Vec<Box<str>> {
    if resources.is_empty() {
        return vec![Consent::OWN.into()];
    }
    let mut named = resources.to_vec();
    for resource in &mut named {
        if is_own(resource, public_url) {
            *resource = Consent::OWN.into();
        }
    }
    named
}

/// The audience of a token: the resources that are not the provider's own.
pub(crate) fn audience(resources: Vec<Box<str>>, public_url: &PublicUrl) -> Vec<Box<str>> {
    let mut audience = resources;
    audience.retain(|resource| !is_own(resource, public_url));
    audience
}

fn is_own(resource: &str, public_url: &PublicUrl) -> bool {
    let rest = resource.strip_prefix(public_url.origin());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

const MAX_RESOURCES: usize = 10;

/// "An absolute URI, as specified by Section 4.3 of RFC 3986", which has no fragment; and none that a program would guess
/// about.
fn is_absolute_uri(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    let is_uri_byte = |b: u8| b.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&b);
    text.len() <= MAX_LENGTH
        && text.bytes().all(is_uri_byte)
        && text
            .split_once(':')
            .is_some_and(|(scheme, rest)| is_scheme(scheme) && !matches!(rest, "" | "//"))
}

const MAX_LENGTH: usize = 2_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(resources: &[&str]) -> Vec<Box<str>> {
        resources
            .iter()
            .map(|resource| (*resource).into())
            .collect()
    }

    // AS-8707-1, AS-8707-2, AS-8707-4, AS-8707-5
    #[test]
    fn a_resource_is_an_absolute_uri_without_a_fragment() {
        for (resource, expected) in [
            ("https://api.example", true),
            ("https://api.example/mcp?x=y", true),
            ("HTTPS://API.example/mcp", true),
            ("urn:example:api", true),
            ("https://api.example/#", false),
            ("https://api.example/#top", false),
            ("api.example", false),
            ("/api", false),
            ("//api.example", false),
            ("https:", false),
            ("https://", false),
            ("1a:b", false),
            ("https://a b", false),
            ("https://\u{e9}", false),
        ] {
            let checked = check_resource([resource].into_iter(), &[]);
            assert_eq!(checked.is_ok(), expected, "{resource}");
        }
        let twice = check_resource(["a:b", "c:d", "a:b"].into_iter(), &[]);
        assert_eq!(twice.unwrap(), boxed(&["a:b", "c:d"]));
        let known = ["https://api.example".parse().unwrap()];
        assert!(check_resource(["https://api.example"].into_iter(), &known).is_ok());
        assert!(check_resource(["https://api.example/"].into_iter(), &known).is_err());
    }

    // AS-8707-3, O-18, O-38
    #[test]
    fn a_token_is_for_no_more_than_was_granted() {
        let granted = boxed(&["a:1", "a:2"]);
        let public_url: PublicUrl = "https://auth.example/x".parse().unwrap();
        for (asked, granted, expected) in [
            (&[][..], &granted[..], Some(&["a:1", "a:2"][..])),
            (&["a:2"], &granted, Some(&["a:2"])),
            (&["a:3"], &granted, None),
            (&["a:1", "a:3"], &granted, None),
            (&["a:3"], &[], None),
            (
                &["https://auth.example/mcp"],
                &[],
                Some(&["https://auth.example/mcp"]),
            ),
            (&["https://auth.example/mcp", "a:3"], &[], None),
            (&["https://auth.example/mcp"], &granted, None),
            (&[], &[], Some(&[])),
        ] {
            let checked = check_granted_resource(boxed(asked), granted, &public_url).ok();
            assert_eq!(checked, expected.map(boxed), "{asked:?}");
        }
    }

    #[test]
    fn a_resource_of_the_providers_origin_is_its_own() {
        let public_url: PublicUrl = "https://auth.example/x".parse().unwrap();
        for (resource, expected) in [
            ("https://auth.example", true),
            ("https://auth.example/", true),
            ("https://auth.example/mcp", true),
            ("https://auth.example?x", true),
            ("https://auth.example.evil", false),
            ("https://auth.example:444/", false),
            ("https://auth.example@evil", false),
            ("http://auth.example/", false),
            ("https://other.example/", false),
        ] {
            let audience = audience(boxed(&[resource]), &public_url);
            assert_eq!(audience.is_empty(), expected, "{resource}");
            let name = if expected { Consent::OWN } else { resource };
            assert_eq!(consented(&boxed(&[resource]), &public_url), boxed(&[name]));
        }
    }
}
