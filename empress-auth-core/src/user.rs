//! Users, as they are made, kept and changed.

use std::time::SystemTime;

use crate::clock::unix_millis;
use crate::password::PasswordHash;

/// A user as a store keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct User {
    /// What rows refer to; never used for another user.
    pub id: Box<str>,
    /// What people call the user, and what they log in with.
    pub username: Box<str>,
    /// The e-mail address, if one is known.
    pub email: Option<Box<str>>,
    /// The name of the person.
    pub full_name: Option<Box<str>>,
    /// Whether the user may authenticate.
    pub enabled: bool,
    /// The user's roles, sorted.
    pub roles: Vec<Box<str>>,
    /// When the user was made.
    pub created_at: SystemTime,
    /// Counts the revocations of the user's DRF token, from the moment in milliseconds at which the user was made: a store that
    /// begins anew with the same master key makes none of the tokens that were made before.
    pub token_epoch: u64,
}

impl User {
    /// A user as it is when made.
    #[must_use]
    pub fn from_new(id: &str, new: &NewUser, created_at: SystemTime) -> Self {
        Self {
            id: id.into(),
            username: new.username.clone(),
            email: new.email.clone(),
            full_name: new.full_name.clone(),
            enabled: true,
            roles: sorted(new.roles.clone()),
            created_at,
            token_epoch: unix_millis(created_at),
        }
    }

    /// Applies a change; the password is kept apart. A store does so inside the transaction of the write.
    pub fn apply(&mut self, change: &UserChange) {
        if let Some(email) = &change.email {
            self.email.clone_from(email);
        }
        if let Some(full_name) = &change.full_name {
            self.full_name.clone_from(full_name);
        }
        if let Some(enabled) = change.enabled {
            self.enabled = enabled;
        }
        if let Some(roles) = &change.roles {
            self.roles.clone_from(roles);
        }
        self.roles.extend(change.added_roles.iter().cloned());
        self.roles
            .retain(|role| !change.removed_roles.contains(role));
        self.roles = sorted(std::mem::take(&mut self.roles));
    }
}

/// A user to be made.
///
/// # Examples
///
/// ```
/// use empress_auth_core::NewUser;
///
/// let ada = NewUser::named("ada").with_email("ada@example.com").with_roles(["System Manager"]);
/// # let _ = ada;
/// ```
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewUser {
    /// See [`User::username`].
    pub username: Box<str>,
    /// See [`User::email`].
    pub email: Option<Box<str>>,
    /// See [`User::full_name`].
    pub full_name: Option<Box<str>>,
    /// See [`User::roles`].
    pub roles: Vec<Box<str>>,
    /// Without one the user cannot log in with a password.
    pub password: Option<PasswordHash>,
}

impl NewUser {
    /// An enabled user without roles and without a password.
    #[must_use]
    pub fn named(username: &str) -> Self {
        Self {
            username: username.into(),
            email: None,
            full_name: None,
            roles: Vec::new(),
            password: None,
        }
    }

    /// Sets the e-mail address.
    #[must_use]
    pub fn with_email(mut self, email: &str) -> Self {
        self.email = Some(email.into());
        self
    }

    /// Sets the name of the person.
    #[must_use]
    pub fn with_full_name(mut self, full_name: &str) -> Self {
        self.full_name = Some(full_name.into());
        self
    }

    /// Sets the roles.
    #[must_use]
    pub fn with_roles<S: AsRef<str>>(mut self, roles: impl IntoIterator<Item = S>) -> Self {
        self.roles = roles.into_iter().map(|role| role.as_ref().into()).collect();
        self
    }

    /// Takes over a password hash: one of ours, Django's or passlib's.
    #[must_use]
    pub fn with_password_hash(mut self, hash: PasswordHash) -> Self {
        self.password = Some(hash);
        self
    }
}

/// A change of a user: what is `None` stays.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct UserChange {
    /// Sets or removes the e-mail address.
    pub email: Option<Option<Box<str>>>,
    /// Sets or removes the name of the person.
    pub full_name: Option<Option<Box<str>>>,
    /// Enables or disables; disabling withdraws all that the user holds.
    pub enabled: Option<bool>,
    /// Replaces the roles.
    pub roles: Option<Vec<Box<str>>>,
    /// Gives these roles, too, whatever the user has when the change is made.
    pub added_roles: Vec<Box<str>>,
    /// Takes these roles away in the end.
    pub removed_roles: Vec<Box<str>>,
    /// Replaces the password.
    pub password: Option<PasswordHash>,
}

/// Whether `name` can be a user name: 1 to 140 characters, no control, `/` or `:`.
///
/// A colon would end the name inside Basic credentials, a slash would end it inside a path.
#[must_use]
pub fn is_username(name: &str) -> bool {
    (1..=140).contains(&name.chars().count())
        && name.trim() == name
        && !name
            .chars()
            .any(|c| c.is_control() || matches!(c, '/' | ':'))
}

fn sorted(mut roles: Vec<Box<str>>) -> Vec<Box<str>> {
    roles.sort_unstable();
    roles.dedup();
    roles
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_replaced_then_given_then_taken() {
        let new = NewUser::named("ada").with_roles(["Writer", "Manager"]);
        let mut user = User::from_new("1", &new, SystemTime::UNIX_EPOCH);
        let mut apply = |roles: Option<&[&str]>, added: &[&str], removed: &[&str]| {
            let boxed = |roles: &[&str]| roles.iter().map(|role| (*role).into()).collect();
            user.apply(&UserChange {
                roles: roles.map(boxed),
                added_roles: boxed(added),
                removed_roles: boxed(removed),
                ..UserChange::default()
            });
            user.roles.join(" ")
        };
        assert_eq!(
            apply(None, &["Auditor", "Writer"], &[]),
            "Auditor Manager Writer"
        );
        assert_eq!(apply(None, &[], &["Writer", "Nobody"]), "Auditor Manager");
        assert_eq!(apply(None, &["Writer"], &["Writer"]), "Auditor Manager");
        assert_eq!(
            apply(Some(&["Reader"]), &["Auditor"], &["Manager"]),
            "Auditor Reader"
        );
    }

    #[test]
    fn a_user_name_cannot_end_a_path_or_a_basic_user_id() {
        for name in ["ada", "ada@example.com", "Ада", "a b", &"x".repeat(140)] {
            assert!(is_username(name), "{name}");
        }
        for name in [
            "",
            "a/b",
            "a:b",
            "a\nb",
            "a\0",
            " ada",
            "ada ",
            &"x".repeat(141),
        ] {
            assert!(!is_username(name), "{name:?}");
        }
    }
}
