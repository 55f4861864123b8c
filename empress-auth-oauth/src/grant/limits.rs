//! How much is kept of what one loop in a client could make without end. The oldest makes room: what it was worth is gone,
//! and whoever shows it later is refused like a stranger.

/// Codes of one user for one client that nobody redeemed: more than anybody has tabs.
pub const CODES: usize = 100;

/// Grants of one user to one client: a device or browser each.
pub const GRANTS: usize = 100;

/// Unused refresh tokens that one refresh token gave, because the answers to it were lost, or because so many parts of a
/// client showed it at once.
pub const SIBLINGS: usize = 32;

/// Access tokens of one grant, and as many refresh tokens, the used ones included: six weeks of one an hour, while a refresh
/// token is kept for a month. A store may keep somewhat more.
pub const TOKENS: usize = 1_000;

/// Grants that one client has for itself. A store may keep somewhat more.
pub const GRANTS_OF_CLIENT: usize = 10_000;
