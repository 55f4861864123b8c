//! After a revocation was answered nobody is let in by what was revoked, whatever was on its way (CO-4, R-4).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use empress_auth_core::testing::present;
use empress_auth_core::{Accounts, Authenticator, Clock, MemoryStore};
use parking_lot::RwLock;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::probe::Probe;
use crate::support::{Random, enabled, operator, revoke, token, user};

const READERS: usize = 8;

/// A user is disabled and enabled over and over while readers fill the memory with rows that were read before.
#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn a_row_read_before_a_withdrawal_is_never_believed_after_it() {
    let store = MemoryStore::new();
    user(&store, "ada").await;
    let made = token(&store, "ada", &Clock::system()).await;
    let fields: Arc<[String]> = ["Bearer", "Token"]
        .map(|scheme| format!("{scheme} {}", made.expose_secret()))
        .into();
    let layer = Authenticator::new(Probe::hesitant(store.clone(), 12));
    // 0: enabled, 2: disabled, odd: about to change; it only grows.
    let phase = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicBool::new(false));
    let seen = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);

    let mut readers = JoinSet::new();
    for reader in 0..READERS {
        let (layer, fields) = (layer.clone(), Arc::clone(&fields));
        let (phase, stop, seen) = (Arc::clone(&phase), Arc::clone(&stop), Arc::clone(&seen));
        readers.spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                let before = phase.load(Ordering::SeqCst);
                let accepted = present(&layer, &fields[reader % 2]).await.is_ok();
                let after = phase.load(Ordering::SeqCst);
                if before == after && before % 2 == 0 {
                    let disabled = before % 4 == 2;
                    assert_ne!(accepted, disabled, "in phase {before}");
                    seen[usize::from(disabled)].fetch_add(1, Ordering::Relaxed);
                }
                tokio::task::yield_now().await;
            }
        });
    }

    let accounts = Accounts::new(store);
    let deadline = Instant::now() + Duration::from_secs(5);
    let mut random = Random::new(11);
    while Instant::now() < deadline {
        for state in [false, true] {
            phase.fetch_add(1, Ordering::SeqCst);
            let change = enabled(state);
            accounts.update(&operator(), "ada", change).await.unwrap();
            phase.fetch_add(1, Ordering::SeqCst);
            for _ in 0..random.below(20) {
                tokio::task::yield_now().await;
            }
        }
    }
    stop.store(true, Ordering::Relaxed);
    readers.join_all().await;
    let seen = [&seen[0], &seen[1]].map(|seen| seen.load(Ordering::Relaxed));
    assert!(seen.iter().all(|seen| *seen > 1_000), "too few: {seen:?}");
}

struct Published {
    field: String,
    revoked: AtomicBool,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn no_request_that_starts_after_a_revocation_is_let_in() {
    const OPERATIONS: usize = 200_000;
    let store = MemoryStore::new();
    user(&store, "ada").await;
    let layer = Authenticator::new(store.clone());
    let publish = |made: &empress_auth_core::MadeToken| {
        Arc::new(Published {
            field: format!("Bearer {}", made.expose_secret()),
            revoked: AtomicBool::new(false),
        })
    };
    let mut made = token(&store, "ada", &Clock::system()).await;
    let current = Arc::new(RwLock::new(publish(&made)));
    let done = Arc::new(AtomicUsize::new(0));

    let mut readers = JoinSet::new();
    for _ in 0..READERS {
        let (layer, current, done) = (layer.clone(), Arc::clone(&current), Arc::clone(&done));
        readers.spawn(async move {
            let (mut let_in, mut kept_out) = (0, 0);
            while done.fetch_add(1, Ordering::Relaxed) < OPERATIONS {
                let published = Arc::clone(&current.read());
                let revoked = published.revoked.load(Ordering::SeqCst);
                let accepted = present(&layer, &published.field).await.is_ok();
                assert!(!(revoked && accepted), "let in after the revocation");
                let_in += usize::from(accepted);
                kept_out += usize::from(revoked);
                if let_in % 16 == 0 {
                    tokio::task::yield_now().await;
                }
            }
            (let_in, kept_out)
        });
    }
    while done.load(Ordering::Relaxed) < OPERATIONS {
        tokio::task::yield_now().await;
        revoke(&store, &made).await;
        current.read().revoked.store(true, Ordering::SeqCst);
        tokio::task::yield_now().await;
        made = token(&store, "ada", &Clock::system()).await;
        *current.write() = publish(&made);
    }
    let counts = readers.join_all().await;
    let let_in: usize = counts.iter().map(|(let_in, _)| let_in).sum();
    let kept_out: usize = counts.iter().map(|(_, kept_out)| kept_out).sum();
    assert!(let_in > 1_000 && kept_out > 100, "{let_in}, {kept_out}");
}
