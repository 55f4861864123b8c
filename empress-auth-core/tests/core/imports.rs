//! Credentials that were made elsewhere go on working, and what is stored of them is a digest (K-6, K-7).

use std::env;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use empress_auth_core::password::{Password, PasswordPool};
use empress_auth_core::{
    ApiKey, Authenticator, Entropy, IssueErrorKind, KeyIssuer, MemoryStore, NewToken,
    RejectionKind, SecretDigest, TokenIssuer,
};
use serde_json::Value;

use crate::interrupted::Interrupted;
use crate::probe::Probe;
use crate::support::{Random, accepted, operator, refused, store_and_clock, user};

/// The vectors of others, or `None` and a line that says so where they are absent.
fn vectors() -> Option<Value> {
    let folder = env::var_os("EMPRESS_VECTORS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"),
        PathBuf::from,
    );
    let file = folder.join("password_hashes.json");
    match std::fs::read(&file) {
        Ok(text) => Some(serde_json::from_slice(&text).unwrap()),
        Err(error) => {
            println!("SKIPPED: {}: {error} (set EMPRESS_VECTORS)", file.display());
            None
        }
    }
}

async fn import(store: &MemoryStore, username: &str, digest: SecretDigest) {
    TokenIssuer::new(store.clone())
        .import(&operator(), username, NewToken::named("imported"), digest)
        .await
        .unwrap();
}

#[tokio::test]
async fn ten_thousand_drf_tokens_work_by_their_digests() {
    const USERS: usize = 20;
    let store = MemoryStore::new();
    for number in 0..USERS {
        user(&store, &format!("user{number}")).await;
    }
    let mut random = Random::new(17);
    let mut tokens = Vec::new();
    for number in 0..10_000 {
        let token = random.text(40, b"0123456789abcdef");
        let owner = format!("user{}", number % USERS);
        import(&store, &owner, SecretDigest::sha256_of(token.as_bytes())).await;
        tokens.push((token, owner));
    }
    let layer = Authenticator::new(store);
    for (token, owner) in &tokens {
        for scheme in ["Token", "Bearer"] {
            let who = accepted(&layer, &format!("{scheme} {token}")).await;
            assert_eq!(who.username(), owner);
        }
        let digest = sha_hex(token);
        let kind = refused(&layer, &format!("Token {digest}")).await;
        assert_eq!(kind, RejectionKind::Invalid, "what is stored is no token");
    }
}

/// Of 10,000 imports in a second some meet in their ids, which have 23 bits within a millisecond.
#[tokio::test]
async fn an_import_whose_id_is_taken_gets_another_one() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let calls = AtomicUsize::new(0);
    let entropy = Entropy::danger_from_fn(move |bytes| {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        // The second and third call yield what the first one did.
        if call < 3 {
            bytes.fill(7);
            return Ok(());
        }
        Entropy::system().fill(bytes)
    });
    let issuer = TokenIssuer::new(store)
        .with_clock(clock)
        .with_entropy(entropy);
    let import = async |token: &str| {
        let digest = SecretDigest::sha256_of(token.as_bytes());
        let new = NewToken::named("imported");
        let imported = issuer.import(&operator(), "ada", new, digest).await;
        imported.map_err(|error| error.kind())
    };
    let (one, other) = (import("one").await, import("other").await);
    assert!(
        one.is_ok() && other.is_ok() && one != other,
        "{one:?} {other:?}"
    );
    assert_eq!(import("one").await, Err(IssueErrorKind::Conflict));
}

fn sha_hex(text: &str) -> String {
    let digest = SecretDigest::sha256_of(text.as_bytes());
    digest
        .as_bytes()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

/// The digest as each system stores it.
fn stored_digest(system: &str, vector: &Value) -> SecretDigest {
    let stored = vector["stored"].as_str().unwrap();
    let (algorithm, bytes) = if let Some(hex) = stored.strip_prefix("sha512$$") {
        ("s512", unhex(hex))
    } else if system.contains("knox") {
        ("s512", unhex(stored))
    } else if system.starts_with("DRF") {
        ("s256", unhex(vector["sha256_hex"].as_str().unwrap()))
    } else if system == "better-auth api-key" {
        ("s256", URL_SAFE_NO_PAD.decode(stored).unwrap())
    } else if system == "Unkey" {
        ("s256", STANDARD.decode(stored).unwrap())
    } else if system == "Laravel Sanctum" {
        ("s256-after-bar", unhex(stored))
    } else {
        ("s256", unhex(stored))
    };
    SecretDigest::from_stored(algorithm, &bytes).unwrap()
}

#[tokio::test]
async fn tokens_of_other_systems_work_as_they_were_handed_out() {
    let Some(vectors) = vectors() else { return };
    let imports = vectors["token_imports"].as_array().unwrap();
    assert!(imports.len() >= 8);
    for vector in imports {
        let system = vector["system"].as_str().unwrap();
        let presented = vector["presented"].as_str().unwrap();
        let store = MemoryStore::new();
        user(&store, "ada").await;
        let layer = Authenticator::new(store.clone());
        for scheme in ["Token", "Bearer"] {
            let field = format!("{scheme} {presented}");
            assert_eq!(refused(&layer, &field).await, RejectionKind::Invalid);
        }
        import(&store, "ada", stored_digest(system, vector)).await;
        for scheme in ["Token", "Bearer"] {
            accepted(&layer, &format!("{scheme} {presented}")).await;
            // K-3: nothing in front makes another spelling of it.
            let disguised = format!("{scheme} 7|{presented}");
            assert_eq!(refused(&layer, &disguised).await, RejectionKind::Invalid);
            let shorter = &presented[..presented.len() - 1];
            for wrong in [shorter, &format!("{presented}0"), &format!("{presented}|")] {
                let kind = refused(&layer, &format!("{scheme} {wrong}")).await;
                assert_eq!(kind, RejectionKind::Invalid, "{system}");
            }
        }
    }
}

/// A pair as Frappe makes them: 60 bits of secret, so kept under Argon2id.
#[tokio::test]
async fn a_pair_of_frappe_works_and_is_not_for_guessing() {
    const KEY: &str = "2f8c3a1b9d4e5f6";
    const SECRET: &str = "a1b2c3d4e5f6071";
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    let pool = PasswordPool::new();
    let hash = pool.hash(Password::new(SECRET).unwrap()).await.unwrap();
    let digest = SecretDigest::from_password_hash(hash);
    let issuer = KeyIssuer::new(store.clone()).with_clock(clock.clone());
    let key = ApiKey::parse(KEY).unwrap();
    let imported = issuer.import(&operator(), "ada", key, digest).await;
    imported.unwrap();

    let probe = Probe::new(store.clone());
    let layer = Authenticator::new(probe.clone())
        .clock(clock.clone())
        .password_pool(pool.clone());
    let right = format!("token {KEY}:{SECRET}");
    let who = accepted(&layer, &right).await;
    assert_eq!(who.credential_id(), KEY);
    assert_eq!(probe.asked(), 1);
    let guess = |number: usize| format!("token {KEY}:{number:015}");
    for number in 0..10 {
        let kind = refused(&layer, &guess(number)).await;
        assert_eq!(kind, RejectionKind::Invalid, "guess {number}");
    }
    assert_eq!(
        refused(&layer, &guess(10)).await,
        RejectionKind::RateLimited
    );
    let asked = probe.asked();
    for _ in 0..20 {
        accepted(&layer, &right).await;
    }
    assert_eq!(probe.asked(), asked, "the right secret is remembered");

    // Another process, which does not remember it, is limited by itself and again only for a while.
    let forgetful = Authenticator::new(Probe::forgetful(store))
        .clock(clock.clone())
        .password_pool(pool);
    for number in 20..30 {
        refused(&forgetful, &guess(number)).await;
    }
    assert_eq!(
        refused(&forgetful, &right).await,
        RejectionKind::RateLimited
    );
    clock.advance(Duration::from_secs(60));
    accepted(&forgetful, &right).await;

    let keys = issuer.generate_keys(&operator(), "ada").await.unwrap();
    assert_eq!(keys.api_key().as_str(), KEY, "the key never changes");
    let secret = keys.api_secret().expose_secret();
    assert_eq!(secret.len(), 27, "160 bits in base62");
    assert_eq!(refused(&layer, &right).await, RejectionKind::Invalid);
    accepted(&layer, &format!("token {KEY}:{secret}")).await;
}

#[tokio::test]
async fn an_imported_key_is_the_users_or_nothing_is_imported() {
    let (store, clock) = store_and_clock();
    user(&store, "ada").await;
    user(&store, "bob").await;
    let issuer = KeyIssuer::new(store).with_clock(clock);
    let key = |text: &str| ApiKey::parse(text).unwrap();
    let digest = || SecretDigest::sha256_of(b"a secret of many, many random bits");
    let import = async |user: &str, text: &str| {
        let imported = issuer.import(&operator(), user, key(text), digest()).await;
        imported.map_err(|error| error.kind())
    };
    assert_eq!(import("ada", "k1").await, Ok(()));
    assert_eq!(import("ada", "k1").await, Ok(()));
    let conflict = Err(IssueErrorKind::Conflict);
    assert_eq!(import("ada", "k2").await, conflict);
    assert_eq!(import("bob", "k1").await, conflict);
}

#[tokio::test]
async fn of_two_imports_at_once_the_one_whose_key_is_not_kept_is_told() {
    let store = MemoryStore::new();
    user(&store, "ada").await;
    let issuer = KeyIssuer::new(Interrupted::new(store));
    let import = async |key: &str| {
        let key = ApiKey::parse(key).unwrap();
        let digest = SecretDigest::sha256_of(b"a secret of many, many random bits");
        issuer.import(&operator(), "ada", key, digest).await.is_ok()
    };
    let (one, other) = futures_util::future::join(import("k1"), import("k2")).await;
    assert!(one != other, "{one} {other}");
}
