//! What is wrong with the configuration, and where?

use crate::failure::Failure;

/// A configuration that the program does not start with.
///
/// Names the place, never the value: a password may be in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {why}")]
pub(crate) struct ConfigError {
    place: String,
    why: String,
}

impl ConfigError {
    /// `place` is a flag, a variable, or a key with its file.
    pub(crate) fn new(place: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            why: why.into(),
        }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(error.to_string())
    }
}
