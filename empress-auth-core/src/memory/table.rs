//! A hash table of pointers in which a search reads one cache line before it reads what it finds.
//!
//! A bucket is such a line: seven pointers, and seven bits of the hash of each, so that nineteen searches of twenty follow
//! the right pointer alone. What finds no room in its bucket lies in one of the next; a bucket counts what passed it by,
//! so that a search ends where nothing did. Hash tables with their bytes apart read two lines, one after the other.

/// Whoever fills it chooses no hashes: they serve as they are.
pub(super) struct Table<T> {
    buckets: Vec<Bucket<T>>,
    len: usize,
}

#[repr(align(64))]
struct Bucket<T> {
    /// From the lowest byte on the tags of the slots, in the highest one how many passed by.
    tags: u64,
    slots: [Option<T>; SLOTS],
}

const SLOTS: usize = 7;

/// Where something lies: in which bucket, in which slot.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place(usize, usize);

impl<T> Table<T> {
    pub(super) const fn len(&self) -> usize {
        self.len
    }

    #[inline(always)]
    pub(super) fn find(&self, hash: u64, is: impl Fn(&T) -> bool + Copy) -> Option<&T> {
        let bucket = self.buckets.get(self.home(hash))?;
        match bucket.find(hash, is) {
            None if bucket.passed() > 0 => self.find_further(hash, is),
            found => found,
        }
    }

    #[cold]
    #[inline(never)]
    fn find_further(&self, hash: u64, is: impl Fn(&T) -> bool + Copy) -> Option<&T> {
        for at in self.way(hash).skip(1) {
            let bucket = self.buckets.get(at)?;
            let found = bucket.find(hash, is);
            if found.is_some() || bucket.passed() == 0 {
                return found;
            }
        }
        None
    }

    /// Puts `value` in place of what is the same, and gives that back; or gives `value` back, if there is no such thing.
    ///
    /// # Errors
    ///
    /// `value`.
    pub(super) fn replace(&mut self, hash: u64, value: T, is: impl Fn(&T) -> bool) -> Result<T, T> {
        for at in self.way(hash) {
            let Some(bucket) = self.buckets.get_mut(at) else {
                break;
            };
            if let Some(same) = bucket.slots.iter_mut().flatten().find(|it| is(it)) {
                return Ok(std::mem::replace(same, value));
            }
            if bucket.passed() == 0 {
                break;
            }
        }
        Err(value)
    }

    /// Adds what is not there yet.
    pub(super) fn insert(&mut self, hash: u64, value: T, hash_of: impl Fn(&T) -> u64) {
        if self.len >= self.room() {
            self.grow(hash_of);
        }
        self.put(hash, value);
    }

    fn put(&mut self, hash: u64, mut value: T) {
        for at in self.way(hash) {
            let Some(bucket) = self.buckets.get_mut(at) else {
                return;
            };
            match bucket.put(hash, value) {
                Ok(()) => {
                    self.len += 1;
                    return;
                }
                Err(no_room) => value = no_room,
            }
        }
    }

    pub(super) fn remove(&mut self, Place(at, slot): Place, hash: u64) -> Option<T> {
        let removed = self.buckets.get_mut(at)?.slots.get_mut(slot)?.take()?;
        self.len -= 1;
        for passed in self.way(hash).take_while(|passed| *passed != at) {
            self.buckets.get_mut(passed)?.unpass();
        }
        Some(removed)
    }

    /// Everything, from where `hash` belongs on.
    pub(super) fn entries_from(&self, hash: u64) -> impl Iterator<Item = (Place, &T)> {
        self.way(hash).flat_map(|at| {
            let slots = self.buckets.get(at).map(|bucket| bucket.slots.iter());
            let numbered = slots.into_iter().flatten().enumerate();
            numbered.filter_map(move |(slot, entry)| Some((Place(at, slot), entry.as_ref()?)))
        })
    }

    /// The buckets in the order in which room is looked for.
    fn way(&self, hash: u64) -> impl Iterator<Item = usize> + use<T> {
        let home = self.home(hash);
        (home..self.buckets.len()).chain(0..home)
    }

    /// The lower half of the hash, spread over as many buckets as there are.
    #[inline]
    fn home(&self, hash: u64) -> usize {
        let low = hash & u64::from(u32::MAX);
        let buckets = u64::try_from(self.buckets.len()).unwrap_or(u64::MAX);
        usize::try_from(low.wrapping_mul(buckets) >> 32).unwrap_or_default()
    }

    /// Seven in eight: fuller, and many a search would go on in the next bucket.
    fn room(&self) -> usize {
        self.buckets.len() * SLOTS / 8 * 7
    }

    fn grow(&mut self, hash_of: impl Fn(&T) -> u64) {
        let more = (self.buckets.len() / 2).max(8);
        let buckets = self.buckets.len() + more;
        let larger = std::iter::repeat_with(Bucket::default).take(buckets);
        let old = std::mem::replace(&mut self.buckets, larger.collect());
        self.len = 0;
        for entry in old.into_iter().flat_map(|bucket| bucket.slots).flatten() {
            self.put(hash_of(&entry), entry);
        }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self {
            buckets: Vec::new(),
            len: 0,
        }
    }
}

impl<T> Bucket<T> {
    #[inline(always)]
    fn find(&self, hash: u64, is: impl Fn(&T) -> bool) -> Option<&T> {
        let differing = self.tags ^ tag(hash).wrapping_mul(ONES);
        // The eighth bit of each byte that does not differ: taken from there, nothing borrows from another byte.
        let mut alike = EIGHTH_BITS.wrapping_sub(differing) & EIGHTH_BITS;
        while alike != 0 {
            let slot = usize::try_from(alike.trailing_zeros() / 8).unwrap_or_default();
            if let Some(Some(entry)) = self.slots.get(slot)
                && is(entry)
            {
                return Some(entry);
            }
            alike &= alike - 1;
        }
        None
    }

    /// # Errors
    ///
    /// `value`, if there is no room; it is counted as having passed by.
    fn put(&mut self, hash: u64, value: T) -> Result<(), T> {
        let mut slots = self.slots.iter_mut().zip((0..).step_by(8));
        let Some((slot, shift)) = slots.find(|(slot, _)| slot.is_none()) else {
            if self.passed() < u64::from(u8::MAX) {
                self.tags += ONE_PASSED;
            }
            return Err(value);
        };
        *slot = Some(value);
        self.tags = self.tags & !(0xff << shift) | tag(hash) << shift;
        Ok(())
    }

    #[inline]
    const fn passed(&self) -> u64 {
        self.tags / ONE_PASSED
    }

    /// Once it could not count any more, it does not know how many there are, and never again that there is none.
    fn unpass(&mut self) {
        if (1..u64::from(u8::MAX)).contains(&self.passed()) {
            self.tags -= ONE_PASSED;
        }
    }
}

impl<T> Default for Bucket<T> {
    fn default() -> Self {
        Self {
            tags: 0,
            slots: [const { None }; SLOTS],
        }
    }
}

/// The highest seven bits of the hash, which have no part in the bucket's number.
#[inline]
const fn tag(hash: u64) -> u64 {
    hash >> 57
}

const ONES: u64 = 0x0001_0101_0101_0101;
const EIGHTH_BITS: u64 = ONES << 7;
const ONE_PASSED: u64 = 1 << 56;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Well spread, as a digest is.
    fn hash(number: &u64) -> u64 {
        let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }

    fn has(table: &Table<u64>, number: u64) -> bool {
        table.find(hash(&number), |it| *it == number).is_some()
    }

    fn remove(table: &mut Table<u64>, number: u64) -> Option<u64> {
        let (place, _) = table
            .entries_from(hash(&number))
            .find(|(_, it)| **it == number)?;
        table.remove(place, hash(&number))
    }

    #[test]
    fn a_bucket_is_a_cache_line() {
        assert_eq!(size_of::<Bucket<Box<u64>>>(), 64);
        assert_eq!(align_of::<Bucket<Box<u64>>>(), 64);
    }

    #[test]
    fn what_is_put_is_found_until_it_is_removed() {
        let mut table = Table::default();
        let mut there = BTreeSet::new();
        for step in 0..100_000_u64 {
            let number = hash(&step) % 3_000;
            if there.insert(number) {
                table.insert(hash(&number), number, hash);
            } else {
                there.remove(&number);
                assert_eq!(remove(&mut table, number), Some(number));
            }
            assert_eq!(table.len(), there.len());
            let probe = hash(&!step) % 3_000;
            assert_eq!(has(&table, probe), there.contains(&probe));
        }
        let all: BTreeSet<u64> = table.entries_from(7).map(|(_, number)| *number).collect();
        assert_eq!(all, there);
    }

    #[test]
    fn an_empty_table_has_nothing() {
        let table = Table::default();
        assert!(!has(&table, 1));
        assert_eq!(table.entries_from(1).count(), 0);
    }

    #[test]
    fn many_of_one_hash_are_told_apart() {
        let mut table = Table::default();
        for number in 0..1_000_u64 {
            table.insert(42, number, |_| 42);
        }
        for number in 0..1_000_u64 {
            assert!(table.find(42, |it| *it == number).is_some());
        }
        // More passed by than can be counted: what is left is found all the same.
        for number in 0..999_u64 {
            let (place, _) = table
                .entries_from(42)
                .find(|(_, it)| **it == number)
                .unwrap();
            assert_eq!(table.remove(place, 42), Some(number));
        }
        assert_eq!(table.find(42, |_| true), Some(&999));
        assert_eq!(table.replace(42, 5, |it| *it == 999), Ok(999));
        assert_eq!(table.replace(42, 6, |it| *it == 999), Err(6));
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn it_is_never_less_than_half_full_once_it_has_grown() {
        let mut table = Table::default();
        for number in 0..100_000_u64 {
            table.insert(hash(&number), number, hash);
            let slots = table.buckets.len() * SLOTS;
            assert!(
                number < 100 || table.len() * 2 > slots,
                "{number} of {slots}"
            );
        }
    }
}
