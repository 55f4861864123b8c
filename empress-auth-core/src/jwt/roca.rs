//! Was this modulus made by the library of CVE-2017-15361, so that it can be factored?
//!
//! Its primes are powers of 65537 modulo the product of the first primes, and so is their product. Of a modulus made
//! elsewhere the same holds by chance in one of 200 million (Nemec et al., "The Return of Coppersmith's Attack", CCS 2017, §3).

/// Those for which 65537 does not reach all remainders, so that they tell anything.
const PRIMES: [u32; 17] = [
    11, 13, 17, 19, 37, 53, 61, 71, 73, 79, 97, 103, 107, 109, 127, 151, 157,
];

/// Whether the modulus, big-endian, has the mark.
pub(super) fn is_weak(modulus: &[u8]) -> bool {
    PRIMES.iter().all(|prime| {
        let remainder = modulus.iter().fold(0, |remainder, byte| {
            (remainder << 8 | u32::from(*byte)) % prime
        });
        powers_of_65537(*prime).any(|power| power == remainder)
    })
}

/// Modulo `prime`, each once.
fn powers_of_65537(prime: u32) -> impl Iterator<Item = u32> {
    let mut next = Some(1);
    std::iter::from_fn(move || {
        let power = next?;
        let following = power * (65_537 % prime) % prime;
        next = (following != 1).then_some(following);
        Some(power)
    })
}
