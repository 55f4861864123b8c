//! Empress Auth core.

pub mod client_address;
pub mod fields;
pub mod form;
pub mod json_body;
pub mod limiter;
pub mod multipart;
#[cfg(test)]
mod mutation;
pub mod network;
mod parameters;
pub mod percent;
pub mod user_key;
#[cfg(test)]
mod vectors;
