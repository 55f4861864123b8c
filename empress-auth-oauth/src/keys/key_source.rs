//! The ring as what a verifier of our own tokens goes by.

use std::time::Duration;

use async_trait::async_trait;
use empress_auth_core::jwt;

use super::ring::{KeyRing, LOOK_AFTER};

#[async_trait]
impl jwt::KeySource for KeyRing {
    /// None, if the store was not looked at for a second: then the verifier asks, as for a key that is not known.
    fn keys(&self) -> jwt::KeySet {
        if self.age().is_some_and(|age| age < LOOK_AFTER) {
            self.known().verification_keys().clone()
        } else {
            jwt::KeySet::default()
        }
    }

    async fn refresh(&self, _kid: &str) -> Result<jwt::KeySet, jwt::KeySourceError> {
        let looked = self.look_if_older_than(LOOK_AFTER_UNKNOWN).await;
        looked.map_err(jwt::KeySourceError::unavailable)?;
        Ok(self.known().verification_keys().clone())
    }
}

/// A token may name a key that another node made a moment ago, and anybody can make up a name.
const LOOK_AFTER_UNKNOWN: Duration = Duration::from_millis(100);
