//! Empress Auth core.

pub mod fields;
pub mod form;
#[cfg(test)]
mod mutation;
pub mod percent;
