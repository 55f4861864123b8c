use std::sync::Weak;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use tokio::time::timeout;

use super::*;

const SOON: Duration = Duration::from_secs(60);

#[tokio::test]
async fn a_new_hash_matches_its_password_and_needs_no_rehash() {
    // P-4
    let pool = PasswordPool::new();
    let hash = pool
        .hash(password("correct horse battery staple"))
        .await
        .unwrap();
    assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    let right = password("correct horse battery staple");
    assert_eq!(
        pool.verify(hash.clone(), right).await.unwrap(),
        Verdict::Match
    );
    let wrong = password("correct horse battery stapler");
    assert_eq!(pool.verify(hash, wrong).await.unwrap(), Verdict::Mismatch);
}

#[tokio::test]
async fn the_same_password_has_another_hash_every_time() {
    // P-4
    let pool = PasswordPool::new();
    let one = pool.hash(password("correct horse")).await.unwrap();
    let two = pool.hash(password("correct horse")).await.unwrap();
    assert_ne!(one.as_str(), two.as_str());
}

#[tokio::test]
async fn what_is_hashed_is_the_normalized_form() {
    // P-6
    let pool = PasswordPool::new();
    let hash = pool.hash(password("pa\u{308}sswo\u{308}rd")).await.unwrap();
    for presented in ["pa\u{308}sswo\u{308}rd", "pässwörd"] {
        let verdict = pool
            .verify(hash.clone(), password(presented))
            .await
            .unwrap();
        assert_eq!(verdict, Verdict::Match, "{presented:?}");
    }
}

#[tokio::test]
async fn an_imported_secret_that_is_no_text_is_hashed_as_it_is() {
    // P-6
    let pool = PasswordPool::new();
    let secret = || Password::new(b"\xff\xfe\x00\x80").unwrap();
    let hash = pool.hash(secret()).await.unwrap();
    assert_eq!(pool.verify(hash, secret()).await.unwrap(), Verdict::Match);
}

#[tokio::test]
async fn an_unknown_user_never_matches() {
    // P-1
    let pool = PasswordPool::new();
    for presented in ["", "\0", "correct horse", "pa\u{308}ss"] {
        assert_eq!(
            pool.verify_dummy(password(presented)).await.unwrap(),
            Verdict::Mismatch
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_logins_at_once_are_all_answered_by_two_threads() {
    // L-2
    let pool = PasswordPool::with_workers(2, 64);
    let hash = pool.hash(password("correct horse")).await.unwrap();
    let logins: Vec<_> = (0..1_000)
        .map(|_| {
            let (pool, hash) = (pool.clone(), hash.clone());
            tokio::spawn(async move { pool.verify(hash, password("correct horse")).await })
        })
        .collect();

    let (mut matched, mut busy) = (0, 0);
    for login in logins {
        match timeout(SOON, login).await.expect("an answer").unwrap() {
            Ok(Verdict::Match) => matched += 1,
            Ok(verdict) => panic!("{verdict:?}"),
            Err(error) if error.kind() == PasswordErrorKind::Busy => busy += 1,
            Err(error) => panic!("{error}"),
        }
    }
    println!("1,000 logins: {matched} matched, {busy} told to come back");
    assert_eq!(matched + busy, 1_000);
    assert!(matched >= 2 && busy > 0, "{matched} matched, {busy} busy");
    assert_eq!(pool.handle.queue.workers(), 2);

    let after = pool.verify(hash, password("correct horse")).await.unwrap();
    assert_eq!(after, Verdict::Match, "nothing is stuck");
}

#[tokio::test]
async fn a_full_queue_is_busy_at_once() {
    // L-2
    let pool = PasswordPool::with_workers(1, 2);
    let (occupied, release) = occupy(&pool).await;
    let waiting = [spawn_dummy(&pool), spawn_dummy(&pool)];
    tokio::task::yield_now().await;

    let refused = timeout(Duration::from_millis(500), pool.verify_dummy(password("x"))).await;
    assert_eq!(
        refused.expect("at once").unwrap_err().kind(),
        PasswordErrorKind::Busy
    );

    release.send(()).unwrap();
    occupied.await.unwrap().unwrap();
    for waiting in waiting {
        assert_eq!(waiting.await.unwrap().unwrap(), Verdict::Mismatch);
    }
}

#[tokio::test]
async fn whoever_waited_for_more_than_two_seconds_is_told_busy_and_costs_nothing() {
    // L-2
    let pool = PasswordPool::with_workers(1, 2);
    let (occupied, release) = occupy(&pool).await;
    let ran = Arc::new(AtomicUsize::new(0));
    let late = [Arc::clone(&ran), Arc::clone(&ran)].map(|ran| {
        let pool = pool.clone();
        tokio::spawn(async move {
            pool.run(move |_| {
                ran.fetch_add(1, Ordering::SeqCst);
                Ok(())
            })
            .await
        })
    });
    tokio::time::sleep(Duration::from_millis(2_200)).await;

    let fresh = spawn_dummy(&pool);
    for late in late {
        let late = timeout(Duration::from_millis(500), late)
            .await
            .expect("the newcomer made room");
        assert_eq!(late.unwrap().unwrap_err().kind(), PasswordErrorKind::Busy);
    }
    release.send(()).unwrap();
    occupied.await.unwrap().unwrap();
    assert_eq!(fresh.await.unwrap().unwrap(), Verdict::Mismatch);
    assert_eq!(ran.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_panic_is_an_outage_for_its_caller_and_nobody_else() {
    // L-2
    let pool = PasswordPool::with_workers(1, 4);
    for _ in 0..3 {
        let failed = pool.run(|_| -> Result<(), _> { panic!("as the test wants") });
        let failed = timeout(SOON, failed).await.expect("an answer").unwrap_err();
        assert_eq!(failed.kind(), PasswordErrorKind::Unavailable);
    }
    assert_eq!(
        pool.verify_dummy(password("x")).await.unwrap(),
        Verdict::Mismatch
    );
    assert_eq!(pool.handle.queue.workers(), 1);
}

#[tokio::test]
async fn a_caller_who_left_costs_nothing() {
    // L-2
    let pool = PasswordPool::with_workers(1, 4);
    let (occupied, release) = occupy(&pool).await;
    let ran = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&ran);
    let leaving = pool.run(move |_| {
        counted.fetch_add(1, Ordering::SeqCst);
        Ok(())
    });
    assert!(timeout(Duration::from_millis(50), leaving).await.is_err());
    release.send(()).unwrap();
    occupied.await.unwrap().unwrap();
    assert_eq!(
        pool.verify_dummy(password("x")).await.unwrap(),
        Verdict::Mismatch
    );
    assert_eq!(ran.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn threads_start_when_needed_and_end_with_the_last_handle() {
    // L-2
    let pool = PasswordPool::with_workers(3, 4);
    assert_eq!(pool.handle.queue.workers(), 0);
    assert_eq!(
        pool.verify_dummy(password("x")).await.unwrap(),
        Verdict::Mismatch
    );
    assert_eq!(pool.handle.queue.workers(), 1);

    let queue: Weak<Queue> = Arc::downgrade(&pool.handle.queue);
    let clone = pool.clone();
    drop(pool);
    assert_eq!(
        clone.verify_dummy(password("x")).await.unwrap(),
        Verdict::Mismatch
    );
    drop(clone);
    for _ in 0..500 {
        if queue.strong_count() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("a thread is still there");
}

fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

type Spawned<T> = tokio::task::JoinHandle<Result<T, PasswordError>>;

fn spawn_dummy(pool: &PasswordPool) -> Spawned<Verdict> {
    let pool = pool.clone();
    tokio::spawn(async move { pool.verify_dummy(password("x")).await })
}

/// Keeps one thread of `pool` at work until told to stop.
async fn occupy(pool: &PasswordPool) -> (Spawned<()>, mpsc::Sender<()>) {
    let (release, released) = mpsc::channel();
    let (started, has_started) = oneshot::channel();
    let pool = pool.clone();
    let occupied = tokio::spawn(async move {
        pool.run(move |_| {
            started.send(()).unwrap();
            released.recv().unwrap();
            Ok(())
        })
        .await
    });
    has_started.await.unwrap();
    (occupied, release)
}
