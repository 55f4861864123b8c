//! The memory keeps to its bound, and what is in use stays in it while others pass through.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use empress_auth_core::testing::decide;
use empress_auth_core::{
    Authenticator, Clock, CredentialMemory, CredentialStore, Lookup, StoreError, StoredCredential,
    StoredUser,
};
use http::{HeaderValue, Request};

use crate::support::start;

/// Knows every token there is, by its digest.
struct KnowsAll {
    memory: Arc<CredentialMemory>,
    asked: Arc<AtomicUsize>,
    user: Arc<StoredUser>,
}

impl CredentialStore for KnowsAll {
    async fn find(&self, what: Lookup<'_>) -> Result<Option<StoredCredential>, StoreError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let Lookup::Digest([digest, ..]) = what else {
            return Ok(None);
        };
        let user = Arc::clone(&self.user);
        Ok(Some(StoredCredential::new("id", digest.clone(), user)))
    }

    fn memory(&self) -> Option<Arc<CredentialMemory>> {
        Some(Arc::clone(&self.memory))
    }
}

async fn show(layer: &Authenticator, request: &mut Request<()>, token: &str) {
    let value = HeaderValue::from_str(token).unwrap();
    request.headers_mut().insert("authorization", value);
    assert!(decide(layer, request).await.is_ok());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scan_of_two_million_tokens_neither_fills_the_memory_nor_empties_it() {
    const CAPACITY: usize = 10_000;
    const SCANNED: usize = 2_000_000;
    const HOT: usize = 1_000;
    /// One request in so many is one of the hot set.
    const EVERY: usize = 10;
    let memory = Arc::new(CredentialMemory::new(CAPACITY, None));
    let asked = Arc::new(AtomicUsize::new(0));
    let clock = Clock::manual(start());
    let layer = Authenticator::new(KnowsAll {
        memory: Arc::clone(&memory),
        asked: Arc::clone(&asked),
        user: Arc::new(StoredUser::new("1", "ada")),
    })
    .clock(clock.clone());

    let mut request = Request::new(());
    for _ in 0..2 {
        for number in 0..HOT {
            show(&layer, &mut request, &format!("Token hot{number}")).await;
        }
    }
    assert_eq!(asked.load(Ordering::Relaxed), HOT);

    let scanners = [0, 1].map(|scanner| {
        let (layer, memory) = (layer.clone(), Arc::clone(&memory));
        let clock = clock.clone();
        tokio::spawn(async move {
            let mut request = Request::new(());
            let mut hot = scanner * HOT / 2;
            let mut shown = 0;
            for number in 0..SCANNED / 2 {
                show(&layer, &mut request, &format!("Token {scanner}x{number}")).await;
                if number % EVERY == 0 {
                    show(&layer, &mut request, &format!("Token hot{}", hot % HOT)).await;
                    hot += 1;
                    shown += 1;
                }
                if number % 10_000 == 0 {
                    clock.advance(Duration::from_secs(1));
                    let length = memory.len();
                    assert!(length <= CAPACITY + CAPACITY / 10, "{length} entries");
                    let uses = memory.waiting_uses();
                    assert!(uses <= 65_536, "{uses} uses wait");
                }
            }
            shown
        })
    });
    let mut shown = 0;
    for scanner in scanners {
        shown += scanner.await.unwrap();
    }
    let missed = asked.load(Ordering::Relaxed) - HOT - SCANNED;
    assert!(
        missed * 20 <= shown,
        "{missed} of {shown} hot requests missed"
    );
    let length = memory.len();
    assert!((CAPACITY / 2..=CAPACITY + CAPACITY / 10).contains(&length));
}
