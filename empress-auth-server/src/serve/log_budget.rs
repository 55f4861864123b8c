//! May one more line be written? In an outage every request fails, and a log that grows with them fills the disk.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::time::Instant;

/// So many lines in each second, and no more.
#[derive(Debug)]
pub(super) struct LogBudget {
    began: Instant,
    /// The second in the upper half, the lines in it in the lower one.
    word: AtomicU64,
}

/// Enough to see what is going on; the metrics count them all.
const LINES_A_SECOND: u64 = 20;

impl LogBudget {
    pub(super) fn new() -> Self {
        Self {
            began: Instant::now(),
            word: AtomicU64::new(0),
        }
    }

    /// Takes a line of this second's, if one is left.
    pub(super) fn take(&self) -> bool {
        let second = self.began.elapsed().as_secs() << 32;
        let next = |word: u64| {
            let is_now = word & !LINES == second;
            let lines = if is_now { word & LINES } else { 0 };
            (lines < LINES_A_SECOND).then_some(second | (lines + 1))
        };
        let (set, get) = (Ordering::Relaxed, Ordering::Relaxed);
        self.word.fetch_update(set, get, next).is_ok()
    }
}

/// The lower half of the word.
const LINES: u64 = 0xffff_ffff;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn each_second_has_its_lines() {
        let budget = LogBudget::new();
        for _ in 0..3 {
            let taken = (0..100).filter(|_| budget.take()).count();
            assert_eq!(taken, 20);
            tokio::time::advance(Duration::from_secs(1)).await;
        }
    }
}
