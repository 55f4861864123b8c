//! What does a token of ours look like, and was it made here?
//!
//! ```text
//! emp_pat_ TTTTTTTTTTT SSSSSSSSSSSSSSSSSSSSSSSSSSS CCCCCC
//! prefix   id          secret, 160 random bits     CRC-32 of id and secret
//! ```
//!
//! 1. The prefix says the kind, to people and to secret scanners.
//! 2. The id holds 41 bits of milliseconds since 2025-01-01 and a tag of 23 bits; a store finds the row by it.
//! 3. The checksum catches typing errors and false hits of scanners. It is public and proves nothing.
//! 4. The tag is keyed ([`StoreKey`]): a token that was not made here is refused without asking the store, but for
//!    one in 2^23.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use crate::base62;
use crate::entropy::{Entropy, EntropyError};

/// What a token is for; each kind has a prefix of its own and none is accepted in place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TokenKind {
    /// An API token, `emp_pat_…`.
    Api,
    /// An OAuth access token, `emp_at_…`.
    Access,
    /// An OAuth refresh token, `emp_rt_…`.
    Refresh,
    /// An authorization code, `emp_ac_…`.
    Code,
    /// A browser session, `emp_ss_…`; it lives in a cookie.
    Session,
}

impl TokenKind {
    const ALL: [Self; 5] = [
        Self::Api,
        Self::Access,
        Self::Refresh,
        Self::Code,
        Self::Session,
    ];

    /// The text before the id.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Api => "emp_pat_",
            Self::Access => "emp_at_",
            Self::Refresh => "emp_rt_",
            Self::Code => "emp_ac_",
            Self::Session => "emp_ss_",
        }
    }
}

/// The public part of a token: 64 bits, written as 11 base62 digits; the store's primary key.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenId(u64);

impl TokenId {
    const LEN: usize = 11;
    const TAG_BITS: u32 = 23;

    /// The id of a row whose number is known.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }

    /// The id as a number, ordered by the time of issue.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Reads the 11 digits; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == Self::LEN)
            .then(|| base62::decode(text.as_bytes()).map(Self))
            .flatten()
    }

    fn millis(self) -> u64 {
        self.0 >> Self::TAG_BITS
    }

    fn tag(self) -> u64 {
        self.0 & ((1 << Self::TAG_BITS) - 1)
    }
}

impl fmt::Display for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; Self::LEN];
        base62::encode(self.0, &mut text);
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl fmt::Debug for TokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenId({self})")
    }
}

/// The key of a store's token tags: random, kept in the store's settings, shared by its nodes.
///
/// It protects nothing but the store's time: who knows it can make the store look up rows that do not exist.
#[derive(Clone)]
pub struct StoreKey(Hmac<Sha256>);

impl StoreKey {
    /// The key that a store has kept.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(hmac_sha256(bytes))
    }

    /// A new key, with the bytes that the store must keep.
    ///
    /// # Errors
    ///
    /// [`EntropyError`] if the random generator does not answer.
    pub fn generate(entropy: &Entropy) -> Result<(Self, [u8; 32]), EntropyError> {
        let mut bytes = [0; 32];
        entropy.fill(&mut bytes)?;
        Ok((Self::from_bytes(&bytes), bytes))
    }

    fn tag(&self, kind: TokenKind, millis: u64, secret: &[u8]) -> u64 {
        let mut mac = self.0.clone();
        mac.update(kind.prefix().as_bytes());
        mac.update(&millis.to_be_bytes());
        mac.update(secret);
        let tag = mac.finalize().into_bytes();
        tag.first_chunk::<8>()
            .map_or(0, |head| u64::from_be_bytes(*head))
            >> (64 - TokenId::TAG_BITS)
    }
}

/// HMAC-SHA-256 under a key of 32 bytes, which RFC 2104 §2 fills up with zeros to a block.
pub(crate) fn hmac_sha256(key: &[u8; 32]) -> Hmac<Sha256> {
    let mut block = Zeroizing::new([0; 64]);
    if let Some(head) = block.first_chunk_mut() {
        *head = *key;
    }
    Hmac::new(&(*block).into())
}

impl fmt::Debug for StoreKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoreKey(..)")
    }
}

/// A well-formed token of ours: prefix, alphabet, length and checksum are right. Nothing else is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TokenText<'a> {
    pub(crate) kind: TokenKind,
    pub(crate) id: TokenId,
    secret: &'a [u8],
}

impl<'a> TokenText<'a> {
    const SECRET_LEN: usize = 27;
    const CHECKSUM_LEN: usize = 6;
    const BODY_LEN: usize = TokenId::LEN + Self::SECRET_LEN + Self::CHECKSUM_LEN;

    /// Takes a token apart; `None` if it cannot be one of ours.
    pub(crate) fn parse(text: &'a [u8]) -> Option<Self> {
        let (kind, body) = TokenKind::ALL
            .into_iter()
            .find_map(|kind| Some((kind, text.strip_prefix(kind.prefix().as_bytes())?)))?;
        if body.len() != Self::BODY_LEN {
            return None;
        }
        let (checked, checksum) = body.split_at_checked(TokenId::LEN + Self::SECRET_LEN)?;
        let (id, secret) = checked.split_at_checked(TokenId::LEN)?;
        let id = TokenId(base62::decode(id)?);
        let in_alphabet = secret.iter().all(|digit| base62::value(*digit).is_some());
        let sum_is_right = base62::decode(checksum) == Some(u64::from(crc32fast::hash(checked)));
        (in_alphabet && sum_is_right).then_some(Self { kind, id, secret })
    }

    /// Whether the store that holds `key` made this token.
    pub(crate) fn is_tagged_by(&self, key: &StoreKey) -> bool {
        key.tag(self.kind, self.id.millis(), self.secret) == self.id.tag()
    }

    /// Makes a token and its id.
    ///
    /// Two tokens of one millisecond share an id once in 2^23; a store refuses the second one and the caller asks again.
    pub(crate) fn generate(
        kind: TokenKind,
        now_millis: u64,
        key: &StoreKey,
        entropy: &Entropy,
    ) -> Result<(TokenId, Zeroizing<String>), EntropyError> {
        let millis = now_millis.saturating_sub(EPOCH_MILLIS) & ((1 << 41) - 1);
        let mut secret = [0; Self::SECRET_LEN];
        entropy.fill_base62(&mut secret)?;
        let id = TokenId((millis << TokenId::TAG_BITS) | key.tag(kind, millis, &secret));
        let mut checked = [0; TokenId::LEN + Self::SECRET_LEN];
        if let Some((id_digits, secret_digits)) = checked.split_at_mut_checked(TokenId::LEN) {
            base62::encode(id.0, id_digits);
            secret_digits.copy_from_slice(&secret);
        }
        let checksum = token_checksum(&checked);

        let mut text = Zeroizing::new(String::with_capacity(kind.prefix().len() + Self::BODY_LEN));
        text.push_str(kind.prefix());
        text.push_str(std::str::from_utf8(&checked).unwrap_or_default());
        text.push_str(std::str::from_utf8(&checksum).unwrap_or_default());
        secret.zeroize();
        checked.zeroize();
        Ok((id, text))
    }
}

/// The last six digits of what is handed out: CRC-32 in base62, for secret scanners and against typing errors.
#[must_use]
pub fn token_checksum(checked: &[u8]) -> [u8; 6] {
    let mut checksum = [0; 6];
    base62::encode(u64::from(crc32fast::hash(checked)), &mut checksum);
    checksum
}

/// 2025-01-01T00:00:00Z; 41 bits of milliseconds last until 2094.
const EPOCH_MILLIS: u64 = 1_735_689_600_000;

#[cfg(test)]
mod tests;
