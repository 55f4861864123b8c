//! The store in memory, tested from outside.

#[cfg(test)]
mod contract;
