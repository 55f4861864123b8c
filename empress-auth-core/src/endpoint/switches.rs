//! What may be switched, each with the default that is safe or that existing clients need.

use std::time::Duration;

/// Switches of [`Endpoints`](super::Endpoints).
///
/// # Examples
///
/// ```
/// use empress_auth_core::endpoint::Switches;
///
/// let mut switches = Switches::default();
/// assert!(switches.get_generate_keys && !switches.self_service_keys);
/// switches.get_generate_keys = false;
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Switches {
    /// Whether `generate_keys` answers GET, as Frappe's guides show it. On; never by cookie, because any page can make
    /// a browser send a GET.
    pub get_generate_keys: bool,
    /// Whether users may make keys for themselves. Off, as in Frappe, where only System Managers may.
    pub self_service_keys: bool,
    /// Whether Frappe errors have the member `exc`. On, because a widespread Python client sees errors only by it; it
    /// holds a sentence and never a traceback.
    pub exc_member: bool,
    /// Whether an OAuth access token of a System Manager administers, as in Frappe, and any user's makes API tokens. Off: an
    /// application that was let in for an hour would make itself keys of anybody that stay.
    pub danger_administer_with_access_token: bool,
    /// How long a replaced API secret lives on, 24 hours at most. Zero: it ends at once.
    pub key_overlap: Duration,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            get_generate_keys: true,
            self_service_keys: false,
            exc_member: true,
            danger_administer_with_access_token: false,
            key_overlap: Duration::ZERO,
        }
    }
}
