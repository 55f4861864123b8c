//! KY-1 to KY-6, on a table in memory that counts how often it is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use empress_auth_core::{Actor, Clock, Grounds, MasterKey, StoreError, StoreErrorKind};
use parking_lot::Mutex;
use serde_json::Value;

use super::*;
use crate::client::SigningAlg;
use crate::signing_key::SigningKeyRow;
use crate::store::{SigningKeyStore, SigningKeys};

mod changes;
mod nodes;
mod rotation;
mod signatures;
mod source;
mod start;

/// The table that several nodes share.
#[derive(Default)]
pub(super) struct Table {
    keys: Mutex<SigningKeys>,
    reads: AtomicUsize,
    writes: AtomicUsize,
    is_down: std::sync::atomic::AtomicBool,
}

#[async_trait]
impl SigningKeyStore for Table {
    async fn signing_keys(&self) -> Result<SigningKeys, StoreError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        if self.is_down.load(Ordering::SeqCst) {
            return Err(StoreError::new(StoreErrorKind::Unavailable, "down"));
        }
        // Somebody else may write between the reading and the writing of one.
        tokio::task::yield_now().await;
        Ok(self.keys.lock().clone())
    }

    async fn replace_signing_keys(
        &self,
        seen: u64,
        mut rows: Vec<SigningKeyRow>,
        _: &Grounds,
    ) -> Result<bool, StoreError> {
        let mut keys = self.keys.lock();
        if keys.version != seen {
            return Ok(false);
        }
        self.writes.fetch_add(1, Ordering::SeqCst);
        rows.sort_by(|a, b| (a.created_at, &a.kid).cmp(&(b.created_at, &b.kid)));
        *keys = SigningKeys::new(seen + 1, rows);
        Ok(true)
    }
}

const START: u64 = 1_800_000_000;

fn start() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(START)
}

fn master_key(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; 32])
}

/// A node with a clock of its own and one fast algorithm.
fn node(table: &Arc<Table>, clock: &Clock) -> KeyRing {
    let store: Arc<dyn SigningKeyStore> = table.clone();
    KeyRing::new(store, &master_key(1))
        .with_clock(clock.clone())
        .with_algs([SigningAlg::EdDsa])
}

fn operator() -> Actor {
    Actor::assert_local_operator()
}

async fn signer(ring: &KeyRing) -> Arc<SigningKey> {
    ring.signer(SigningAlg::EdDsa).await.unwrap()
}

async fn signing_kid(ring: &KeyRing) -> String {
    signer(ring).await.kid().unwrap().to_owned()
}

async fn published_kids(ring: &KeyRing) -> Vec<String> {
    let jwks: Value = serde_json::from_slice(ring.jwks().await.unwrap().body()).unwrap();
    let kids = jwks["keys"].as_array().unwrap().iter();
    kids.map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}
