//! A panic ends the request that it happens in, and nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

/// A future panicked. What it said went to the log as it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Panicked;

pin_project! {
    /// A future whose panic ends here.
    ///
    /// What it held is dropped and never looked at again. What it shares with others holds without it: counters are
    /// atomic, locks are `parking_lot`'s, which a panic leaves open, and a store's write is a transaction.
    #[derive(Debug)]
    pub(super) struct Caught<F> {
        #[pin]
        future: F,
    }
}

impl<F> Caught<F> {
    pub(super) const fn new(future: F) -> Self {
        Self { future }
    }
}

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, Panicked>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let future = self.project().future;
        match catch_unwind(AssertUnwindSafe(|| future.poll(cx))) {
            Ok(polled) => polled.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // OP-10
    #[tokio::test]
    async fn a_panic_stays_where_it_is() {
        assert_eq!(Caught::new(async { 1 }).await, Ok(1));
        let panics = async {
            tokio::task::yield_now().await;
            panic!("after a while")
        };
        assert_eq!(Caught::new(panics).await, Err::<(), _>(Panicked));
    }
}
