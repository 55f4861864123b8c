//! Who calls, with which token, and what the peers keep in memory.

use std::sync::Arc;

use dashmap::DashMap;

use crate::hash::sha256;

/// The route that every variant serves.
pub const PATH: &str = "/hello";

/// What it answers, where the answer does not name the caller.
pub const HELLO: &str = "Hello, World!";

/// Tokens in memory, unless the variant's name says otherwise.
pub const TOKENS: usize = 10_000;

/// A user as a hand-written middleware keeps it.
#[derive(Debug, Clone)]
pub struct User {
    /// The row's number.
    pub id: u64,
    /// What a handler answers.
    pub name: String,
}

/// Users by the SHA-256 of their token: what a careful application writes by hand.
pub type ByDigest = Arc<DashMap<[u8; 32], Arc<User>>>;

/// Users by the token in clear: what the peers' own examples show.
pub type ByToken = Arc<DashMap<String, Arc<User>>>;

/// The `n`th token: 52 bytes, as long as one of ours, so that everyone hashes one block.
#[must_use]
pub fn token(n: usize) -> String {
    let (a, b) = (mix(n), mix(n + (1 << 40)));
    format!("emp_pat_{a:016x}{b:016x}{:012x}", a >> 16)
}

/// The token that hot variants send.
#[must_use]
pub fn hot_token() -> String {
    token(TOKENS / 2)
}

/// A map of `n` users by digest.
#[must_use]
pub fn by_digest(n: usize) -> ByDigest {
    let map = DashMap::with_capacity(n);
    for i in 0..n {
        map.insert(sha256(token(i).as_bytes()), Arc::new(user(i)));
    }
    Arc::new(map)
}

/// A map of [`TOKENS`] users by token.
#[must_use]
pub fn by_token() -> ByToken {
    Arc::new((0..TOKENS).map(|i| (token(i), Arc::new(user(i)))).collect())
}

/// The `n`th user.
#[must_use]
pub fn user(n: usize) -> User {
    User {
        id: n as u64,
        name: format!("user-{n}"),
    }
}

/// The last step of a well-known generator (splitmix64): spreads consecutive numbers.
#[must_use]
pub fn mix(n: usize) -> u64 {
    let mut z = (n as u64)
        .wrapping_add(1)
        .wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
