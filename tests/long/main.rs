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
mod random;
#[cfg(test)]
mod soak;
#[cfg(test)]
mod statistics;
#[cfg(test)]
mod timing;
#[cfg(test)]
mod traffic;

/// How much is asked for: the number in this variable, or the short form's.
#[cfg(test)]
fn amount(variable: &str, short: u64) -> u64 {
    let asked = std::env::var(variable).ok();
    asked.map_or(short, |asked| asked.parse().expect("a number"))
}

/// Now, for spans of time that a run takes and records.
#[cfg(test)]
#[expect(
    clippy::disallowed_methods,
    reason = "real time is what is measured here"
)]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}
