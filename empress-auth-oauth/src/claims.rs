//! What is told of a user, and for which scopes
//! ([OpenID Connect Core §5.4](https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims)).

use empress_auth_core::User;
use serde_json::{Map, Value};

use crate::scope;

/// The claims of userinfo, without `sub` and `iss`. Members that nothing is known for are left out (§5.3.2).
///
/// | scope | claims |
/// |---|---|
/// | `openid` | `roles` |
/// | `profile` | `name`, `given_name`, `family_name`, `preferred_username` |
/// | `email` | `email`, `email_verified` |
/// | `all` | all of these: Frappe's word for everything |
pub(crate) fn of_user(user: &User, scopes: &[Box<str>]) -> Map<String, Value> {
    let is_granted = |scope: &str| scope::has(scopes, scope) || scope::has(scopes, "all");
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| _ = claims.insert(name.to_owned(), value);
    if is_granted("profile") {
        let name = user.full_name.as_deref().unwrap_or(&user.username);
        let (given, family) = given_and_family(name);
        put("name", name.into());
        put("given_name", given.into());
        if let Some(family) = family {
            put("family_name", family.into());
        }
        put("preferred_username", (*user.username).into());
    }
    if let Some(email) = user.email.as_deref().filter(|_| is_granted("email")) {
        put("email", email.into());
        // Whoever makes a user says so, and nobody has asked the mailbox.
        put("email_verified", false.into());
    }
    put("roles", user.roles.iter().map(|role| &**role).collect());
    claims
}

/// A name as Frappe's clients want it: what stands behind the last blank is taken for the family's.
fn given_and_family(name: &str) -> (&str, Option<&str>) {
    match name.trim().rsplit_once(char::is_whitespace) {
        Some((given, family)) => (given.trim_end(), Some(family)),
        None => (name.trim(), None),
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use empress_auth_core::NewUser;

    use super::*;

    fn names(new: &NewUser, scopes: &[&str]) -> String {
        let user = User::from_new("7", new, SystemTime::UNIX_EPOCH);
        let scopes: Vec<Box<str>> = scopes.iter().map(|scope| (*scope).into()).collect();
        let claims = of_user(&user, &scopes);
        claims.keys().cloned().collect::<Vec<_>>().join(" ")
    }

    // O-33, OP-CORE-32
    #[test]
    fn only_what_was_granted_and_is_known_is_told() {
        let ada = NewUser::named("ada")
            .with_full_name("Ada Lovelace")
            .with_email("ada@example.com")
            .with_roles(["Manager"]);
        let profile = "family_name given_name name preferred_username roles";
        for (scopes, expected) in [
            (&["openid"][..], "roles"),
            (&["openid", "profile"], profile),
            (&["openid", "email"], "email email_verified roles"),
            (
                &["openid", "all"],
                "email email_verified family_name given_name name preferred_username roles",
            ),
        ] {
            assert_eq!(names(&ada, scopes), expected, "{scopes:?}");
        }
        let bob = NewUser::named("bob");
        assert_eq!(
            names(&bob, &["openid", "all"]),
            "given_name name preferred_username roles"
        );
    }

    #[test]
    fn a_name_is_split_at_its_last_blank() {
        for (name, expected) in [
            ("Ada", ("Ada", None)),
            ("Ada Lovelace", ("Ada", Some("Lovelace"))),
            ("Ada King  Lovelace ", ("Ada King", Some("Lovelace"))),
            ("", ("", None)),
        ] {
            assert_eq!(given_and_family(name), expected, "{name}");
        }
    }
}
