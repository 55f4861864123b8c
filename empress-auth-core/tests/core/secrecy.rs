//! Secrets are in no debug output, and how long a refusal takes tells nothing worth having (K-5, K-14, K-20).

use empress_auth_core::testing::{acting_as, present};
use empress_auth_core::{
    Actor, Authenticator, CredentialStore, Entropy, Lookup, MasterKey, NewApiSecret, SecretDigest,
    Start,
};
use http::Request;
use tokio::time::Instant;

use crate::probe::Probe;
use crate::support::{Random, accepted, keys, pair, store_and_clock, token, user};

#[tokio::test]
async fn no_secret_is_in_any_debug_output() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let made = token(&store, "ada", &clock).await;
    let generated = keys(&store, "ada", &clock).await;
    let layer = Authenticator::new(store.clone()).clock(clock);
    let field = format!("Bearer {}", made.expose_secret());
    let request = Request::builder().header("authorization", &field);
    let start: Start = layer.start(&request.body(()).unwrap());
    let identity = accepted(&layer, &field).await;
    let wrong = present(&layer, "Bearer wrong").await;
    let row = store.find(Lookup::Token(made.id())).await.unwrap();
    let digest = SecretDigest::sha256_of(made.expose_secret().as_bytes());
    let master = MasterKey::generate(&Entropy::system()).unwrap();
    let caller = acting_as("ada").build().await;
    let shown = format!(
        "{made:?} {generated:?} {store:?} {layer:?} {start:?} {identity:?} {wrong:?} {row:?} {digest:?} {master:?} \
         {caller:?} {:?} {:?} {:?}",
        Actor::from(&identity),
        store.memory(),
        NewApiSecret::new(generated.api_key().clone(), digest.clone()),
    );
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    let secrets = [
        made.expose_secret()[19..].to_owned(),
        generated.api_secret().expose_secret().to_owned(),
        caller.token().expose_secret()[19..].to_owned(),
        hex(digest.as_bytes()),
        format!("{:?}", digest.as_bytes()),
        hex(master.expose_secret()),
        format!("{:?}", master.expose_secret()),
    ];
    for secret in &secrets {
        assert!(!shown.contains(secret), "{secret} is in {shown}");
    }
}

/// Coarse: what can be told apart within a process in a debug build, by the median of many. A factor of two is microseconds
/// here; an early return without the digest would be more.
#[tokio::test]
async fn an_unknown_key_takes_about_as_long_as_a_wrong_secret() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let pair = pair(&keys(&store, "ada", &clock).await);
    let key = pair.split(':').next().unwrap().to_owned();
    let layer = Authenticator::new(Probe::forgetful(store)).clock(clock);
    let mut random = Random::new(19);
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..6_000 {
        let kind = round % 2;
        let secret = random.text(27, b"abcdefghijklmnopqrstuvwxyz");
        let unknown = random.text(15, b"0123456789abcdef");
        let key = if kind == 0 { &key } else { &unknown };
        let field = format!("token {key}:{secret}");
        let begin = Instant::now();
        let decision = present(&layer, &field).await;
        times[kind].push(begin.elapsed());
        assert!(decision.is_err());
    }
    let [wrong, unknown] = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    assert!(
        unknown < wrong * 2 && wrong < unknown * 2,
        "{wrong:?} {unknown:?}"
    );
}

// K-16
#[tokio::test]
async fn a_credential_in_use_is_written_down_when_it_is_pushed_out_and_not_before() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let made = token(&store, "ada", &clock).await;
    let probe = Probe::new(store.clone());
    let layer = Authenticator::new(probe.clone()).clock(clock);
    let field = format!("Bearer {}", made.expose_secret());
    for _ in 0..10_000 {
        accepted(&layer, &field).await;
    }
    assert_eq!(probe.asked(), 1);
    assert_eq!(store.memory().unwrap().waiting_uses(), 0);
}
