//! How much is kept of what one loop in a client could make without end.
//!
//! The oldest makes room: what it was worth is gone, and whoever shows it later is refused like a stranger. Refresh tokens
//! make room for none that are made within a [day](KEPT): whoever holds a stolen one could otherwise have its owner's
//! forgotten, and nobody would learn of the theft.

use std::time::Duration;

/// Codes of one user for one client that nobody redeemed: more than anybody has tabs.
pub const CODES: usize = 100;

/// Grants of one user to one client: a device or browser each.
pub const GRANTS: usize = 100;

/// Unused refresh tokens that one refresh token gave.
///
/// The answers to it were lost, or so many parts of a client showed it at once. Whoever shows it once more is taken for a
/// thief.
pub const SIBLINGS: usize = 32;

/// Access tokens of one grant, and as many refresh tokens, the used ones included.
///
/// These are six weeks of one an hour, while a refresh token is kept for a month. A grant that got so many within a
/// [day](KEPT) gets no more before the day is over. A store may keep somewhat more.
pub const TOKENS: usize = 1_000;

/// How long a refresh token that was used is known in any case, if it does not expire before: so long its owner, who shows
/// it, can prove that it was stolen.
pub const KEPT: Duration = Duration::from_secs(24 * 60 * 60);

/// Resources in one consent: who is asked about one more is asked about the oldest again.
pub const RESOURCES: usize = 100;

/// Grants that one client has for itself. A store may keep somewhat more.
pub const GRANTS_OF_CLIENT: usize = 10_000;
