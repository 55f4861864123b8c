//! When does a credential end that was verified a while ago?

use std::time::Duration;

use crate::credentials::Claim;
use crate::digest::SecretDigest;
use crate::identity::{FoundBy, Identity, OtherWay};
use crate::source::Source;
use crate::store::{OwnedLookup, StoreError};
use crate::token_text::TokenId;

/// How often a store without a memory is asked, and one that is down.
const POLL: Duration = Duration::from_secs(5);

/// The longest sleep of a timer; a later expiry is slept for in parts.
const LONGEST_SLEEP: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) async fn revoked(identity: &Identity) {
    let mut stamp = identity.0.stamp;
    let mut asked_at = identity.0.verified_at.millis();
    let mut expires_at = identity.0.expires_at;
    loop {
        // The layer is gone, and with it the application that could ask.
        let Some(source) = identity.0.source.upgrade() else {
            return;
        };
        let now = source.clock.now_millis();
        if now >= expires_at {
            return;
        }
        let mut patience = LONGEST_SLEEP;
        // Both before looking: what takes effect afterwards wakes, and what is asked afterwards knows of it.
        let (announced, sequence) = source
            .memory
            .as_deref()
            .map_or((0, 0), |memory| (memory.announced(), memory.stamp()));
        if !holds(&source, identity, stamp, asked_at, now) {
            match ends_at(&source, identity).await {
                // It can have been made to end sooner, and never later: what was proven was proven until then.
                Ok(Some(end)) => {
                    (stamp, asked_at) = (sequence, now);
                    expires_at = expires_at.min(end);
                }
                Ok(None) => return,
                Err(_) => patience = POLL,
            }
        }
        if let Some(memory) = source.memory.as_deref() {
            patience = patience.min(memory.fresh_for(asked_at, now).unwrap_or(POLL));
        }
        let left = Duration::from_millis(expires_at.saturating_sub(now));
        wait(&source, announced, left.min(patience)).await;
    }
}

fn holds(source: &Source, identity: &Identity, stamp: u64, asked_at: u64, now: u64) -> bool {
    source
        .memory
        .as_deref()
        .is_some_and(|memory| memory.holds(&identity.0, stamp) && memory.is_fresh(asked_at, now))
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

/// When the credential ends according to the store; `None` if it has ended.
async fn ends_at(source: &Source, identity: &Identity) -> Result<Option<u64>, StoreError> {
    if identity.is_foreign() {
        return Ok(Some(identity.0.expires_at));
    }
    let lookup = match identity.0.claim {
        Claim::KeyPair => OwnedLookup::ApiKey(identity.credential_id().into()),
        Claim::Password => OwnedLookup::Password(identity.username().into()),
        Claim::Token | Claim::Bearer | Claim::Session => again(identity),
    };
    let row = source.store.find_owned(lookup).await?;
    let now = source.clock.now_millis();
    Ok(row
        .filter(|row| {
            row.user.enabled && now < row.expires_at && row.issued_at == identity.0.issued_at
        })
        .map(|row| row.expires_at))
}

/// How the token of `identity` is found again.
fn again(identity: &Identity) -> OwnedLookup {
    let verified = &identity.0;
    let by_id = |id: TokenId| match verified.claim {
        Claim::Session => OwnedLookup::SessionId(id),
        Claim::KeyPair | Claim::Token | Claim::Bearer | Claim::Password => OwnedLookup::Token(id),
    };
    let by_digest = |digest: SecretDigest| match verified.claim {
        Claim::Session => OwnedLookup::Session(digest),
        Claim::KeyPair | Claim::Token | Claim::Bearer | Claim::Password => {
            OwnedLookup::Digest([digest].into())
        }
    };
    match (verified.found_by, verified.other_way()) {
        (FoundBy::Id, _) => TokenId::parse(identity.credential_id()).map(by_id),
        (FoundBy::Other, Some(OtherWay::TokenId(id))) => Some(by_id(*id)),
        (FoundBy::Other, Some(OtherWay::Digest(digest))) => {
            Some(OwnedLookup::Digest([digest.clone()].into()))
        }
        (FoundBy::Shown | FoundBy::Other | FoundBy::Nowhere, _) => None,
    }
    .unwrap_or_else(|| by_digest(SecretDigest::from_sha256(verified.digest)))
}
