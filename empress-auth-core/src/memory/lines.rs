//! A bounded table of entries of one pointer each: seven to a cache line, with a byte of each one's hash beside them.
//!
//! 1. The home of an entry is the line that its hash names; a look-up in a large table misses the processor's caches
//!    once for it, and once for the entry itself. Tables that keep hash bytes and entries apart miss once more.
//! 2. When the home is full, an entry strays into one of the next [`REACH`] lines. The home counts its strays, so that a
//!    look-up goes on only where there is one.
//! 3. When there is room nowhere in reach the table grows, or evicts if it may not grow any more.

/// What can be kept in [`Lines`].
pub(super) trait Entry {
    /// Spread evenly over all 64 bits.
    fn hash(&self) -> u64;
    /// Whether it takes the place of `other`.
    fn replaces(&self, other: &Self) -> bool;
    /// The lower, the sooner to be evicted.
    fn rank(&self) -> u32;
}

pub(super) struct Lines<T> {
    lines: Box<[Line<T>]>,
    len: usize,
    capacity: usize,
}

#[repr(align(64))]
struct Line<T> {
    /// For each entry a byte of its hash; behind them, how many entries strayed from here.
    tags: [u8; SLOTS + 1],
    slots: [Option<T>; SLOTS],
}

const SLOTS: usize = 7;

/// How many lines an entry may be in, its home and the next ones: at three quarters full, 7 in 100 entries stray, and
/// one in 200 further than three lines.
const REACH: usize = 32;

/// How many entries are looked at to find one to evict.
const SAMPLE: usize = 8;

impl<T: Entry> Lines<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            lines: Box::default(),
            len: 0,
            capacity: capacity.max(1),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.lines
            .iter()
            .flat_map(|line| line.slots.iter().flatten())
    }

    #[inline(always)]
    pub(super) fn find(&self, hash: u64, is: impl Fn(&T) -> bool + Copy) -> Option<&T> {
        let home = self.home(hash);
        let line = self.lines.get(home)?;
        match line.find(tag(hash), is) {
            Some(entry) => Some(entry),
            None if line.strays() == 0 => None,
            None => self.find_stray(home, hash, is),
        }
    }

    #[cold]
    #[inline(never)]
    fn find_stray(&self, home: usize, hash: u64, is: impl Fn(&T) -> bool + Copy) -> Option<&T> {
        self.within_reach(home)
            .skip(1)
            .find_map(|at| self.lines.get(at)?.find(tag(hash), is))
    }

    /// Adds `entry`; answers those that had to go for it: hardly ever more than one.
    pub(super) fn insert(&mut self, entry: T) -> Vec<T> {
        let hash = entry.hash();
        if let Some(same) = self.find_mut(hash, |other| entry.replaces(other)) {
            return vec![std::mem::replace(same, entry)];
        }
        let mut gone = Vec::new();
        if self.len >= self.capacity {
            gone.extend(self.evict(hash, SAMPLE));
        }
        if self.len * 4 >= self.lines.len() * SLOTS * 3 {
            self.grow(&mut gone);
        }
        let Err(entry) = self.place(entry) else {
            return gone;
        };
        // No room in reach: more lines, and if there may not be more, one in reach has to go.
        self.grow(&mut gone);
        let Err(entry) = self.place(entry) else {
            return gone;
        };
        gone.extend(self.evict(hash, REACH * SLOTS));
        // There is room now: all that was looked at is in reach.
        gone.extend(self.place(entry).err());
        gone
    }

    fn find_mut(&mut self, hash: u64, is: impl Fn(&T) -> bool + Copy) -> Option<&mut T> {
        let home = self.home(hash);
        let at = self.within_reach(home).find(|at| {
            self.lines
                .get(*at)
                .is_some_and(|line| line.find(tag(hash), is).is_some())
        })?;
        self.lines
            .get_mut(at)?
            .slots
            .iter_mut()
            .flatten()
            .find(|entry| is(entry))
    }

    /// Puts `entry` into its home or a line in reach.
    fn place(&mut self, entry: T) -> Result<(), T> {
        let hash = entry.hash();
        let home = self.home(hash);
        let room = self
            .within_reach(home)
            .find(|at| self.lines.get(*at).is_some_and(Line::has_room));
        let Some(line) = room.and_then(|at| self.lines.get_mut(at)) else {
            return Err(entry);
        };
        line.put(tag(hash), entry)?;
        self.len += 1;
        if room != Some(home)
            && let Some(line) = self.lines.get_mut(home)
        {
            line.count_strays(1);
        }
        Ok(())
    }

    /// Takes out the one with the lowest rank of the first few entries from the home of `hash` on.
    fn evict(&mut self, hash: u64, sample: usize) -> Option<T> {
        let count = self.lines.len();
        let home = self.home(hash);
        let (_, at, slot) = (0..count)
            .map(|step| (home + step) % count)
            .filter_map(|at| Some((at, self.lines.get(at)?)))
            .flat_map(|(at, line)| {
                let entries = line.slots.iter().enumerate();
                entries.filter_map(move |(slot, entry)| Some((entry.as_ref()?.rank(), at, slot)))
            })
            .take(sample)
            .min()?;
        let evicted = self.lines.get_mut(at)?.take(slot)?;
        self.len -= 1;
        let home = self.home(evicted.hash());
        if home != at
            && let Some(line) = self.lines.get_mut(home)
        {
            line.count_strays(-1);
        }
        Some(evicted)
    }

    /// Half as many lines more, as far as the capacity needs them. One that finds no room among more lines, because the
    /// others are put in another order than they came in, is `gone`.
    #[cold]
    fn grow(&mut self, gone: &mut Vec<T>) {
        let most = (self.capacity * 4).div_ceil(SLOTS * 3) + REACH;
        let lines = (self.lines.len() + self.lines.len() / 2 + 1).min(most);
        if lines <= self.lines.len() {
            return;
        }
        let new = (0..lines).map(|_| Line::empty()).collect();
        let old = std::mem::replace(&mut self.lines, new);
        self.len = 0;
        for entry in old.into_iter().flat_map(|line| line.slots).flatten() {
            gone.extend(self.place(entry).err());
        }
    }

    /// The number of the line that `hash` names: its upper half, scaled to the number of lines.
    #[inline(always)]
    fn home(&self, hash: u64) -> usize {
        let lines = u64::try_from(self.lines.len()).unwrap_or(u64::MAX);
        let scaled = (hash >> 32).wrapping_mul(lines) >> 32;
        usize::try_from(scaled).unwrap_or(usize::MAX)
    }

    fn within_reach(&self, home: usize) -> impl Iterator<Item = usize> + use<T> {
        let count = self.lines.len();
        (0..REACH.min(count)).map(move |step| (home + step) % count)
    }
}

impl<T> Line<T> {
    fn empty() -> Self {
        Self {
            tags: [0; SLOTS + 1],
            slots: [const { None }; SLOTS],
        }
    }

    /// Compares the seven bytes at once: a byte of `equal` is 0 where one is `tag`, and subtracting borrows there first.
    #[inline(always)]
    fn find(&self, tag: u8, is: impl Fn(&T) -> bool) -> Option<&T> {
        const ONES: u64 = 0x0001_0101_0101_0101;
        let equal = u64::from_le_bytes(self.tags) ^ (ONES * u64::from(tag));
        let mut marks = equal.wrapping_sub(ONES) & !equal & (ONES << 7);
        while marks != 0 {
            let slot = usize::try_from(marks.trailing_zeros() / 8).unwrap_or(SLOTS);
            if let Some(Some(entry)) = self.slots.get(slot)
                && is(entry)
            {
                return Some(entry);
            }
            marks &= marks - 1;
        }
        None
    }

    fn has_room(&self) -> bool {
        self.slots.iter().any(Option::is_none)
    }

    fn put(&mut self, tag: u8, entry: T) -> Result<(), T> {
        let mut slots = self.slots.iter_mut().zip(&mut self.tags);
        match slots.find(|(slot, _)| slot.is_none()) {
            Some((slot, of_slot)) => {
                *slot = Some(entry);
                *of_slot = tag;
                Ok(())
            }
            None => Err(entry),
        }
    }

    fn take(&mut self, slot: usize) -> Option<T> {
        self.slots.get_mut(slot)?.take()
    }

    #[inline(always)]
    fn strays(&self) -> u8 {
        let [.., strays] = self.tags;
        strays
    }

    /// At most 217 are in reach, so the byte is enough.
    fn count_strays(&mut self, change: i8) {
        let [.., strays] = &mut self.tags;
        *strays = strays.saturating_add_signed(change);
    }
}

/// Of other bits than those that tell the home.
#[inline(always)]
fn tag(hash: u64) -> u8 {
    let [low, ..] = hash.to_le_bytes();
    low
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[derive(Debug, Clone, PartialEq)]
    struct Numbered {
        hash: u64,
        number: u32,
        rank: u32,
    }

    impl Entry for Box<Numbered> {
        fn hash(&self) -> u64 {
            self.hash
        }

        fn replaces(&self, other: &Self) -> bool {
            self.number == other.number
        }

        fn rank(&self) -> u32 {
            self.rank
        }
    }

    fn numbered(number: u32, rank: u32) -> Box<Numbered> {
        let mut hash = u64::from(number).wrapping_add(0x9e37_79b9_7f4a_7c15);
        for multiplier in [0xbf58_476d_1ce4_e5b9_u64, 0x94d0_49bb_1331_11eb] {
            hash = (hash ^ (hash >> 29)).wrapping_mul(multiplier);
        }
        let hash = hash ^ (hash >> 32);
        Box::new(Numbered { hash, number, rank })
    }

    fn find(lines: &Lines<Box<Numbered>>, number: u32) -> Option<Numbered> {
        let hash = numbered(number, 0).hash;
        let found = lines.find(hash, |entry| entry.number == number);
        found.map(|entry| (**entry).clone())
    }

    fn assert_sound(lines: &Lines<Box<Numbered>>) {
        assert_eq!(lines.iter().count(), lines.len());
        let mut strays = vec![0_u8; lines.lines.len()];
        for (at, line) in lines.lines.iter().enumerate() {
            for (slot, tag_of) in line.slots.iter().zip(line.tags) {
                let Some(entry) = slot else { continue };
                assert_eq!(tag(entry.hash), tag_of);
                if lines.home(entry.hash) != at {
                    strays[lines.home(entry.hash)] += 1;
                }
            }
        }
        let counted: Vec<u8> = lines.lines.iter().map(Line::strays).collect();
        assert_eq!(counted, strays);
    }

    #[test]
    fn a_line_is_a_cache_line() {
        assert_eq!(size_of::<Line<Box<Numbered>>>(), 64);
    }

    #[test]
    fn nothing_is_lost_below_the_capacity() {
        let mut lines = Lines::new(20_000);
        for number in 0..20_000 {
            assert!(lines.insert(numbered(number, 0)).is_empty(), "{number}");
        }
        assert_sound(&lines);
        assert!((0..20_000).all(|number| find(&lines, number).is_some()));
        assert!(lines.lines.len() * SLOTS * 3 / 4 <= 20_000 * 3 / 2);
    }

    #[test]
    fn a_full_table_stays_as_large_and_evicts_what_ranks_low() {
        let mut lines = Lines::new(1_000);
        for number in 0..50_000 {
            // Every tenth is in use.
            lines.insert(numbered(number, u32::from(number % 10 == 0)));
            assert!(lines.len() <= 1_000);
        }
        assert_sound(&lines);
        let in_use = lines.iter().filter(|entry| entry.rank == 1).count();
        assert!(in_use > 800, "{in_use}");
    }

    #[test]
    fn it_holds_what_a_map_would_hold() {
        let mut lines = Lines::new(64);
        let mut model = HashMap::new();
        let mut random = 1_u64;
        for round in 0..100_000 {
            random = random
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let number = u32::try_from(random >> 57).unwrap();
            for gone in lines.insert(numbered(number, round)) {
                model.remove(&gone.number);
            }
            model.insert(number, round);
            assert_eq!(find(&lines, number).unwrap().rank, round);
            assert_eq!(lines.len(), model.len());
        }
        assert_sound(&lines);
        for number in 0..128 {
            assert_eq!(
                find(&lines, number).map(|entry| entry.rank),
                model.get(&number).copied()
            );
        }
    }

    // Else the last uses of those that went unsaid would be lost.
    #[test]
    fn growing_says_what_found_no_room() {
        // The homes of 200, then of 150, in 61 lines and in 92. The 200 reach beyond the end, and those of them that lie
        // at the beginning are put in place before the 150; the rest, after them, finds the beginning full.
        let hash_of = |home: u64| (((2 * home + 1) << 32) / 122) << 32;
        let mut lines = Lines::new(1_000);
        let mut gone = 0;
        for number in 0..350 {
            let hash = hash_of(if number < 200 { 50 } else { 5 });
            let entry = Numbered {
                hash,
                number,
                rank: 0,
            };
            gone += lines.insert(Box::new(entry)).len();
        }
        assert_sound(&lines);
        assert!(gone > 0);
        assert_eq!(lines.len() + gone, 350);
    }

    #[test]
    fn many_of_one_home_push_each_other_out() {
        let mut lines = Lines::new(1_000);
        for number in 0..300 {
            let hash = u64::MAX;
            lines.insert(Box::new(Numbered {
                hash,
                number,
                rank: number,
            }));
        }
        assert_sound(&lines);
        let newest = lines.find(u64::MAX, |entry| entry.number == 299);
        assert!(newest.is_some());
        assert!(lines.len() >= SLOTS * REACH);
    }
}
