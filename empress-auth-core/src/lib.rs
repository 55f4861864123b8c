//! Empress Auth core.

pub mod password;
