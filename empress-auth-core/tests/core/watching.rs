//! Streams that outlive their request hear of the end of the credential that opened them.

use std::sync::Arc;
use std::time::Duration;

use empress_auth_core::password::Password;
use empress_auth_core::{
    Accounts, Authenticator, Cached, Clock, CredentialStore, Identity, KeyIssuer, Lookup,
    MemoryStore, NewToken, NewUser, SecretDigest, StoreError, StoredCredential, StoredUser,
    Subject,
};
use parking_lot::Mutex;
use tokio::time::timeout;

use crate::probe::Probe;
use crate::support::{
    accepted, basic, enabled, keys, operator, pair, revoke, start, store_and_clock, token,
    token_of, user,
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn has_ended(who: &Identity) -> bool {
    timeout(Duration::from_secs(6), who.revoked()).await.is_ok()
}

/// Under a paused clock, which jumps while everybody waits: nothing ends it in ten days.
async fn goes_on(who: &Identity) -> bool {
    timeout(10 * DAY, who.revoked()).await.is_err()
}

#[tokio::test(start_paused = true)]
async fn a_watcher_hears_of_a_revocation_and_not_of_anothers() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let layer = Authenticator::new(store.clone()).clock(clock.clone());
    let (one, other) = (
        token(&store, "ada", &clock).await,
        token(&store, "ada", &clock).await,
    );
    let who = accepted(&layer, &format!("Bearer {}", one.expose_secret())).await;
    let watching = tokio::spawn({
        let who = who.clone();
        async move { who.revoked().await }
    });
    tokio::task::yield_now().await;
    revoke(&store, &other).await;
    assert!(goes_on(&who).await, "another token of the user was revoked");
    assert!(!watching.is_finished());
    revoke(&store, &one).await;
    timeout(Duration::from_secs(1), watching)
        .await
        .expect("the watcher was not told")
        .unwrap();
    assert!(has_ended(&who).await, "also for who asks later");
}

#[tokio::test(start_paused = true)]
async fn a_watcher_hears_when_the_user_is_disabled_or_deleted_or_the_secret_replaced() {
    for ending in ["disable", "delete", "replace", "withdraw"] {
        let (store, clock) = store_and_clock();
        user(&store, "ada").await;
        let layer = Authenticator::new(store.clone()).clock(clock.clone());
        let field = format!("token {}", pair(&keys(&store, "ada", &clock).await));
        let who = accepted(&layer, &field).await;
        assert!(goes_on(&who).await);
        let accounts = Accounts::new(store.clone());
        let issuer = KeyIssuer::new(store.clone()).with_clock(clock.clone());
        match ending {
            "disable" => {
                let change = enabled(false);
                accounts.update(&operator(), "ada", change).await.unwrap();
            }
            "delete" => accounts.delete(&operator(), "ada").await.unwrap(),
            "replace" => {
                issuer.generate_keys(&operator(), "ada").await.unwrap();
            }
            _ => {
                issuer.revoke(&operator(), "ada").await.unwrap();
            }
        }
        assert!(has_ended(&who).await, "{ending}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_watcher_hears_of_the_expiry() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let new = NewToken::named("x").with_expires_in(3 * DAY);
    let made = token_of(&store, "ada", &clock, new).await;
    let field = format!("Bearer {}", made.expose_secret());
    for probe in [Probe::new(store.clone()), Probe::forgetful(store)] {
        clock.set(start());
        let layer = Authenticator::new(probe).clock(clock.clone());
        let who = accepted(&layer, &field).await;
        let watching = tokio::spawn({
            let who = who.clone();
            async move { who.revoked().await }
        });
        for _ in 0..3 {
            tokio::time::sleep(DAY - Duration::from_secs(1)).await;
            assert!(!watching.is_finished());
            tokio::time::sleep(Duration::from_secs(1)).await;
            clock.advance(DAY);
        }
        timeout(2 * DAY, watching).await.unwrap().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_without_memory_is_asked_every_five_seconds_and_an_outage_ends_nothing() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let made = token(&store, "ada", &clock).await;
    let probe = Probe::forgetful(store.clone());
    let layer = Authenticator::new(probe.clone()).clock(clock);
    let who = accepted(&layer, &format!("Bearer {}", made.expose_secret())).await;
    let asked = probe.asked();
    let minute = timeout(Duration::from_secs(60), who.revoked()).await;
    assert!(minute.is_err());
    let asked = probe.asked() - asked;
    assert!((12..=14).contains(&asked), "asked {asked} times a minute");
    probe.fail();
    assert!(timeout(DAY, who.revoked()).await.is_err());
    probe.panic();
    let during = timeout(Duration::from_secs(60), who.revoked()).await;
    assert!(during.is_err());
    probe.answer();
    revoke(&store, &made).await;
    assert!(has_ended(&who).await);
}

// the answer of the store is as old as the question
#[tokio::test]
async fn a_watcher_hears_of_what_happened_while_its_password_was_checked() {
    let (store, clock) = store_and_clock();
    let accounts = Accounts::new(store.clone()).with_clock(clock.clone());
    let password = Password::new("a password of nobody's 7").unwrap();
    let new = NewUser::named("ada");
    accounts
        .create(&operator(), new, Some(password))
        .await
        .unwrap();
    let probe = Probe::new(store);
    let layer = Authenticator::new(probe.clone()).passwords().clock(clock);
    let gate = probe.hold();
    let field = basic("ada:a password of nobody's 7");
    let logging_in = tokio::spawn(async move { accepted(&layer, &field).await });
    while probe.asked() == 0 {
        tokio::task::yield_now().await;
    }
    let disable = enabled(false);
    accounts.update(&operator(), "ada", disable).await.unwrap();
    gate.open();
    let who = logging_in.await.unwrap();
    assert!(has_ended(&who).await);
}

// what is remembered is as old as the question
#[tokio::test]
async fn what_a_slow_store_answered_is_believed_from_when_it_was_asked() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let made = token(&store, "ada", &clock).await;
    let field = format!("Bearer {}", made.expose_secret());
    let probe = Probe::forgetful(store);
    let cached = Cached::new(probe.clone(), Duration::from_secs(5));
    let layer = Authenticator::new(cached).clock(clock.clone());
    let gate = probe.hold();
    let asking = tokio::spawn({
        let (layer, field) = (layer.clone(), field.clone());
        async move { accepted(&layer, &field).await }
    });
    while probe.asked() == 0 {
        tokio::task::yield_now().await;
    }
    clock.advance(Duration::from_secs(4));
    probe.answer();
    gate.open();
    asking.await.unwrap();
    accepted(&layer, &field).await;
    assert_eq!(probe.asked(), 1, "four seconds after it was asked");
    clock.advance(Duration::from_secs(2));
    accepted(&layer, &field).await;
    assert_eq!(probe.asked(), 2, "six seconds after it was asked");
}

#[tokio::test(start_paused = true)]
async fn a_layer_that_has_gone_ends_nothing_that_another_layer_let_in() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let made = token(&store, "ada", &clock).await;
    let field = format!("Bearer {}", made.expose_secret());
    let stays = Authenticator::new(store.clone()).clock(clock.clone());
    let goes = Authenticator::new(store.clone()).clock(clock);
    accepted(&goes, &field).await;
    drop(goes);
    let who = accepted(&stays, &field).await;
    assert!(goes_on(&who).await);
    revoke(&store, &made).await;
    assert!(has_ended(&who).await);
}

/// A table of somebody else's, with ids of its own.
#[derive(Clone)]
struct Table(Arc<Mutex<Option<StoredCredential>>>);

impl CredentialStore for Table {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        let row = self.0.lock().clone();
        Ok(match what {
            Lookup::Digest(digests) => row.filter(|row| {
                let debug = format!("{row:?}");
                digests
                    .iter()
                    .any(|digest| debug.contains(&format!("{digest:?}")))
            }),
            Lookup::ApiKey(key) => row.filter(|_| key == "the-key"),
            Lookup::Token(_) | Lookup::Password(_) => None,
            other @ (Lookup::Session(_) | _) => panic!("asked for {other:?}"),
        })
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_on_tables_of_ones_own_is_asked_as_it_was_asked_before() {
    let sha256: fn(&[u8]) -> SecretDigest = SecretDigest::sha256_of;
    let sanctum: fn(&[u8]) -> SecretDigest = |secret| {
        let digest = SecretDigest::sha256_of(secret);
        SecretDigest::from_stored("s256-after-bar", digest.as_bytes()).unwrap()
    };
    for (id, field, secret, digest_of) in [
        ("17", "Token abc", "abc", sha256),
        ("0000000000A", "Bearer abc", "abc", sha256),
        ("17", "Token abc", "abc", SecretDigest::sha512_of),
        ("17", "Token 42|abc", "abc", sanctum),
        ("17", "token the-key:abc", "abc", sha256),
    ] {
        let user = StoredUser::new("1", "ada");
        let row = StoredCredential::new(id, digest_of(secret.as_bytes()), user);
        let table = Table(Arc::new(Mutex::new(Some(row))));
        let layer = Authenticator::new(table.clone());
        let who = accepted(&layer, field).await;
        assert!(goes_on(&who).await, "{id} {field}");
        *table.0.lock() = None;
        assert!(has_ended(&who).await, "{id} {field}");
    }
}

/// The withdrawal may come at any moment of the watcher's looking.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_watcher_misses_a_revocation_that_comes_while_it_looks() {
    let store = MemoryStore::new();
    user(&store, "ada").await;
    let layer = Authenticator::new(store.clone());
    for _ in 0..300 {
        let made = token(&store, "ada", &Clock::system()).await;
        let who = accepted(&layer, &format!("Bearer {}", made.expose_secret())).await;
        let watchers: Vec<_> = (0..8)
            .map(|_| {
                let who = who.clone();
                tokio::spawn(async move { who.revoked().await })
            })
            .collect();
        let others: Vec<_> = (0..2)
            .map(|_| {
                let memory = store.memory().unwrap();
                tokio::task::spawn_blocking(move || {
                    for _ in 0..50 {
                        memory.withdraw(Subject::User("somebody else"));
                    }
                })
            })
            .collect();
        revoke(&store, &made).await;
        for other in others {
            other.await.unwrap();
        }
        for watcher in watchers {
            timeout(Duration::from_secs(10), watcher)
                .await
                .expect("a watcher sleeps on")
                .unwrap();
        }
    }
}
