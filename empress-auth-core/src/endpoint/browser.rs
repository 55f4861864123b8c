//! Whose browser is it? For routes that [`Anyone`](super::Access::Anyone) may call and that look at the session themselves:
//! a stranger is led to the login there, not refused, and another site may send people by POST as well as by a link.

use super::call::Call;
use super::caller_slot::CallerSlot;
use crate::authenticator::Start;
use crate::csrf::{self, Page};
use crate::head::{Field, field};
use crate::identity::Identity;
use crate::rejection::{Rejection, RejectionKind};

impl Call {
    /// Who the session of this call belongs to; `None` without one, also if it has ended.
    ///
    /// No evidence is asked of the page that sends it, so that **nothing may be changed** on the strength of this alone:
    /// see [`shows_csrf_token`](Self::shows_csrf_token). `Authorization` is not read.
    ///
    /// # Errors
    ///
    /// [`SeveralCredentials`](RejectionKind::SeveralCredentials) if the cookie stands twice;
    /// [`Unavailable`](RejectionKind::Unavailable) if nobody can tell.
    pub async fn session(&self) -> Result<Option<Identity>, Rejection> {
        let decision = match self.authenticator.start_with_session(&self.head) {
            Start::Ready(decision) => decision,
            Start::Pending(pending) => self.authenticator.finish(pending).await,
        };
        let identity = match decision {
            Err(rejection) if rejection.kind() == RejectionKind::SessionEnded => None,
            decided => decided?,
        };
        if let (Some(identity), Some(slot)) = (&identity, self.extensions().get::<CallerSlot>()) {
            slot.fill(identity.clone());
        }
        Ok(identity)
    }

    /// Whether the browser says that a page of another origin sends this: by `Sec-Fetch-Site`, else by `Origin`, else by
    /// `Referer`. Who says none of these says no such thing.
    ///
    /// So does an older browser of a form on a page that sends no referrer (`Origin: null`), whoever's page it is: for forms
    /// of ours there is [`is_of_our_page`](Self::is_of_our_page).
    #[must_use]
    pub fn is_from_elsewhere(&self) -> bool {
        csrf::page(&self.head, self.authenticator.public_url()) == Page::Foreign
    }

    /// Whether this is a form that a page of ours showed in this session, and the browser names no other page that sends it
    /// (P-15). `csrf_token` is what the form shows.
    #[must_use]
    pub fn is_of_our_page(&self, csrf_token: &str) -> bool {
        self.shows_csrf_token(csrf_token) && (!self.is_from_elsewhere() || self.hides_its_page())
    }

    /// Whether a cookie of a session came along, of whatever session.
    #[must_use]
    pub fn shows_session(&self) -> bool {
        self.shown_session().is_some()
    }

    /// Whether a browser that knows no `Sec-Fetch-Site` keeps the page to itself, as our pages ask it to.
    pub(super) fn hides_its_page(&self) -> bool {
        field(&self.head, "sec-fetch-site") == Field::Absent
            && field(&self.head, "origin") == Field::Single(b"null")
    }

    /// Whether this is the token of the session of this call, which only a page of ours can have shown (P-15).
    #[must_use]
    pub fn shows_csrf_token(&self, shown: &str) -> bool {
        self.shown_session()
            .is_some_and(|session| csrf::is_token_of(session, shown.as_bytes()))
    }
}
