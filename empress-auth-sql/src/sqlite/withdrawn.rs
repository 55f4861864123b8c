//! What does a row of the feed withdraw?

use empress_auth_core::Subject;

/// A [`Subject`] that outlives the change which withdraws it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Withdrawn {
    /// Everything of the user with this id; of a client, as far as it acts for itself, `client:` and its id.
    User(Box<str>),
    /// Everything issued to the client with this id, and what is remembered of the client.
    Client(Box<str>),
    /// Everything.
    Everyone,
}

impl Withdrawn {
    /// What a row says. What a later version withdraws, and this one does not know, is everything.
    pub(super) fn from_row(kind: &str, subject: &str) -> Self {
        match kind {
            "user" => Self::User(subject.into()),
            "client" => Self::Client(subject.into()),
            _ => Self::Everyone,
        }
    }

    /// The columns `kind` and `subject`.
    pub(super) fn as_row(&self) -> (&'static str, &str) {
        match self {
            Self::User(id) => ("user", id),
            Self::Client(id) => ("client", id),
            Self::Everyone => ("everyone", ""),
        }
    }

    pub(super) fn subject(&self) -> Subject<'_> {
        match self {
            Self::User(id) => Subject::User(id),
            Self::Client(id) => Subject::Client(id),
            Self::Everyone => Subject::Everyone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_announced_is_read_and_what_is_not_known_is_everything() {
        for withdrawn in [
            Withdrawn::User("7".into()),
            Withdrawn::User("client:x".into()),
            Withdrawn::Client("x".into()),
            Withdrawn::Everyone,
        ] {
            let (kind, subject) = withdrawn.as_row();
            assert_eq!(Withdrawn::from_row(kind, subject), withdrawn);
        }
        assert_eq!(Withdrawn::from_row("later", "7"), Withdrawn::Everyone);
    }
}
