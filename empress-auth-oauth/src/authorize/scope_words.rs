//! What does a scope mean, in the words of whoever is asked?

use crate::pages::ScopeLine;

/// Each scope with its words; one that we know nothing of speaks for itself.
pub(crate) fn scope_lines(scopes: &[Box<str>]) -> Vec<ScopeLine> {
    let line = |scope: &str| ScopeLine {
        scope: scope.into(),
        description: words(scope).unwrap_or(scope).into(),
    };
    scopes.iter().map(|scope| line(scope)).collect()
}

/// The scopes of OpenID Connect Core §5.4 and of our own routes, and Frappe's `all`.
fn words(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "openid" => "Know who you are",
        "profile" => "See your name, your picture and your roles",
        "email" => "See your email address",
        "address" => "See your postal address",
        "phone" => "See your phone number",
        "offline_access" => "Keep this access while you are away",
        "all" => "Do everything that you can do",
        "admin" => "Administer users, applications and keys in your name",
        "tokens:read" => "See your API tokens",
        "tokens:write" => "Make, change and revoke your API tokens",
        "sessions" => "See and end your sessions",
        _ => return None,
    })
}
