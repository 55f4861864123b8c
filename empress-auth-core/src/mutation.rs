//! Arbitrary bytes that are the same in every run: a small generator that damages good inputs.

/// A xorshift generator; not random, only varied.
pub(crate) struct Mutation {
    state: u64,
}

impl Mutation {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { state: seed | 1 }
    }

    /// Calls `parse` with `rounds` damaged copies of `inputs`, in turn.
    pub(crate) fn feed(rounds: usize, inputs: &[&[u8]], mut parse: impl FnMut(&[u8])) {
        let mut mutation = Self::new(0x9e37_79b9_7f4a_7c15);
        for (input, _) in inputs.iter().cycle().zip(0..rounds) {
            parse(&mutation.damaged(input));
        }
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 16).unwrap() % limit.max(1)
    }

    fn damaged(&mut self, input: &[u8]) -> Vec<u8> {
        let mut bytes = input.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len() + 1);
            match self.below(5) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, u8::try_from(self.below(256)).unwrap()),
                2 => bytes.insert(at, DELIMITERS[self.below(DELIMITERS.len())]),
                3 if at < bytes.len() => bytes[at] ^= 1 << self.below(8),
                _ => bytes.extend_from_within(at..),
            }
            bytes.truncate(4096);
        }
        bytes
    }
}

const DELIMITERS: &[u8] = b"%&=+;,:\"\\[]{}()\r\n\t -_./\0\xff\xc3\xed";
