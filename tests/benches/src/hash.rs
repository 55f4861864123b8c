//! The peers' hash: SHA-256, or a stand-in where instructions are counted.
//!
//! Valgrind hides the processor's SHA extensions, so that the software rounds would drown everything else. With
//! `--cfg empress_bench` peers and library both take a cheap stand-in, and the hash is timed apart.

/// SHA-256 of `input`.
#[cfg(not(empress_bench))]
#[must_use]
pub fn sha256(input: &[u8]) -> [u8; 32] {
    use sha2::Digest;
    sha2::Sha256::digest(input).into()
}

/// A stand-in that reads every byte once and spreads it over 32.
#[cfg(empress_bench)]
#[must_use]
pub fn sha256(input: &[u8]) -> [u8; 32] {
    let mut lanes = [0x9e37_79b9_7f4a_7c15_u64, 1, 2, 3];
    for (i, chunk) in input.chunks(8).enumerate() {
        let mut word = [0; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        let lane = &mut lanes[i % 4];
        *lane = (*lane ^ u64::from_le_bytes(word)).wrapping_mul(0xff51_afd7_ed55_8ccd);
        *lane ^= *lane >> 32;
    }
    lanes[0] ^= lanes[1].wrapping_add(lanes[2]).wrapping_add(lanes[3]);
    let mut digest = [0; 32];
    for (out, lane) in digest.chunks_mut(8).zip(lanes) {
        out.copy_from_slice(&lane.to_le_bytes());
    }
    digest
}
