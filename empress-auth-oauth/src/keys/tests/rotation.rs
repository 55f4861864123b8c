//! KY-1: rotation that nobody notices.

use std::collections::BTreeSet;

use empress_auth_core::jwt::KeySource;

use super::*;

/// A node whose clock is wrong by a little.
struct Node {
    ring: KeyRing,
    clock: Clock,
    is_ahead: bool,
    skew: Duration,
}

impl Node {
    fn new(table: &Arc<Table>, is_ahead: bool, skew: u64) -> Self {
        let clock = Clock::manual(start());
        let skew = Duration::from_secs(skew);
        let ring = node(table, &clock);
        Self {
            ring,
            clock,
            is_ahead,
            skew,
        }
    }

    fn set(&self, now: SystemTime) {
        self.clock.set(if self.is_ahead {
            now + self.skew
        } else {
            now - self.skew
        });
    }
}

/// A relying party that keeps the published keys for a while and asks for them no sooner.
struct RelyingParty {
    keeps_for: Duration,
    fetched_at: SystemTime,
    kids: Vec<String>,
}

// KY-1
#[tokio::test]
async fn thirty_rotations_three_nodes_and_caches_of_up_to_a_day() {
    let table = Arc::new(Table::default());
    let nodes = [(true, 0), (true, 30), (false, 30)]
        .map(|(is_ahead, skew)| Node::new(&table, is_ahead, skew));
    let hours = [0, 1, 6, 12, 23, 24].map(|hours| Duration::from_secs(hours * 60 * 60));
    let mut parties = hours.map(|keeps_for| RelyingParty {
        keeps_for,
        fetched_at: SystemTime::UNIX_EPOCH,
        kids: Vec::new(),
    });
    // Tokens that are still good: who signed, until when.
    let mut tokens: Vec<(String, SystemTime)> = Vec::new();
    let mut signers = BTreeSet::new();
    let mut now = start();
    let step = Duration::from_secs(20 * 60);
    let (mut rotations, mut steps, mut last) = (0, 0, 0);
    while rotations < 30 || steps < last + 200 {
        // Every 50 hours, once sooner than the last took effect.
        if rotations < 30 && (steps % 150 == 100 || steps == 130) {
            nodes[rotations % 3].ring.rotate(operator()).await.unwrap();
            rotations += 1;
            last = steps;
        }
        tokens.retain(|(_, until)| now < *until);
        for (number, node) in nodes.iter().enumerate() {
            node.set(now);
            let kid = signing_kid(&node.ring).await;
            let published = published_kids(&node.ring).await;
            assert!(published.contains(&kid), "signed by an unpublished key");
            // The longest life, to the end of the leeway that a verifier gives.
            tokens.push((
                kid.clone(),
                now + MAX_JWT_LIFETIME + Duration::from_secs(60),
            ));
            signers.insert(kid);
            for party in &mut parties {
                if party.kids.is_empty() || party.fetched_at + party.keeps_for <= now {
                    // A cache in between may be as old as it says.
                    party.kids.clone_from(&published);
                    party.fetched_at = now;
                }
                for (kid, _) in &tokens {
                    let verifies = party.kids.contains(kid);
                    assert!(
                        verifies,
                        "step {steps}, node {number}, {:?}",
                        party.keeps_for
                    );
                }
            }
        }
        now += step;
        steps += 1;
    }
    assert_eq!(signers.len(), 31);
    // Beside the published ones, those of a month.
    let kept = table.keys.lock().rows.len();
    assert!(kept <= 4 + 30 * 24 / 50 + 1, "{kept} rows");
}

// KY-1: what the rows say, to the second
#[tokio::test]
async fn a_new_key_is_published_at_once_and_signs_when_everybody_can_know_it() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let ring = node(&table, &clock);
    let old = signing_kid(&ring).await;
    let second = Duration::from_secs(1);
    clock.advance(second);
    let made = ring.rotate(operator()).await.unwrap();
    let new = made[0].kid.to_string();
    assert_eq!(made[0].state, KeyState::Waiting);
    assert_eq!(published_kids(&ring).await.len(), 2);

    let day = Duration::from_secs(24 * 60 * 60);
    let minutes = |minutes: u64| Duration::from_secs(minutes * 60);
    let turn = start() + second + day + minutes(7);
    clock.set(turn - second);
    assert_eq!(signing_kid(&ring).await, old);
    clock.set(turn);
    assert_eq!(signing_kid(&ring).await, new);
    let states: Vec<_> = ring
        .list()
        .await
        .unwrap()
        .iter()
        .map(|key| key.state)
        .collect();
    assert_eq!(states, [KeyState::Published, KeyState::Signing]);

    let end = turn + day + minutes(2);
    clock.set(end - second);
    assert_eq!(published_kids(&ring).await, [old, new.clone()]);
    clock.set(end);
    assert_eq!(published_kids(&ring).await, [new]);
    // Its private half is gone with the next change.
    ring.rotate(operator()).await.unwrap();
    assert_eq!(privates(&table), [false, true, true]);
}

/// Of each row, whether it has a private half.
fn privates(table: &Table) -> Vec<bool> {
    let rows = &table.keys.lock().rows;
    rows.iter().map(|row| !row.wrapped.is_empty()).collect()
}

// OP-LOGOUT-2, KY-1: the public half verifies hints, on nodes that start later, too
#[tokio::test]
async fn the_public_half_is_kept_for_a_month_after_the_publication() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let ring = node(&table, &clock);
    let old = signing_kid(&ring).await;
    ring.rotate(operator()).await.unwrap();
    clock.advance(schedule_end());
    ring.rotate(operator()).await.unwrap();
    clock.advance(Duration::from_secs(30 * 24 * 60 * 60) - Duration::from_secs(1));
    for is_kept in [true, false] {
        ring.rotate(operator()).await.unwrap();
        for ring in [&ring, &node(&table, &clock)] {
            ring.ensure().await.unwrap();
            assert_eq!(ring.hint_keys().await.unwrap().contains(&old), is_kept);
            assert!(!KeySource::keys(ring).contains(&old));
            assert!(!published_kids(ring).await.contains(&old));
        }
        clock.advance(Duration::from_secs(1));
    }
}

// OP-LOGOUT-2, KY-1
#[tokio::test]
async fn the_month_ends_without_another_rotation_too() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let ring = node(&table, &clock);
    let old = signing_kid(&ring).await;
    ring.rotate(operator()).await.unwrap();
    clock.advance(schedule_end() + Duration::from_secs(30 * 24 * 60 * 60 - 1));
    assert!(ring.hint_keys().await.unwrap().contains(&old));
    clock.advance(Duration::from_secs(1));
    assert!(!ring.hint_keys().await.unwrap().contains(&old));
}

/// From a rotation to the end of the publication of the key that signed before.
fn schedule_end() -> Duration {
    Duration::from_secs(2 * 24 * 60 * 60 + 9 * 60)
}

// KY-4: only where nothing is to be signed any more
#[tokio::test]
async fn a_key_that_signs_has_a_private_half() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    node(&table, &clock).rotate(operator()).await.unwrap();
    for row in &mut table.keys.lock().rows {
        row.wrapped.clear();
    }
    let error = node(&table, &clock).ensure().await.unwrap_err();
    assert_eq!(error.kind(), SigningKeyErrorKind::Damaged);
}

#[tokio::test]
async fn keys_that_are_kept_make_room_for_new_ones() {
    let table = Arc::new(Table::default());
    let clock = Clock::manual(start());
    let ring = node(&table, &clock);
    ring.ensure().await.unwrap();
    let oldest = signing_kid(&ring).await;
    for _ in 1..60 {
        clock.advance(Duration::from_secs(1));
        ring.rotate(operator()).await.unwrap();
    }
    clock.advance(schedule_end());
    for number in 0..8 {
        let is_kept = ring.hint_keys().await.unwrap().contains(&oldest);
        assert_eq!(is_kept, number <= 4, "{number}");
        ring.rotate(operator()).await.unwrap();
    }
    let rows = table.keys.lock().rows.len();
    assert_eq!((rows, ring.hint_keys().await.unwrap().len()), (64, 64));
}

#[tokio::test]
async fn there_are_never_more_keys_than_verifiers_take() {
    let table = Arc::new(Table::default());
    let ring = node(&table, &Clock::manual(start()));
    ring.ensure().await.unwrap();
    for _ in 1..64 {
        ring.rotate(operator()).await.unwrap();
    }
    let error = ring.rotate(operator()).await.unwrap_err();
    assert_eq!(error.kind(), SigningKeyErrorKind::LimitReached);
    assert_eq!(published_kids(&ring).await.len(), 64);
}

#[tokio::test]
async fn two_who_rotate_at_once_come_one_after_the_other() {
    let table = Arc::new(Table::default());
    let rings = [0, 1].map(|_| node(&table, &Clock::manual(start())));
    let (one, two) = tokio::join!(rings[0].rotate(operator()), rings[1].rotate(operator()));
    assert_ne!(one.unwrap()[0].kid, two.unwrap()[0].kid);
    assert_eq!(table.keys.lock().rows.len(), 2);
    let waiting = ring_states(&rings[0]).await;
    assert_eq!(
        waiting
            .iter()
            .filter(|it| **it == KeyState::Signing)
            .count(),
        1
    );
}

async fn ring_states(ring: &KeyRing) -> Vec<KeyState> {
    ring.list()
        .await
        .unwrap()
        .iter()
        .map(|key| key.state)
        .collect()
}
