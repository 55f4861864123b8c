//! What does a scope mean, in the words of whoever is asked?

use crate::pages::ScopeLine;

/// Each scope with its words; one that we know nothing of speaks for itself, to the letter.
pub(crate) fn scope_lines(scopes: &[Box<str>]) -> Vec<ScopeLine> {
    let line = |scope: &str| ScopeLine {
        scope: scope.into(),
        description: words(scope).unwrap_or(scope).into(),
    };
    scopes.iter().map(|scope| line(scope)).collect()
}

/// The scopes of OpenID Connect Core §5.4 and of our own routes, and Frappe's `all`. Each says all that it gives: userinfo
/// tells roles with `openid`, and what `all` gives no other scope narrows.
fn words(scope: &str) -> Option<&'static str> {
    Some(match scope {
        "openid" => "Know who you are and which roles you have",
        "profile" => "See your name and your user name",
        "email" => "See your email address",
        "address" => "See your postal address",
        "phone" => "See your phone number",
        "offline_access" => "Keep this access while you are away",
        "all" => {
            "Do everything that you can do, with all of your roles: see, change and delete in your name"
        }
        "admin" => "Administer in your name: users, their keys and tokens, applications",
        "tokens:read" => "See your API tokens",
        "tokens:write" => "Make, change and revoke your API tokens",
        "sessions" => "See and end your sessions",
        "metrics:read" => "See how this server is used and how often it fails",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(scope: &str) -> String {
        let lines = scope_lines(&[scope.into()]);
        lines[0].description.to_string()
    }

    // O-26: the words are ours, the scope is the client's
    #[test]
    fn what_is_known_has_words_and_the_rest_stands_as_it_is_asked_for() {
        for known in crate::discovery::SCOPES {
            assert!(described(known).contains(' '), "{known}");
        }
        for known in [
            "admin",
            "tokens:read",
            "tokens:write",
            "sessions",
            "metrics:read",
        ] {
            assert!(described(known).contains(' '), "{known}");
        }
        for unknown in ["invoices:read", "All", "openid2", "System_Manager", "<b>"] {
            assert_eq!(described(unknown), unknown);
        }
    }

    // O-26: what gives most says so
    #[test]
    fn a_scope_that_gives_everything_says_everything() {
        let all = described("all");
        assert!(all.contains("everything") && all.contains("roles") && all.contains("change"));
        assert!(described("openid").contains("roles"), "userinfo tells them");
        assert!(described("admin").contains("keys"));
    }
}
