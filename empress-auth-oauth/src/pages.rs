//! What do people see? Data for pages; whoever implements [`Pages`] makes HTML of it.
//!
//! 1. A page is data here and HTML there: this crate holds none, and knows no template engine.
//! 2. The HTML has **no inline script, no inline style, no event handlers** and loads nothing from elsewhere: it is answered
//!    with `Content-Security-Policy: default-src 'none'; style-src 'self'; img-src 'self'; …`. Style sheets and pictures
//!    come from the same origin. Every page works without scripts.
//! 3. All texts are the words of strangers: clients name themselves, and parameters come from anywhere. Escape each of
//!    them, in attributes as in text (P-17).
//! 4. A [`PageForm`] is sent with POST, all of its fields as hidden inputs, unchanged. Names and values of its buttons are
//!    given with the page.
//!
//! 5. Every page has a default, with nothing in it, so that an implementation can be tested without a provider.
//!
//! The provider puts the status and the header fields around what is returned.

use std::fmt;
use std::time::Duration;

/// Makes HTML documents of the provider's pages.
///
/// Each method returns a whole document, from `<!DOCTYPE html>` to `</html>`, in UTF-8.
pub trait Pages: Send + Sync + 'static {
    /// Asks a user whether a client may have what it asks for.
    fn consent(&self, page: &ConsentPage) -> String;

    /// Says why nothing happened, where no client may be told.
    fn error(&self, page: &ErrorPage) -> String;

    /// Asks a user whether to log out.
    fn log_out(&self, page: &LogoutPage) -> String;

    /// Says that the user is logged out.
    fn logged_out(&self, page: &LoggedOutPage) -> String;

    /// Sends an authorization response as a form, by itself where scripts run and by a button where not.
    fn form_post(&self, page: &FormPostPage) -> String;
}

/// A form that is sent with POST.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PageForm {
    /// Where to: the value of `action`.
    pub action: Box<str>,
    /// The hidden inputs.
    pub fields: Vec<HiddenField>,
}

/// A hidden input of a form. `Debug` shows no value: codes and CSRF tokens are among them.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct HiddenField {
    /// Its name.
    pub name: Box<str>,
    /// Its value.
    pub value: Box<str>,
}

impl fmt::Debug for HiddenField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HiddenField")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl PageForm {
    /// A form to `action` with these fields.
    #[must_use]
    pub fn new<N: Into<Box<str>>, V: Into<Box<str>>>(
        action: &str,
        fields: impl IntoIterator<Item = (N, V)>,
    ) -> Self {
        let hidden = |(name, value): (N, V)| HiddenField {
            name: name.into(),
            value: value.into(),
        };
        Self {
            action: action.into(),
            fields: fields.into_iter().map(hidden).collect(),
        }
    }
}

/// "May this application …?" (RFC 6749 §10.2, O-26.)
///
/// The form has two submit buttons named `decision`: [`ALLOW`](Self::ALLOW) and [`DENY`](Self::DENY). `Debug` does not show
/// the link, which has all of the client's request in it.
#[derive(Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ConsentPage {
    /// What the client calls itself; anybody may call himself anything.
    pub client_name: Box<str>,
    /// Where the answer goes: a host and its port, `this device`, or an application's own scheme. This is what a user can
    /// know the client by.
    pub redirect_host: Box<str>,
    /// The name of the user who is asked.
    pub username: Box<str>,
    /// What the client asks for.
    pub scopes: Vec<ScopeLine>,
    /// The URIs of the services at which it asks for it, as the client named them; none: at the provider's own.
    pub resources: Vec<Box<str>>,
    /// How long it may have it without asking again.
    pub lifetime: Duration,
    /// The form that carries the decision.
    pub form: PageForm,
    /// Where another user logs in: a path of ours, for a link.
    pub switch_account: Box<str>,
}

impl fmt::Debug for ConsentPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentPage")
            .field("client_name", &self.client_name)
            .field("redirect_host", &self.redirect_host)
            .field("username", &self.username)
            .field("scopes", &self.scopes)
            .field("lifetime", &self.lifetime)
            .field("form", &self.form)
            .finish_non_exhaustive()
    }
}

impl ConsentPage {
    /// The value of the button that allows.
    pub const ALLOW: &'static str = "allow";
    /// The value of the button that does not.
    pub const DENY: &'static str = "deny";
    /// The name of both buttons.
    pub const BUTTON: &'static str = "decision";
}

/// A scope, as it is asked for and in words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ScopeLine {
    /// The scope.
    pub scope: Box<str>,
    /// What it means; the scope itself if nobody gave it words.
    pub description: Box<str>,
}

/// "This does not work", with the reason for the client's developer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ErrorPage {
    /// The status of the answer.
    pub status: u16,
    /// The registered code, such as `invalid_request`.
    pub error: &'static str,
    /// A sentence; a constant, which holds nothing of the request.
    pub description: &'static str,
}

/// "Log out?" (OpenID Connect RP-Initiated Logout §2.)
///
/// The form has a submit button named `decision` with the value [`LOG_OUT`](Self::LOG_OUT). Who does not want to leaves
/// the page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LogoutPage {
    /// The name of the user who is logged in.
    pub username: Box<str>,
    /// The client that asks for it, if it is known.
    pub client_name: Option<Box<str>>,
    /// The form that carries the decision.
    pub form: PageForm,
}

impl LogoutPage {
    /// The value of the button.
    pub const LOG_OUT: &'static str = "log_out";
    /// The name of the button.
    pub const BUTTON: &'static str = "decision";
}

/// "You are logged out."
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct LoggedOutPage {
    /// Where one logs in again: a path of ours, for a link.
    pub login: Box<str>,
}

/// An authorization response on its way through the browser (OAuth 2.0 Form Post Response Mode §2).
///
/// The document has the form with a submit button that people can press, and in its head
/// `<script src="{script}" defer></script>`, which sends the first form of the document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FormPostPage {
    /// What the client calls itself.
    pub client_name: Box<str>,
    /// The response; its action is the redirect URI.
    pub form: PageForm,
    /// The path of the script; no other may run on this page.
    pub script: Box<str>,
}

#[cfg(test)]
mod tests {
    use super::*;

    // K-14: whoever writes a page to a log writes no token, no sealed request and no code
    #[test]
    fn debug_output_has_no_value_of_a_form_and_nothing_of_the_request() {
        const CANARY: &str = "canary-4711";
        let form = || PageForm::new("/oauth/approve", [("csrf_token", CANARY), ("code", CANARY)]);
        let consent = ConsentPage {
            client_name: "Shop".into(),
            form: form(),
            switch_account: format!("/oauth/authorize?state={CANARY}").into(),
            ..ConsentPage::default()
        };
        let log_out = LogoutPage {
            form: form(),
            ..LogoutPage::default()
        };
        let form_post = FormPostPage {
            form: form(),
            ..FormPostPage::default()
        };
        let pages = [
            format!("{consent:#?}"),
            format!("{log_out:?}"),
            format!("{form_post:?}"),
        ];
        for page in pages {
            assert!(!page.contains(CANARY), "{page}");
            assert!(page.contains("csrf_token"), "{page}");
        }
    }
}
