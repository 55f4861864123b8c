//! What shows only after many rounds or much time. `cargo test` runs the short form; `make long PART=…` runs it again
//! and again, or longer, in release: `tests/long/run.sh`.
//!
//! The races are `store_contract::races::check`, which every store's own tests run.

#[cfg(test)]
mod history;
#[cfg(test)]
mod load;
#[cfg(test)]
mod people;
#[cfg(test)]
mod process;
#[cfg(test)]
mod soak;
#[cfg(test)]
mod statistics;
#[cfg(test)]
mod timing;
#[cfg(test)]
mod traffic;
