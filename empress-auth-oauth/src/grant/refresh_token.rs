//! Refresh tokens, and the rules by which they follow each other.

use std::time::SystemTime;

use empress_auth_core::{SecretDigest, TokenId};

/// A refresh token.
///
/// Tokens of a family are numbered by **generation**: those that the code gave are of generation 1, those that one of
/// generation n gave are of generation n + 1. A family remembers the highest generation of which a token was used, and
/// which one that was:
///
/// 1. An unused token of the next generation is accepted, and is then the used one.
/// 2. The used one is accepted again, because its answer may have been lost: nobody has used what it gave. So it is until it
///    gave [`limits::SIBLINGS`](super::limits::SIBLINGS).
/// 3. Any other is proof that two parties hold the family, and ends it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RefreshTokenRow {
    /// The public id.
    pub id: TokenId,
    /// Of the whole token.
    pub digest: SecretDigest,
    /// The family.
    pub grant_id: TokenId,
    /// One more than that of the token that gave it.
    pub generation: u32,
    /// When it was made.
    pub issued_at: SystemTime,
    /// The first moment at which it is no longer accepted, if it is not used before.
    pub expires_at: SystemTime,
}

impl RefreshTokenRow {
    /// A token of this family.
    #[must_use]
    pub const fn new(
        id: TokenId,
        digest: SecretDigest,
        grant_id: TokenId,
        generation: u32,
        (issued_at, expires_at): (SystemTime, SystemTime),
    ) -> Self {
        Self {
            id,
            digest,
            grant_id,
            generation,
            issued_at,
            expires_at,
        }
    }
    /// Whether the family accepts this token, by the rules above, but for how many it gave; `last` is the last one of it
    /// that was used.
    #[must_use]
    pub fn is_accepted_after(&self, last: Option<LastUsed>) -> bool {
        let before = last.map_or(0, |last| last.generation);
        let is_next = self.generation.checked_sub(1) == Some(before);
        is_next || last.is_some_and(|last| last.id == self.id)
    }
}

/// The token of a family's highest generation of those that were used: what the family remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::exhaustive_structs,
    reason = "the rules need these two and no more"
)]
pub struct LastUsed {
    /// Which generation that is.
    pub generation: u32,
    /// Which of its tokens.
    pub id: TokenId,
}

#[cfg(test)]
mod tests {
    use super::*;

    // O-19, O-20, O-21
    #[test]
    fn the_next_generation_and_the_used_token_are_accepted_and_nothing_else() {
        let used = |generation, id| {
            let id = TokenId::from_number(id);
            Some(LastUsed { generation, id })
        };
        for (generation, id, last, accepted) in [
            (1, 1, None, true),
            (2, 2, None, false),
            (1, 1, used(1, 1), true),
            (1, 9, used(1, 1), false),
            (2, 2, used(1, 1), true),
            (2, 9, used(1, 1), true),
            (3, 3, used(1, 1), false),
            (1, 1, used(2, 2), false),
            (2, 9, used(2, 2), false),
            (u32::MAX, 9, used(u32::MAX, 1), false),
        ] {
            let row = RefreshTokenRow::new(
                TokenId::from_number(id),
                SecretDigest::sha256_of(b"x"),
                TokenId::from_number(7),
                generation,
                (SystemTime::UNIX_EPOCH, SystemTime::UNIX_EPOCH),
            );
            assert_eq!(
                row.is_accepted_after(last),
                accepted,
                "token {id} of generation {generation} after {last:?}"
            );
        }
    }
}
