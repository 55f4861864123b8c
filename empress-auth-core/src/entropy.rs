//! Where does randomness come from? The only caller of the random generator.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroize;

use crate::base62::ALPHABET;

/// The source of random bytes, cheap to clone.
#[derive(Clone, Default)]
pub struct Entropy(Source);

#[derive(Clone, Default)]
enum Source {
    #[default]
    System,
    Custom(Arc<Fill>),
}

type Fill = dyn Fn(&mut [u8]) -> Result<(), EntropyError> + Send + Sync;

/// The random generator did not answer; nothing was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the random generator of the operating system did not answer")]
pub struct EntropyError(());

impl EntropyError {
    /// The error of a generator that cannot answer.
    #[must_use]
    pub const fn new() -> Self {
        Self(())
    }
}

impl Default for EntropyError {
    fn default() -> Self {
        Self::new()
    }
}

impl Entropy {
    /// The operating system's generator.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// Random bytes from a function of yours: for tests, which need a known or a failing generator.
    ///
    /// Whoever can guess what the function yields can make every secret.
    #[must_use]
    pub fn danger_from_fn(
        fill: impl Fn(&mut [u8]) -> Result<(), EntropyError> + Send + Sync + 'static,
    ) -> Self {
        Self(Source::Custom(Arc::new(fill)))
    }

    /// Fills `bytes` with random ones.
    ///
    /// # Errors
    ///
    /// [`EntropyError`] if the generator does not answer; `bytes` must then not be used.
    pub fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        match &self.0 {
            Source::System =>
            {
                #[expect(clippy::disallowed_methods, reason = "this is the generator")]
                getrandom::fill(bytes).map_err(|_| EntropyError(()))
            }
            Source::Custom(fill) => fill(bytes),
        }
    }

    /// Fills `text` with base62 digits, each of the 62 equally likely.
    ///
    /// A byte of 248 and above is thrown away: taking it modulo 62 would make eight of the digits likelier.
    ///
    /// # Errors
    ///
    /// As [`fill`](Self::fill).
    pub fn fill_base62(&self, text: &mut [u8]) -> Result<(), EntropyError> {
        self.fill_digits(text, 248, ALPHABET)
    }

    /// Fills `text` with digits and small letters, each of the 36 equally likely.
    ///
    /// # Errors
    ///
    /// As [`fill`](Self::fill).
    pub fn fill_base36(&self, text: &mut [u8]) -> Result<(), EntropyError> {
        self.fill_digits(text, 252, b"0123456789abcdefghijklmnopqrstuvwxyz")
    }

    /// Fills `text` with lower-case hexadecimal digits.
    pub(crate) fn fill_hex(&self, text: &mut [u8]) -> Result<(), EntropyError> {
        self.fill_digits(text, 256, b"0123456789abcdef")
    }

    fn fill_digits(
        &self,
        text: &mut [u8],
        below: u16,
        alphabet: &[u8],
    ) -> Result<(), EntropyError> {
        let mut pool = [0; 64];
        let mut pool_used = pool.len();
        for digit in text {
            *digit = loop {
                if pool_used == pool.len() {
                    self.fill(&mut pool)?;
                    pool_used = 0;
                }
                let byte = pool.get(pool_used).copied().unwrap_or_default();
                pool_used += 1;
                if u16::from(byte) < below {
                    let index = usize::from(byte) % alphabet.len().max(1);
                    break alphabet.get(index).copied().unwrap_or_default();
                }
            };
        }
        pool.zeroize();
        Ok(())
    }
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "Entropy::system()",
            Source::Custom(_) => "Entropy::danger_from_fn(..)",
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use sha2::{Digest as _, Sha256};

    use super::*;

    /// The same uniform bytes in every run: SHA-256 of a counter.
    fn counted() -> Entropy {
        let counter = AtomicU64::new(0);
        Entropy::danger_from_fn(move |bytes| {
            for block in bytes.chunks_mut(32) {
                let number = counter.fetch_add(1, Ordering::Relaxed).to_be_bytes();
                block.copy_from_slice(&Sha256::digest(number)[..block.len()]);
            }
            Ok(())
        })
    }

    // K-1, K-2: over ten million digits, no digit of the alphabet is likelier than another, at no place.
    #[test]
    fn every_digit_is_equally_likely_at_every_position() {
        const PLACES: usize = 27;
        const ROUNDS: u32 = 370_371;
        let entropy = counted();
        let mut counts = vec![[0_u32; 62]; PLACES];
        let mut text = [0; PLACES];
        for _ in 0..ROUNDS {
            entropy.fill_base62(&mut text).unwrap();
            for (place, digit) in counts.iter_mut().zip(text) {
                place[usize::from(crate::base62::value(digit).unwrap())] += 1;
            }
        }
        let expected = f64::from(ROUNDS) / 62.0;
        for place in &counts {
            let chi_squared: f64 = place
                .iter()
                .map(|n| (f64::from(*n) - expected).powi(2) / expected)
                .sum();
            // 61 degrees of freedom: p = 0.001 lies at 100.9.
            assert!(chi_squared < 100.9, "chi squared {chi_squared}");
        }
        let expected = expected * 27.0;
        for digit in 0..62 {
            let seen: f64 = counts.iter().map(|place| f64::from(place[digit])).sum();
            let deviation = (seen / expected - 1.0).abs();
            assert!(deviation < 0.01, "digit {digit} deviates by {deviation}");
        }
    }

    #[test]
    fn bytes_that_would_favour_some_digits_are_thrown_away() {
        let entropy = Entropy::danger_from_fn(|bytes| {
            for (n, byte) in bytes.iter_mut().enumerate() {
                *byte = if n % 2 == 0 {
                    248 + u8::try_from(n % 8).unwrap()
                } else {
                    61
                };
            }
            Ok(())
        });
        let mut text = [0; 8];
        entropy.fill_base62(&mut text).unwrap();
        assert_eq!(&text, b"zzzzzzzz");
    }

    // KY-11: a generator that fails makes no secret.
    #[test]
    fn a_failing_generator_is_an_error() {
        let entropy = Entropy::danger_from_fn(|_| Err(EntropyError::new()));
        assert!(entropy.fill_base62(&mut [0; 27]).is_err());
    }
}
