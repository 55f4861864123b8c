//! Header bytes in, user out: what a hand-written check costs without any framework.

use std::{hint::black_box, sync::Arc};

use crate::{
    catalog::{Entry, Group, Variant},
    contended::Contended,
    data::{self, ByDigest, TOKENS, User},
    hash::sha256,
};

/// The yardstick of the group: one SHA-256 of 52 bytes, one block.
pub const SHA_BLOCK: &str = "one SHA-256 block";
/// Parse, hash, look up, clone: one token over and over.
pub const HAND_HOT: &str = "SHA-256 + DashMap, one token";
/// The same, a different token each time.
pub const HAND_SMALL: &str = "SHA-256 + DashMap, each of 10,000";
/// The same among a million.
pub const HAND_LARGE: &str = "SHA-256 + DashMap, each of 1,000,000";

/// A million, in figures that can be read.
pub const MANY: usize = 1_000_000;

/// This group's peers.
#[must_use]
pub fn entries() -> Vec<Entry> {
    vec![
        Entry::new(Group::Core, SHA_BLOCK, sha_block),
        Entry::new(Group::Core, HAND_HOT, || {
            by_hand(TOKENS, vec![data::hot_token()])
        }),
        Entry::timed_only(Group::Core, HAND_SMALL, || {
            by_hand(TOKENS, (0..TOKENS).map(data::token).collect())
        }),
        Entry::timed_only(Group::Core, HAND_LARGE, || {
            by_hand(MANY, (0..MANY).map(data::token).collect())
        }),
    ]
}

/// Two threads, one token.
#[must_use]
pub fn contended() -> Contended {
    let users = data::by_digest(TOKENS);
    Contended::new(HAND_HOT, move || {
        let fields = Fields::new([data::hot_token()]);
        looking_up(Arc::clone(&users), fields)
    })
}

/// `Authorization` field values that are sent in turn.
///
/// They lie one behind the other in the order of use, so that reading the next one costs no cache miss of its own:
/// the misses that are measured are the store's.
pub struct Fields {
    bytes: Vec<u8>,
    len: usize,
    next: usize,
}

impl Fields {
    /// Field values for tokens of one length.
    ///
    /// # Panics
    ///
    /// When there is no token, or their lengths differ.
    #[must_use]
    pub fn new(tokens: impl IntoIterator<Item = String>) -> Self {
        let (mut bytes, mut len) = (Vec::new(), 0);
        for token in tokens {
            let start = bytes.len();
            bytes.extend_from_slice(b"Bearer ");
            bytes.extend_from_slice(token.as_bytes());
            assert!(
                len == 0 || len == bytes.len() - start,
                "tokens of one length"
            );
            len = bytes.len() - start;
        }
        assert!(len > 0, "at least one token");
        Self {
            bytes,
            len,
            next: 0,
        }
    }

    /// The next field value, from the first again after the last.
    pub fn next_field(&mut self) -> &[u8] {
        if self.next == self.bytes.len() {
            self.next = 0;
        }
        let field = &self.bytes[self.next..self.next + self.len];
        self.next += self.len;
        field
    }
}

fn sha_block() -> Variant {
    let token = data::hot_token();
    Variant::new(move |n| {
        for _ in 0..n {
            black_box(sha256(black_box(token.as_bytes())));
        }
    })
}

fn by_hand(users: usize, tokens: Vec<String>) -> Variant {
    looking_up(data::by_digest(users), Fields::new(tokens))
}

fn looking_up(users: ByDigest, mut fields: Fields) -> Variant {
    Variant::new(move |n| {
        for _ in 0..n {
            let found = check(&users, black_box(fields.next_field()));
            assert!(black_box(found).is_some());
        }
    })
}

fn check(users: &ByDigest, field: &[u8]) -> Option<Arc<User>> {
    let token = field.strip_prefix(b"Bearer ")?;
    users.get(&sha256(token)).map(|user| Arc::clone(&user))
}
