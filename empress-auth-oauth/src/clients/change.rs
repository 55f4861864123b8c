//! What is changed of a client?

use empress_auth_core::IssueError;

use crate::client::Client;

/// What is changed of a client; what is not named stays as it is.
///
/// Of each list, first what is removed is taken away, then what is added comes last. The rules of
/// [`NewClient`](super::NewClient) hold for what comes of it. Nothing makes a public client of a confidential one, nor the
/// other way round: that is another client.
///
/// # Examples
///
/// ```
/// use empress_auth_oauth::ClientChange;
///
/// let moved = ClientChange::default()
///     .with_redirect_uri("https://new.example/callback")
///     .without_redirect_uri("https://old.example/callback");
/// # let _ = moved;
/// ```
#[derive(Debug, Clone, Default)]
pub struct ClientChange {
    redirect_uris: ListChange,
    post_logout_redirect_uris: ListChange,
    scopes: ListChange,
}

/// What comes to a list and what goes from it.
#[derive(Debug, Clone, Default)]
struct ListChange {
    /// What is there already stays where it is.
    added: Vec<Box<str>>,
    /// It must be there, so that nobody takes a slip of the pen for done.
    removed: Vec<Box<str>>,
}

impl ClientChange {
    /// Lets codes be sent there, too.
    #[must_use]
    pub fn with_redirect_uri(mut self, uri: &str) -> Self {
        self.redirect_uris.added.push(uri.into());
        self
    }

    /// Lets no code be sent there any more. One that was sent there before and is not yet redeemed is still good.
    #[must_use]
    pub fn without_redirect_uri(mut self, uri: &str) -> Self {
        self.redirect_uris.removed.push(uri.into());
        self
    }

    /// Lets browsers be sent there after a logout, too.
    #[must_use]
    pub fn with_post_logout_redirect_uri(mut self, uri: &str) -> Self {
        self.post_logout_redirect_uris.added.push(uri.into());
        self
    }

    /// Lets no browser be sent there any more after a logout.
    #[must_use]
    pub fn without_post_logout_redirect_uri(mut self, uri: &str) -> Self {
        self.post_logout_redirect_uris.removed.push(uri.into());
        self
    }

    /// Lets the client ask for this scope, too.
    #[must_use]
    pub fn with_scope(mut self, scope: &str) -> Self {
        self.scopes.added.push(scope.into());
        self
    }

    /// Lets the client ask for this scope no more, nor get it for a refresh token or a code of before. An access token that
    /// it has keeps it until it expires.
    #[must_use]
    pub fn without_scope(mut self, scope: &str) -> Self {
        self.scopes.removed.push(scope.into());
        self
    }

    pub(super) fn apply(self, client: &mut Client) -> Result<(), IssueError> {
        self.redirect_uris.apply(&mut client.redirect_uris)?;
        self.post_logout_redirect_uris
            .apply(&mut client.post_logout_redirect_uris)?;
        self.scopes.apply(&mut client.scopes)
    }
}

impl ListChange {
    fn apply(self, list: &mut Vec<Box<str>>) -> Result<(), IssueError> {
        for gone in &self.removed {
            let Some(at) = list.iter().position(|present| present == gone) else {
                return Err(IssueError::invalid(format!(
                    "{gone}: the client does not have it"
                )));
            };
            list.remove(at);
        }
        for new in self.added {
            if !list.contains(&new) {
                list.push(new);
            }
        }
        Ok(())
    }
}
