//! Did our own form send this login, and what does it come to?
//!
//! Before there is a session, nothing of a session can tell whose form it was; and another site's page must not log its
//! visitor in as somebody of its choice (P-14).
//!
//! 1. What the browser says of the page decides, as where a session's cookie does ([`csrf`]).
//! 2. Our pages keep their addresses to themselves (`Referrer-Policy: no-referrer`), so that browsers without
//!    `Sec-Fetch-Site` say `Origin: null` of them, as they do of some pages that are not ours. Then the token of the form
//!    decides, which belongs to a cookie that the form was answered with.

use http::HeaderValue;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::call::Call;
use crate::csrf::{self, Page};
use crate::entropy::{Entropy, EntropyError};
use crate::head::{Field, cookie};
use crate::password::Password;
use crate::public_url::PublicUrl;
use crate::rejection::{Rejection, RejectionKind};
use crate::session_issuer::{MadeSession, SessionIssuer};

/// A login form that is answered to a browser: its token, and the cookie that the token belongs to.
pub struct LoginForm {
    value: Zeroizing<String>,
}

impl LoginForm {
    /// The form for whoever sent `call`: bound to the cookie that the browser has already, so that two forms in two tabs
    /// both work, else to a new one.
    ///
    /// # Errors
    ///
    /// [`EntropyError`].
    pub fn of(call: &Call, entropy: &Entropy) -> Result<Self, EntropyError> {
        if let Some(value) = shown_value(call) {
            return Ok(Self {
                value: Zeroizing::new(value.to_owned()),
            });
        }
        let mut digits = [0; DIGITS];
        entropy.fill_base62(&mut digits)?;
        Ok(Self {
            value: Zeroizing::new(digits.map(char::from).iter().collect()),
        })
    }

    /// What the form shows in a hidden field; [`Call::check_login_form`] wants it back.
    #[must_use]
    pub fn csrf_token(&self) -> String {
        csrf::token_of(self.value.as_bytes())
    }

    /// The `Set-Cookie` line of the answer that has the form.
    #[must_use]
    pub fn set_cookie(&self, public_url: &PublicUrl) -> HeaderValue {
        let name = public_url.login_form_cookie();
        public_url.secret_set(name, &self.value, LIFETIME_SECS)
    }
}

impl Call {
    /// Refuses what is no login form of ours, so that no page of another site logs its visitor in.
    ///
    /// `token` is what the form shows, if it shows one. Without a public URL there are no sessions to begin.
    ///
    /// # Errors
    ///
    /// [`CsrfFailed`](RejectionKind::CsrfFailed).
    pub fn check_login_form(&self, token: Option<&str>) -> Result<(), Rejection> {
        let is_ours = match csrf::page(&self.head, self.authenticator.public_url()) {
            Page::Own | Page::Unsaid => true,
            Page::Foreign => self.hides_its_page() && shows_its_token(self, token),
        };
        if is_ours {
            Ok(())
        } else {
            Err(Rejection::new(RejectionKind::CsrfFailed))
        }
    }

    /// Begins a session for whoever sends this: its address counts for the limits on guessing, and the session that it
    /// shows ends.
    ///
    /// # Errors
    ///
    /// As [`SessionIssuer::log_in`].
    pub async fn log_in(
        &self,
        sessions: &SessionIssuer,
        username: &str,
        password: Password,
    ) -> Result<MadeSession, Rejection> {
        let shown = self.shown_session();
        sessions
            .log_in_from(username, password, self.origin, shown)
            .await
    }
}

fn shows_its_token(call: &Call, token: Option<&str>) -> bool {
    let (Some(value), Some(token)) = (shown_value(call), token) else {
        return false;
    };
    let wanted = csrf::token_of(value.as_bytes());
    wanted.as_bytes().ct_eq(token.as_bytes()).into()
}

/// The value of the cookie, if it is one that we could have made.
fn shown_value(call: &Call) -> Option<&str> {
    let name = call.authenticator.public_url()?.login_form_cookie();
    let Field::Single(value) = cookie(&call.head, name) else {
        return None;
    };
    let is_ours = value.len() == DIGITS && value.iter().all(u8::is_ascii_alphanumeric);
    std::str::from_utf8(value).ok().filter(|_| is_ours)
}

impl std::fmt::Debug for LoginForm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginForm").finish_non_exhaustive()
    }
}

/// 160 bits, as all our random secrets have.
const DIGITS: usize = 27;

/// A day: longer than anybody leaves a form open.
const LIFETIME_SECS: u64 = 24 * 60 * 60;
