//! Does a password belong to a bcrypt hash?

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Cost, salt and digest of `$2b$<cost>$<22 salt><31 digest>`.
///
/// The crate below is only given values that were checked here: its own text functions have
/// panicked on stored hashes (RUSTSEC-2026-0199).
pub(super) struct Bcrypt {
    cost: u32,
    salt: [u8; 16],
    digest: [u8; 23],
}

impl Bcrypt {
    /// Reads versions `2a`, `2b` and `2y`, which are one algorithm; `2x` marks a broken one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = ["$2a$", "$2b$", "$2y$"]
            .iter()
            .find_map(|version| text.strip_prefix(version))?;
        let (cost, rest) = rest.split_once('$')?;
        if cost.len() != 2 || !cost.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let cost = cost
            .parse()
            .ok()
            .filter(|cost| (MIN_COST..=MAX_COST).contains(cost))?;
        let (salt, digest) = rest.split_at_checked(SALT_CHARS)?;
        Some(Self {
            cost,
            salt: BCRYPT_BASE64.decode(salt).ok()?.try_into().ok()?,
            digest: BCRYPT_BASE64.decode(digest).ok()?.try_into().ok()?,
        })
    }

    /// Whether `candidate` belongs to it; never above 72 bytes, and never with a NUL inside.
    ///
    /// bcrypt ignores what follows byte 72, and repeats the password with a NUL behind it, so
    /// that `a` and `a\0a` have one hash. Both would let a wrong password in.
    pub(super) fn matches(&self, candidate: &[u8]) -> bool {
        if candidate.len() > MAX_PASSWORD_BYTES || candidate.contains(&0) {
            return false;
        }
        let mut key = Zeroizing::new([0; MAX_PASSWORD_BYTES]);
        for (to, from) in key.iter_mut().zip(candidate) {
            *to = *from;
        }
        let key_len = (candidate.len() + 1).min(MAX_PASSWORD_BYTES);
        let Some(key) = key.get(..key_len) else {
            return false;
        };
        let derived = ::bcrypt::bcrypt(self.cost, self.salt, key);
        derived
            .get(..self.digest.len())
            .is_some_and(|derived| derived.ct_eq(&self.digest).into())
    }
}

/// Sixteen is about five seconds; more would let whoever can write a stored hash stop the server.
const MAX_COST: u32 = 16;
const MIN_COST: u32 = 4;
const MAX_PASSWORD_BYTES: usize = 72;
const SALT_CHARS: usize = 22;

/// Some libraries leave bits behind the last byte of the salt; all of them ignore those.
const BCRYPT_BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::BCRYPT,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

#[cfg(test)]
mod tests {
    use super::*;

    /// Django's vector, without `bcrypt$`.
    const STAPLE: &str = "$2b$04$abcdefghijklmnopqrstuu7EJV7kdjBBQxyb0HjTh9KS7.Lah/6CG";

    #[test]
    fn three_version_names_are_one_algorithm_and_the_broken_one_is_refused() {
        // P-5
        for version in ["$2a$", "$2b$", "$2y$"] {
            let hash = Bcrypt::parse(&STAPLE.replace("$2b$", version)).unwrap();
            assert!(hash.matches(b"correct horse battery staple"), "{version}");
        }
        assert!(Bcrypt::parse(&STAPLE.replace("$2b$", "$2x$")).is_none());
    }

    #[test]
    fn malformed_hashes_and_costs_above_the_ceiling_are_refused_without_panic() {
        // P-5
        let costs = [
            "00", "03", "17", "31", "32", "99", "4", "004", "+4", "-4", "xx", "４",
        ];
        for cost in costs {
            assert!(
                Bcrypt::parse(&STAPLE.replace("$04$", &format!("${cost}$"))).is_none(),
                "{cost}"
            );
        }
        for end in 0..STAPLE.len() {
            assert!(Bcrypt::parse(&STAPLE[..end]).is_none(), "{end} characters");
        }
        for text in [
            format!("{STAPLE}a"),
            format!("{STAPLE}="),
            STAPLE.replace('q', "☃"),
            STAPLE.replace("uu7", "☃"),
        ] {
            assert!(Bcrypt::parse(&text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_password_is_never_cut_at_72_bytes_or_at_a_nul() {
        // P-6
        let digest_of = |key: &[u8]| {
            let digest = ::bcrypt::bcrypt(4, [7; 16], key);
            Bcrypt {
                cost: 4,
                salt: [7; 16],
                digest: digest[..23].try_into().unwrap(),
            }
        };
        let longest = digest_of(&[b'a'; 72]);
        assert!(longest.matches(&[b'a'; 72]));
        assert!(!longest.matches(&[b'a'; 73]));

        let short = digest_of(b"a\0");
        assert!(short.matches(b"a"));
        assert!(!short.matches(b"a\0a"), "the same key, repeated");
        assert!(!short.matches(b"a\0"));
    }
}
