//! Every operation of many at once is written down with its start, end and answer, and the whole is read afterwards:
//! no accept that starts after a revocation was answered, no reject of what nobody had begun to revoke (CO-8, R-4).

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, RwLock};
use std::time::{Duration, Instant};

use empress_auth_core::testing::present;
use empress_auth_core::{
    Actor, Authenticator, CredentialMemory, CredentialStore, Lookup, MemoryStore, NewToken,
    NewUser, StoreError, StoredCredential, TokenId, TokenIssuer, TokenStore, UserStore,
};
use empress_auth_tests::{Random, amount, now};
use tokio::task::JoinSet;

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn no_history_has_an_accept_after_a_revocation_or_a_reject_before_one() {
    let operations = amount("EMPRESS_OPERATIONS", 200_000);
    let store = MemoryStore::new();
    for user in USERS {
        store.create_user(NewUser::named(user)).await.unwrap();
    }
    // Two of one node; on several nodes there would be some on each.
    let layers = [
        Authenticator::new(store.clone()),
        Authenticator::new(Hesitant(store.clone())),
    ];
    let history = record(store, &layers, operations).await;
    let seen = check(&history, Duration::ZERO);
    println!("history: {operations} operations: {seen:?}");
    assert!(seen.accepts > 1_000 && seen.rejects > 1_000, "{seen:?}");
}

const USERS: [&str; 3] = ["ada", "eve", "grace"];
const WORKERS: u64 = 8;
/// So few that most operations meet another one on the same token.
const TOKENS: usize = 8;

/// A store whose answers are on their way for a while, so that they can be overtaken.
struct Hesitant<S>(S);

impl<S: CredentialStore> CredentialStore for Hesitant<S> {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        let found = self.0.find(what).await;
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        found
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        self.0.memory()
    }
}

/// One operation on one token, its moments in nanoseconds since the run began.
#[derive(Debug, Clone, Copy)]
struct Entry {
    token: u64,
    start: u64,
    end: u64,
    what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Issued,
    Accepted,
    Rejected,
    Revoked,
}

struct Issued {
    number: u64,
    id: TokenId,
    field: String,
}

/// What the workers share.
struct Stage {
    issuer: TokenIssuer,
    tokens: RwLock<Vec<Arc<Issued>>>,
    last_number: AtomicU64,
    left: AtomicU64,
    began: Instant,
    entries: Mutex<Vec<Entry>>,
}

async fn record(
    store: impl TokenStore + UserStore,
    layers: &[Authenticator],
    operations: u64,
) -> Vec<Entry> {
    let stage = Arc::new(Stage {
        issuer: TokenIssuer::new(store).with_limit_per_user(usize::MAX >> 1),
        tokens: RwLock::default(),
        last_number: AtomicU64::new(0),
        left: AtomicU64::new(operations),
        began: now(),
        entries: Mutex::default(),
    });
    for _ in 0..TOKENS {
        let (issued, entry) = stage.issue(USERS[0]).await;
        stage.tokens.write().unwrap().push(issued);
        stage.entries.lock().unwrap().push(entry);
    }
    let mut workers = JoinSet::new();
    for worker in 0..WORKERS {
        let (stage, layers) = (Arc::clone(&stage), layers.to_vec());
        workers.spawn(async move { stage.work(&layers, worker).await });
    }
    workers.join_all().await;
    std::mem::take(&mut *stage.entries.lock().unwrap())
}

impl Stage {
    async fn work(&self, layers: &[Authenticator], worker: u64) {
        let mut random = Random::new(worker + 1);
        let mut entries = Vec::new();
        let take = |left: u64| left.checked_sub(1);
        while self
            .left
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, take)
            .is_ok()
        {
            let slot = random.below(TOKENS);
            let token = Arc::clone(&self.tokens.read().unwrap()[slot]);
            let entry = match random.below(100) {
                0..84 => self.verify(random.pick(layers), &token).await,
                84..92 => self.revoke(&token).await,
                _ => {
                    let (issued, entry) = self.issue(USERS[random.below(USERS.len())]).await;
                    self.tokens.write().unwrap()[slot] = issued;
                    entry
                }
            };
            entries.push(entry);
            if random.below(8) == 0 {
                tokio::task::yield_now().await;
            }
        }
        self.entries.lock().unwrap().extend(entries);
    }

    async fn issue(&self, username: &str) -> (Arc<Issued>, Entry) {
        let number = self.last_number.fetch_add(1, Ordering::Relaxed);
        let start = self.elapsed();
        let new = NewToken::named("one of many");
        let made = self.issuer.create(&operator(), username, new).await;
        let made = made.expect("a token");
        let entry = self.entry(number, start, What::Issued);
        let field = format!("Bearer {}", made.expose_secret());
        let id = made.id();
        (Arc::new(Issued { number, id, field }), entry)
    }

    async fn verify(&self, layer: &Authenticator, token: &Issued) -> Entry {
        let start = self.elapsed();
        let accepted = present(layer, &token.field).await.is_ok();
        let what = if accepted {
            What::Accepted
        } else {
            What::Rejected
        };
        self.entry(token.number, start, what)
    }

    async fn revoke(&self, token: &Issued) -> Entry {
        let start = self.elapsed();
        let revoked = self.issuer.revoke(&operator(), &[token.id]).await;
        // Somebody else may have been first; then it is revoked, too.
        revoked.expect("an answer");
        self.entry(token.number, start, What::Revoked)
    }

    fn entry(&self, token: u64, start: u64, what: What) -> Entry {
        let end = self.elapsed();
        Entry {
            token,
            start,
            end,
            what,
        }
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_nanos()).unwrap()
    }
}

fn operator() -> Actor {
    Actor::assert_local_operator()
}

#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    accepts: usize,
    rejects: usize,
    /// Accepts and rejects that a revocation was under way beside: they may go either way.
    either: usize,
}

/// Reads a history.
///
/// # Panics
///
/// At the first entry that contradicts another: an accept that started more than `bound` after a revocation was answered,
/// a reject that ended before one began.
fn check(history: &[Entry], bound: Duration) -> Seen {
    let bound = u64::try_from(bound.as_nanos()).unwrap();
    let tokens = history.iter().map(|entry| entry.token + 1).max();
    let tokens = usize::try_from(tokens.unwrap_or_default()).unwrap();
    let slot = |entry: &Entry| usize::try_from(entry.token).unwrap();
    // When the first revocation of each began, and when the first one was answered.
    let mut begun = vec![u64::MAX; tokens];
    let mut answered = vec![u64::MAX; tokens];
    for entry in history.iter().filter(|entry| entry.what == What::Revoked) {
        let token = slot(entry);
        begun[token] = begun[token].min(entry.start);
        answered[token] = answered[token].min(entry.end);
    }
    let mut seen = Seen::default();
    for entry in history {
        let token = slot(entry);
        let after = entry.start > answered[token].saturating_add(bound);
        let before = entry.end < begun[token];
        match entry.what {
            What::Accepted => {
                assert!(!after, "accepted after its revocation: {entry:?}");
                seen.accepts += 1;
            }
            What::Rejected => {
                assert!(!before, "rejected before any revocation: {entry:?}");
                seen.rejects += 1;
            }
            What::Issued | What::Revoked => continue,
        }
        seen.either += usize::from(!before && !after);
    }
    seen
}

const fn entry(what: What, start: u64, end: u64) -> Entry {
    Entry {
        token: 0,
        start,
        end,
        what,
    }
}

const LIFE: [Entry; 5] = [
    entry(What::Issued, 0, 1),
    entry(What::Accepted, 2, 3),
    entry(What::Revoked, 10, 20),
    entry(What::Accepted, 19, 30),
    entry(What::Rejected, 12, 13),
];

#[test]
fn what_overlaps_a_revocation_may_go_either_way() {
    let seen = check(&LIFE, Duration::ZERO);
    let (accepts, rejects, either) = (2, 1, 2);
    assert_eq!(
        seen,
        Seen {
            accepts,
            rejects,
            either
        }
    );
}

#[test]
#[should_panic(expected = "accepted after its revocation")]
fn an_accept_after_a_revocation_is_found() {
    let late = entry(What::Accepted, 21, 22);
    check(&[&LIFE[..], &[late]].concat(), Duration::ZERO);
}

#[test]
fn an_accept_within_the_bound_is_not_held_against_it() {
    let late = entry(What::Accepted, 21, 22);
    check(&[&LIFE[..], &[late]].concat(), Duration::from_nanos(1));
}

#[test]
#[should_panic(expected = "rejected before any revocation")]
fn a_reject_before_a_revocation_is_found() {
    let early = entry(What::Rejected, 8, 9);
    check(&[&LIFE[..], &[early]].concat(), Duration::ZERO);
}
