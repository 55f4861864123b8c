//! What core promises, tested from outside, with real concurrency where it is about time and order.

#[cfg(test)]
mod contract;
