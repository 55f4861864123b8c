//! The digest of a credential as it was shown.
//!
//! Under `--cfg empress_bench` a cheap stand-in, because valgrind hides the processor's SHA instructions and would count
//! the software version instead. Never a feature: nothing that is shipped can turn it on.

/// SHA-256.
#[cfg(not(empress_bench))]
#[inline]
pub(crate) fn of_shown(shown: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    sha2::Sha256::digest(shown).into()
}

/// A stand-in that mixes length and first bytes, to count instructions without the hash.
#[cfg(empress_bench)]
#[inline]
pub(crate) fn of_shown(shown: &[u8]) -> [u8; 32] {
    let mut digest = [0; 32];
    for (n, byte) in shown.iter().rev().take(32).enumerate() {
        if let Some(place) = digest.get_mut(n) {
            *place = *byte;
        }
    }
    digest
}
