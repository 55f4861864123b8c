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

/// A stand-in of ten instructions: the last 32 bytes, which differ between tokens, their first word spread like a hash.
#[cfg(empress_bench)]
#[inline]
pub(crate) fn of_shown(shown: &[u8]) -> [u8; 32] {
    let mut digest = shown.last_chunk::<32>().copied().unwrap_or([0; 32]);
    if let Some(first) = digest.first_chunk_mut::<8>() {
        let word = u64::from_ne_bytes(*first).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        *first = (word ^ (word >> 32)).to_ne_bytes();
    }
    digest
}
