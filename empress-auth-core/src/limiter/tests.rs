//! Guessers from one place, from many places, in parallel; and the user who must still get in.

use std::sync::atomic::AtomicUsize;
use std::thread;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn ip(text: &str) -> Option<IpAddr> {
    Some(text.parse().expect(text))
}

fn ada() -> UserKey {
    UserKey::new("ada")
}

/// How many of `tries` wrong logins are let through.
fn failures(limiter: &LoginLimiter, user: &str, from: &str, tries: u32, now: Duration) -> u32 {
    let fails = |_: &u32| limiter.begin_at(&UserKey::new(user), ip(from), now).is_ok();
    u32::try_from((0..tries).filter(fails).count()).unwrap()
}

#[test]
fn ten_failures_are_let_through_and_then_one_every_six_seconds() {
    let limiter = LoginLimiter::new();
    assert_eq!(failures(&limiter, "ada", "203.0.113.9", 20, SECOND), 10);
    let refused = limiter
        .begin_at(&ada(), ip("203.0.113.9"), SECOND)
        .unwrap_err();
    assert_eq!((refused.as_secs(), refused.is_busy()), (6, false));
    assert_eq!(refused.to_string(), "too many attempts; try again in 6 s");
    assert_eq!(failures(&limiter, "ada", "203.0.113.9", 20, 7 * SECOND), 1);
    assert_eq!(
        failures(&limiter, "ada", "203.0.113.9", 20, 67 * SECOND),
        10
    );
}

// P-7
#[test]
fn all_spellings_of_an_account_share_a_counter() {
    let limiter = LoginLimiter::new();
    let spellings = ["ada", "ADA", " ada\n", "\u{ff21}da", "Ada"];
    let let_through: u32 = spellings
        .iter()
        .enumerate()
        .map(|(i, user)| failures(&limiter, user, &format!("203.0.113.{i}"), 10, SECOND))
        .sum();
    assert_eq!(let_through, 10);
}

#[test]
fn a_network_has_a_hundred_failures_whatever_the_account() {
    let limiter = LoginLimiter::new();
    let users = |limiter: &LoginLimiter, from: &str| -> u32 {
        let user = |i| failures(limiter, &format!("user{i}"), from, 1, SECOND);
        (0..300).map(user).sum()
    };
    assert_eq!(users(&limiter, "203.0.113.9"), 100);
    assert_eq!(users(&limiter, "203.0.113.10"), 100);
    let refused = limiter
        .begin_at(&ada(), ip("203.0.113.9"), SECOND)
        .unwrap_err();
    assert_eq!(refused.as_secs(), 1);
}

// P-10
#[test]
fn one_network_is_one_bucket_however_its_addresses_are_written() {
    let ipv4 = [
        "192.0.2.1",
        "::ffff:192.0.2.1",
        "::ffff:c000:201",
        "0:0:0:0:0:ffff:c000:0201",
    ];
    let ipv6 = [
        "2001:db8:1:2::1",
        "2001:DB8:1:2::1",
        "2001:0db8:0001:0002:0000:0000:0000:0001",
        "2001:db8:1:2:0:0:0:1",
        "2001:db8:1:2::0.0.0.1",
        "2001:db8:1:2::ffff",
        "2001:db8:1:2:ffff:ffff:ffff:ffff",
        "2001:db8:1:2::",
    ];
    for spellings in [&ipv4[..], &ipv6[..]] {
        let limiter = LoginLimiter::new();
        let let_through: u32 = spellings
            .iter()
            .enumerate()
            .map(|(i, from)| {
                (0..100)
                    .map(|j| failures(&limiter, &format!("{i}-{j}"), from, 1, SECOND))
                    .sum::<u32>()
            })
            .sum();
        assert_eq!(let_through, 100, "{spellings:?}");
    }
}

// P-10
#[test]
fn ten_thousand_addresses_of_one_ipv6_network_are_one_bucket() {
    for (prefix, base) in [
        (Ipv6Prefix::Slash64, "2001:db8:1:2::"),
        (Ipv6Prefix::Slash56, "2001:db8:1:ff00::"),
        (Ipv6Prefix::Slash48, "2001:db8:1::"),
    ] {
        let limiter = LoginLimiter::new().with_ipv6_prefix(prefix);
        let bits = base.parse::<std::net::Ipv6Addr>().unwrap().to_bits();
        let let_through = (0..10_000_u128)
            .filter(|i| {
                let spread = i << (128 - u32::from(prefix.length()) - 14);
                let from = IpAddr::V6((bits | spread).into());
                limiter
                    .begin_at(&UserKey::new(&i.to_string()), Some(from), SECOND)
                    .is_ok()
            })
            .count();
        assert_eq!(let_through, 100, "{prefix:?}");
        assert_eq!(failures(&limiter, "eve", "2001:db8:2::1", 1, SECOND), 1);
    }
}

// P-8
#[test]
fn two_hundred_parallel_guesses_are_all_counted() {
    let limiter = LoginLimiter::new();
    let (let_through, start) = (AtomicUsize::new(0), std::sync::Barrier::new(200));
    thread::scope(|scope| {
        for i in 0..200 {
            let (limiter, let_through, start) = (&limiter, &let_through, &start);
            scope.spawn(move || {
                let from = ip(&format!("203.0.113.{i}"));
                start.wait();
                if let Ok(_attempt) = limiter.begin_at(&ada(), from, SECOND) {
                    let_through.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(Duration::from_millis(20));
                }
            });
        }
    });
    assert_eq!(let_through.into_inner(), 10);
    assert_eq!(failures(&limiter, "ada", "198.51.100.1", 10, SECOND), 0);
}

// P-9
#[test]
fn the_user_gets_in_from_a_known_network_while_others_guess() {
    let limiter = LoginLimiter::new();
    limiter
        .begin_at(&ada(), ip("192.0.2.7"), SECOND)
        .unwrap()
        .succeeded();
    let mut let_through = 0;
    for i in 0..10_000_u32 {
        let from = format!("198.{}.{}.{}", 51 + i / 65_536, i / 256 % 256, i % 256);
        let_through += failures(&limiter, "ada", &from, 1, SECOND + SECOND * i / 1000);
    }
    assert!(let_through <= 12, "{let_through}");
    let now = 11 * SECOND;
    limiter
        .begin_at(&ada(), ip("192.0.2.7"), now)
        .unwrap()
        .succeeded();
    let elsewhere = limiter
        .begin_at(&ada(), ip("203.0.113.9"), now)
        .unwrap_err();
    assert!(
        elsewhere.wait() <= Duration::from_secs(6),
        "no permanent lock: {elsewhere}"
    );
}

#[test]
fn a_success_forgets_the_failures_of_its_network_only() {
    let limiter = LoginLimiter::new();
    limiter
        .begin_at(&ada(), ip("192.0.2.7"), SECOND)
        .unwrap()
        .succeeded();
    assert_eq!(failures(&limiter, "ada", "192.0.2.7", 9, SECOND), 9);
    assert_eq!(failures(&limiter, "ada", "203.0.113.9", 20, SECOND), 10);
    limiter
        .begin_at(&ada(), ip("192.0.2.7"), SECOND)
        .unwrap()
        .succeeded();
    assert_eq!(failures(&limiter, "ada", "192.0.2.7", 20, SECOND), 10);
    assert_eq!(failures(&limiter, "ada", "203.0.113.9", 20, SECOND), 0);
}

#[test]
fn ones_own_successes_buy_no_guesses_at_others() {
    let limiter = LoginLimiter::new();
    let (eve, from) = (UserKey::new("eve"), ip("203.0.113.9"));
    let mut let_through = 0;
    for i in 0..300 {
        let held: Vec<_> = (0..3)
            .filter_map(|_| limiter.begin_at(&eve, from, SECOND).ok())
            .collect();
        let_through += failures(&limiter, &format!("user{i}"), "203.0.113.9", 1, SECOND);
        held.into_iter().for_each(Attempt::succeeded);
    }
    assert!((97..=100).contains(&let_through), "{let_through}");
}

#[test]
fn outages_and_successes_are_not_counted() {
    let limiter = LoginLimiter::new();
    for _ in 0..1000 {
        limiter
            .begin_at(&ada(), ip("203.0.113.9"), SECOND)
            .unwrap()
            .abandoned();
    }
    for _ in 0..1000 {
        limiter
            .begin_at(&ada(), ip("203.0.113.9"), SECOND)
            .unwrap()
            .succeeded();
    }
    assert_eq!(failures(&limiter, "ada", "203.0.113.9", 20, SECOND), 10);
}

// P-9: else one of them could lock all the others out.
#[test]
fn callers_without_an_address_are_counted_by_account_alone() {
    let limiter = LoginLimiter::new();
    let begin = |i: &u32| {
        limiter
            .begin_at(&UserKey::new(&i.to_string()), None, SECOND)
            .is_ok()
    };
    assert_eq!((0..300).filter(begin).count(), 300);
    assert_eq!((0..300).filter(|_| begin(&7)).count(), 9);
}

// P-8: whoever guesses has no address either, so that a success says nothing about where guesses come from
#[test]
fn a_success_without_an_address_forgives_no_guess() {
    let limiter = LoginLimiter::new();
    let begin = || limiter.begin_at(&ada(), None, SECOND);
    let mut guesses = 0;
    for _ in 0..30 {
        if let Ok(right) = begin() {
            right.succeeded();
        }
        guesses += u32::from(begin().is_ok());
    }
    assert_eq!(guesses, 10);
}

#[tokio::test]
async fn right_logins_at_once_wait_for_each_other_without_an_address_too() {
    let limiter = LoginLimiter::new();
    let login = async || {
        let attempt = limiter.begin(&ada(), None, || SECOND).await?;
        tokio::time::sleep(Duration::from_millis(5)).await;
        attempt.succeeded();
        Ok::<(), RetryAfter>(())
    };
    let right = futures_util::future::join_all((0..64).map(|_| login())).await;
    assert_eq!(right.iter().filter(|login| login.is_ok()).count(), 64);
}

#[test]
fn limits_can_be_set_and_clones_count_together() {
    let limiter = LoginLimiter::new()
        .with_failures_per_account(NonZeroU32::new(3).unwrap())
        .with_failures_per_network(NonZeroU32::new(5).unwrap());
    let clone = limiter.clone();
    assert_eq!(failures(&limiter, "ada", "203.0.113.9", 2, SECOND), 2);
    assert_eq!(failures(&clone, "ada", "203.0.113.9", 9, SECOND), 1);
    assert_eq!(failures(&clone, "eve", "203.0.113.9", 9, SECOND), 2);
}

#[tokio::test]
async fn right_logins_at_once_wait_for_each_other_and_wrong_ones_are_still_ten() {
    let limiter = LoginLimiter::new();
    let login = async |outcome: fn(Attempt)| {
        let attempt = limiter.begin(&ada(), ip("203.0.113.9"), || SECOND).await?;
        tokio::time::sleep(Duration::from_millis(5)).await;
        outcome(attempt);
        Ok::<(), RetryAfter>(())
    };
    let right = futures_util::future::join_all((0..64).map(|_| login(Attempt::succeeded))).await;
    assert_eq!(right.iter().filter(|login| login.is_ok()).count(), 64);
    let wrong = futures_util::future::join_all((0..64).map(|_| login(drop))).await;
    assert_eq!(wrong.iter().filter(|login| login.is_ok()).count(), 10);
}

// L-3: right passwords are not counted, but those under way are
#[test]
fn one_network_has_a_quarter_of_the_queue_at_once() {
    let limiter = LoginLimiter::new().with_failures_per_network(NonZeroU32::new(1_000).unwrap());
    let begin = |user: u32, from| {
        let user = UserKey::new(&user.to_string());
        limiter.begin_at(&user, ip(from), SECOND)
    };
    let mut held: Vec<_> = (0..64)
        .filter_map(|user| begin(user, "203.0.113.9").ok())
        .collect();
    assert_eq!(held.len(), 16);
    let refused = begin(64, "203.0.113.9").unwrap_err();
    assert!(refused.is_busy(), "{refused}");
    begin(65, "203.0.113.10").unwrap().succeeded();
    held.pop().unwrap().succeeded();
    begin(66, "203.0.113.9").unwrap().succeeded();
    held.into_iter().for_each(Attempt::succeeded);
}

// L-3
#[tokio::test]
async fn right_logins_of_one_network_wait_for_each_other() {
    let limiter = LoginLimiter::new();
    let (under_way, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let login = async |user: u32| {
        let user = UserKey::new(&user.to_string());
        let attempt = limiter.begin(&user, ip("203.0.113.9"), || SECOND).await?;
        let now = under_way.fetch_add(1, Ordering::SeqCst) + 1;
        most.fetch_max(now, Ordering::SeqCst);
        tokio::task::yield_now().await;
        under_way.fetch_sub(1, Ordering::SeqCst);
        attempt.succeeded();
        Ok::<(), RetryAfter>(())
    };
    let logins = futures_util::future::join_all((0..200).map(login)).await;
    assert!(logins.iter().all(Result::is_ok));
    assert_eq!(most.into_inner(), 16);
}

// L-10
#[test]
fn a_million_networks_fit_and_do_not_push_out_a_full_counter() {
    let limiter = LoginLimiter::new();
    assert_eq!(failures(&limiter, "ada", "203.0.113.9", 20, SECOND), 10);
    limiter
        .begin_at(&UserKey::new("eve"), ip("192.0.2.7"), SECOND)
        .unwrap()
        .succeeded();
    for i in 0..1_000_000_u32 {
        let from = IpAddr::V4((0x0a00_0000 + i).into());
        let user = UserKey::new(&i.to_string());
        _ = limiter.begin_at(
            &user,
            Some(from),
            SECOND + Duration::from_micros(u64::from(i)),
        );
    }
    let now = 2 * SECOND;
    assert_eq!(failures(&limiter, "ada", "198.51.100.1", 1, now), 0);
    assert_eq!(failures(&limiter, "eve", "192.0.2.7", 20, now), 10);
}

#[test]
fn any_clock_is_survived() {
    let limiter = LoginLimiter::new();
    for now in [Duration::MAX, Duration::ZERO, Duration::MAX, SECOND] {
        if let Ok(attempt) = limiter.begin_at(&ada(), None, now) {
            attempt.succeeded();
        }
        failures(&limiter, "ada", "203.0.113.9", 20, now);
    }
}
