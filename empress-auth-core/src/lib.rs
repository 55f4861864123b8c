//! Empress Auth core.
