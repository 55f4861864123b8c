//! Who shows a session? Asked where no header shows a credential.

use crate::authenticator::{Authenticator, Start};
use crate::cors;
use crate::credentials::{self, Claim};
use crate::csrf;
use crate::head::{Field, Head, cookie};
use crate::public_url::PublicUrl;
use crate::rejection::{Refusal, Rejection, RejectionKind};
use crate::token_text::{TokenKind, TokenText};

impl Authenticator {
    pub(super) fn start_with_cookie<H: Head>(&self, head: &H) -> Start {
        if cors::is_preflight(head) {
            return Start::Ready(Ok(None));
        }
        let Some(sessions) = &self.options.sessions else {
            return Start::Ready(self.nobody(RejectionKind::Missing));
        };
        match cookie(head, &sessions.cookie) {
            Field::Absent | Field::Single([]) => Start::Ready(self.nobody(RejectionKind::Missing)),
            Field::Several => Start::Ready(Err(Rejection::new(RejectionKind::SeveralCredentials))),
            Field::Single(value) if !csrf::may_change(head, value, sessions.ours.as_ref()) => {
                Start::Ready(Err(Rejection::new(RejectionKind::CsrfFailed)))
            }
            Field::Single(value) if value.len() <= credentials::MAX_CREDENTIAL_BYTES => {
                self.look(head, None, Claim::Session, value)
            }
            Field::Single(_) => Start::Ready(self.refuse(Refusal::Unknown, None, Claim::Session)),
        }
    }

    /// Who shows a session, for a call that changes nothing by being made, whichever page and method it comes by. A
    /// session that has ended is none.
    pub(crate) fn start_with_session<H: Head>(&self, head: &H) -> Start {
        let Some(sessions) = &self.options.sessions else {
            return Start::Ready(Ok(None));
        };
        match cookie(head, &sessions.cookie) {
            Field::Several => Start::Ready(Err(Rejection::new(RejectionKind::SeveralCredentials))),
            Field::Single(value)
                if !value.is_empty() && value.len() <= credentials::MAX_CREDENTIAL_BYTES =>
            {
                self.look(head, None, Claim::Session, value)
            }
            Field::Absent | Field::Single(_) => Start::Ready(Ok(None)),
        }
    }

    /// The token that a page shows, in the field `X-Frappe-CSRF-Token` or in that of a form, to change something in the
    /// session of this request; `None` if the request shows no session.
    #[must_use]
    pub fn csrf_token<H: Head>(&self, head: &H) -> Option<String> {
        self.shown_session(head).map(csrf::token_of)
    }

    /// The value of the session's cookie, whether or not it is one.
    pub(crate) fn shown_session<'a, H: Head>(&self, head: &'a H) -> Option<&'a [u8]> {
        match cookie(head, &self.options.sessions.as_ref()?.cookie) {
            Field::Single(value) if !value.is_empty() => Some(value),
            Field::Single(_) | Field::Absent | Field::Several => None,
        }
    }

    /// The session that a request shows beside another credential, to be changed: the rules are those of a session that
    /// authenticates.
    ///
    /// # Errors
    ///
    /// [`SeveralCredentials`](RejectionKind::SeveralCredentials), [`CsrfFailed`](RejectionKind::CsrfFailed).
    pub(crate) fn session_to_change<'a, H: Head>(
        &self,
        head: &'a H,
    ) -> Result<Option<&'a [u8]>, Rejection> {
        let Some(sessions) = &self.options.sessions else {
            return Ok(None);
        };
        match cookie(head, &sessions.cookie) {
            Field::Absent | Field::Single([]) => Ok(None),
            Field::Several => Err(Rejection::new(RejectionKind::SeveralCredentials)),
            Field::Single(value) if !csrf::may_change(head, value, sessions.ours.as_ref()) => {
                Err(Rejection::new(RejectionKind::CsrfFailed))
            }
            Field::Single(value) => Ok(Some(value)),
        }
    }

    /// Whether the session that is shown can be one, as far as that is known without the store: of ours each bears a tag
    /// that no stranger can write. Of an application's own only its store knows.
    pub(crate) fn may_show_session<H: Head>(&self, head: &H) -> bool {
        let Some(shown) = self.shown_session(head) else {
            return false;
        };
        if self.public_url().is_none() {
            return true;
        }
        let memory = self.options.source.memory.as_deref();
        let store_key = memory.and_then(|memory| memory.store_key());
        TokenText::parse(shown).is_some_and(|token| {
            token.kind == TokenKind::Session && store_key.is_none_or(|key| token.is_tagged_by(key))
        })
    }

    /// Where we are reached, if this layer reads sessions of ours.
    pub(crate) fn public_url(&self) -> Option<&PublicUrl> {
        self.options.sessions.as_ref()?.ours.as_ref()
    }
}
