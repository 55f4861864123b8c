//! A panic ends the request that it happens in, and nothing else.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

/// A future panicked. What it said went to the log as it happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Panicked;

/// Runs `future`, stopping a panic of it here.
///
/// What the future held is dropped and never looked at again. What it shares with others holds without it: counters are
/// atomic, locks are `parking_lot`'s, which a panic leaves open, and a store's write is a transaction.
pub(super) async fn caught<F: Future>(future: F) -> Result<F::Output, Panicked> {
    let mut future = pin!(future);
    std::future::poll_fn(move |cx| {
        match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
            Ok(polled) => polled.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    // OP-10
    #[tokio::test]
    async fn a_panic_stays_where_it_is() {
        assert_eq!(caught(async { 1 }).await, Ok(1));
        let panics = async {
            tokio::task::yield_now().await;
            panic!("after a while")
        };
        assert_eq!(caught(panics).await, Err::<(), _>(Panicked));
    }
}
