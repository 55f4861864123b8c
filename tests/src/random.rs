//! Numbers that only look random: varied, and the same in every run.

/// A source of such numbers.
#[derive(Debug)]
pub struct Random(u64);

impl Random {
    /// The numbers that belong to this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next one, of 48 bits.
    pub const fn number(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 >> 16
    }

    /// The next one, below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.number()).unwrap() % limit
    }

    /// One of these.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let index = self.below(from.len());
        from.get(index).unwrap()
    }
}
