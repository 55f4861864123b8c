//! Empress Auth core.

pub mod fields;
pub mod form;
pub mod json_body;
#[cfg(test)]
mod mutation;
pub mod percent;
#[cfg(test)]
mod vectors;
