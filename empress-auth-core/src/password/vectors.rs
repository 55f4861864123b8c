//! The shared test vectors, which live beside the workspace and may be absent.

use std::fs;
use std::path::PathBuf;

/// The text of the vector file `name`, or `None` after saying that it is absent.
pub(super) fn read(name: &str) -> Option<String> {
    let beside = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors");
    let path = std::env::var_os("EMPRESS_VECTORS")
        .map_or_else(beside, PathBuf::from)
        .join(name);
    let text = fs::read_to_string(&path).ok();
    if text.is_none() {
        println!("SKIPPED: the test vectors are absent: {}", path.display());
    }
    text
}

/// The vector file `name` as JSON.
pub(super) fn read_json(name: &str) -> Option<serde_json::Value> {
    read(name).map(|text| serde_json::from_str(&text).unwrap())
}

/// A generator for repeatable nonsense: Knuth's linear congruential one.
pub(super) struct Nonsense(u64);

impl Nonsense {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, bound: u32) -> u32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap() % bound
    }

    pub(super) fn index(&mut self, len: usize) -> usize {
        usize::try_from(self.below(u32::try_from(len).unwrap())).unwrap()
    }

    pub(super) fn string(&mut self, max_chars: u32) -> String {
        let ranges = [
            0x20..0x7f,
            0xa0..0x250,
            0x300..0x370,
            0x1100..0x1200,
            0xfb00..0xffee,
            0x1_f300..0x1_f700,
        ];
        (0..self.below(max_chars + 1))
            .filter_map(|_| {
                let range = ranges[self.index(6)].clone();
                char::from_u32(range.start + self.below(range.end - range.start))
            })
            .collect()
    }
}
