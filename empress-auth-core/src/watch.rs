//! When does a credential end that was verified a while ago?

use std::time::Duration;

use crate::credentials::Claim;
use crate::digest::SecretDigest;
use crate::identity::{FoundBy, Identity};
use crate::source::Source;
use crate::store::OwnedLookup;

/// How often a store without a memory is asked, and one that is down.
const POLL: Duration = Duration::from_secs(5);

/// The longest sleep of a timer; a later expiry is slept for in parts.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) async fn revoked(identity: &Identity) {
    let mut stamp = identity.0.stamp;
    loop {
        // The layer is gone, and with it the application that could ask.
        let Some(source) = identity.0.source.upgrade() else {
            return;
        };
        let now = source.clock.now_millis();
        if now >= identity.0.expires_at {
            return;
        }
        let mut patience = LONGEST_SLEEP;
        // Both before looking: what takes effect afterwards wakes, and what is asked afterwards knows of it.
        let (announced, sequence) = source
            .memory
            .as_deref()
            .map_or((0, 0), |memory| (memory.announced(), memory.stamp()));
        if !holds(&source, identity, stamp) {
            match is_alive(&source, identity).await {
                Some(true) => stamp = sequence,
                Some(false) => return,
                None => patience = POLL,
            }
        }
        let left = Duration::from_millis(identity.0.expires_at.saturating_sub(now));
        wait(&source, announced, left.min(patience)).await;
    }
}

fn holds(source: &Source, identity: &Identity, stamp: u64) -> bool {
    source
        .memory
        .as_deref()
        .is_some_and(|memory| memory.holds(&identity.0, stamp))
}

/// Until something was withdrawn, or so much time has passed.
async fn wait(source: &Source, announced: u64, at_most: Duration) {
    match source.memory.as_deref() {
        Some(memory) => {
            // Woken or late, the caller looks for itself.
            let _ = tokio::time::timeout(at_most, memory.changed(announced)).await;
        }
        None => tokio::time::sleep(at_most.min(POLL)).await,
    }
}

/// Whether the store still has the credential; `None` if it cannot tell.
async fn is_alive(source: &Source, identity: &Identity) -> Option<bool> {
    let lookup = match identity.0.claim {
        Claim::KeyPair => OwnedLookup::ApiKey(identity.credential_id().into()),
        Claim::Password => OwnedLookup::Password(identity.username().into()),
        Claim::Token | Claim::Bearer | Claim::Session => match &identity.0.found_by {
            FoundBy::TokenId(id) => OwnedLookup::Token(*id),
            FoundBy::Shown if identity.0.claim == Claim::Session => {
                OwnedLookup::Session(SecretDigest::from_sha256(identity.0.digest))
            }
            FoundBy::Shown => {
                OwnedLookup::Digest([SecretDigest::from_sha256(identity.0.digest)].into())
            }
            FoundBy::Stored(digest) => OwnedLookup::Digest([SecretDigest::clone(digest)].into()),
        },
    };
    let row = source.store.find_owned(lookup).await.ok()?;
    let now = source.clock.now_millis();
    Some(row.is_some_and(|row| {
        row.user.enabled && now < row.expires_at && row.issued_at == identity.0.issued_at
    }))
}
