//! The digest of a credential as it was shown.
//!
//! Under `--cfg empress_bench` a cheap stand-in, because valgrind hides the processor's SHA instructions and would count
//! the software version instead. Never a feature: nothing that is shipped can turn it on.

/// SHA-256.
#[cfg(not(empress_bench))]
#[inline]
pub(crate) fn of_shown(shown: &[u8]) -> [u8; 32] {
    use sha2::Digest as _;
    of_one_block(shown).unwrap_or_else(|| sha2::Sha256::digest(shown).into())
}

/// The same for what fits into one block with its padding ([FIPS 180-4 §5.1.1](https://doi.org/10.6028/NIST.FIPS.180-4)),
/// as nearly every opaque credential does: faster without a hasher that is ready for more. `None` for others, and for less
/// than sixteen bytes.
#[cfg(not(empress_bench))]
#[inline]
fn of_one_block(shown: &[u8]) -> Option<[u8; 32]> {
    let mut block = [0; 64];
    for (bytes, word) in block.as_chunks_mut().0.iter_mut().zip(padded(shown)?) {
        *bytes = word.to_le_bytes();
    }
    let mut state = INITIAL;
    sha2::block_api::compress256(&mut state, &[block]);
    let mut digest = [0; 32];
    for (bytes, word) in digest.as_chunks_mut().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    Some(digest)
}

/// Sixteen bytes at a time, and no byte by itself: the compression reads sixteen, and would wait for smaller writes.
#[cfg(not(empress_bench))]
#[inline]
fn padded(shown: &[u8]) -> Option<[u128; 4]> {
    if shown.len() > 55 {
        return None;
    }
    let last = u128::from_le_bytes(*shown.last_chunk()?);
    let (whole, rest) = shown.as_chunks();
    let mut words = [0; 4];
    for (word, bytes) in words.iter_mut().zip(whole) {
        *word = u128::from_le_bytes(*bytes);
    }
    let bits = |bytes: usize| u32::try_from(8 * bytes).unwrap_or_default();
    let rest_bits = bits(rest.len());
    let rest = last.checked_shr(128 - rest_bits).unwrap_or_default();
    *words.get_mut(whole.len())? = rest | (0x80 << rest_bits);
    let [.., length] = &mut words;
    *length |= u128::from(bits(shown.len()).swap_bytes()) << 96;
    Some(words)
}

/// FIPS 180-4 §5.3.3.
#[cfg(not(empress_bench))]
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

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

#[cfg(all(test, not(empress_bench)))]
mod tests {
    use sha2::Digest as _;

    use super::*;

    #[test]
    fn of_any_length_it_is_sha_256() {
        for length in 0..=200_u8 {
            let shown: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(31)).collect();
            let expected: [u8; 32] = sha2::Sha256::digest(&shown).into();
            assert_eq!(of_shown(&shown), expected, "{length}");
            assert_eq!(
                of_one_block(&shown).is_some(),
                (16..=55).contains(&length),
                "{length}"
            );
        }
    }
}
