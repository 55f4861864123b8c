//! What may be set, each with the default that is safe or that existing clients need.

use std::num::NonZeroU32;
use std::time::Duration;

/// How long things live.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use empress_auth_oauth::Lifetimes;
///
/// let mut lifetimes = Lifetimes::default();
/// assert_eq!(lifetimes.code, Duration::from_secs(60));
/// lifetimes.access_token = Duration::from_secs(600);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lifetimes {
    /// An authorization code: 60 seconds, and never more than 10 minutes
    /// ([RFC 6749 §4.1.2](https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2)).
    pub code: Duration,
    /// An access token: an hour.
    pub access_token: Duration,
    /// An ID token: an hour.
    pub id_token: Duration,
    /// A refresh token that nobody uses: 30 days.
    pub refresh_token: Duration,
    /// All refresh tokens of a grant, however often they are renewed: 90 days. The moment never moves.
    pub grant: Duration,
}

impl Default for Lifetimes {
    fn default() -> Self {
        Self {
            code: Duration::from_secs(60),
            access_token: Duration::from_secs(60 * 60),
            id_token: Duration::from_secs(60 * 60),
            refresh_token: Duration::from_secs(30 * 24 * 60 * 60),
            grant: Duration::from_secs(90 * 24 * 60 * 60),
        }
    }
}

impl Lifetimes {
    /// None longer than ten years, so that no end lies beyond what a clock can tell; a code's by far.
    pub(crate) fn bounded(self) -> Self {
        const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
        Self {
            // "A maximum authorization code lifetime of 10 minutes is RECOMMENDED."
            code: self.code.min(Duration::from_secs(10 * 60)),
            access_token: self.access_token.min(LONGEST),
            id_token: self.id_token.min(LONGEST),
            refresh_token: self.refresh_token.min(LONGEST),
            grant: self.grant.min(LONGEST),
        }
    }
}

/// What clients of Frappe's own server are used to, and a standard would rather not.
///
/// # Examples
///
/// ```
/// use empress_auth_oauth::Switches;
///
/// let mut switches = Switches::default();
/// assert!(switches.open_introspection && !switches.id_token_userinfo);
/// switches.open_introspection = false;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Switches {
    /// Whether `introspect_token` answers who does not authenticate: whether a token is active, its scopes, its client and
    /// its end, 20 times a minute for each network. On, as the guide shows it; `/oauth/introspect` never does.
    pub open_introspection: bool,
    /// Whether ID tokens carry what userinfo answers, too. Off: clients ask userinfo
    /// ([OpenID Connect Core §5.4](https://openid.net/specs/openid-connect-core-1_0.html#ScopeClaims)).
    pub id_token_userinfo: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            open_introspection: true,
            id_token_userinfo: false,
        }
    }
}

/// Who may try how often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Wrong secrets of one client from one network in a minute: 30. Then also the right one has to wait there, and there
    /// alone.
    pub client_failures_per_minute: NonZeroU32,
    /// Answers of open introspection to one network in a minute: 20.
    pub open_introspections_per_minute: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        const fn count(count: u32) -> NonZeroU32 {
            match NonZeroU32::new(count) {
                Some(count) => count,
                None => NonZeroU32::MIN,
            }
        }
        Self {
            client_failures_per_minute: count(30),
            open_introspections_per_minute: count(20),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // AS-6749-12
    #[test]
    fn no_code_lives_for_more_than_ten_minutes_and_nothing_for_ever() {
        let mut lifetimes = Lifetimes::default();
        assert_eq!(lifetimes.bounded(), lifetimes);
        let longest = Duration::from_secs(600);
        for (asked, expected) in [
            (longest, longest),
            (longest + Duration::from_millis(1), longest),
            (Duration::MAX, longest),
            (Duration::ZERO, Duration::ZERO),
        ] {
            lifetimes.code = asked;
            assert_eq!(lifetimes.bounded().code, expected, "{asked:?}");
        }
        lifetimes.grant = Duration::MAX;
        assert!(lifetimes.bounded().grant < Duration::from_secs(11 * 365 * 24 * 60 * 60));
    }
}
