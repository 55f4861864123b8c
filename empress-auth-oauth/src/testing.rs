//! Help for tests: what every store of a provider must do.

pub mod store_contract;
