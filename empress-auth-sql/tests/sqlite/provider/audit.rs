//! Whatever is done at once, and whoever goes away meanwhile, nothing is half done. DU-4, DU-5, CO-7.

use std::sync::Arc;
use std::time::Duration;

use empress_auth_oauth::store::{GrantStore, Rotated};
use rusqlite::Connection;
use tokio::task::JoinSet;

use super::support::{Provider, now};
use crate::support::Directory;

/// Each counts what must not be there.
const HALVES: &[(&str, &str)] = &[
    (
        "grants without a token",
        "SELECT count(*) FROM grants WHERE id NOT IN (SELECT grant_id FROM access_tokens)",
    ),
    (
        "grants of a user without the code that gave them",
        "SELECT count(*) FROM grants
         WHERE user_id IS NOT NULL AND id NOT IN (SELECT grant_id FROM codes WHERE grant_id IS NOT NULL)",
    ),
    (
        "codes that are used for nothing",
        "SELECT count(*) FROM codes WHERE is_used AND grant_id IS NULL",
    ),
    (
        "families whose refresh token was used and gave nothing",
        "SELECT count(*) FROM grants g WHERE used_generation > 0 AND NOT EXISTS (
            SELECT 1 FROM refresh_tokens r WHERE r.grant_id = g.id AND r.generation = g.used_generation + 1)",
    ),
    (
        "refresh tokens that nobody has earned",
        "SELECT count(*) FROM refresh_tokens r JOIN grants g ON g.id = r.grant_id
         WHERE r.generation > g.used_generation + 1",
    ),
    (
        "events without a grant, or grants without an event",
        "SELECT abs((SELECT count(*) FROM grants WHERE user_id IS NOT NULL) - (
            SELECT count(*) FILTER (WHERE action = 'grant.created') - count(*) FILTER (WHERE action = 'grant.ended')
            FROM audit))",
    ),
    (
        "grants that ended unheard",
        "SELECT abs((SELECT count(*) FROM changes) - (SELECT count(*) FROM audit WHERE action = 'grant.ended'))",
    ),
];

// DU-4, DU-5, CO-7
#[tokio::test(flavor = "multi_thread")]
async fn callers_who_go_away_leave_nothing_half_done() {
    let directory = Directory::new();
    let provider = Arc::new(Provider::new(directory.store().await).await);
    let connection = Connection::open(directory.database()).unwrap();
    let count = |sql: &str| -> i64 { connection.query_row(sql, [], |row| row.get(0)).unwrap() };
    // On a busy machine nobody who is so impatient gets to the end.
    for patience in [1, 2, 4, 8, 16] {
        work(&provider, patience).await;
        for (what, sql) in HALVES {
            assert_eq!(count(sql), 0, "{what}");
        }
        let ended = count("SELECT count(*) FROM audit WHERE action = 'grant.ended'");
        let rotated = count("SELECT count(*) FROM grants WHERE used_generation > 0");
        if ended > 10 && rotated > 10 {
            return;
        }
    }
    panic!("too little was ended or rotated");
}

/// Many act at once, each so many milliseconds long, or up to 37 times as many.
async fn work(provider: &Arc<Provider>, patience: u64) {
    const WORKERS: u64 = 16;
    let mut workers = JoinSet::new();
    for number in 0..WORKERS {
        let provider = Arc::clone(provider);
        workers.spawn(async move {
            for round in 0..100 {
                let patience = Duration::from_millis((number * 100 + round) % 37 * patience);
                // The caller may be gone at any moment; what it began is done, or is not.
                let _ = tokio::time::timeout(patience, act(&provider, round)).await;
            }
        });
    }
    workers.join_all().await;
    // What was begun is done.
    provider.redeemed().await;
}

/// A code is redeemed, and its refresh token rotated; some families are ended, by their holder or by a thief.
async fn act(provider: &Provider, round: u64) {
    let first = provider.redeemed().await;
    let mut shown = first.clone();
    for generation in 2..4 {
        let made = provider.new_tokens(&shown.grant, generation);
        let rotating = provider
            .store
            .rotate(shown.refresh_id(), made.tokens.clone());
        assert_eq!(rotating.await.unwrap(), Rotated::Done);
        shown = made;
    }
    match round % 4 {
        0 => {
            let ended = provider.store.end_grant(first.grant.id, now()).await;
            assert!(ended.unwrap());
        }
        1 => {
            let made = provider.new_tokens(&first.grant, 2);
            let stolen = provider.store.rotate(first.refresh_id(), made.tokens);
            assert_eq!(stolen.await.unwrap(), Rotated::Reused);
        }
        _ => {}
    }
}
