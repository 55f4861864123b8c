//! What has expired goes in small bites, and what still means something stays. S-4, S-5, S-6.

use std::time::Duration;

use empress_auth_core::testing::present;
use empress_auth_core::{Authenticator, Clock, RejectionKind};
use empress_auth_oauth::grant::CodeUse;
use empress_auth_oauth::store::{GrantStore, Redeemed, Rotated};

use super::super::Commits;
use super::super::support::Directory;
use super::super::sweeping::{count, swept};
use super::support::{HOUR, MONTH, Provider, now};
use crate::SqliteStore;
use crate::column;
use crate::sqlite::sweep::SWEEP_BATCH;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn provider(directory: &Directory) -> Provider {
    Provider::new(directory.store().await).await
}

// S-6
#[tokio::test]
async fn a_used_code_stays_as_long_as_its_grant_and_goes_with_it() {
    let directory = Directory::new();
    let provider = provider(&directory).await;
    let store = &provider.store;
    let (used, _unused, spent) = (
        provider.code().await,
        provider.code().await,
        provider.code().await,
    );
    store.spend_code(spent).await.unwrap();
    let made = provider.new_grant();
    assert_eq!(provider.redeem(used, &made).await, Redeemed::First);

    swept(store, now() + 20 * DAY, "codes", 1).await;
    swept(store, now() + 20 * DAY, "access_tokens", 0).await;
    let code = store.code(used).await.unwrap().unwrap();
    assert_eq!(code.used, CodeUse::Redeemed(made.grant.id));
    let again = provider.new_grant();
    let outcome = provider.redeem(used, &again).await;
    assert_eq!(outcome, Redeemed::Again(made.grant.id));
    assert!(
        store
            .refresh_token(made.refresh_id())
            .await
            .unwrap()
            .is_some()
    );

    swept(store, now() + 4 * MONTH, "refresh_tokens", 0).await;
    swept(store, now() + 4 * MONTH, "grants", 0).await;
    assert!(store.code(used).await.unwrap().is_none());
}

#[tokio::test]
async fn a_grant_stays_as_long_as_one_of_its_tokens() {
    let directory = Directory::new();
    let provider = provider(&directory).await;
    let store = &provider.store;
    let (code, mut made) = (provider.code().await, provider.new_grant());
    made.grant.expires_at = now() + HOUR;
    made.tokens.refresh = None;
    made.tokens.access.expires_at = now() + 10 * DAY;
    provider.redeem(code, &made).await;
    let expired = provider.code().await;
    let mut gone = provider.new_grant();
    gone.grant.expires_at = now() + HOUR;
    gone.tokens.refresh = None;
    provider.redeem(expired, &gone).await;

    swept(store, now() + 5 * DAY, "grants", 1).await;
    let kept = store.access_token(made.tokens.access.id).await.unwrap();
    assert_eq!(kept.unwrap().grant, made.grant);
    swept(store, now() + 11 * DAY, "grants", 0).await;
}

// S-4
#[tokio::test]
async fn many_expired_grants_and_tokens_go_a_thousand_rows_at_a_time() {
    let directory = Directory::new();
    let provider = provider(&directory).await;
    let store = &provider.store;
    let rows = SWEEP_BATCH + 500;
    let (limit, at) = (column::from_limit(rows), column::from_time(now()));
    let putting = store.write_unasked(move |change| {
        let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)";
        for insert in [
            "INSERT INTO grants (id, client_id, scopes, created_at, expires_at, ends_with_session,
                used_generation)
             SELECT i, 'a-client', '[]', 0, ?2, FALSE, 0 FROM n",
            "INSERT INTO codes (id, client_id, user_id, scopes, algorithm, digest, redirect_uri,
                redirect_uri_was_sent, issued_at, expires_at, is_used, grant_id)
             SELECT i, 'a-client', 1, '[]', 's256', zeroblob(32), '', FALSE, 0, ?2, TRUE, i FROM n",
            "INSERT INTO access_tokens (id, grant_id, algorithm, digest, scopes, issued_at, expires_at)
             SELECT i, i, 's256', zeroblob(32), '[]', 0, ?2 FROM n",
            "INSERT INTO refresh_tokens (id, grant_id, algorithm, digest, generation, issued_at, expires_at)
             SELECT i, i, 's256', zeroblob(32), 1, 0, ?2 FROM n",
        ] {
            change.execute(&format!("{numbers} {insert}"), [limit, at])?;
        }
        Ok(())
    });
    putting.await.unwrap();
    let kept = provider.redeemed().await;
    let commits = Commits::of(store).await;
    swept(store, now() + 2 * DAY, "grants", 1).await;
    assert_eq!(count(store, "access_tokens").await, 0);
    assert_eq!(count(store, "refresh_tokens").await, 1);
    assert_eq!(count(store, "codes").await, 1);
    let rows = commits.rows();
    assert!(rows.iter().all(|rows| *rows <= SWEEP_BATCH), "{rows:?}");
    let grants = store.grants(&provider.user_id).await.unwrap();
    assert_eq!(grants, [kept.grant]);
}

// S-5
#[tokio::test]
async fn sweeping_changes_no_answer_to_an_access_token() {
    let directory = Directory::new();
    let clock = Clock::manual(now());
    let store = SqliteStore::options(directory.database()).clock(clock.clone());
    let provider = Provider::new(store.open().await.unwrap()).await;
    let layer = Authenticator::new(provider.store.clone()).clock(clock.clone());
    let field = provider.redeemed().await.field();
    let answer = async || {
        let decision = present(&layer, &field).await;
        decision.err().map(|rejection| rejection.kind())
    };
    assert_eq!(answer().await, None);
    clock.advance(2 * HOUR);
    assert_eq!(
        answer().await,
        Some(RejectionKind::Invalid),
        "not swept yet"
    );
    swept(&provider.store, now() + DAY, "access_tokens", 0).await;
    assert_eq!(answer().await, Some(RejectionKind::Invalid), "swept");
}

/// The oldest of what a client has for itself are ended, and no other's.
#[tokio::test]
async fn no_client_fills_the_disk_with_what_it_has_for_itself() {
    let directory = Directory::new();
    let provider = provider(&directory).await;
    let store = &provider.store;
    let kept = provider.redeemed().await;
    let (later, count_before) = (column::from_time(now() + DAY), 10_200);
    let putting = store.write_unasked(move |change| {
        let numbers =
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)";
        let insert =
            "INSERT INTO grants (id, client_id, scopes, created_at, expires_at, ends_with_session,
                used_generation)
             SELECT i + -9223372036854775807, 'a-client', '[]', 0, ?2, FALSE, 0 FROM n";
        change.execute(&format!("{numbers} {insert}"), [count_before, later])
    });
    putting.await.unwrap();
    // Room is made at every 64th id or so: never in so many tries is one chance in 10 ^ 20.
    let mut before = count(store, "grants").await;
    let mut is_made_room = false;
    for _ in 0..3_000 {
        provider.own().await;
        let left = count(store, "grants").await;
        is_made_room = left <= before;
        if is_made_room {
            break;
        }
        before = left;
    }
    assert!(is_made_room, "{before} are left");
    assert!(before > 10_000 && count(store, "grants").await > 9_000);
    assert!(
        store
            .access_token(kept.tokens.access.id)
            .await
            .unwrap()
            .is_some()
    );
}

// O-40
#[tokio::test]
async fn a_refresh_token_that_is_shown_again_and_again_fills_no_disk() {
    let directory = Directory::new();
    let provider = provider(&directory).await;
    let store = &provider.store;
    let made = provider.redeemed().await;
    let grant = column::from_token_id(made.grant.id);
    let at = column::from_time(now());
    let putting = store.write_unasked(move |change| {
        let numbers = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)";
        for insert in [
            "INSERT INTO access_tokens (id, grant_id, algorithm, digest, scopes, issued_at, expires_at)
             SELECT i + -9223372036854775807, ?1, 's256', zeroblob(32), '[]', 0, ?2 FROM n",
            "INSERT INTO refresh_tokens (id, grant_id, algorithm, digest, generation, issued_at, expires_at)
             SELECT i + -9223372036854775807, ?1, 's256', zeroblob(32), 0, 0, ?2 FROM n",
        ] {
            change.execute(&format!("{numbers} {insert}"), [grant, at])?;
        }
        Ok(())
    });
    putting.await.unwrap();
    let shown = made.refresh_id();
    let mut last = made.clone();
    for _ in 0..2 {
        last = provider.new_tokens(&made.grant, 2);
        let outcome = store.rotate(shown, last.tokens.clone()).await;
        assert_eq!(outcome.unwrap(), Rotated::Done);
    }
    assert_eq!(count(store, "refresh_tokens").await, 1_000);
    assert_eq!(count(store, "access_tokens").await, 1_001);
    let newest = last.tokens.access.id;
    assert!(store.access_token(newest).await.unwrap().is_some());
    for id in [shown, last.refresh_id()] {
        assert!(store.refresh_token(id).await.unwrap().is_some());
    }
}
