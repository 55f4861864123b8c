//! What is the cookie of a session called, and what may a browser do with it?
//!
//! Over https it is `__Host-sid`: a browser takes a cookie of that prefix only if it is `Secure`, for this host alone and
//! for all of its paths, so that neither a sibling domain nor a page without TLS can put one in its place (RFC 6265bis
//! §4.1.3.2). Without https a browser would not keep it, so that it is plain `sid` then.
//!
//! `HttpOnly`: no script reads it. `SameSite=Lax`: a browser adds it to no request of another site but to one that opens a
//! page. [`csrf`](crate::csrf) relies on that.

use http::HeaderValue;

use crate::percent::encode_segment;
use crate::public_url::PublicUrl;
use crate::session_issuer::MadeSession;

impl PublicUrl {
    /// The name of the session's cookie.
    #[must_use]
    pub const fn session_cookie(&self) -> &'static str {
        if self.is_https() { "__Host-sid" } else { "sid" }
    }

    /// The `Set-Cookie` line that hands a session to a browser.
    #[must_use]
    pub fn session_set(&self, made: &MadeSession) -> HeaderValue {
        let lifetime = made.session().lifetime().as_secs();
        self.secret_set(self.session_cookie(), made.expose_secret(), lifetime)
    }

    /// The `Set-Cookie` line that takes it away.
    #[must_use]
    pub fn session_cleared(&self) -> HeaderValue {
        self.line(self.session_cookie(), "", 0, true)
    }

    /// The name of the cookie that a login form is bound to.
    pub(crate) const fn login_form_cookie(&self) -> &'static str {
        if self.is_https() {
            "__Host-login"
        } else {
            "login"
        }
    }

    /// A cookie beside it that no script may read, either.
    pub(crate) fn secret_set(&self, name: &str, value: &str, max_age_secs: u64) -> HeaderValue {
        let mut line = self.line(name, value, max_age_secs, true);
        line.set_sensitive(true);
        line
    }

    /// A cookie beside it that scripts may read; cleared if `max_age_secs` is zero.
    pub(crate) fn readable_set(&self, name: &str, value: &str, max_age_secs: u64) -> HeaderValue {
        self.line(name, &encode_segment(value), max_age_secs, false)
    }

    /// Source: [RFC 6265 §4.1](https://www.rfc-editor.org/rfc/rfc6265#section-4.1).
    fn line(&self, name: &str, value: &str, max_age_secs: u64, is_secret: bool) -> HeaderValue {
        let http_only = if is_secret { "; HttpOnly" } else { "" };
        let secure = if self.is_https() { "; Secure" } else { "" };
        let line = format!(
            "{name}={value}; Path=/; Max-Age={max_age_secs}{http_only}; SameSite=Lax{secure}"
        );
        // Names are ours, values are base62 or percent-encoded: there is nothing that a field may not have.
        HeaderValue::from_str(&line).unwrap_or(HeaderValue::from_static(""))
    }
}
