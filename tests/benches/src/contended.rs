//! What does it cost when two cores show the same token at the same time?

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
    time::Instant,
};

use crate::{catalog::Variant, timing::median};

/// Something that several threads do on shared state.
pub struct Contended {
    /// As in the catalog.
    pub name: &'static str,
    make: Box<dyn Fn() -> Variant + Send + Sync>,
}

impl Contended {
    /// `make` runs once in each thread and captures what they share.
    pub fn new(name: &'static str, make: impl Fn() -> Variant + Send + Sync + 'static) -> Self {
        Self {
            name,
            make: Box::new(make),
        }
    }

    /// Nanoseconds a call with one thread and with two, in turn, medians of `rounds`.
    #[must_use]
    pub fn one_and_two(&self, rounds: usize, calls: u32) -> (f64, f64) {
        let (mut one, mut two) = (Vec::new(), Vec::new());
        for _ in 0..rounds {
            one.push(self.round(1, calls));
            two.push(self.round(2, calls));
        }
        (median(&one), median(&two))
    }

    fn round(&self, threads: usize, calls: u32) -> f64 {
        let waiting = AtomicUsize::new(threads);
        let times: Vec<f64> = thread::scope(|scope| {
            let running: Vec<_> = (0..threads)
                .map(|_| {
                    scope.spawn(|| {
                        let mut variant = (self.make)();
                        variant.run(calls / 10);
                        // Deliberately not a barrier that sleeps: whoever wakes late would run alone.
                        waiting.fetch_sub(1, Ordering::SeqCst);
                        while waiting.load(Ordering::SeqCst) > 0 {
                            thread::yield_now();
                        }
                        let began = Instant::now();
                        variant.run(calls);
                        began.elapsed().as_nanos() as f64 / f64::from(calls)
                    })
                })
                .collect();
            running
                .into_iter()
                .map(|thread| thread.join().expect("a measuring thread"))
                .collect()
        });
        times.iter().sum::<f64>() / times.len() as f64
    }
}
