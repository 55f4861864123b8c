//! How long answers take: a histogram that nobody waits for.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper ends of the buckets, in microseconds; one more bucket has no end.
const BOUNDS_MICROS: [u32; 11] = [
    100, 250, 500, 1_000, 2_500, 10_000, 25_000, 100_000, 500_000, 2_500_000, 10_000_000,
];

/// Counts of durations. prometheus-client's own takes a lock for each.
#[derive(Debug, Default)]
pub(super) struct Latency {
    counts: [AtomicU64; BOUNDS_MICROS.len() + 1],
    sum_nanos: AtomicU64,
}

impl Latency {
    pub(super) fn observe(&self, took: Duration) {
        let bucket = BOUNDS_MICROS
            .iter()
            .position(|bound| took <= Duration::from_micros((*bound).into()))
            .unwrap_or(BOUNDS_MICROS.len());
        if let Some(count) = self.counts.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let nanos = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.sum_nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    /// The sum in seconds.
    pub(super) fn sum_secs(&self) -> f64 {
        Duration::from_nanos(self.sum_nanos.load(Ordering::Relaxed)).as_secs_f64()
    }

    /// Each bucket's upper end in seconds, and how many fell into it.
    pub(super) fn buckets(&self) -> Vec<(f64, u64)> {
        let ends = BOUNDS_MICROS.iter().map(|micros| f64::from(*micros) / 1e6);
        ends.chain([f64::INFINITY])
            .zip(&self.counts)
            .map(|(end, count)| (end, count.load(Ordering::Relaxed)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_falls_into_the_bucket_that_ends_at_it() {
        let latency = Latency::default();
        for micros in [0, 100, 101, 20_000_000] {
            latency.observe(Duration::from_micros(micros));
        }
        let buckets = latency.buckets();
        assert_eq!(buckets.first(), Some(&(0.000_1, 2)));
        assert_eq!(buckets.get(1), Some(&(0.000_25, 1)));
        assert_eq!(buckets.last(), Some(&(f64::INFINITY, 1)));
        assert!((latency.sum_secs() - 20.000_201).abs() < 1e-9);
    }
}
