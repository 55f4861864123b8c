//! Which scopes does a request get? ([RFC 6749 §3.3](https://www.rfc-editor.org/rfc/rfc6749#section-3.3))

use crate::error::{ErrorCode, OAuthError};

/// The scopes that are asked for, each once and in the order asked; all of `allowed` if none are.
///
/// # Errors
///
/// `invalid_scope` if one of them is not allowed.
pub(crate) fn check_scope(
    asked: Option<&str>,
    allowed: &[Box<str>],
) -> Result<Vec<Box<str>>, OAuthError> {
    let mut scopes: Vec<Box<str>> = Vec::new();
    let asked = asked.unwrap_or_default();
    for scope in asked.split(' ').filter(|scope| !scope.is_empty()) {
        if !allowed.iter().any(|allowed| **allowed == *scope) {
            return Err(ErrorCode::InvalidScope.into());
        }
        if !scopes.iter().any(|present| **present == *scope) {
            scopes.push(scope.into());
        }
    }
    if scopes.is_empty() {
        return Ok(allowed.to_vec());
    }
    Ok(scopes)
}

/// What of a grant's scopes its client may still have: an operator may have taken some from it since.
///
/// # Errors
///
/// `invalid_grant` if nothing of it is left: of a grant that is worth nothing the user has to be asked again.
///
/// Source: [RFC 6749 §5.2](https://www.rfc-editor.org/rfc/rfc6749#section-5.2).
pub(crate) fn check_still_allowed(
    granted: &[Box<str>],
    allowed: &[Box<str>],
) -> Result<Vec<Box<str>>, OAuthError> {
    let mut left = granted.to_vec();
    left.retain(|scope| allowed.contains(scope));
    if left.is_empty() && !granted.is_empty() {
        return Err(OAuthError::invalid_grant());
    }
    Ok(left)
}

/// Whether `scope` is among `scopes`.
pub(crate) fn has(scopes: &[Box<str>], scope: &str) -> bool {
    scopes.iter().any(|held| **held == *scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    // O-18
    #[test]
    fn a_client_has_no_more_of_a_grant_than_it_may_have_now() {
        let words =
            |text: &str| -> Vec<Box<str>> { text.split_whitespace().map(Into::into).collect() };
        for (granted, allowed, expected) in [
            ("a b", "a b c", Some("a b")),
            ("b a", "a b", Some("b a")),
            ("a b", "b", Some("b")),
            ("a b", "c", None),
            ("a b", "", None),
            ("", "a", Some("")),
            ("a:b", "all", None),
        ] {
            let left = check_still_allowed(&words(granted), &words(allowed)).ok();
            let left = left.map(|left| left.join(" "));
            assert_eq!(left.as_deref(), expected, "{granted} of {allowed}");
        }
    }

    // AS-6749-10, AS-6749-11, OP-CORE-16, RFC 6749 §3.3
    #[test]
    fn what_is_asked_for_is_allowed_or_refused_as_a_whole() {
        let allowed = ["all", "openid", "a:b"].map(Into::into);
        for (asked, expected) in [
            (None, Some("all openid a:b")),
            (Some(""), Some("all openid a:b")),
            (Some(" "), Some("all openid a:b")),
            (Some("openid"), Some("openid")),
            (Some("a:b openid"), Some("a:b openid")),
            (Some("openid  openid "), Some("openid")),
            (Some("openid other"), None),
            (Some("OPENID"), None),
            (Some("openid\tall"), None),
            (Some("openid%20all"), None),
        ] {
            let scopes = check_scope(asked, &allowed).ok();
            let text = scopes.map(|scopes| scopes.join(" "));
            assert_eq!(text.as_deref(), expected, "{asked:?}");
        }
    }
}
